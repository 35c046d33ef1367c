/** Numbers as a person reads them. */

/** Three decimals; under 0.0005 a dot in a column. A byte-sized weight is only good for two, and says so. */
export function weightInColumn(weight: number, exact: boolean): string {
  if (weight < 0.0005) return "·";
  return exact ? weight.toFixed(3) : `≈${weight.toFixed(2)}`;
}

export function weightInSentence(weight: number, exact = true): string {
  if (weight > 0 && weight < 0.0005) return "<0.001";
  return exact ? weight.toFixed(3) : `≈${weight.toFixed(2)}`;
}

export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
