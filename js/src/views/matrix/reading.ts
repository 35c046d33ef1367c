import type { Requests } from "../../store/loader.ts";
import { EXACT, fullWeight, Matrix, pieceSide, weightOf } from "../../store/matrix.ts";
import { levelsFor } from "./levels.ts";
import type { Box, Sight } from "./region.ts";
import type { Cell, MatrixState } from "./state.ts";

/** What is known of a cell: a pool of 1 is the cell itself, more is the largest weight of pool × pool cells. */
export interface Reading {
  /** NaN where the weight is missing, null where no head sees the pair. */
  weight: number | null;
  exact: boolean;
  pool: number;
}

/** The best that has come of a cell, or null. */
export function readCell(
  state: MatrixState,
  requests: Requests,
  box: Box,
  sight: Sight,
  { query, key }: Cell,
): Reading | null {
  const want = state.want.value;
  const levels = [
    EXACT,
    ...levelsFor(box, sight)
      .filter((level) => level !== EXACT)
      .reverse(),
  ];
  for (const level of levels) {
    const side = pieceSide(level);
    const [row, column] = [Math.floor(query / side), Math.floor(key / side)];
    const piece = requests.store.of(Matrix).piece(want.block, state.map.value, level, row, column);
    const pool = Math.max(1, level);
    const y = Math.floor((query - row * side) / pool);
    if (!piece || y >= piece.rows) continue;
    const x = Math.floor((key - column * side) / pool);
    const value = piece.data[y * piece.columns + x] ?? 0;
    if (level === EXACT) {
      return { weight: value === Number.NEGATIVE_INFINITY ? null : value, exact: true, pool };
    }
    // A byte of 1 is a weight too small for a byte, hardly one of 0.
    const least = Number.MIN_VALUE;
    const weight = value === 0 ? null : Math.max(least, weightOf(value, fullWeight(want)));
    return { weight, exact: false, pool };
  }
  return null;
}
