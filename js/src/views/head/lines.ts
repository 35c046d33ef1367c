import { range } from "../../arrays.ts";
import { rough } from "../../format.ts";
import { LEAST_DRAWN } from "../../scale.ts";
import type { Aggregate } from "../../state/types.ts";
import { strongest } from "./cut.ts";
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

/** Where a weight goes, in the order of `Mass`. */
const PLACES = [0, 1, 2, 3, 4, 5] as const;
const [SHOWN, SPECIAL, OTHER_SENTENCE, BELOW_CUT, SINK, MISSING] = PLACES;

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
  const sums = new Float64Array(PLACES.length);
  const reasons = Uint8Array.from(side.play, (play, other) => {
    if (other === side.sink) return SINK;
    if (choice.hideSpecial && (own.special || side.special[other])) return SPECIAL;
    return own.play && play ? BELOW_CUT : OTHER_SENTENCE;
  });
  const places = new Uint8Array(reasons.length);
  for (const { head, values } of drawnStrips(strip, choice)) {
    places.set(reasons);
    const kept = own.play ? strongest(values, side.play, choice.share, LEAST_DRAWN) : [];
    for (const other of kept) {
      places[other] = SHOWN;
      const ends = axis === "query" ? { query: item, key: other } : { query: other, key: item };
      lines.push({ ...ends, head, weight: values[other] ?? 0 });
    }
    addUp(values, places, sums);
  }
  const [shown = 0, special = 0, otherSentence = 0, belowCut = 0, sink = 0, missing = 0] = sums;
  return { lines, mass: { shown, special, otherSentence, belowCut, sink, missing } };
}

/** Adds each weight to its place, and counts the missing ones. */
function addUp(values: Float32Array, places: Uint8Array, sums: Float64Array): void {
  for (let other = 0; other < values.length; other++) {
    const weight = values[other] ?? 0;
    const place = places[other] ?? 0;
    if (weight >= 0) sums[place] = (sums[place] ?? 0) + weight;
    else sums[MISSING] = (sums[MISSING] ?? 0) + 1;
  }
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
export function massInWords(mass: Mass, where: string, exact = true): string {
  const values = [mass.shown, mass.special, mass.otherSentence, mass.belowCut, mass.sink];
  if (values.every((value) => value <= 0)) return "";
  const shares = wholePercent(values);
  const hidden = 100 - (shares[0] ?? 0);
  const anyHidden = values.slice(1).some((value) => value > 1e-6 * (values[0] ?? 0));
  // Where nothing is hidden, all is shown, however rough the weights.
  const about = rough(exact || !anyHidden);
  const said = (i: number) =>
    (values[i] ?? 0) > 0 && shares[i] === 0 ? "<1 %" : `${about}${shares[i]} %`;
  const reasons = [
    [1, "special tokens"],
    [2, "other sentence"],
    [3, "below the cut"],
    [4, "sink"],
  ] as const;
  const present = reasons.filter(([i]) => anyHidden && (values[i] ?? 0) > 0);
  const onlyCut = present.length === 1 && present[0]?.[0] === 3;
  const why = onlyCut ? "" : present.map(([i, name]) => `${name} ${said(i)}`).join(", ");
  const amount = hidden === 0 && anyHidden ? "<1 %" : `${about}${hidden} %`;
  return `shown ${about}${shares[0]} % of the weight${where}, hidden ${amount}${why ? `: ${why}` : ""}`;
}
