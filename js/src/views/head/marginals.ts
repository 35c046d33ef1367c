import { maxOf } from "../../arrays.ts";
import { isSink } from "./axis.ts";
import { type RestPicture, readers, type Source } from "./picture.ts";
import type { Pair } from "./state.ts";
import { type ItemStrip, rowOf, sinkOf } from "./strips.ts";

/** What the bars beside the tokens stand on while nothing is held; depends neither on what is in sight nor on the heads. */
export interface Marginals {
  /** Mean weight received over the query tokens in play, [head][key item], or null while unknown. */
  received: Float32Array | null;
  /** Largest value of each side, over all rows where they are known; null where only those in sight are. */
  tallest: Pair<number | null>;
  /** False where they were worked out here of one byte a weight. */
  exact: boolean;
}

export interface MarginalSource extends Omit<Source, "choice"> {
  /** Filter under which Python's marginals are kept. */
  variant: string;
}

/** As Python told them, else computed here where the whole layer is in the page. */
export function marginalsOf(source: MarginalSource): Marginals {
  const { weights, block, layer, variant } = source;
  const told = weights.marginal("received", block, layer, variant);
  const here = !told && weights.complete(block, layer);
  const perToken = here ? receivedHere(source) : told;
  const received = perToken && byItem(source, perToken);
  return {
    exact: !here || everyRow(source),
    received,
    tallest: {
      query: here ? tallestRow(source) : tallestFromPython(source),
      key: received && maxOf(received),
    },
  };
}

/** Scale of the bars beside the queries: of all rows where they are known, so that scrolling does not change it. */
export function tallestQuery(rest: RestPicture, { tallest }: Marginals): number {
  return tallest.query ?? maxOf([...rest.strongest.values()].flatMap((row) => [...row]));
}

function everyRow({ weights, block, layer, axes }: MarginalSource): boolean {
  return axes.query.itemOf.every((_, token) => weights.has(block, layer, "query", token, true));
}

/** Largest weight of a row for each head; a missing weight (NaN) is not one. */
export function largest(strip: ItemStrip, heads: number, play: boolean[]): Float32Array {
  const out = new Float32Array(heads);
  for (let head = 0; head < heads; head++) {
    for (let i = 0; i < strip.length; i++) {
      const weight = strip.values[head * strip.length + i] ?? 0;
      if (play[i] && weight > (out[head] ?? 0)) out[head] = weight;
    }
  }
  return out;
}

function tallestRow({ axes, play, heads, ...source }: MarginalSource): number {
  const { row } = readers(source);
  return maxOf(
    axes.query.labels.map((_, item) => {
      const strip = play.query[item] ? rowOf(row, heads, axes.query, axes.key, item) : null;
      return strip ? maxOf(largest(strip, heads, play.key)) : 0;
    }),
  );
}

/** Python knows tokens; for merged words, or with a sink, only the rows in sight are known. */
function tallestFromPython({
  weights,
  block,
  layer,
  variant,
  axes,
}: MarginalSource): number | null {
  const merged = axes.query.labels.length < axes.query.itemOf.length;
  const values = weights.marginal("strongest", block, layer, variant);
  const sink = isSink(axes.key, axes.key.labels.length - 1);
  return values && !merged && !sink ? maxOf(values) : null;
}

/** Attention to a word is the sum over its pieces. */
function byItem({ axes, play, heads }: MarginalSource, perToken: Float32Array): Float32Array {
  const { itemOf, labels } = axes.key;
  const out = new Float32Array(heads * labels.length);
  for (let head = 0; head < heads; head++) {
    itemOf.forEach((item, token) => {
      const at = head * labels.length + item;
      if (play.key[item]) out[at] = (out[at] ?? 0) + (perToken[head * itemOf.length + token] ?? 0);
    });
    const last = labels.length - 1;
    // A sink takes part only where every key does, so that the keys' means are all there.
    if (isSink(axes.key, last) && play.key[last]) {
      const keys = perToken.subarray(head * itemOf.length, (head + 1) * itemOf.length);
      out[head * labels.length + last] = sinkOf(keys);
    }
  }
  return out;
}

function receivedHere(source: MarginalSource): Float32Array {
  const { axes, play, heads } = source;
  const { row } = readers(source);
  const keys = axes.key.itemOf.length;
  const sum = new Float32Array(heads * keys);
  const known = new Uint32Array(sum.length);
  axes.query.itemOf.forEach((item, token) => {
    if (!play.query[item]) return;
    const strip = row(token);
    if (!strip) return;
    for (let i = 0; i < sum.length; i++) {
      const weight = strip.values[i] ?? 0;
      if (Number.isNaN(weight)) continue;
      known[i] = (known[i] ?? 0) + 1;
      sum[i] = (sum[i] ?? 0) + weight;
    }
  });
  // Nothing in play reaches a key: 0. Only missing weights do: missing.
  const rows = play.query.some(Boolean);
  return sum.map((value, i) => (rows ? value / (known[i] ?? 0) : 0));
}
