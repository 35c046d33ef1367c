import { describe, expect, it } from "vitest";
import { cellText, dotDecimals } from "../src/views/neuron/cells.ts";
import { columnsOf } from "../src/views/neuron/columns.ts";
import { parsed } from "../src/views/neuron/numbers.ts";
import { groupSize, keyHeadOf, scoreRow, softmax } from "../src/views/neuron/scores.ts";
import { cases, minilm, minilmVectors } from "./support/neuron-cases.ts";

function near(found: ArrayLike<number>, expected: number[], slack: number): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs((found[i] ?? Number.NaN) - value), `at ${i}`).toBeLessThan(slack);
  });
}

const real = scoreRow({
  query: minilm.query,
  keys: minilm.keys,
  vectors: minilmVectors,
  head: 1,
  at: 9,
  bias: null,
  mask: null,
});

describe("scoreRow", () => {
  it.each(cases)("gives the scores and weights that Python gives: %s", (_name, row) => {
    const found = scoreRow({ ...row, keys: row.keys });
    near(found.weight, row.weight, 1e-4);
    expect(found.sink).toBeCloseTo(row.sink, 4);
    row.score.forEach((score, key) => {
      expect(found.seen[key], `key ${key}`).toBe(score === null ? 0 : 1);
      if (score === null) expect(found.score[key]).toBe(Number.NEGATIVE_INFINITY);
      else expect(found.score[key]).toBeCloseTo(score, 3);
    });
  });

  it("covers every step that a layer can have", () => {
    const steps = cases.map(([, { vectors }]) => vectors);
    expect(steps.some(({ causal }) => causal)).toBe(true);
    for (const step of ["softcap", "bias", "mask", "sinks"] as const)
      expect(
        steps.some((vectors) => vectors[step] !== undefined),
        step,
      ).toBe(true);
    expect(cases.some(([, { heads, vectors }]) => heads > vectors.key_heads)).toBe(true);
  });

  it("gives MiniLM's weights from its vectors", () => {
    near(real.weight, minilm.weight, 1e-4);
    expect(minilm.labels[2]).toBe("cat");
    expect(Math.max(...real.dot)).toBe(real.dot[2]);
    expect(real.dot[2]).toBeCloseTo(30.656, 2);
    expect(real.scaled[2]).toBeCloseTo(5.419, 2);
  });

  it("has columns that add up", () => {
    for (const [name, row] of cases) {
      const { dot, scaled, capped, bias, score, seen } = scoreRow(row);
      const { scale, softcap } = row.vectors;
      dot.forEach((value, key) => {
        expect(scaled[key], name).toBeCloseTo(scale * value, 10);
        const bounded = softcap ? softcap * Math.tanh((scaled[key] ?? 0) / softcap) : scaled[key];
        expect(capped[key], name).toBeCloseTo(bounded ?? 0, 10);
        if (seen[key]) expect(score[key]).toBeCloseTo((capped[key] ?? 0) + (bias[key] ?? 0), 10);
      });
    }
  });
});

describe("the numbers on screen", () => {
  it.each([
    ["MiniLM", real, minilmVectors, ""],
    ...cases.map(([name, row]) => [name, scoreRow(row), row.vectors, ""] as const),
  ] as const)("make the shown weight: %s", (_name, row, vectors, position) => {
    const columns = columnsOf(vectors, position);
    const decimals = dotDecimals(row.dot, !columns.some(({ id }) => id === "scaled"));
    const shown = (id: "dot" | "score" | "weight") =>
      Array.from(row.dot, (_, key) => parsed(cellText(id, key, row, decimals).text));
    const full = (id: "dot" | "score" | "weight") =>
      Array.from(row.dot, (_, key) => parsed(cellText(id, key, row, decimals).full));
    const sink =
      vectors.sinks && row.sink > 0 ? vectors.sinks[vectors.sinks.length === 2 ? 1 : 5] : undefined;
    const { weight } = softmax(shown("score"), sink);
    // Scores are rounded to 0.005 and weights to 0.0005: a weight moves by at most 1 % and that.
    shown("weight").forEach((value, key) => {
      expect(Math.abs((weight[key] ?? 0) - value)).toBeLessThanOrEqual(0.0101 * value + 0.0006);
    });
    near(softmax(full("score"), sink).weight, full("weight"), 1e-4);
  });

  it("are those of the picture, for it and cat", () => {
    const texts = (["dot", "scaled", "score", "weight"] as const).map(
      (id) => cellText(id, 2, real, dotDecimals(real.dot, false)).text,
    );
    expect(texts).toEqual(["+30.7", "+5.42", "+5.42", "0.746"]);
    expect(cellText("dot", 4, real, 1).text).toBe("−12.0");
    expect(cellText("weight", 4, real, 1)).toMatchObject({ text: "·", why: "below 0.0005" });
    expect(cellText("weight", 2, real, 1).why).toBe("");
  });

  it("say what is hidden", () => {
    const row = cases.find(([name]) => name === "causal")?.[1];
    if (!row) throw new Error("the causal case is gone");
    const found = scoreRow(row);
    const texts = (key: number) =>
      (["mask", "score", "weight"] as const).map((id) => cellText(id, key, found, 2).text);
    expect(texts(5)).toEqual(["hidden", "−∞", "0"]);
    expect(texts(0)[0]).toBe("–");
    expect(cellText("weight", 5, found, 2).why).toBe("hidden by the mask");
  });
});

describe("softmax", () => {
  it("does not overflow", () => {
    near(softmax([1000, 1000, Number.NEGATIVE_INFINITY]).weight, [0.5, 0.5, 0], 1e-12);
  });

  it("is 0 where nothing is seen, and gives a sink its share", () => {
    const none = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(softmax(none, 3)).toEqual({ weight: new Float64Array(2), sink: 0 });
    const { weight, sink } = softmax([0, Number.NEGATIVE_INFINITY], 0);
    expect([...weight, sink]).toEqual([0.5, 0, 0.5]);
  });
});

describe("key heads", () => {
  it("are shared by neighbours", () => {
    expect([0, 2, 3, 8].map((head) => keyHeadOf(head, 9, 3))).toEqual([0, 0, 1, 2]);
    expect([groupSize(9, 3), groupSize(12, 12)]).toEqual([3, 1]);
    expect(keyHeadOf(11, 12, 12)).toBe(11);
  });
});
