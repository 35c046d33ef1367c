import { clamp } from "../../arrays.ts";
import { linearOf, luminanceOf } from "../../color.ts";
import { LEVELS, type Ramp, signedLevel } from "../../ramps.ts";

/** What the values of a column are like, and where each stands on a ramp. Pure. */

export interface Measure {
  low: number;
  high: number;
  /** Some values are below 0: colours then say the sign. */
  signed: boolean;
  /** Rows without a value. */
  missing: number;
  decimals: number;
}

/** Null where no row has a value. */
export function measureOf(values: Iterable<number>): Measure | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let missing = 0;
  let whole = true;
  for (const value of values) {
    if (Number.isNaN(value)) missing++;
    else {
      low = Math.min(low, value);
      high = Math.max(high, value);
      whole &&= Number.isInteger(value);
    }
  }
  if (low > high) return null;
  const most = Math.max(Math.abs(low), Math.abs(high));
  const digits = 2 - Math.floor(Math.log10(most));
  // Shares have three decimals, also where one of them is 1.
  const decimals = whole ? 0 : most === 1 ? 3 : clamp(digits, 0, most < 0.01 ? 6 : 3);
  return { low, high, signed: low < 0, missing, decimals };
}

/** The place of a value on the ramp, 0 to 255: from the least to the largest, or from −full to +full. */
export function levelOf(value: number, { low, high, signed }: Measure): number {
  if (signed) return signedLevel(value, Math.max(-low, high));
  const share = high > low ? (value - low) / (high - low) : 0.5;
  return Math.round(share * (LEVELS - 1));
}

/** A value with a true minus. */
export function plain(value: number, decimals: number): string {
  const said = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(said) !== 0 ? `−${said}` : said;
}

/** The same in a sentence: what would round to nothing says so. */
export function inWords(value: number, decimals: number): string {
  if (Number.isNaN(value)) return "no value";
  const said = plain(value, decimals);
  if (value === 0 || Number(said) !== 0) return said;
  const least = (10 ** -decimals).toFixed(decimals);
  return value > 0 ? `<${least}` : `>−${least}`;
}

/** The same with its standard error, where there is one. */
export function withError(value: number, error: number, decimals: number): string {
  const said = inWords(value, decimals);
  return Number.isNaN(value) || Number.isNaN(error)
    ? said
    : `${said} ± ${inWords(error, decimals)}`;
}

/** As it stands in a cell: two decimals at most. */
export function inCell(value: number, decimals: number): string {
  return plain(value, Math.min(2, decimals));
}

/** Black or white, whichever contrasts more with a colour of a ramp. */
export function inkAt(ramp: Ramp, level: number): "#000000" | "#ffffff" {
  const luminance = luminanceOf(linearOf([...ramp.subarray(3 * level, 3 * level + 3)]));
  return (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) ? "#000000" : "#ffffff";
}

/** Rows from the best to the worst; those without a value are left out. */
export function ranked(values: Float32Array, first: "largest" | "smallest"): number[] {
  const sign = first === "largest" ? -1 : 1;
  return [...values.keys()]
    .filter((row) => !Number.isNaN(values[row]))
    .sort((a, b) => sign * ((values[a] ?? 0) - (values[b] ?? 0)) || a - b);
}

/** "3rd". */
export function ordinal(place: number): string {
  const [tens, ones] = [place % 100, place % 10];
  const ends = tens > 10 && tens < 14 ? [] : ["", "st", "nd", "rd"];
  return `${place}${ends[ones] || "th"}`;
}
