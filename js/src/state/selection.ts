import { range } from "../arrays.ts";
import type { BlockSpec, HeadPair, SelectionValue, TokenRange } from "./types.ts";

/** Pure steps from one selection to the next. */

const sameRange = (a: TokenRange | null | undefined, b: TokenRange | null | undefined) =>
  a?.[0] === b?.[0] && a?.[1] === b?.[1];

export function sameHead(a: HeadPair | null | undefined, b: HeadPair | null | undefined): boolean {
  return a === b || (a?.[0] === b?.[0] && a?.[1] === b?.[1]);
}

export function sameSelection(a: SelectionValue, b: SelectionValue): boolean {
  return (
    a.block === b.block &&
    a.query === b.query &&
    a.key === b.key &&
    sameRange(a.query_range, b.query_range) &&
    sameRange(a.key_range, b.key_range) &&
    a.heads.length === b.heads.length &&
    a.heads.every((head, i) => sameHead(head, b.heads[i]))
  );
}

/** Numbers of the heads that are on in a layer, in the order they were switched on. */
export function headsOf(selection: SelectionValue, layer: number): number[] {
  return selection.heads.filter(([at]) => at === layer).map(([, head]) => head);
}

export function withHeads(
  selection: SelectionValue,
  layer: number,
  heads: number[],
): SelectionValue {
  const others = selection.heads.filter(([at]) => at !== layer);
  return { ...selection, heads: [...others, ...heads.map((head): HeadPair => [layer, head])] };
}

export function toggleHead(selection: SelectionValue, layer: number, head: number): SelectionValue {
  const on = headsOf(selection, layer);
  return withHeads(
    selection,
    layer,
    on.includes(head) ? on.filter((other) => other !== head) : [...on, head],
  );
}

/** Shows one head alone; a second time brings back all that are there. */
export function isolateHead(
  selection: SelectionValue,
  layer: number,
  head: number,
  there: number[],
): SelectionValue {
  const on = headsOf(selection, layer);
  const alone = on.length === 1 && on[0] === head;
  return withHeads(selection, layer, alone ? there : [head]);
}

/** Heads of a layer that the trace holds. */
export function headsThere(block: BlockSpec, layer: number): number[] {
  return block.captured?.[layer] ?? range(0, block.heads[layer] ?? 0);
}

/** Why a layer or head is not there. */
export function absence({ limited }: BlockSpec): string {
  return limited ? "is not in this page" : "was not captured";
}

/** Layers of which the trace holds at least one head. */
export function layersThere(block: BlockSpec): number[] {
  return range(0, block.layers).filter((layer) => headsThere(block, layer).length > 0);
}

/**
 * The heads of the shown layer move along to the next one, as `HeadView.layer` does in Python:
 * unless the next layer has heads of its own in the selection.
 */
export function moveLayer(
  selection: SelectionValue,
  from: number,
  to: number,
  block: BlockSpec,
): SelectionValue {
  if (headsOf(selection, to).length > 0) return selection;
  const there = new Set(headsThere(block, to));
  const moved = selection.heads.map(
    ([layer, head]): HeadPair => (layer === from ? [to, head] : [layer, head]),
  );
  return { ...selection, heads: moved.filter(([layer, head]) => layer !== to || there.has(head)) };
}

/** What another block can take over, as `HeadView.block` does in Python: heads that it has, tokens of the same text. */
export function moveBlock(
  selection: SelectionValue,
  from: BlockSpec,
  to: BlockSpec,
  layer: { from: number; to: number },
): SelectionValue {
  const moved = moveLayer(selection, layer.from, layer.to, to);
  const { query_range, key_range } = selection;
  const [sameQueries, sameKeys] = [
    from.query_tokens === to.query_tokens,
    from.key_tokens === to.key_tokens,
  ];
  return {
    block: to.name,
    heads: moved.heads.filter(([at, head]) => at < to.layers && headsThere(to, at).includes(head)),
    query: sameQueries ? selection.query : null,
    key: sameKeys ? selection.key : null,
    ...(sameQueries && query_range && { query_range }),
    ...(sameKeys && key_range && { key_range }),
  };
}

/** A click on a token: locks it, or releases it when it is the one that is held. */
export function clickToken(
  selection: SelectionValue,
  side: "query" | "key",
  tokens: number[],
): SelectionValue {
  const first = tokens[0] ?? 0;
  if (side === "query") {
    const held = selection.query !== null && tokens.includes(selection.query);
    return { ...selection, query: held ? null : first, key: null };
  }
  const held = selection.key !== null && tokens.includes(selection.key);
  return { ...selection, key: held ? null : first };
}

export function release(selection: SelectionValue): SelectionValue {
  return { ...selection, query: null, key: null };
}
