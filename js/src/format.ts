/** Numbers as a person reads them. */

/** Three decimals; what would round to nothing is a dot in a column. A byte-sized weight is good for two, and says so. */
export function weightInColumn(weight: number, exact: boolean): string {
  if (Number.isNaN(weight)) return "NaN";
  if (weight < (exact ? 0.0005 : 0.005)) return "·";
  return exact ? weight.toFixed(3) : `≈${weight.toFixed(2)}`;
}

export function weightInSentence(weight: number, exact = true): string {
  if (weight > 0 && weight < (exact ? 0.0005 : 0.005)) return exact ? "<0.001" : "<0.01";
  return exact ? weight.toFixed(3) : `≈${weight.toFixed(2)}`;
}

/** Marks a number that was worked out of rounded weights. */
export function rough(exact: boolean): "" | "≈" {
  return exact ? "" : "≈";
}

export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
