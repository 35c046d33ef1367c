import { sameHead } from "../../state/selection.ts";
import type { HeadPair, SelectionValue, TraceSpec, Traits } from "../../state/types.ts";
import { headLayout } from "../head/layout.ts";
import { cellsOf } from "./order.ts";
import type { ModelState } from "./state.ts";

/** What an opened head shows, and where a step within it leads. */

/** Highest list of tokens that an opened head shows whole, and how high it is where it scrolls, CSS px at a 13 px font. */
const WHOLE = 400;
const SCROLLED = 340;

/** The trace as an opened head sees it: in its block, only the heads that the grid shows. */
function narrowed(state: ModelState): TraceSpec {
  const block = state.block.peek();
  const shown = cellsOf(state.layers.peek());
  const captured = Array.from({ length: block.layers }, (_, layer) =>
    shown.filter(([at]) => at === layer).map(([, head]) => head),
  );
  const blocks = state.trace.blocks.map((other) =>
    other.name === block.name ? { ...other, captured } : other,
  );
  return { ...state.trace, blocks };
}

/** A head view scrolls from one and a half times its height on; this height keeps it below 480 px with all around it. */
export function openedHeight(queries: number, keys: number): number {
  const { sheet } = headLayout({
    width: 1000,
    queryItems: queries,
    keyItems: keys,
    queryText: 40,
    keyText: 40,
    numberText: 34,
    heads: 1,
    height: Number.MAX_SAFE_INTEGER,
    unit: 1,
  });
  if (sheet <= WHOLE) return WHOLE;
  return Math.max(100, Math.min(SCROLLED, Math.floor((sheet - 1) / 1.5)));
}

export function selectionOf(outer: SelectionValue, opened: HeadPair): SelectionValue {
  return { ...outer, heads: [opened] };
}

/** What an opened head has of its own. */
export function openedTraits(state: ModelState, head: HeadPair): Partial<Traits> {
  const { query, key } = state.lists.peek();
  return {
    layer: head[0],
    selection: selectionOf(state.synced.selection.peek(), head),
    _trace: narrowed(state),
    aggregate: "each",
    merge_words: false,
    height: openedHeight(query.labels.length, key.labels.length),
  };
}

/** The head that a step within the opened view leads to: by its keys, or by a click on the bar of another head. */
export function stepFrom(
  opened: HeadPair,
  { layer, selection }: { layer?: number | undefined; selection?: SelectionValue | undefined },
  shown: HeadPair[],
): HeadPair {
  const [from, head] = opened;
  if (layer !== undefined && layer !== from) {
    const there = shown.filter(([at]) => at === layer);
    const distance = ([, other]: HeadPair) => Math.abs(other - head);
    return there.sort((a, b) => distance(a) - distance(b))[0] ?? opened;
  }
  const others = (selection?.heads ?? []).filter((pair) => pair[0] === from && pair[1] !== head);
  const [other] = others;
  return other && others.length === 1 && shown.some((pair) => sameHead(pair, other))
    ? other
    : opened;
}
