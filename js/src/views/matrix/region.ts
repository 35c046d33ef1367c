/** Which part of a map is in sight. Pure. */

/** Place for the map in CSS px, and how many tokens there are. */
export interface Box {
  width: number;
  height: number;
  queries: number;
  keys: number;
  /** Most px of a cell. */
  most: number;
}

/** Px of a cell's side, and the first query and key in sight, with fractions. */
export interface Sight {
  cell: number;
  top: number;
  left: number;
}

/** First and last token in sight, the last left out: [q0, q1, k0, k1]. */
export type Region = [number, number, number, number];

export const LEAST_TOKENS = 4;
const SLACK = 1e-6;

function between(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), Math.max(least, most));
}

/** Px of a cell when the whole is in sight, and when a person has zoomed as far as they can. */
export function cellLimits({ width, height, queries, keys, most }: Box): [number, number] {
  const fit = Math.min(most, width / Math.max(1, keys), height / Math.max(1, queries));
  const closest = Math.min(
    most,
    width / Math.min(LEAST_TOKENS, Math.max(1, keys)),
    height / Math.min(LEAST_TOKENS, Math.max(1, queries)),
  );
  return [fit, Math.max(fit, closest)];
}

export function within(box: Box, sight: Sight): Sight {
  const cell = between(sight.cell, ...cellLimits(box));
  return {
    cell,
    top: between(sight.top, 0, box.queries - box.height / cell),
    left: between(sight.left, 0, box.keys - box.width / cell),
  };
}

/** The point of the map under (x, y) stays there. */
export function zoomAt(box: Box, sight: Sight, factor: number, x: number, y: number): Sight {
  const cell = between(sight.cell * factor, ...cellLimits(box));
  return within(box, {
    cell,
    top: sight.top + y / sight.cell - y / cell,
    left: sight.left + x / sight.cell - x / cell,
  });
}

export function panBy(box: Box, sight: Sight, dx: number, dy: number): Sight {
  const { cell, top, left } = sight;
  return within(box, { cell, top: top - dy / cell, left: left - dx / cell });
}

export function whole(box: Box): Sight {
  return { cell: cellLimits(box)[0], top: 0, left: 0 };
}

export function isWhole(box: Box, sight: Sight): boolean {
  return sight.cell <= cellLimits(box)[0] * (1 + SLACK);
}

/** The closest sight that has a region in it. */
export function sightOf(box: Box, [q0, q1, k0, k1]: Region): Sight {
  const cell = Math.min(box.width / Math.max(1, k1 - k0), box.height / Math.max(1, q1 - q0));
  return within(box, { cell, top: q0, left: k0 });
}

/** The tokens in sight, those at the edge also where only a part of them is seen. */
export function regionOf(box: Box, { cell, top, left }: Sight): Region {
  const ends = (from: number, px: number, count: number): [number, number] => [
    Math.floor(from + SLACK),
    Math.min(count, Math.ceil(from + px / cell - SLACK)),
  ];
  return [...ends(top, box.height, box.queries), ...ends(left, box.width, box.keys)];
}

/** Brings a cell into sight, moving no further than needed. */
export function reveal(box: Box, sight: Sight, query: number, key: number): Sight {
  const move = (from: number, px: number, token: number) => {
    const span = px / sight.cell;
    return token < from ? token : Math.max(from, token + 1 - span);
  };
  return within(box, {
    cell: sight.cell,
    top: move(sight.top, box.height, query),
    left: move(sight.left, box.width, key),
  });
}

/** The cell under a point of the map, or null beside it. */
export function cellAt(
  box: Box,
  { cell, top, left }: Sight,
  x: number,
  y: number,
): { query: number; key: number } | null {
  const [query, key] = [Math.floor(top + y / cell), Math.floor(left + x / cell)];
  const inside = x >= 0 && y >= 0 && x < box.width && y < box.height;
  return inside && query < box.queries && key < box.keys ? { query, key } : null;
}
