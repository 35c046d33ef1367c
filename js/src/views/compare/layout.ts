import { clamp } from "../../arrays.ts";

/** Where the cells of the map of differences are. Pure. */

export interface MapInput {
  /** Width at hand, CSS px. */
  width: number;
  rows: number;
  columns: number;
  /** Widest label of each side, CSS px. */
  queryText: number;
  keyText: number;
  /** Matched tokens that one cell stands for, along each side. */
  factor: number;
  unit: number;
}

export interface MapLayout {
  /** Side of a cell, and how far the first one is from the left and the top of the map. */
  cell: number;
  left: number;
  top: number;
  width: number;
  height: number;
  unit: number;
  /** Every token is named; else some are numbered. */
  named: boolean;
}

export interface Cell {
  row: number;
  column: number;
}

const [LEAST, MOST] = [200, 560];
/** Of the map's side, in a column that has no room for `LEAST`. */
const NARROWEST = 110;
/** Cells of a short text grow no larger than this. */
const LARGEST_CELL = 36;
const NAMED_FROM = 14;
const BETWEEN_NUMBERS = 28;

export function mapLayout(input: MapInput): MapLayout {
  const { width, rows, columns, factor, unit } = input;
  const longest = Math.max(rows, columns, 1);
  const px = (value: number) => Math.round(value * unit);
  const cellFor = (left: number) => {
    const side = clamp(width - left, px(NARROWEST), px(MOST));
    const least = Math.min(px(LEAST), side);
    const fits = Math.min(side / longest, Math.max(px(LARGEST_CELL), least / longest));
    const whole = Math.floor(fits);
    return whole * longest >= least ? whole : fits;
  };
  const named = { left: clamp(Math.ceil(input.queryText), px(40), px(120)) + px(8), top: 0 };
  named.top = clamp(Math.ceil(input.keyText), px(26), px(90)) + px(8);
  const asNames = factor === 1 && cellFor(named.left) >= px(NAMED_FROM);
  const { left, top } = asNames ? named : { left: px(76), top: px(26) };
  const cell = cellFor(left);
  return { cell, left, top, width: columns * cell, height: rows * cell, unit, named: asNames };
}

/** Tokens between two that are numbered: 1, 2 or 5 · 10ⁿ, never closer than a number is wide. */
export function numberStep(cell: number, factor: number, unit: number): number {
  const least = (BETWEEN_NUMBERS * unit * factor) / cell;
  let step = 1;
  for (let i = 0; step < least; i++) step *= i % 3 === 1 ? 2.5 : 2;
  return step;
}

/** The cell under a point of the map, CSS px from the corner of the first cell. */
export function cellAt({ cell, width, height }: MapLayout, x: number, y: number): Cell | null {
  if (x < 0 || y < 0 || x >= width || y >= height) return null;
  return { row: Math.floor(y / cell), column: Math.floor(x / cell) };
}
