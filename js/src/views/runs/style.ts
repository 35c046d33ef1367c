import { headColor } from "../../scale.ts";
import { INK, isDark, type ThemeName } from "../../theme.ts";

/** How runs are told apart: the first six by hue and dash; where there are more, those by hue alone, and the rest when one is pointed at. */

const HUES = [0, 11, 6, 8, 2, 10] as const;
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 3], [1, 3]];

/** More runs have thin lines, and dots only where a person looks. */
export const MANY = 6;

export interface RunStyle {
  color: string;
  /** Lengths of strokes and gaps in px; none for a whole line. */
  dash: readonly number[];
  /** The run has no hue of its own. */
  grey: boolean;
}

/** @param many whether more runs are drawn than have a hue: then all lines are whole. */
export function runStyle(
  run: number,
  theme: ThemeName,
  { pointed = false, many = false } = {},
): RunStyle {
  const dash = many ? [] : (DASHES[run % DASHES.length] ?? []);
  const hue = HUES[run];
  if (hue !== undefined) return { color: headColor(hue, 12, isDark(theme)), dash, grey: false };
  const color = pointed ? headColor(run, 64, isDark(theme)) : INK[theme].ink3;
  return { color, dash, grey: !pointed };
}
