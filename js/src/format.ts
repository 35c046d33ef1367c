/** Numbers as a person reads them. */

/** Decimals that a weight is good for: a byte-sized one for two. */
export function decimalsOf(exact: boolean): number {
  return exact ? 3 : 2;
}

/** A weight, also where it rounds to nothing; a byte-sized one says that it is rough. */
export function plainWeight(weight: number, exact: boolean): string {
  return `${rough(exact)}${weight.toFixed(decimalsOf(exact))}`;
}

/** With a sign always, and a true minus. */
export function withSign(value: number, decimals: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(decimals)}`;
}

/** Three decimals; what would round to nothing is a dot in a column. */
export function weightInColumn(weight: number, exact: boolean): string {
  if (Number.isNaN(weight)) return "NaN";
  if (weight < (exact ? 0.0005 : 0.005)) return "·";
  return plainWeight(weight, exact);
}

export function weightInSentence(weight: number, exact = true): string {
  if (weight > 0 && weight < (exact ? 0.0005 : 0.005)) return exact ? "<0.001" : "<0.01";
  return plainWeight(weight, exact);
}

/** Marks a number that was worked out of rounded weights. */
export function rough(exact: boolean): "" | "≈" {
  return exact ? "" : "≈";
}

export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A token within a sentence: one from right to left turns nothing but itself (Unicode isolates). */
export function isolated(label: string): string {
  return RIGHT_TO_LEFT.test(label) ? `\u2068${label}\u2069` : label;
}

/** Weights as they are spoken: two decimals. */
export function weightInSpeech(weight: number, exact = true): string {
  if (weight > 0 && weight < 0.005) return "<0.01";
  return `${rough(exact)}${weight.toFixed(2)}`;
}
