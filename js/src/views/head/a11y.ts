import { weightInSpeech } from "../../format.ts";

/** Heads that are spoken of; more than a few nobody can follow. */
const SPOKEN = 3;

export interface SpokenHead {
  /** "head 3.1", or what lines over several heads are. */
  name: string;
  strongest: Ranked[];
}

/** Words for the live region: "head 3.1: it attends to cat 0.75, it 0.14; query 9". */
export function heldInWords(
  { side, number, label }: { side: "query" | "key"; number: number; label: string },
  heads: SpokenHead[],
): string {
  const verb = side === "query" ? "attends to" : "is attended to by";
  const parts = heads.slice(0, SPOKEN).map(({ name, strongest }) => {
    const list = strongest
      .filter(({ weight }) => weight > 0)
      .map((other) => `${other.label} ${weightInSpeech(other.weight, other.exact)}`);
    return `${name}: ${label} ${verb} ${list.join(", ") || "nothing shown"}`;
  });
  const more = heads.length - parts.length;
  if (more > 0) parts.push(`and ${more} more ${more === 1 ? "head" : "heads"}`);
  const place = `${side} ${number}`;
  return parts.length > 0 ? `${parts.join("; ")}; ${place}` : `${label}, ${place}`;
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
