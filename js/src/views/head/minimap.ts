import type { HeadLayout } from "./layout.ts";

/** Where the mass lies, as one bar a pixel row. Pure: values in, values out. */

export interface Bars {
  /** Largest weight of each pixel row, 0 where there is none. */
  values: Float32Array;
  /** Head that it belongs to. */
  heads: Int16Array;
  /** Whether a pixel row stands for more than one token. */
  pooled: boolean;
}

export interface MapStrip {
  head: number;
  values: Float32Array;
}

const LEAST = 2;
const MOST = 5;

/**
 * Bars of the items in play on a strip `height` px high that stands for `rows` rows: each at least 2 px high,
 * and where several meet, the largest stays.
 */
export function minimapBars(
  strips: MapStrip[],
  play: boolean[],
  rows: number,
  height: number,
): Bars {
  const bars = {
    values: new Float32Array(height),
    heads: new Int16Array(height),
    pooled: rows > height,
  };
  const band = height / Math.max(1, rows);
  const thick = Math.min(MOST, Math.max(LEAST, Math.floor(band) - 1));
  const strongest = strongestOf(strips, play.length);
  for (let item = 0; item < play.length; item++) {
    const value = strongest.values[item] ?? 0;
    if (!play[item] || value === 0) continue;
    const middle = Math.round((item + 0.5) * band - thick / 2);
    const top = Math.min(height - thick, Math.max(0, middle));
    for (let y = top; y < top + thick; y++) {
      if (value <= (bars.values[y] ?? 0)) continue;
      bars.values[y] = value;
      bars.heads[y] = strongest.heads[item] ?? -1;
    }
  }
  return bars;
}

/** Largest weight of each item, and the head that it is from. */
function strongestOf(strips: MapStrip[], items: number) {
  const values = new Float32Array(items);
  const heads = new Int16Array(items);
  for (const strip of strips) {
    for (let item = 0; item < items; item++) {
      const weight = strip.values[item] ?? 0;
      if (!(weight > (values[item] ?? 0))) continue;
      values[item] = weight;
      heads[item] = strip.head;
    }
  }
  return { values, heads };
}

/** Length of a bar: the root of its share of the scale, as of the bars beside the tokens. */
export function barLength(value: number, full: number, width: number): number {
  return full > 0 ? Math.round(Math.sqrt(Math.min(1, value / full)) * width) : 0;
}

type Sheet = Pick<HeadLayout, "sheet" | "viewport">;

/** The frame around what is in sight, high enough to be seen and taken. */
export function sightFrame(
  { sheet, viewport }: Sheet,
  top: number,
  height: number,
): { top: number; height: number } {
  const size = Math.min(height, Math.max(10, (viewport / sheet) * height));
  const middle = ((top + viewport / 2) / sheet) * height;
  return { top: Math.min(height - size, Math.max(0, middle - size / 2)), height: size };
}

/** Where a list stands when the middle of its frame is at `y`. */
export function topAt({ sheet, viewport }: Sheet, y: number, height: number): number {
  const top = (y / height) * sheet - viewport / 2;
  return Math.min(sheet - viewport, Math.max(0, top));
}
