import { range } from "../../arrays.ts";
import { LEAST_DRAWN } from "../../scale.ts";
import type { Aggregate } from "../../state/types.ts";
import { combine, headOf, type ItemStrip } from "./strips.ts";

/** One line of the picture. `head` is −1 where heads are drawn as one. */
export interface Line {
  query: number;
  key: number;
  head: number;
  weight: number;
}

/** Where the weight of the drawn rows went; every weight is in exactly one of these. */
export interface Mass {
  shown: number;
  special: number;
  otherSentence: number;
  belowCut: number;
  /** What a sink took, where it is not shown. */
  sink: number;
  /** How many weights are missing (NaN); they are in none of the shares. */
  missing: number;
}

export const NO_MASS: Mass = {
  shown: 0,
  special: 0,
  otherSentence: 0,
  belowCut: 0,
  sink: 0,
  missing: 0,
};

export interface Choice {
  heads: number[];
  aggregate: Aggregate;
  /** Share of a strip that is kept, 0 to 1. */
  share: number;
  hideSpecial: boolean;
}

export interface Side {
  special: boolean[];
  /** In play on the other side of the strip. */
  play: boolean[];
  /** Item that is the sink, if it stands on the other side. */
  sink?: number | null;
}

/**
 * Indices of the strongest values that together reach `share` of the sum: sorted from strong to weak, taken until the running
 * sum reaches the share, the value that crosses it included (exBERT's "display top X % of attention").
 */
export function strongest(values: Float32Array, play: boolean[], share: number): number[] {
  // This runs for every head at every hover: plain loops, and a sort of numbers instead of indices.
  const order: number[] = [];
  for (let i = 0; i < values.length; i++) if (play[i] && (values[i] ?? 0) > 0) order.push(i);
  if (share >= 1) return order;
  const sorted = new Float32Array(order.length);
  let total = 0;
  for (let i = 0; i < order.length; i++) {
    sorted[i] = values[order[i] ?? 0] ?? 0;
    total += sorted[i] ?? 0;
  }
  sorted.sort();
  let running = 0;
  let first = sorted.length;
  while (first > 0 && running < share * total) running += sorted[--first] ?? 0;
  const kept = strongerThan(values, order, sorted, first);
  return kept.sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
}

/** Indices of the values from place `first` of the sorted ones on; of equal values the earlier ones. */
function strongerThan(
  values: Float32Array,
  order: number[],
  sorted: Float32Array,
  first: number,
): number[] {
  const least = sorted[first] ?? Number.POSITIVE_INFINITY;
  let above = first;
  while (sorted[above] === least) above++;
  let ties = above - first;
  const kept: number[] = [];
  for (const i of order) {
    const value = values[i] ?? 0;
    if (value > least || (value === least && ties-- > 0)) kept.push(i);
  }
  return kept;
}

/** The weight that counts as full: the number of heads where they are summed. */
export function fullWeight({ aggregate, heads }: Choice): number {
  return aggregate === "sum" ? Math.max(1, heads.length) : 1;
}

/** The strips that are drawn: one a head, or one for all heads that are on. */
export function drawnStrips(
  strip: ItemStrip,
  { heads, aggregate }: Choice,
): { head: number; values: Float32Array }[] {
  if (aggregate === "each") {
    return heads.map((head) => ({ head, values: headOf(strip, head) }));
  }
  return heads.length > 0 ? [{ head: -1, values: combine(strip, heads, aggregate) }] : [];
}

/** Lines of one strip, and where the rest of its weight is. `own` tells of the item itself, `side` of the items opposite. */
export function linesOf(
  strip: ItemStrip,
  axis: "query" | "key",
  item: number,
  own: { play: boolean; special: boolean },
  side: Side,
  choice: Choice,
): { lines: Line[]; mass: Mass } {
  const lines: Line[] = [];
  const mass: Mass = { ...NO_MASS };
  const whyHidden = (other: number): "sink" | "special" | "otherSentence" | "belowCut" => {
    if (other === side.sink) return "sink";
    if (choice.hideSpecial && (own.special || side.special[other])) return "special";
    return own.play && side.play[other] ? "belowCut" : "otherSentence";
  };
  for (const { head, values } of drawnStrips(strip, choice)) {
    const kept = own.play ? strongest(values, side.play, choice.share) : [];
    const drawn = new Set(kept.filter((other) => (values[other] ?? 0) >= LEAST_DRAWN));
    for (const other of drawn) {
      const ends = axis === "query" ? { query: item, key: other } : { query: other, key: item };
      lines.push({ ...ends, head, weight: values[other] ?? 0 });
    }
    values.forEach((weight, other) => {
      if (Number.isNaN(weight)) mass.missing++;
      else mass[drawn.has(other) ? "shown" : whyHidden(other)] += weight;
    });
  }
  return { lines, mass };
}

export function addMass(a: Mass, b: Mass): Mass {
  return {
    shown: a.shown + b.shown,
    special: a.special + b.special,
    otherSentence: a.otherSentence + b.otherSentence,
    belowCut: a.belowCut + b.belowCut,
    sink: a.sink + b.sink,
    missing: a.missing + b.missing,
  };
}

/** Lines to special tokens first, then weak to strong, so that strong lines are never covered. */
export function inDrawingOrder(
  lines: Line[],
  special: { query: boolean[]; key: boolean[] },
): Line[] {
  const behind = (line: Line) => (special.key[line.key] || special.query[line.query] ? 0 : 1);
  return [...lines].sort((a, b) => behind(a) - behind(b) || a.weight - b.weight);
}

/** The strongest lines up to a limit; the rest goes below the cut. */
export function limitLines(lines: Line[], mass: Mass, most: number): { lines: Line[]; mass: Mass } {
  if (lines.length <= most) return { lines, mass };
  const sorted = [...lines].sort((a, b) => b.weight - a.weight);
  const left = sorted.slice(most).reduce((sum, line) => sum + line.weight, 0);
  return {
    lines: sorted.slice(0, most),
    mass: { ...mass, shown: mass.shown - left, belowCut: mass.belowCut + left },
  };
}

/** Whole per cent that add up to 100: the largest remainders are rounded up. */
export function wholePercent(values: number[]): number[] {
  const total = values.reduce((sum, value) => sum + value, 0);
  const exact = values.map((value) => (100 * value) / total);
  const whole = exact.map(Math.floor);
  const left = 100 - whole.reduce((sum, value) => sum + value, 0);
  const order = range(0, values.length).sort(
    (a, b) => ((exact[b] ?? 0) % 1) - ((exact[a] ?? 0) % 1) || a - b,
  );
  for (const i of order.slice(0, left)) whole[i] = (whole[i] ?? 0) + 1;
  return whole;
}

/** Words for the legend: "shown 28 % of the weight, hidden 72 %: special tokens 51 %, below the cut 21 %". */
export function massInWords(mass: Mass, where: string): string {
  const values = [mass.shown, mass.special, mass.otherSentence, mass.belowCut, mass.sink];
  if (values.every((value) => value <= 0)) return "";
  const shares = wholePercent(values);
  const said = (i: number) => ((values[i] ?? 0) > 0 && shares[i] === 0 ? "<1 %" : `${shares[i]} %`);
  const hidden = 100 - (shares[0] ?? 0);
  const anyHidden = values.slice(1).some((value) => value > 1e-6 * (values[0] ?? 0));
  const reasons = [
    [1, "special tokens"],
    [2, "other sentence"],
    [3, "below the cut"],
    [4, "sink"],
  ] as const;
  const present = reasons.filter(([i]) => anyHidden && (values[i] ?? 0) > 0);
  const onlyCut = present.length === 1 && present[0]?.[0] === 3;
  const why = onlyCut ? "" : present.map(([i, name]) => `${name} ${said(i)}`).join(", ");
  const amount = hidden === 0 && anyHidden ? "<1 %" : `${hidden} %`;
  return `shown ${shares[0]} % of the weight${where}, hidden ${amount}${why ? `: ${why}` : ""}`;
}
