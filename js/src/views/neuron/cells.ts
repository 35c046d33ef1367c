import { weightInColumn } from "../../format.ts";
import type { ColumnId } from "./columns.ts";
import { inFull, signed } from "./numbers.ts";
import type { ScoreRow } from "./scores.ts";

/** The number of a column for a key, as text and in full. */
export interface CellText {
  text: string;
  /** Grey: nothing to read here. */
  quiet: boolean;
  full: string;
  /** Why the text is not the number; "" where it is. */
  why: string;
}

/** Weights below this are grey. */
const TINY = 0.01;

/** Weights below this are a dot in their column. */
const LEAST_SHOWN = 0.0005;
export const BELOW = `below ${LEAST_SHOWN}`;

export function isBelow(weight: number): boolean {
  return weight < LEAST_SHOWN;
}

/** What stands for a key that the query does not see. */
export const HIDDEN = "hidden";

/** Decimals of q · k: as many as a score where it is one, or is small, else one. */
export function dotDecimals(dot: ArrayLike<number>, isScore: boolean): number {
  let largest = 0;
  for (let i = 0; i < dot.length; i++) largest = Math.max(largest, Math.abs(dot[i] ?? 0));
  return isScore || largest < 10 ? 2 : 1;
}

export function cellText(id: ColumnId, key: number, scores: ScoreRow, decimals: number): CellText {
  const at = (values: Float64Array) => values[key] ?? 0;
  const number = (value: number, places: number, quiet = false) => ({
    text: signed(value, places),
    quiet,
    full: inFull(value),
    why: "",
  });
  const seen = scores.seen[key] === 1;
  switch (id) {
    case "dot":
      return number(at(scores.dot), decimals);
    case "scaled":
      return number(at(scores.scaled), 2);
    case "softcap":
      return number(at(scores.capped), 2);
    case "bias": {
      const bias = at(scores.bias);
      return bias === 0 ? { text: "0", quiet: true, full: "0", why: "" } : number(bias, 2);
    }
    case "mask":
      return seen
        ? { text: "–", quiet: true, full: "seen", why: "" }
        : { text: HIDDEN, quiet: true, full: "−∞", why: HIDDEN };
    case "score":
      return number(at(scores.score), 2, !seen);
    case "weight": {
      if (!seen) return { text: "0", quiet: true, full: "0", why: "hidden by the mask" };
      const weight = at(scores.weight);
      const why = isBelow(weight) ? BELOW : "";
      const text = weightInColumn(weight, true);
      return { text, quiet: weight < TINY, full: inFull(weight), why };
    }
  }
}

/** The widest text that a column of numbers can show for this query. */
export function extremes(id: ColumnId, scores: ScoreRow, decimals: number): string[] {
  const column = {
    dot: scores.dot,
    scaled: scores.scaled,
    softcap: scores.capped,
    bias: scores.bias,
    score: scores.score,
  };
  if (id === "mask") return [HIDDEN];
  if (id === "weight") return ["0.000"];
  let [low, high] = [0, 0];
  for (const value of column[id]) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high].map((value) => signed(value, id === "dot" ? decimals : 2));
}
