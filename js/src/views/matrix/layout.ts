import { poolFor } from "./levels.ts";
import type { Box } from "./region.ts";

/** Where the parts of the matrix view stand, in CSS px. Pure. */

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface MatrixLayout {
  unit: number;
  width: number;
  height: number;
  box: Box;
  /** The map's place; the box has its size. */
  map: Rect;
  /** Bars of what each query gives at most, right of the map. */
  strongest: Rect | null;
  /** Bars of what each key receives, below. */
  received: Rect;
  overview: Rect | null;
}

interface Given {
  width: number;
  height: number;
  unit: number;
  queries: number;
  keys: number;
  /** Px of the widest label of a query and of a key. */
  queryText: number;
  keyText: number;
}

const LARGEST_CELL = 48;
const THIN = 120;
/** A cell is a whole number of px where the map keeps at least this share of its size. */
const KEPT = 0.8;

function fitCell(side: number, tokens: number, most: number): number {
  const cell = Math.min(most, side / Math.max(1, tokens));
  const pool = poolFor(cell);
  const even = Math.floor(cell * pool) / pool;
  return even >= KEPT * cell ? even : cell;
}

export function matrixLayout(given: Given): MatrixLayout {
  const { unit, queries, keys } = given;
  const px = (value: number) => value * unit;
  const wide = given.width >= px(480);
  const middle = given.width >= px(320);
  const mostLeft = wide ? px(76) : middle ? px(56) : px(40);
  const left = Math.round(
    Math.min(mostLeft, Math.max(px(wide ? 62 : 32), given.queryText + px(10))),
  );
  const top = Math.round(Math.min(px(70), Math.max(px(26), given.keyText + px(12))));
  const right = (wide ? px(6 + 56) : px(8)) + (middle ? px(16 + 72) : 0);
  const room = Math.max(px(60), given.width - left - right);
  const side = Math.min(room, Math.max(px(120), given.height - px(80)));
  const cell = fitCell(side, Math.max(queries, keys), px(LARGEST_CELL));
  // A map of few queries and many keys would be a line: zoomed, it fills a band.
  const band = Math.min(px(THIN), cell * Math.max(queries, keys));
  const length = (tokens: number) => Math.max(tokens * cell, band);
  const map = {
    x: left,
    y: top,
    width: Math.floor(length(keys)),
    height: Math.floor(length(queries)),
  };
  const end = map.x + map.width;
  const overview = wide ? end + px(6 + 56 + 16) : end + px(16);
  const scale = px(72) / Math.max(queries, keys, 1);
  const height = map.y + map.height + px(6 + 56);
  return {
    unit,
    width: given.width,
    height,
    box: { width: map.width, height: map.height, queries, keys, most: px(LARGEST_CELL) },
    map,
    strongest: wide ? { x: end + px(6), y: map.y, width: px(50), height: map.height } : null,
    received: { x: map.x, y: map.y + map.height + px(6), width: map.width, height: px(40) },
    overview: middle
      ? {
          x: overview,
          y: map.y,
          width: Math.max(px(8), keys * scale),
          height: Math.max(px(8), queries * scale),
        }
      : null,
  };
}
