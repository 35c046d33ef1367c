import { sameHead } from "../../state/selection.ts";
import type { HeadPair, SelectionValue } from "../../state/types.ts";

/** Steps of the selection in the grid. Pure. */

/** The selection as one of this block: what belongs to another block is let go. */
function within(selection: SelectionValue, block: string): SelectionValue {
  if (selection.block === null || selection.block === block) return selection;
  return { block, heads: [], query: null, key: null };
}

export function selectAlone(
  selection: SelectionValue,
  block: string,
  head: HeadPair,
): SelectionValue {
  return { ...within(selection, block), heads: [head] };
}

/** Adds a head at the end, or takes it out. */
export function toggle(selection: SelectionValue, block: string, head: HeadPair): SelectionValue {
  const from = within(selection, block);
  const rest = from.heads.filter((other) => !sameHead(other, head));
  return { ...from, heads: rest.length < from.heads.length ? rest : [...rest, head] };
}

export function isEmpty({ heads, query, key }: SelectionValue): boolean {
  return heads.length === 0 && query === null && key === null;
}

export function cleared(selection: SelectionValue): SelectionValue {
  return { ...selection, heads: [], query: null, key: null };
}
