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
}

/** Weights below this are grey. */
const TINY = 0.01;

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
      return bias === 0 ? { text: "0", quiet: true, full: "0" } : number(bias, 2);
    }
    case "mask":
      return { text: seen ? "–" : "hidden", quiet: true, full: seen ? "seen" : "hidden: −∞" };
    case "score":
      return number(at(scores.score), 2, !seen);
    case "weight": {
      const weight = at(scores.weight);
      return { text: weightInColumn(weight, true), quiet: weight < TINY, full: inFull(weight) };
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
  if (id === "mask") return ["hidden"];
  if (id === "weight") return ["0.000"];
  let [low, high] = [0, 0];
  for (const value of column[id]) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high].map((value) => signed(value, id === "dot" ? decimals : 2));
}
