import { beforeEach, describe, expect, it, vi } from "vitest";
import { decodeTensors } from "../src/store/decode.ts";
import { Weights } from "../src/store/weights.ts";
import { inPlay, tokenAxis } from "../src/views/head/axis.ts";
import { type Known, nothingKnown, restPicture, type Source } from "../src/views/head/picture.ts";
import { blob } from "./support/blob.ts";
import { type Piece, pieceOf, sampleOf } from "./support/sample.ts";

const sample = sampleOf();
const COUNT = sample.tokens.labels.length;
const axis = tokenAxis(sample.tokens);

let weights: Weights;
let known: Known;

function add(piece: Partial<Piece>): void {
  const whole = { layer: 0, axis: "query", start: 0, stop: COUNT, dtype: "u8" } as const;
  weights.add(decodeTensors(blob([pieceOf(sample, { ...whole, ...piece })])));
}

function picture(more: Partial<Source> = {}, rows: [number, number] = [0, COUNT]) {
  const source: Source = {
    ...{ weights, block: "encoder", layer: 0, heads: sample.heads },
    axes: { query: axis, key: axis },
    play: inPlay(axis, axis, "all", false),
    choice: { heads: [0, 2], aggregate: "each", share: 0.8, hideSpecial: false },
    ...more,
  };
  const read = vi.spyOn(weights, "row");
  const found = restPicture(source, rows, known);
  const asked = read.mock.calls.map(([, , query]) => query);
  read.mockRestore();
  return { found, asked, anew: restPicture(source, rows) };
}

beforeEach(() => {
  weights = new Weights();
  known = nothingKnown();
});

describe("rows of a picture at rest", () => {
  it("are worked out anew where finer weights have come, and nowhere else", () => {
    add({});
    expect(picture().asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    add({ start: 3, stop: 4, dtype: "f32" });
    const { found, asked, anew } = picture();
    expect(asked).toEqual([3]);
    expect(found).toEqual(anew);
    expect(found.exact).toBe(false);
    add({ dtype: "f32" });
    const last = picture();
    expect(last.asked).toEqual([0, 1, 2, 4, 5, 6, 7]);
    expect(last.found).toEqual(last.anew);
    expect(last.found.exact).toBe(true);
  });

  it("come into sight and leave it", () => {
    add({});
    picture({}, [0, 5]);
    expect(picture({}, [2, 7]).asked).toEqual([5, 6]);
    expect(picture({}, [0, 3]).asked).toEqual([0, 1]);
  });

  it("leave the picture as it is where something else has come", () => {
    add({});
    const { found } = picture();
    add({ axis: "key", dtype: "f32" });
    add({ layer: 1 });
    expect(picture().found).toBe(found);
    add({ start: 7, dtype: "f32" });
    expect(picture().found).not.toBe(found);
  });

  it("are missing until they come", () => {
    add({ stop: 2 });
    expect(picture().found.missing).toBe(6);
    add({ start: 2, stop: 8 });
    const { found, asked, anew } = picture();
    expect([found.missing, asked]).toEqual([0, [2, 3, 4, 5, 6, 7]]);
    expect(found).toEqual(anew);
  });
});
