import { describe, expect, it } from "vitest";
import { signedRamp } from "../src/ramps.ts";
import type { BlockSpec, TokenList, TraceSpec } from "../src/state/types.ts";
import { decodeTensors } from "../src/store/decode.ts";
import {
  type Difference,
  Differences,
  type DifferenceWant,
  differenceJob,
} from "../src/store/differences.ts";
import { Weights } from "../src/store/weights.ts";
import { clickCell, lockedAt, moveCell, placesOf } from "../src/views/compare/cells.ts";
import {
  differenceOf,
  fullScale,
  largestCells,
  poolFactor,
  type SideData,
} from "../src/views/compare/difference.ts";
import { cellAt, mapLayout, numberStep } from "../src/views/compare/layout.ts";
import { matchingOf } from "../src/views/compare/matching.ts";
import { pixelsOf } from "../src/views/compare/picture.ts";
import { signed } from "../src/views/compare/words.ts";
import { blob, floats, toByte } from "./support/blob.ts";
import { tokenList } from "./support/sample.ts";

const WANT: DifferenceWant = {
  block: "encoder",
  layer: 0,
  heads: [0, 1],
  aggregate: "mean",
  sentences: "all",
  hideSpecial: false,
};

interface Options {
  heads?: number[];
  tokens?: TokenList;
  block?: Partial<BlockSpec>;
  bytes?: boolean;
}

/** One side with weights [head][query][key]. */
function side(weights: number[], count: number, options: Options = {}): SideData {
  const heads = weights.length / count ** 2;
  const data = options.bytes ? Uint8Array.from(weights, toByte) : floats(...weights);
  const store = new Weights();
  store.add(decodeTensors(blob([{ name: "w/encoder/0", shape: [heads, count, count], data }])));
  const block: BlockSpec = {
    name: "encoder",
    layers: 1,
    heads: [heads],
    query_tokens: "0",
    key_tokens: "0",
    causal: false,
    ...options.block,
  };
  const tokens = options.tokens ?? tokenList(["[CLS]", "cat", "sat"].slice(0, count));
  const trace: TraceSpec = { version: 1, model: "", blocks: [block], tokens: { "0": tokens } };
  return { weights: store, trace, block, heads: options.heads ?? [0] };
}

function pairs(a: number[], b: number[]) {
  return matchingOf({ encoder: { query: [a, b], key: [a, b] } }, "encoder");
}

const BOTH = pairs([0, 1], [0, 1]);

function values(found: Difference | null): number[] {
  return [...(found?.data ?? [])].map((value) => Math.round(1000 * value) / 1000);
}

describe("the difference of two layers", () => {
  it("is B minus A of matched tokens", () => {
    const a = side([0.1, 0.9, 0.4, 0.6], 2);
    const b = side([0.1, 0.2, 0.7, 0.5, 0.25, 0.25, 0, 0.75, 0.25], 3);
    const found = differenceOf(a, b, pairs([0, 1], [0, 2]), WANT);
    expect(values(found)).toEqual([0, -0.2, -0.4, -0.35]);
    expect(found?.exact).toBe(true);
  });

  it("lays the heads over each other as the view does", () => {
    const a = side([0.1, 0.9, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8], 2, { heads: [0, 1] });
    const b = side([0.5, 0.5, 0.5, 0.5, 1, 0, 0, 1], 2, { heads: [0, 1] });
    const by = (aggregate: "mean" | "sum" | "max") =>
      values(differenceOf(a, b, BOTH, { ...WANT, aggregate }));
    expect(by("mean")).toEqual([0.55, -0.55, -0.05, 0.05]);
    expect(by("sum")).toEqual([1.1, -1.1, -0.1, 0.1]);
    expect(by("max")).toEqual([0.7, -0.4, 0.1, 0.2]);
  });

  it("leaves out pairs that neither query sees", () => {
    const causal = { block: { causal: true } };
    const a = side([1, 0, 0.5, 0.5], 2, causal);
    expect(values(differenceOf(a, side([1, 0, 1, 0], 2, causal), BOTH, WANT))).toEqual([
      0,
      Number.NaN,
      0.5,
      -0.5,
    ]);
    expect(values(differenceOf(a, side([0.9, 0.1, 1, 0], 2), BOTH, WANT))).toEqual([
      -0.1, 0.1, 0.5, -0.5,
    ]);
  });

  it("leaves out what a mask hides in both", () => {
    const vectors = [{ size: 1, scale: 1, key_heads: 1, causal: false, mask: true }];
    const masked = { block: { vectors } };
    const a = side([1, 0, 0.5, 0.5], 2, masked);
    expect(values(differenceOf(a, side([1, 0, 1, 0], 2, masked), BOTH, WANT))).toEqual([
      0,
      Number.NaN,
      0.5,
      -0.5,
    ]);
  });

  it("leaves out what the filters hide in either", () => {
    const a = side([0.1, 0.9, 0.4, 0.6], 2);
    const b = side([0.5, 0.5, 0.5, 0.5], 2, { tokens: tokenList(["cls", "cat"]) });
    const hidden = { ...WANT, hideSpecial: true };
    expect(values(differenceOf(a, b, BOTH, hidden))).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
      -0.1,
    ]);
    expect(values(differenceOf(b, a, BOTH, hidden))[0]).toBeNaN();
  });

  it("waits for both, and says where weights are one byte each", () => {
    const a = side([0.1, 0.9, 0.4, 0.6], 2);
    const rough = side([0.5, 0.5, 0.5, 0.5], 2, { bytes: true });
    expect(differenceOf(a, { ...a, weights: new Weights() }, BOTH, WANT)).toBeNull();
    expect(differenceOf(a, rough, BOTH, WANT)?.exact).toBe(false);
  });

  it("is pooled by Python beyond 128 tokens", () => {
    const count = (n: number) => pairs([...Array(n).keys()], [...Array(n).keys()]);
    expect([0, 128, 129, 256, 257].map((n) => poolFactor(count(n)))).toEqual([1, 1, 2, 2, 3]);
  });
});

describe("differences that Python sent", () => {
  const name = "difference/encoder/0/0+1/mean/all,1";

  it("are asked for with every setting, and kept by filter", () => {
    expect(differenceJob({ ...WANT, hideSpecial: true })).toEqual({
      name,
      method: "difference",
      params: {
        block: "encoder",
        layer: 0,
        heads: [0, 1],
        aggregate: "mean",
        sentences: "all",
        hide_special: true,
      },
    });
    const store = new Differences();
    const tensors = decodeTensors(blob([{ name, shape: [1, 2], data: floats(0.5, -0.5) }]));
    store.add(tensors);
    expect(store.find(WANT)).toBeNull();
    const found = store.find({ ...WANT, hideSpecial: true });
    expect([found?.rows, found?.columns, values(found)]).toEqual([1, 2, [0.5, -0.5]]);
  });

  it("are dropped, the oldest first", () => {
    const store = new Differences(2);
    for (const layer of [0, 1, 2]) {
      const tensor = {
        name: `difference/encoder/${layer}/0+1/mean/all,0`,
        shape: [1, 1],
        data: floats(1),
      };
      store.add(decodeTensors(blob([tensor])));
    }
    expect([0, 1, 2].map((layer) => store.find({ ...WANT, layer }) !== null)).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe("the picture of a difference", () => {
  const map = (...data: number[]) => ({ rows: 1, columns: data.length, data: floats(...data) });

  it("is blue for more in B, orange for more in A, ground where there is no pair", () => {
    const ramp = signedRamp(false);
    const pixels = pixelsOf(map(0.4, -0.4, Number.NaN, 0), 0.4, ramp);
    expect([...pixels.subarray(0, 4)]).toEqual([0x10, 0x65, 0xcb, 255]);
    expect([...pixels.subarray(4, 8)]).toEqual([0xa5, 0x4b, 0x00, 255]);
    expect([...pixels.subarray(8, 12)]).toEqual([0, 0, 0, 0]);
    expect([...pixels.subarray(12, 15)].every((channel) => channel > 245)).toBe(true);
  });

  it("has its own scale, and names its largest cells", () => {
    const found = map(0.1, -0.4, Number.NaN, 0, 0.3);
    expect(fullScale(found)).toBeCloseTo(0.4, 6);
    expect(fullScale(map(Number.NaN, 0))).toBe(0);
    expect(largestCells(found, 2)).toEqual([1, 4]);
    expect(largestCells(found, 8)).toEqual([1, 4, 0]);
  });

  it("is said with a sign and a true minus", () => {
    const said = (exact: boolean) =>
      [0.2341, -0.2, 0, -0.0001].map((value) => signed(value, exact));
    expect(said(true)).toEqual(["+0.234", "−0.200", "0", "−0.000"]);
    expect(said(false)).toEqual(["≈+0.23", "≈−0.20", "≈0", "≈−0.00"]);
  });
});

describe("where the cells are", () => {
  const layout = (rows: number, width = 1200, factor = 1, columns = rows) =>
    mapLayout({ width, rows, columns, queryText: 50, keyText: 50, factor, unit: 1 });

  it("is square, in whole pixels, 200 to 560 px, less where there is no room", () => {
    expect([1, 2, 10, 18, 42].map((rows) => layout(rows).cell)).toEqual([200, 100, 36, 31, 13]);
    expect(layout(128).width).toBe(512);
    expect(layout(18, 400).width).toBeLessThanOrEqual(400 - 58);
    expect(layout(40, 260).width).toBeGreaterThanOrEqual(180);
    expect(layout(40, 100).width).toBeCloseTo(110);
  });

  it("names every token from 14 px on, else numbers some", () => {
    expect([18, 40, 41].map((rows) => layout(rows).named)).toEqual([true, true, false]);
    expect(layout(10, 1200, 2).named).toBe(false);
    expect(layout(18).left).toBe(58);
    expect([layout(42).left, layout(42).top]).toEqual([76, 26]);
  });

  it("numbers every 1, 2 or 5 · 10ⁿ tokens, 28 px apart", () => {
    expect([30, 14, 13, 4, 2, 0.5].map((cell) => numberStep(cell, 1, 1))).toEqual([
      1, 2, 5, 10, 20, 100,
    ]);
    expect(numberStep(4, 3, 1)).toBe(50);
  });

  it("is found under the pointer, to the edges", () => {
    const map = layout(10, 1200, 1, 5);
    expect([map.width, map.height]).toEqual([180, 360]);
    expect(cellAt(map, 0, 0)).toEqual({ row: 0, column: 0 });
    expect(cellAt(map, 179.9, 359.9)).toEqual({ row: 9, column: 4 });
    expect([cellAt(map, 180, 0), cellAt(map, 0, -1)]).toEqual([null, null]);
  });
});

describe("a cell", () => {
  const matching = matchingOf(
    {
      encoder: {
        query: [
          [0, 2, 3],
          [0, 1, 2],
        ],
        key: [
          [1, 3],
          [0, 2],
        ],
      },
    },
    "encoder",
  );
  const free = { block: null, heads: [], query: null, key: null };

  it("locks its query and key, and releases both", () => {
    const locked = clickCell(free, { row: 1, column: 1 }, matching, 1);
    expect(locked).toEqual({ ...free, query: 2, key: 3 });
    expect(lockedAt(locked, matching, 1)).toEqual({ row: 1, column: 1 });
    expect(clickCell(locked, { row: 1, column: 1 }, matching, 1)).toEqual(free);
    expect(clickCell(locked, { row: 0, column: 1 }, matching, 1)).toEqual({ ...locked, query: 0 });
  });

  it("stands for several tokens where they are pooled", () => {
    expect(placesOf(1, 2, 3)).toEqual([2, 2]);
    expect(clickCell(free, { row: 1, column: 0 }, matching, 2)).toEqual({
      ...free,
      query: 3,
      key: 1,
    });
    expect(lockedAt({ query: 2, key: 0 }, matching, 2)).toEqual({ row: 0, column: null });
  });

  it("is walked to by the keyboard, never beyond the map", () => {
    const size = { rows: 3, columns: 2 };
    expect(moveCell(null, { row: 1, column: 0 }, size)).toEqual({ row: 0, column: 0 });
    expect(moveCell({ row: 2, column: 0 }, { row: 1, column: 0 }, size)).toEqual({
      row: 2,
      column: 0,
    });
    expect(moveCell({ row: 0, column: 0 }, { row: 0, column: 1 }, size)).toEqual({
      row: 0,
      column: 1,
    });
  });
});
