import { describe, expect, it } from "vitest";
import type { BlockSpec, HeadPair } from "../src/state/types.ts";
import type { HeadFacts } from "../src/store/thumbs.ts";
import {
  cellsOf,
  headBelow,
  headBeside,
  layerGrid,
  placeOf,
  ranked,
  rankedGrid,
} from "../src/views/model/order.ts";
import { cleared, selectAlone, toggle } from "../src/views/model/select.ts";

const block = (more: Partial<BlockSpec> = {}): BlockSpec => ({
  name: "encoder",
  layers: 3,
  heads: [4, 2, 3],
  query_tokens: "0",
  key_tokens: "0",
  causal: false,
  ...more,
});

const facts = (more: Partial<HeadFacts>): HeadFacts => ({
  entropy: 1,
  possible: 2,
  previous: 0,
  next: 0,
  first: 0,
  special: 0,
  pair: null,
  ...more,
});

describe("layerGrid", () => {
  it("has a row a layer and a column a head, empty where a layer has fewer", () => {
    const grid = layerGrid(block(), null, null);
    expect(grid.heads).toEqual([0, 1, 2, 3]);
    expect(grid.rows.map(({ layer, first }) => [layer, first])).toEqual([
      [0, 0],
      [1, 4],
      [2, 6],
    ]);
    expect(grid.rows[1]?.cells).toEqual([[1, 0], [1, 1], null, null]);
  });

  it("leaves out heads that were not captured, and layers without any", () => {
    const grid = layerGrid(block({ captured: [[0, 3], [], [1]] }), null, null);
    expect(grid.heads).toEqual([0, 1, 3]);
    expect(grid.rows.map(({ layer, cells }) => [layer, cells])).toEqual([
      [0, [[0, 0], null, [0, 3]]],
      [2, [null, [2, 1], null]],
    ]);
  });

  it("shows the layers and heads to include, under their own numbers", () => {
    const grid = layerGrid(block(), [2, 0, 9], [3, 0]);
    expect(grid.heads).toEqual([0, 3]);
    expect(cellsOf(grid)).toEqual([
      [0, 0],
      [0, 3],
      [2, 0],
    ]);
    expect(layerGrid(block(), [1], [3])).toEqual({ rows: [], heads: [], columns: 0 });
  });
});

describe("ranked", () => {
  const cells: HeadPair[] = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const known: Record<string, HeadFacts> = {
    "0,0": facts({ entropy: 2, previous: 0.1 }),
    "0,1": facts({ entropy: 0.5, previous: Number.NaN }),
    "1,0": facts({ entropy: 1, previous: 0.9 }),
    "1,1": facts({ entropy: 1, previous: 0.1 }),
  };
  const of = (cell: HeadPair) => known[String(cell)] ?? null;

  it("puts sharp heads first by entropy, and much weight first by a share", () => {
    expect(ranked(cells, "entropy", of)).toEqual([
      [0, 1],
      [1, 0],
      [1, 1],
      [0, 0],
    ]);
    expect(ranked(cells, "previous", of)).toEqual([
      [1, 0],
      [0, 0],
      [1, 1],
      [0, 1],
    ]);
  });

  it("keeps the order of layers among equals, and where nothing is known", () => {
    expect(ranked(cells, "first", of)).toEqual(cells);
    expect(ranked(cells, "entropy", () => null)).toEqual(cells);
  });
});

describe("rankedGrid", () => {
  const order: HeadPair[] = [
    [1, 1],
    [0, 0],
    [1, 0],
    [0, 1],
    [2, 0],
  ];

  it("fills rows of as many as fit", () => {
    const grid = rankedGrid(order, 2);
    expect([grid.heads, grid.columns]).toEqual([null, 2]);
    expect(grid.rows.map(({ first, cells }) => [first, cells])).toEqual([
      [
        0,
        [
          [1, 1],
          [0, 0],
        ],
      ],
      [
        2,
        [
          [1, 0],
          [0, 1],
        ],
      ],
      [4, [[2, 0], null]],
    ]);
    expect(rankedGrid(order, 12).columns).toBe(5);
    expect(rankedGrid([], 3)).toEqual({ rows: [], heads: null, columns: 0 });
  });

  it("knows where a head stands", () => {
    const grid = rankedGrid(order, 2);
    expect(placeOf(grid, [0, 1])).toEqual({ row: 1, column: 1 });
    expect(placeOf(grid, [1, 1])).toEqual({ row: 0, column: 0 });
    expect(placeOf(grid, [7, 7])).toBeNull();
    expect(placeOf(grid, null)).toBeNull();
  });
});

describe("walking", () => {
  const layers = layerGrid(block({ captured: [[0, 3], [1], [0, 1, 2]] }), null, null);

  it("goes to the nearest head of the row above or below", () => {
    expect(headBelow(layers, { row: 0, column: 3 }, 1)).toEqual([1, 1]);
    expect(headBelow(layers, { row: 1, column: 1 }, 1)).toEqual([2, 1]);
    expect(headBelow(layers, { row: 2, column: 2 }, -1)).toEqual([1, 1]);
    expect(headBelow(layers, { row: 0, column: 3 }, -1)).toEqual([0, 3]);
    expect(headBelow(layers, { row: 2, column: 0 }, 1)).toEqual([2, 0]);
  });

  it("stays in its layer, and passes heads that are not there", () => {
    expect(headBeside(layers, { row: 0, column: 0 }, 1)).toEqual([0, 3]);
    expect(headBeside(layers, { row: 0, column: 3 }, 1)).toEqual([0, 3]);
    expect(headBeside(layers, { row: 0, column: 3 }, -1)).toEqual([0, 0]);
  });

  it("goes on in the next row where the order does", () => {
    const grid = rankedGrid(
      [
        [1, 1],
        [0, 0],
        [1, 0],
      ],
      2,
    );
    expect(headBeside(grid, { row: 0, column: 1 }, 1)).toEqual([1, 0]);
    expect(headBeside(grid, { row: 1, column: 0 }, -1)).toEqual([0, 0]);
    expect(headBeside(grid, { row: 1, column: 0 }, 1)).toEqual([1, 0]);
  });
});

describe("selecting", () => {
  const selection = { block: "encoder", heads: [[0, 2]] as HeadPair[], query: 4, key: null };

  it("alone keeps the locked token, and lets go of what belongs to another block", () => {
    expect(selectAlone(selection, "encoder", [1, 0])).toEqual({ ...selection, heads: [[1, 0]] });
    expect(selectAlone(selection, "cross", [1, 0])).toEqual({
      block: "cross",
      heads: [[1, 0]],
      query: null,
      key: null,
    });
    expect(selectAlone({ ...selection, block: null }, "encoder", [1, 0]).query).toBe(4);
  });

  it("adds in the order of the clicks, and takes out", () => {
    const two = toggle(toggle(selection, "encoder", [2, 1]), "encoder", [0, 0]);
    expect(two.heads).toEqual([
      [0, 2],
      [2, 1],
      [0, 0],
    ]);
    expect(toggle(two, "encoder", [2, 1]).heads).toEqual([
      [0, 2],
      [0, 0],
    ]);
    expect(cleared(two)).toEqual({ block: "encoder", heads: [], query: null, key: null });
  });
});
