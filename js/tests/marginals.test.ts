import { describe, expect, it } from "vitest";
import { decodeTensors } from "../src/store/decode.ts";
import { weightJobs } from "../src/store/plan.ts";
import { Weights } from "../src/store/weights.ts";
import { inPlay, tokenAxis } from "../src/views/head/axis.ts";
import { marginalsOf } from "../src/views/head/marginals.ts";
import { blob, floats } from "./support/blob.ts";
import { pieceOf, sampleOf, tokenList } from "./support/sample.ts";

const COUNT = 160;
const labels = Array.from({ length: COUNT }, (_, i) => `t${i}`);
const sample = sampleOf({ tokens: tokenList(labels), heads: 12, weightAt: () => 1 / COUNT });
const axis = tokenAxis(sample.tokens);

function holding(coarse: boolean): Weights {
  const weights = new Weights();
  const piece = pieceOf(sample, { layer: 0, axis: "all", start: 0, stop: COUNT, dtype: "u8" });
  const name = coarse ? `coarse-${piece.name}` : piece.name;
  weights.add(decodeTensors(blob([{ ...piece, name }])));
  return weights;
}

const marginals = (weights: Weights) =>
  marginalsOf({
    ...{ weights, block: "encoder", layer: 0, heads: sample.heads, variant: "all" },
    axes: { query: axis, key: axis },
    play: inPlay(axis, axis, "all", false),
  });

const asked = (weights: Weights) =>
  weightJobs(
    weights,
    {
      ...{ block: "encoder", layer: 0, heads: sample.heads, held: null, pointed: false },
      ...{ queryCount: COUNT, keyCount: COUNT, queries: [0, 20], keys: [0, 20] },
    },
    { sentences: "all", hideSpecial: false },
  ).map(({ method }) => method);

describe("marginals of a layer", () => {
  it("are asked for where the page has it coarse, and not where it has every byte", () => {
    expect(asked(holding(true))).toEqual(["tile", "marginals"]);
    expect(asked(holding(false))).toEqual([]);
  });

  it("are worked out here until Python has told them", () => {
    const weights = holding(true);
    const found = marginals(weights);
    expect(found.exact).toBe(false);
    expect(found.received?.[0]).toBeCloseTo(1 / COUNT, 3);
    const received = new Float32Array(sample.heads * COUNT).fill(0.25);
    const strongest = floats(...Array(sample.heads * COUNT).fill(0.5));
    const shape = [sample.heads, COUNT];
    weights.add(
      decodeTensors(
        blob([
          { name: "received/encoder/0", shape, data: received },
          { name: "strongest/encoder/0", shape, data: strongest },
        ]),
      ),
    );
    expect(marginals(weights)).toEqual({
      received,
      tallest: { query: 0.5, key: 0.25 },
      exact: true,
    });
  });
});
