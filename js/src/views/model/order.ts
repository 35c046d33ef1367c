import { range } from "../../arrays.ts";
import { headsThere, sameHead } from "../../state/selection.ts";
import type { BlockSpec, HeadPair, Metric } from "../../state/types.ts";
import type { HeadFacts } from "../../store/thumbs.ts";

/** Which head stands where. Pure, so that the order can be tested by value. */

export interface GridRow {
  /** The layer of all its heads; null where heads of several layers stand side by side. */
  layer: number | null;
  /** Place of its first head in the order, from 0. */
  first: number;
  /** One a column; null where the layer has no such head. */
  cells: (HeadPair | null)[];
}

export interface Grid {
  rows: GridRow[];
  /** Head numbers above the columns; null where the columns are places in an order. */
  heads: number[] | null;
  columns: number;
}

/** One row a layer, one column a head number; layers without a head to show are left out. */
export function layerGrid(block: BlockSpec, layers: number[] | null, heads: number[] | null): Grid {
  const shown = (layer: number) =>
    headsThere(block, layer).filter((head) => heads === null || heads.includes(head));
  const there = range(0, block.layers)
    .filter((layer) => layers === null || layers.includes(layer))
    .map((layer) => ({ layer, heads: new Set(shown(layer)) }))
    .filter((row) => row.heads.size > 0);
  const columns = [...new Set(there.flatMap((row) => [...row.heads]))].sort((a, b) => a - b);
  let first = 0;
  const rows = there.map((row): GridRow => {
    const at = first;
    first += row.heads.size;
    const cells = columns.map((head): HeadPair | null =>
      row.heads.has(head) ? [row.layer, head] : null,
    );
    return { layer: row.layer, first: at, cells };
  });
  return { rows, heads: columns, columns: columns.length };
}

export function cellsOf(grid: Grid): HeadPair[] {
  return grid.rows.flatMap(({ cells }) => cells.filter((cell) => cell !== null));
}

/** Heads from best to worst: sharp before flat, much weight before little; where a metric does not apply, last. */
export function ranked(
  cells: HeadPair[],
  metric: Metric,
  factsOf: (cell: HeadPair) => HeadFacts | null,
): HeadPair[] {
  const sign = metric === "entropy" ? 1 : -1;
  const keyed = cells.map((cell, place) => {
    const value = factsOf(cell)?.[metric] ?? Number.NaN;
    return { cell, place, key: Number.isNaN(value) ? Number.POSITIVE_INFINITY : sign * value };
  });
  keyed.sort((a, b) => (a.key === b.key ? a.place - b.place : a.key - b.key));
  return keyed.map(({ cell }) => cell);
}

/** Heads in an order of their own, in rows of as many as fit. */
export function rankedGrid(order: HeadPair[], columns: number): Grid {
  const wide = Math.max(1, Math.min(columns, order.length));
  const rows = range(0, Math.ceil(order.length / wide)).map((row): GridRow => {
    const cells: (HeadPair | null)[] = order.slice(row * wide, (row + 1) * wide);
    while (cells.length < wide) cells.push(null);
    return { layer: null, first: row * wide, cells };
  });
  return { rows, heads: null, columns: order.length > 0 ? wide : 0 };
}

export interface Place {
  row: number;
  column: number;
}

export function placeOf(grid: Grid, head: HeadPair | null): Place | null {
  if (!head) return null;
  for (const [row, { cells }] of grid.rows.entries()) {
    const column = cells.findIndex((cell) => cell !== null && sameHead(cell, head));
    if (column >= 0) return { row, column };
  }
  return null;
}

/** The head `step` rows further that is nearest to a column; the same place where there is no further row. */
export function headBelow(grid: Grid, { row, column }: Place, step: number): HeadPair | null {
  const cells = grid.rows[row + step]?.cells ?? grid.rows[row]?.cells ?? [];
  let best: HeadPair | null = null;
  let distance = Number.POSITIVE_INFINITY;
  cells.forEach((cell, at) => {
    if (!cell || Math.abs(at - column) >= distance) return;
    best = cell;
    distance = Math.abs(at - column);
  });
  return best;
}

/** The next head in reading order, across the ends of rows where the order runs through them. */
export function headBeside(grid: Grid, { row, column }: Place, step: number): HeadPair | null {
  const cells = grid.rows[row]?.cells ?? [];
  const here = cells[column] ?? null;
  for (let at = column + step; at >= 0 && at < cells.length; at += step)
    if (cells[at]) return cells[at] ?? null;
  if (grid.heads !== null) return here;
  const next = grid.rows[row + step]?.cells.filter((cell) => cell !== null) ?? [];
  return (step > 0 ? next[0] : next.at(-1)) ?? here;
}
