import { weightInSentence } from "../../format.ts";

/** Words for the live region: "it, query 9, head 1: cat 0.746, it 0.144, the 0.037". */
export function heldInWords(
  held: { side: "query" | "key"; token: number; label: string },
  heads: { head: number; strongest: Ranked[] }[],
  base: number,
): string {
  const start = `${held.label}, ${held.side} ${held.token + base}`;
  const parts = heads.map(({ head, strongest }) => {
    const list = strongest
      .map(({ label, weight, exact }) => `${label} ${weightInSentence(weight, exact)}`)
      .join(", ");
    return head < 0 ? list : `head ${head + base}: ${list}`;
  });
  return parts.length === 0 ? start : `${start}, ${parts.join("; ")}`;
}

export interface Ranked {
  item: number;
  label: string;
  weight: number;
  exact: boolean;
}

/** The strongest items in play of a strip, strong to weak. */
export function ranked(
  values: ArrayLike<number>,
  labels: string[],
  play: boolean[],
  exact: boolean,
  most: number,
): Ranked[] {
  // A row of 8,192 weights is ranked at every hover: no sort of all of it for three names.
  const top: number[] = [];
  const weightAt = (place: number) => values[top[place] ?? 0] ?? 0;
  let least = Number.NEGATIVE_INFINITY;
  for (let item = 0; item < values.length; item++) {
    const weight = values[item] ?? 0;
    if (!play[item] || !(weight > least)) continue;
    let at = top.length;
    while (at > 0 && weightAt(at - 1) < weight) at--;
    top.splice(at, 0, item);
    top.length = Math.min(top.length, most);
    if (top.length === most) least = weightAt(most - 1);
  }
  return top.map((item) => ({ item, label: labels[item] ?? "", weight: values[item] ?? 0, exact }));
}

/** Entropy in nats, 0 · log 0 = 0. */
export function entropy(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const p = values[i] ?? 0;
    if (p > 0) sum -= p * Math.log(p);
  }
  return sum;
}
