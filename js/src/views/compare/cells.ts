import type { SelectionValue } from "../../state/types.ts";
import type { Cell } from "./layout.ts";
import type { Matching } from "./matching.ts";

/** Cells of the map, and the tokens that they stand for. Pure. */

/** Places in the list of matched tokens, first and last. */
export function placesOf(index: number, factor: number, count: number): [number, number] {
  return [index * factor, Math.min(count, (index + 1) * factor) - 1];
}

/** The row and column of the locked tokens, null where none is locked or it has no match. */
export function lockedAt(
  { query, key }: Pick<SelectionValue, "query" | "key">,
  matching: Matching,
  factor: number,
): { row: number | null; column: number | null } {
  const at = (tokens: number[], token: number | null) => {
    const place = token === null ? -1 : tokens.indexOf(token);
    return place < 0 ? null : Math.floor(place / factor);
  };
  return { row: at(matching.query[0], query), column: at(matching.key[0], key) };
}

/** A click on a cell locks its query and key; on the cell that is locked, it releases both. */
export function clickCell(
  selection: SelectionValue,
  cell: Cell,
  matching: Matching,
  factor: number,
): SelectionValue {
  const { row, column } = lockedAt(selection, matching, factor);
  if (row === cell.row && column === cell.column) return { ...selection, query: null, key: null };
  return {
    ...selection,
    query: matching.query[0][cell.row * factor] ?? null,
    key: matching.key[0][cell.column * factor] ?? null,
  };
}

export function moveCell(
  from: Cell | null,
  step: Cell,
  size: { rows: number; columns: number },
): Cell {
  const within = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
  if (!from) return { row: 0, column: 0 };
  return {
    row: within(from.row + step.row, size.rows),
    column: within(from.column + step.column, size.columns),
  };
}
