import { describe, expect, it } from "vitest";
import { weightRamp } from "../src/ramps.ts";
import { moveBlock, sameSelection, withHeads } from "../src/state/selection.ts";
import type { BlockSpec, SelectionValue } from "../src/state/types.ts";
import {
  EXACT,
  fullWeight,
  type MapWant,
  Matrix,
  mapName,
  pieceJob,
  weightOf,
} from "../src/store/matrix.ts";
import { matrixLayout } from "../src/views/matrix/layout.ts";
import { levelFor, levelsFor, placesIn, poolFor, rowsOf } from "../src/views/matrix/levels.ts";
import { barsOf } from "../src/views/matrix/margins.ts";
import { pixelsOf, shrunk } from "../src/views/matrix/pieces.ts";
import {
  type Box,
  cellAt,
  isWhole,
  panBy,
  regionOf,
  reveal,
  sightOf,
  whole,
  within,
  zoomAt,
} from "../src/views/matrix/region.ts";
import { tickStep, ticks } from "../src/views/matrix/ticks.ts";
import { brushInWords, receivedInWords } from "../src/views/matrix/words.ts";

const box: Box = { width: 500, height: 500, queries: 1000, keys: 1000, most: 48 };

describe("the part in sight", () => {
  it("is the whole at first", () => {
    expect(whole(box)).toEqual({ cell: 0.5, top: 0, left: 0 });
    expect(regionOf(box, whole(box))).toEqual([0, 1000, 0, 1000]);
    expect(isWhole(box, whole(box))).toBe(true);
  });

  it("has the region that was asked for", () => {
    for (const region of [
      [0, 1000, 0, 1000],
      [60, 112, 200, 252],
      [996, 1000, 0, 4],
      [0, 11, 989, 1000],
    ] as const)
      expect(regionOf({ ...box, most: 200 }, sightOf({ ...box, most: 200 }, [...region]))).toEqual(
        region,
      );
  });

  it("keeps cells square where the region is not", () => {
    const sight = sightOf(box, [100, 200, 300, 350]);
    expect(sight).toEqual({ cell: 5, top: 100, left: 300 });
    expect(regionOf(box, sight)).toEqual([100, 200, 300, 400]);
  });

  it("keeps the token under the pointer when it zooms", () => {
    const sight = { cell: 2, top: 100, left: 300 };
    const [x, y] = [123, 321];
    for (const factor of [2, 0.7, 1.1]) {
      const zoomed = zoomAt(box, sight, factor, x, y);
      expect(zoomed.cell).toBeCloseTo(2 * factor);
      expect(zoomed.left + x / zoomed.cell).toBeCloseTo(300 + x / 2);
      expect(zoomed.top + y / zoomed.cell).toBeCloseTo(100 + y / 2);
    }
  });

  it("stops at 48 px a cell, at 4 tokens, and at the whole", () => {
    expect(zoomAt(box, whole(box), 1e6, 0, 0).cell).toBe(48);
    expect(zoomAt({ ...box, width: 160, height: 160 }, whole(box), 1e6, 0, 0).cell).toBe(40);
    expect(zoomAt(box, { cell: 3, top: 5, left: 5 }, 1e-6, 9, 9)).toEqual(whole(box));
    const few = { ...box, queries: 2, keys: 2, width: 96, height: 96 };
    expect(regionOf(few, zoomAt(few, whole(few), 9, 50, 50))).toEqual([0, 2, 0, 2]);
  });

  it("never leaves the map", () => {
    const sight = { cell: 5, top: 10, left: 20 };
    expect(panBy(box, sight, 1e6, 1e6)).toEqual({ cell: 5, top: 0, left: 0 });
    expect(panBy(box, sight, -1e6, -1e6)).toEqual({ cell: 5, top: 900, left: 900 });
    expect(panBy(box, sight, -25, 10)).toEqual({ cell: 5, top: 8, left: 25 });
    expect(within(box, { cell: 0, top: 9, left: -9 })).toEqual(whole(box));
  });

  it("moves no further than a cell needs", () => {
    const sight = { cell: 5, top: 10, left: 20 };
    expect(reveal(box, sight, 50, 60)).toEqual(sight);
    expect(reveal(box, sight, 9, 120)).toEqual({ cell: 5, top: 9, left: 21 });
  });

  it("fits a map with more keys than queries", () => {
    const wide = { width: 560, height: 120, queries: 12, keys: 60, most: 48 };
    expect(whole(wide)).toEqual({ cell: 560 / 60, top: 0, left: 0 });
    expect(regionOf(wide, whole(wide))).toEqual([0, 12, 0, 60]);
  });

  it("has no cells beside the tokens", () => {
    const sight = { cell: 5, top: 10, left: 20 };
    expect(cellAt(box, sight, 0, 0)).toEqual({ query: 10, key: 20 });
    expect(cellAt(box, sight, 499, 4.9)).toEqual({ query: 10, key: 119 });
    expect(cellAt(box, sight, 500, 3)).toBeNull();
    expect(cellAt(box, sight, 3, -1)).toBeNull();
    const thin = { ...box, queries: 2, height: 120 };
    expect(cellAt(thin, { cell: 1, top: 0, left: 0 }, 3, 1.5)).toEqual({ query: 1, key: 3 });
    expect(cellAt(thin, { cell: 1, top: 0, left: 0 }, 3, 2)).toBeNull();
  });
});

describe("levels", () => {
  it("pool until a dot is a px", () => {
    expect([48, 1, 0.99, 0.5, 0.49, 1 / 16, 0.05].map(poolFor)).toEqual([1, 1, 2, 2, 4, 16, 32]);
    expect([30, 8, 7.9, 1, 0.5].map((cell) => levelFor(cell, 1))).toEqual([EXACT, EXACT, 1, 1, 2]);
    expect(levelFor(8, 1.5)).toBe(1);
  });

  it("lie over each other, the finest last", () => {
    expect(levelsFor(box, whole(box))).toEqual([2]);
    expect(levelsFor(box, { cell: 10, top: 0, left: 0 })).toEqual([2, 1, EXACT]);
    const long = { ...box, queries: 8192, keys: 8192, width: 512, height: 512 };
    expect(levelsFor(long, { cell: 0.3, top: 0, left: 0 })).toEqual([16, 8, 4]);
  });

  it("name the pieces in sight", () => {
    expect(placesIn(box, whole(box), 2)).toHaveLength(16);
    expect(placesIn(box, whole(box), 2)[1]).toEqual({ level: 2, row: 0, column: 1 });
    const sight = { cell: 10, top: 100, left: 126 };
    expect(placesIn(box, sight, EXACT)).toEqual([
      { level: EXACT, row: 1, column: 2 },
      { level: EXACT, row: 2, column: 2 },
      { level: EXACT, row: 1, column: 1 },
      { level: EXACT, row: 2, column: 1 },
    ]);
  });

  it("know how many rows a piece has", () => {
    expect(rowsOf(box, { level: 1, row: 0, column: 0 })).toBe(128);
    expect(rowsOf(box, { level: 1, row: 7, column: 0 })).toBe(104);
    expect(rowsOf(box, { level: 4, row: 1, column: 0 })).toBe(122);
    expect(rowsOf(box, { level: EXACT, row: 15, column: 0 })).toBe(40);
  });
});

describe("numbers along an axis", () => {
  it("are 1, 2 or 5 × 10ⁿ apart, with room between", () => {
    expect([28, 27, 14, 13, 6, 2.25, 0.3, 1 / 16].map((cell) => tickStep(cell, 28))).toEqual([
      1, 2, 2, 5, 5, 20, 100, 500,
    ]);
  });

  it("start at the first multiple in sight", () => {
    expect(ticks(0, 12, 5)).toEqual([0, 5, 10]);
    expect(ticks(7, 21, 5)).toEqual([10, 15, 20]);
    expect(ticks(10, 20, 10)).toEqual([10]);
  });
});

describe("the layout", () => {
  const given = {
    width: 1200,
    height: 640,
    unit: 1,
    queries: 239,
    keys: 239,
    queryText: 60,
    keyText: 40,
  };

  it("gives a cell a whole number of px where that costs little", () => {
    const { map, box: place, overview, strongest } = matrixLayout(given);
    expect(map).toEqual({ x: 70, y: 52, width: 478, height: 478 });
    expect(whole(place)).toEqual({ cell: 2, top: 0, left: 0 });
    expect(strongest?.x).toBe(70 + 478 + 6);
    expect(overview).toMatchObject({ width: 72, height: 72 });
    expect(matrixLayout({ ...given, queries: 8192, keys: 8192 }).map.width).toBe(512);
    expect(matrixLayout({ ...given, queries: 345, keys: 345 }).map.width).toBe(560);
  });

  it("has no cell over 48 px", () => {
    expect(matrixLayout({ ...given, queries: 8, keys: 8 }).map).toMatchObject({
      width: 384,
      height: 384,
    });
    expect(matrixLayout({ ...given, queries: 1, keys: 1 }).map).toMatchObject({
      width: 48,
      height: 48,
    });
  });

  it("leaves out what has no room", () => {
    const at = (width: number) => matrixLayout({ ...given, width });
    expect([at(640), at(400), at(200)].map(({ strongest }) => strongest !== null)).toEqual([
      true,
      false,
      false,
    ]);
    expect([at(640), at(400), at(200)].map(({ overview }) => overview !== null)).toEqual([
      true,
      true,
      false,
    ]);
    for (const width of [200, 320, 400, 480, 640, 900, 1200]) {
      const { map, overview, strongest } = at(width);
      const end = overview
        ? overview.x + overview.width
        : (strongest ?? map).x + (strongest ?? map).width;
      expect(end).toBeLessThanOrEqual(width);
    }
  });

  it("makes room for few queries", () => {
    const { map } = matrixLayout({ ...given, queries: 2, keys: 1000 });
    expect(map).toMatchObject({ width: 500, height: 120 });
    expect(matrixLayout({ ...given, queries: 12, keys: 60 }).map).toMatchObject({
      width: 540,
      height: 120,
    });
  });

  it("is lower where less height is wanted", () => {
    expect(matrixLayout({ ...given, height: 320 }).map.height).toBe(239);
  });
});

describe("bars", () => {
  it("stand in the middle of their cells", () => {
    expect(barsOf([0.5, 0, 0.25], [0, 3], 0, 20, 60, 1)).toEqual([
      { at: 6, thick: 8, value: 0.5, token: 0 },
      { at: 46, thick: 8, value: 0.25, token: 2 },
    ]);
  });

  it("are the largest of the tokens of a px, the first one too", () => {
    const values = [0.9, 0.1, 0.2, 0.4, 0.3];
    expect(barsOf(values, [0, 5], 0, 0.5, 3, 1).map(({ at, token }) => [at, token])).toEqual([
      [0, 0],
      [1, 3],
      [2, 4],
    ]);
  });

  it("leave out missing values", () => {
    expect(barsOf([Number.NaN, 0.5], [0, 2], 0, 10, 20, 1)).toHaveLength(1);
  });
});

const want: MapWant = { block: "encoder", heads: [[3, 1]], aggregate: "mean", hideSpecial: false };

describe("the store", () => {
  it("names maps as Python does", () => {
    expect(mapName({ ...want, aggregate: "sum" })).toBe("3.1~mean~0");
    const heads = Array.from({ length: 12 }, (_, head): [number, number] => [1, 11 - head]);
    expect(mapName({ ...want, heads, aggregate: "max", hideSpecial: true })).toBe("1.0-11~max~1");
    const mixed = [
      [2, 5],
      [0, 3],
      [2, 0],
      [2, 4],
      [0, 3],
    ] as [number, number][];
    expect(mapName({ ...want, heads: mixed, aggregate: "sum" })).toBe("0.3+2.0,4-5~sum~0");
    expect(fullWeight({ ...want, heads, aggregate: "sum" })).toBe(12);
    expect(fullWeight({ ...want, heads })).toBe(1);
  });

  it("asks for pieces", () => {
    expect(pieceJob(want, 4, 1, 2)).toEqual({
      name: "matrix/encoder/3.1~mean~0/4/1/2",
      method: "matrix",
      params: {
        block: "encoder",
        heads: [[3, 1]],
        aggregate: "mean",
        hide_special: false,
        pool: 4,
        row: 1,
        column: 2,
        dtype: "u8",
      },
    });
    expect(pieceJob(want, EXACT, 0, 0)).toMatchObject({
      name: "matrix/encoder/3.1~mean~0/exact/0/0",
      params: { pool: 1, dtype: "f32" },
    });
  });

  const piece = (level: number | "exact", row: number, rows = 2) => ({
    name: `matrix/encoder/3.1~mean~0/${level}/${row}/0`,
    shape: [rows, 3],
    data: new Uint8Array(3 * rows).fill(7),
  });

  it("keeps the pieces used last, within its limit", () => {
    const store = new Matrix(15);
    store.add([piece(1, 0), piece(1, 1)]);
    expect(store.bytes).toBe(12);
    for (let arrivals = 0; arrivals < 2; arrivals++) {
      expect(store.piece("encoder", "3.1~mean~0", 1, 0, 0)).toMatchObject({ rows: 2, columns: 3 });
      store.add([]);
    }
    store.add([piece(1, 2)]);
    expect(store.bytes).toBe(12);
    expect(store.piece("encoder", "3.1~mean~0", 1, 1, 0)).toBeNull();
    expect(store.piece("encoder", "3.1~mean~0", 1, 0, 0)).not.toBeNull();
    expect(store.has("encoder", "3.1~mean~0")).toBe(true);
    expect(store.has("encoder", "3.10~mean~0")).toBe(false);
  });

  it("replaces a piece by one with more rows, never by one with fewer", () => {
    const store = new Matrix();
    store.add([piece(2, 0, 1)]);
    store.add([piece(2, 0, 2)]);
    store.add([piece(2, 0, 1)]);
    expect(store.piece("encoder", "3.1~mean~0", 2, 0, 0)?.rows).toBe(2);
    expect(store.bytes).toBe(6);
  });

  it("reads weights of bytes", () => {
    expect([1, 128, 255].map((code) => weightOf(code, 1))).toEqual([0, 0.25, 1]);
    expect(weightOf(255, 24)).toBe(24);
  });
});

describe("pictures of pieces", () => {
  const palette = { ramp: weightRamp(false), full: 1, missing: [9, 8, 7] };

  it("leave what is not seen clear", () => {
    const data = Uint8Array.of(0, 1, 255);
    const pixels = pixelsOf({ rows: 1, columns: 3, data }, palette);
    expect([...pixels]).toEqual([0, 0, 0, 0, 0xf7, 0xfb, 0xfb, 255, 0x2c, 0x14, 0x72, 255]);
  });

  it("tell missing weights from those not seen", () => {
    const data = Float32Array.of(Number.NEGATIVE_INFINITY, Number.NaN, 0, 1);
    const pixels = pixelsOf({ rows: 2, columns: 2, data }, palette);
    expect([...pixels.subarray(0, 8)]).toEqual([0, 0, 0, 0, 9, 8, 7, 255]);
    expect([...pixels.subarray(8)]).toEqual([0xf7, 0xfb, 0xfb, 255, 0x2c, 0x14, 0x72, 255]);
  });

  it("are drawn against the number of heads where these are summed", () => {
    const data = Float32Array.of(12, 24);
    const [half, all] = [[0x93], [0x2c]];
    const pixels = pixelsOf({ rows: 1, columns: 2, data }, { ...palette, full: 24 });
    expect(pixels[4]).toBe(all[0]);
    expect(pixels[0]).toBeLessThan(half[0] ?? 0);
  });

  it("shrink to the largest of each cell", () => {
    const pieces = [Uint8Array.of(1, 1, 1, 255), Uint8Array.of(1, 0, 100, 1)];
    const small = shrunk({ rows: 2, columns: 4 }, 2, 2, 1, (_, column) => {
      const data = pieces[column];
      return data ? { rows: 2, columns: 2, data } : null;
    });
    expect(small).toEqual({ rows: 1, columns: 2, data: Uint8Array.of(255, 100) });
  });
});

describe("words", () => {
  it("count as a person does", () => {
    expect(brushInWords([60, 112], [60, 112], 0)).toBe("queries 60–111, keys 60–111");
    expect(brushInWords([0, 1], [3, 5], 0)).toBe("query 0, keys 3–4");
    expect(brushInWords([0, 1], [3, 5], 1)).toBe("query 1, keys 4–5");
  });
});

describe("a selection with a brushed rectangle", () => {
  const plain: SelectionValue = { block: "encoder", heads: [[0, 1]], query: null, key: null };
  const brushed: SelectionValue = { ...plain, query_range: [3, 9], key_range: [0, 4] };

  it("is another one than without, or with another", () => {
    expect(sameSelection(brushed, { ...brushed, query_range: [3, 9] })).toBe(true);
    expect(sameSelection(brushed, plain)).toBe(false);
    expect(sameSelection(plain, { ...plain })).toBe(true);
    expect(sameSelection(brushed, { ...brushed, key_range: [0, 5] })).toBe(false);
  });

  it("keeps it where other views change it, and in a block of the same tokens", () => {
    expect(withHeads(brushed, 0, [2])).toEqual({ ...brushed, heads: [[0, 2]] });
    const block = (name: string, query_tokens: string, key_tokens: string): BlockSpec => {
      return { name, layers: 1, heads: [4], query_tokens, key_tokens, causal: false };
    };
    const at = { from: 0, to: 0 };
    const moved = moveBlock(brushed, block("a", "0", "0"), block("b", "1", "0"), at);
    expect(moved).toEqual({ ...plain, block: "b", key_range: [0, 4] });
  });
});

describe("what is said of the keys", () => {
  it("names those that receive most", () => {
    expect(receivedInWords(Float32Array.of(0.1, 0.6, 0.3), ["a", "b", "c"], 0)).toBe(
      "Keys that receive most, mean weight: b, key 1: 0.600; c, key 2: 0.300; a, key 0: 0.100",
    );
    expect(receivedInWords(null, ["a"], 0)).toBe("");
  });
});
