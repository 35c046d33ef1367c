import { clamp } from "../../arrays.ts";

/** How the parts share the room. Pure. */

/** Side by side and below; one below the other; one at a time. */
export type Arrangement = "wide" | "stacked" | "tabs";

/** Least size of a part, and steps of a divider by the keyboard, px at a 13 px font. */
export const LEAST = 200;
export const STEP = 16;
const GRID = 404;
const HIGHEST = 1600;
/** Between the grid and the divider, and between the divider and the head view. */
export const GUTTER = 24;

export interface Range {
  least: number;
  most: number;
}

export function arrangementAt(width: number, unit: number): Arrangement {
  if (width >= 900 * unit) return "wide";
  return width >= 600 * unit ? "stacked" : "tabs";
}

export function clampTo(value: number, { least, most }: Range): number {
  return Math.round(clamp(value, least, most));
}

export function leftRange(width: number, unit: number): Range {
  const least = LEAST * unit;
  return { least, most: Math.max(least, width - least - (2 * GUTTER + 1) * unit) };
}

export function heightRange(unit: number): Range {
  return { least: LEAST * unit, most: HIGHEST * unit };
}

/** Width of the grid's part: as it was dragged, else so that twelve heads fit. */
export function leftWidth(asked: number | null, width: number, unit: number): number {
  return clampTo(asked ?? GRID * unit, leftRange(width, unit));
}

/** Where a key moves a divider; null where it does nothing. */
export function afterKey(
  key: string,
  orientation: "vertical" | "horizontal",
  now: number,
  range: Range,
  unit: number,
): number | null {
  const [less, more] =
    orientation === "vertical" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
  const to = {
    [less]: now - STEP * unit,
    [more]: now + STEP * unit,
    Home: range.least,
    End: range.most,
  }[key];
  return to === undefined ? null : clampTo(to, range);
}

/**
 * Heights that the grid and the head view scroll at. Titles, facts and legends need the rest of a part that was dragged; else the
 * grid is as high as the head view beside it, which stands as high as it likes.
 */
export function innerHeights(
  asked: number | null,
  height: number,
  beside: number,
  unit: number,
): { grid: number; head: number } {
  const scale = Math.max(1, unit);
  const least = LEAST / 2;
  if (asked === null)
    return { grid: Math.max(height - 160, Math.round(beside / scale) - 220), head: height };
  return {
    grid: Math.max(least, Math.round(asked / scale) - 240),
    head: Math.max(least, Math.round(asked / scale) - 110),
  };
}
