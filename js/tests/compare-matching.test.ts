import { describe, expect, it } from "vitest";
import type { BlockSpec, HeadPair, SelectionValue, TraceSpec } from "../src/state/types.ts";
import {
  commonTraces,
  headsInBoth,
  lackingInB,
  matchingOf,
  selectionFromB,
  selectionInB,
} from "../src/views/compare/matching.ts";

function block(heads: number, more: Partial<BlockSpec> = {}): BlockSpec {
  return {
    name: "encoder",
    layers: 2,
    heads: [heads, heads],
    query_tokens: "0",
    key_tokens: "0",
    causal: false,
    ...more,
  };
}

function selected(
  heads: HeadPair[],
  query: number | null = null,
  key: number | null = null,
): SelectionValue {
  return { block: null, heads, query, key };
}

/** Token 2 of the first has no match; the second has one more before the end. */
const PAIRS = {
  encoder: {
    query: [
      [0, 1, 3],
      [0, 1, 4],
    ] as [number[], number[]],
    key: [
      [0, 3],
      [0, 4],
    ] as [number[], number[]],
  },
};
const MATCHING = matchingOf(PAIRS, "encoder");
const BLOCKS = { a: block(3), b: block(2) };

describe("matching tokens", () => {
  it("are found both ways, on each side; 0 is a token", () => {
    expect([0, 1, 2, 3].map((token) => MATCHING.toB("query", token))).toEqual([0, 1, null, 4]);
    expect([0, 1, 2, 3, 4].map((token) => MATCHING.toA("query", token))).toEqual([
      0,
      1,
      null,
      null,
      3,
    ]);
    expect([MATCHING.toB("key", 1), MATCHING.toB("key", 3), MATCHING.toB("key", null)]).toEqual([
      null,
      4,
      null,
    ]);
  });

  it("are none in a block that has no pairs", () => {
    expect(matchingOf(PAIRS, "cross").toB("query", 0)).toBeNull();
  });
});

describe("the selection in the second trace", () => {
  it("has the heads that are there and the tokens that match", () => {
    const selection = selected(
      [
        [0, 2],
        [0, 0],
        [1, 1],
      ],
      3,
      1,
    );
    expect(selectionInB(selection, BLOCKS.b, MATCHING)).toEqual(
      selected(
        [
          [0, 0],
          [1, 1],
        ],
        4,
      ),
    );
    expect(lackingInB(selection, 0, BLOCKS.b, MATCHING)).toEqual({
      heads: [2],
      query: null,
      key: 1,
    });
  });

  it("lacks heads that were not captured", () => {
    const b = block(3, { captured: [[1], []] });
    const selection = selected([
      [0, 2],
      [0, 1],
    ]);
    expect(lackingInB(selection, 0, b, MATCHING).heads).toEqual([2]);
    expect(headsInBoth(selection, 0, BLOCKS.a, b)).toEqual([1]);
  });
});

describe("a change in the second trace", () => {
  const outer = selected(
    [
      [0, 2],
      [0, 0],
    ],
    2,
    null,
  );
  const before = selectionInB(outer, BLOCKS.b, MATCHING);

  it("keeps what that trace cannot show", () => {
    const next = { ...before, heads: [...before.heads, [0, 1] as HeadPair] };
    expect(selectionFromB(outer, before, next, BLOCKS, MATCHING)).toEqual({
      selection: selected(
        [
          [0, 2],
          [0, 0],
          [0, 1],
        ],
        2,
      ),
      lacking: { heads: [], query: null, key: null },
    });
  });

  it("carries a lock over, in numbers of the first", () => {
    const next = { ...before, query: 4 };
    expect(selectionFromB(outer, before, next, BLOCKS, MATCHING).selection.query).toBe(3);
    const released = selectionFromB(
      selected([], 3),
      selected([], 4),
      selected([]),
      BLOCKS,
      MATCHING,
    );
    expect(released.selection.query).toBeNull();
  });

  it("says what the first does not have", () => {
    const next = selected([[0, 1]], 2);
    const blocks = { a: block(1), b: block(2) };
    expect(selectionFromB(selected([]), selected([]), next, blocks, MATCHING)).toEqual({
      selection: selected([]),
      lacking: { heads: [1], query: 2, key: null },
    });
  });

  it("that would lock what the first lacks leaves both locks as they are", () => {
    const locked = selected([], 3, 0);
    const shown = selectionInB(locked, BLOCKS.b, MATCHING);
    const next = selected([], 2, null);
    expect(selectionFromB(locked, shown, next, BLOCKS, MATCHING)).toEqual({
      selection: locked,
      lacking: { heads: [], query: 2, key: null },
    });
  });
});

describe("what both traces have", () => {
  it("are the blocks of the same name and the layers up to the smaller number", () => {
    const trace = (blocks: BlockSpec[]): TraceSpec => ({
      version: 1,
      model: "",
      blocks,
      tokens: {},
    });
    const a = trace([
      block(3, { layers: 3, heads: [3, 2, 1], captured: [[0], [1], [0]] }),
      block(3, { name: "cross" }),
    ]);
    const b = trace([block(2)]);
    const [first, second] = commonTraces(a, b);
    expect(first.blocks).toEqual([block(3, { layers: 2, heads: [3, 2], captured: [[0], [1]] })]);
    expect(second.blocks).toEqual([block(2)]);
  });
});
