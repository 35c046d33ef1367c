import { describe, expect, it } from "vitest";
import {
  clickToken,
  headsOf,
  headsThere,
  isolateHead,
  layersThere,
  moveLayer,
  release,
  sameSelection,
  toggleHead,
  withHeads,
} from "../src/state/selection.ts";
import type { BlockSpec, SelectionValue } from "../src/state/types.ts";

const start: SelectionValue = {
  block: null,
  heads: [
    [0, 0],
    [2, 0],
    [0, 5],
  ],
  query: 0,
  key: 0,
};

const block: BlockSpec = {
  name: "encoder",
  layers: 3,
  heads: [6, 4, 6],
  query_tokens: "0",
  key_tokens: "0",
  causal: false,
};

describe("heads", () => {
  it("are told by layer, zero included, in the order they were switched on", () => {
    expect(headsOf(start, 0)).toEqual([0, 5]);
    expect(headsOf(start, 2)).toEqual([0]);
    expect(headsOf(start, 1)).toEqual([]);
  });

  it("toggle one by one without touching other layers, the last one too", () => {
    const off = toggleHead(start, 0, 0);
    expect(off.heads).toEqual([
      [2, 0],
      [0, 5],
    ]);
    expect(toggleHead(off, 0, 0).heads).toEqual([
      [2, 0],
      [0, 5],
      [0, 0],
    ]);
    expect(headsOf(toggleHead(off, 0, 5), 0)).toEqual([]);
    expect(start.heads).toHaveLength(3);
  });

  it("isolate, and come all back the second time", () => {
    const six = [0, 1, 2, 3, 4, 5];
    const alone = isolateHead(start, 0, 5, six);
    expect(headsOf(alone, 0)).toEqual([5]);
    expect(headsOf(alone, 2)).toEqual([0]);
    expect(headsOf(isolateHead(alone, 0, 5, six), 0)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(headsOf(isolateHead(alone, 0, 0, six), 0)).toEqual([0]);
  });

  it("are replaced in one layer", () => {
    expect(withHeads(start, 1, [3, 0]).heads).toEqual([...start.heads, [1, 3], [1, 0]]);
  });

  it("are all there unless the trace holds some only", () => {
    expect(headsThere(block, 0)).toHaveLength(block.heads[0] ?? 0);
    expect(layersThere(block)).toHaveLength(block.layers);
    const some = { ...block, captured: block.heads.map((_, layer) => (layer === 1 ? [0, 2] : [])) };
    expect(headsThere(some, 1)).toEqual([0, 2]);
    expect(layersThere(some)).toEqual([1]);
    expect(moveLayer(start, 0, 1, some).heads.filter(([layer]) => layer === 1)).not.toContainEqual([
      1, 1,
    ]);
  });
});

describe("moveLayer", () => {
  it("takes the heads along, those that exist there", () => {
    const moved = moveLayer(start, 0, 1, block);
    expect(moved.heads).toEqual([
      [1, 0],
      [2, 0],
    ]);
    expect([moved.query, moved.key]).toEqual([0, 0]);
  });

  it("leaves a layer that has heads of its own as it is", () => {
    expect(moveLayer(start, 0, 2, block)).toEqual(start);
  });

  it("changes nothing when no head is on", () => {
    const none = withHeads(start, 0, []);
    expect(moveLayer(none, 0, 1, block).heads).toEqual([[2, 0]]);
  });
});

describe("clickToken", () => {
  const free: SelectionValue = { ...start, query: null, key: null };

  it("locks token 0 like any other", () => {
    expect(clickToken(free, "query", [0])).toEqual({ ...free, query: 0 });
    expect(clickToken(free, "key", [0])).toEqual({ ...free, key: 0 });
  });

  it("releases the token that is locked", () => {
    expect(clickToken({ ...free, query: 0 }, "query", [0]).query).toBeNull();
    expect(clickToken({ ...free, key: 4 }, "key", [4]).key).toBeNull();
  });

  it("locks a word by its first token and releases it by any", () => {
    expect(clickToken(free, "query", [4, 5, 6]).query).toBe(4);
    expect(clickToken({ ...free, query: 5 }, "query", [4, 5, 6]).query).toBeNull();
  });

  it("lets the key go with another query, and keeps the query with another key", () => {
    const both: SelectionValue = { ...free, query: 1, key: 2 };
    expect(clickToken(both, "query", [3])).toMatchObject({ query: 3, key: null });
    expect(clickToken(both, "key", [3])).toMatchObject({ query: 1, key: 3 });
  });

  it("lets both go at once", () => {
    expect(release(start)).toEqual({ ...start, query: null, key: null });
  });
});

describe("sameSelection", () => {
  it("compares by value and tells 0 from nothing", () => {
    expect(sameSelection(start, structuredClone(start))).toBe(true);
    expect(sameSelection(start, { ...start, query: null })).toBe(false);
    expect(sameSelection(start, { ...start, key: 1 })).toBe(false);
    expect(sameSelection(start, { ...start, block: "encoder" })).toBe(false);
    expect(sameSelection(start, { ...start, heads: start.heads.slice(0, 2) })).toBe(false);
    expect(sameSelection(start, { ...start, heads: [...start.heads].reverse() })).toBe(false);
  });
});
