import { percent, withSign } from "../../format.ts";

/** Numbers of the columns as a person reads them: a sign on every score, and a true minus. */

export function signed(value: number, decimals: number): string {
  if (value === Number.NEGATIVE_INFINITY) return "−∞";
  if (Number.isNaN(value)) return "NaN";
  const text = withSign(value, decimals);
  const digits = text.slice(1);
  return Number(digits) === 0 ? digits : text;
}

/** Reads what `signed` wrote. */
export function parsed(text: string): number {
  if (text === "·") return 0;
  return Number(text.replace("−", "-").replace("∞", "Infinity"));
}

/** A number in full, for a person who asks for it. */
export function inFull(value: number): string {
  if (!Number.isFinite(value)) return signed(value, 0);
  return Number(value.toPrecision(7)).toString().replace("-", "−");
}

/** The end of a scale: two figures below ten, else one decimal. */
export function scaleEnd(value: number): string {
  if (value === 0) return "0";
  return value >= 1 ? value.toFixed(1) : Number(value.toPrecision(2)).toString();
}

/** "q +3.04 × k +1.11 = +3.36" */
export function productInWords(q: number, k: number): string {
  return `q ${signed(q, 2)} × k ${signed(k, 2)} = ${signed(q * k, 2)}`;
}

export function signedPercent(share: number): string {
  return percent(share).replace("-", "−");
}
