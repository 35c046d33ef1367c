import { headsOf, headsThere } from "../../state/selection.ts";
import type {
  BlockSpec,
  HeadPair,
  SelectionValue,
  TokenPairs,
  TraceSpec,
} from "../../state/types.ts";

/** What of one trace is where in the other. Pure. */

export type Side = "query" | "key";

/** Tokens that match in a block, pair by pair, and the way from one to the other. */
export interface Matching {
  query: [number[], number[]];
  key: [number[], number[]];
  toB(side: Side, token: number | null): number | null;
  toA(side: Side, token: number | null): number | null;
}

export function matchingOf(pairs: TokenPairs, block: string): Matching {
  const { query, key } = pairs[block] ?? { query: [[], []], key: [[], []] };
  const table = ([from, to]: [number[], number[]]) => new Map(from.map((a, i) => [a, to[i] ?? 0]));
  const back = ([a, b]: [number[], number[]]): [number[], number[]] => [b, a];
  const toB = { query: table(query), key: table(key) };
  const toA = { query: table(back(query)), key: table(back(key)) };
  const look = (tables: Record<Side, Map<number, number>>, side: Side, token: number | null) =>
    token === null ? null : (tables[side].get(token) ?? null);
  return {
    query,
    key,
    toB: (side, token) => look(toB, side, token),
    toA: (side, token) => look(toA, side, token),
  };
}

/** Both traces, cut to the blocks and layers that both have; block and layer then mean the same in both. */
export function commonTraces(a: TraceSpec, b: TraceSpec): [TraceSpec, TraceSpec] {
  const cut = (trace: TraceSpec, other: TraceSpec): TraceSpec => ({
    ...trace,
    blocks: trace.blocks.flatMap((block) => {
      const match = other.blocks.find(({ name }) => name === block.name);
      return match ? [firstLayers(block, Math.min(block.layers, match.layers))] : [];
    }),
  });
  return [cut(a, b), cut(b, a)];
}

function firstLayers(block: BlockSpec, layers: number): BlockSpec {
  const { captured, vectors } = block;
  return {
    ...block,
    layers,
    heads: block.heads.slice(0, layers),
    ...(captured && { captured: captured.slice(0, layers) }),
    ...(vectors && { vectors: vectors.slice(0, layers) }),
  };
}

function has(block: BlockSpec, [layer, head]: HeadPair): boolean {
  return layer < block.layers && headsThere(block, layer).includes(head);
}

/** Heads that both have, of those that are on in a layer. */
export function headsInBoth(
  selection: SelectionValue,
  layer: number,
  a: BlockSpec,
  b: BlockSpec,
): number[] {
  return headsOf(selection, layer)
    .filter((head) => has(a, [layer, head]) && has(b, [layer, head]))
    .sort((one, other) => one - other);
}

/** What the second trace cannot show of a selection: heads of the layer, and locked tokens. */
export interface Lacking {
  heads: number[];
  query: number | null;
  key: number | null;
}

export const NOTHING_LACKING: Lacking = { heads: [], query: null, key: null };

export function lackingInB(
  selection: SelectionValue,
  layer: number,
  b: BlockSpec,
  matching: Matching,
): Lacking {
  const { query, key } = selection;
  return {
    heads: headsOf(selection, layer)
      .filter((head) => !has(b, [layer, head]))
      .sort((one, other) => one - other),
    query: matching.toB("query", query) === null ? query : null,
    key: matching.toB("key", key) === null ? key : null,
  };
}

/** A selection as the second trace shows it. */
export function selectionInB(
  selection: SelectionValue,
  b: BlockSpec,
  matching: Matching,
): SelectionValue {
  return {
    ...selection,
    heads: selection.heads.filter((head) => has(b, head)),
    query: matching.toB("query", selection.query),
    key: matching.toB("key", selection.key),
  };
}

/**
 * The selection after a change in the second trace. What that trace cannot show stays as it is; what the first cannot take over is
 * `lacking`, in numbers of the second: a lock on such a token is refused, for its number means nothing in the first.
 */
export function selectionFromB(
  outer: SelectionValue,
  before: SelectionValue,
  next: SelectionValue,
  blocks: { a: BlockSpec; b: BlockSpec },
  matching: Matching,
): { selection: SelectionValue; lacking: Lacking } {
  const among = (heads: HeadPair[], [layer, head]: HeadPair) =>
    heads.some((other) => other[0] === layer && other[1] === head);
  const kept = outer.heads.filter((head) => !has(blocks.b, head) || among(next.heads, head));
  const added = next.heads.filter((head) => has(blocks.a, head) && !among(outer.heads, head));
  const stray = (side: Side) => (matching.toA(side, next[side]) === null ? next[side] : null);
  const refused = stray("query") !== null || stray("key") !== null;
  const token = (side: Side) =>
    refused || next[side] === before[side] ? outer[side] : matching.toA(side, next[side]);
  return {
    selection: {
      ...next,
      heads: [...kept, ...added],
      query: token("query"),
      key: token("key"),
    },
    lacking: {
      heads: next.heads.filter((head) => !has(blocks.a, head)).map(([, head]) => head),
      query: stray("query"),
      key: stray("key"),
    },
  };
}
