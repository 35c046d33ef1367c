import { EXACT, pieceSide } from "../../store/matrix.ts";
import { type Box, cellLimits, regionOf, type Sight } from "./region.ts";

/** Which pieces a sight needs. Pure. */

/** From this many px a cell is drawn from its exact weight. */
const EXACT_FROM = 8;

export interface Place {
  level: number;
  row: number;
  column: number;
}

/** Tokens that a dot covers a side, so that it is at least a px: 1, 2, 4, … */
export function poolFor(cell: number): number {
  let pool = 1;
  while (pool * cell < 1 - 1e-9) pool *= 2;
  return pool;
}

/** The level of the pieces that a cell of some px is drawn from. */
export function levelFor(cell: number, unit: number): number {
  return cell >= EXACT_FROM * unit ? EXACT : poolFor(cell);
}

/** Levels to draw over each other, the coarsest first, the one that is wanted last. */
export function levelsFor(box: Box, { cell }: Sight): number[] {
  const levels: number[] = [];
  for (let pool = poolFor(cellLimits(box)[0]); pool > poolFor(cell); pool /= 2) levels.push(pool);
  levels.push(poolFor(cell));
  if (poolFor(cell) === 1) levels.push(EXACT);
  return levels;
}

/** Pieces of a level that are in sight, those in the middle first. */
export function placesIn(box: Box, sight: Sight, level: number): Place[] {
  const side = pieceSide(level);
  const [q0, q1, k0, k1] = regionOf(box, sight);
  const places: Place[] = [];
  for (let row = Math.floor(q0 / side); row * side < q1; row++)
    for (let column = Math.floor(k0 / side); column * side < k1; column++)
      places.push({ level, row, column });
  const far = ({ row, column }: Place) =>
    Math.hypot((row + 0.5) * side - (q0 + q1) / 2, (column + 0.5) * side - (k0 + k1) / 2);
  // From the top where all is in sight: a strip of queries gives all pieces of a row.
  return sight.cell <= cellLimits(box)[0] ? places : places.sort((a, b) => far(a) - far(b));
}

/** Rows that a piece has when it is complete. */
export function rowsOf(box: Box, { level, row }: Place): number {
  const side = pieceSide(level);
  return Math.ceil(Math.min(side, box.queries - row * side) / Math.max(1, level));
}
