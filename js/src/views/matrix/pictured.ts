import type { Job, Requests } from "../../store/loader.ts";
import { EXACT, Matrix, marginalsJob, pieceJob } from "../../store/matrix.ts";
import { levelFor, levelsFor, type Place, placesIn, poolFor, rowsOf } from "./levels.ts";
import { type Box, whole } from "./region.ts";
import { locked, type MatrixState } from "./state.ts";

/** What of the map has come, and what is to be asked for. */

function complete(state: MatrixState, requests: Requests, box: Box, place: Place): boolean {
  const { level, row, column } = place;
  const matrix = requests.store.of(Matrix);
  const { block } = state.want.value;
  const piece = matrix.piece(block, state.map.value, level, row, column);
  if (piece && piece.rows >= rowsOf(box, place)) return true;
  // Exact weights make a picture that is not pooled as well.
  return level === 1 && exactPlaces(box, place).every((one) => complete(state, requests, box, one));
}

/** The exact pieces that lie in a piece that is not pooled. */
function exactPlaces({ queries, keys }: Box, { row, column }: Place): Place[] {
  const inside = (from: number, count: number) =>
    [2 * from, 2 * from + 1].filter((number) => number * 64 < count);
  return inside(row, queries).flatMap((r) =>
    inside(column, keys).map((c) => ({ level: EXACT, row: r, column: c })),
  );
}

/** Pieces in sight, at the level they are wanted at, that have not come whole. */
export function missingPlaces(state: MatrixState, requests: Requests): Place[] {
  const [layout, sight] = [state.layout.value, state.sight.value];
  if (!layout || !sight || state.shown.value.length === 0) return [];
  const level = levelFor(sight.cell, layout.unit);
  return placesIn(layout.box, sight, level).filter(
    (place) => !complete(state, requests, layout.box, place),
  );
}

/** The level that what is in sight is drawn from: the one that is wanted, or a coarser one until that has come. */
export function drawnLevel(state: MatrixState, requests: Requests): number {
  const [layout, sight] = [state.layout.value, state.sight.value];
  if (!layout || !sight) return EXACT;
  const { box, unit } = layout;
  const wanted = levelFor(sight.cell, unit);
  const there = (level: number) =>
    placesIn(box, sight, level).every((place) => complete(state, requests, box, place));
  const coarser = levelsFor(box, sight).filter((level) => level > wanted);
  return [wanted, ...coarser.reverse()].find(there) ?? wanted;
}

/** In the order of their use: what is in sight, the weight of the locked cell, the whole for the overview, the margins. */
export function matrixJobs(state: MatrixState, requests: Requests): Job[] {
  const layout = state.layout.value;
  if (!layout || state.shown.value.length === 0) return [];
  const want = state.want.value;
  const jobOf = ({ level, row, column }: Place) => pieceJob(want, level, row, column);
  const jobs = missingPlaces(state, requests).map(jobOf);
  const { query, key } = locked(state);
  if (query !== null && key !== null) {
    const place = { level: EXACT, row: Math.floor(query / 64), column: Math.floor(key / 64) };
    if (!complete(state, requests, layout.box, place)) jobs.push(jobOf(place));
  }
  const fit = whole(layout.box);
  const rest = placesIn(layout.box, fit, poolFor(fit.cell)).filter(
    (place) => !complete(state, requests, layout.box, place),
  );
  jobs.push(...rest.map((place) => ({ ...jobOf(place), later: true })));
  if (!requests.store.of(Matrix).marginal("received", want.block, state.map.value))
    jobs.push(marginalsJob(want));
  return jobs;
}
