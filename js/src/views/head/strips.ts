import { range } from "../../arrays.ts";
import type { Aggregate } from "../../state/types.ts";
import type { Strip } from "../../store/weights.ts";
import { type Axis, isSink } from "./axis.ts";

/** Weights between one item and all items of the other side, [head][item]. */
export interface ItemStrip {
  values: Float32Array;
  exact: boolean;
  /** Items on the other side. */
  length: number;
}

/**
 * Row of a query item. Attention *to* a word is the sum over its pieces, attention *from* a word the mean over them
 * (Clark et al. 2019, section 4.1).
 */
export function rowOf(
  read: (token: number) => Strip | null,
  heads: number,
  query: Axis,
  key: Axis,
  item: number,
): ItemStrip | null {
  const strip = merge(read, heads, query.tokens[item] ?? [], key, "mean", "sum");
  const last = key.labels.length - 1;
  if (strip && isSink(key, last))
    for (const head of range(0, heads))
      strip.values[head * strip.length + last] = sinkOf(headOf(strip, head));
  return strip;
}

/** What a row of weights lacks to one; a row that sees nothing lacks nothing. */
export function sinkOf(values: Float32Array): number {
  const sum = values.reduce((total, weight) => total + weight, 0);
  return sum > 0 ? Math.max(0, 1 - sum) : 0;
}

/** What the sink takes of each query, or null while a row has not come. */
export function sinkColumn(
  read: (token: number) => Strip | null,
  heads: number,
  query: Axis,
  key: Axis,
): ItemStrip | null {
  const length = query.labels.length;
  const last = key.labels.length - 1;
  const values = new Float32Array(heads * length);
  let exact = true;
  for (let item = 0; item < length; item++) {
    const row = rowOf(read, heads, query, key, item);
    if (!row) return null;
    exact &&= row.exact;
    for (let head = 0; head < heads; head++)
      values[head * length + item] = row.values[head * row.length + last] ?? 0;
  }
  return { values, exact, length };
}

/** Column of a key item: the same two rules, seen from the key. */
export function columnOf(
  read: (token: number) => Strip | null,
  heads: number,
  query: Axis,
  key: Axis,
  item: number,
): ItemStrip | null {
  return merge(read, heads, key.tokens[item] ?? [], query, "sum", "mean");
}

type Join = "sum" | "mean";

function merge(
  read: (token: number) => Strip | null,
  heads: number,
  tokens: number[],
  other: Axis,
  own: Join,
  across: Join,
): ItemStrip | null {
  const strips: Strip[] = [];
  for (const token of tokens) {
    const strip = read(token);
    if (!strip) return null;
    strips.push(strip);
  }
  const length = other.labels.length;
  const count = other.itemOf.length;
  const [only] = strips;
  const same = count === length && other.itemOf.every((item, token) => item === token);
  if (only && tokens.length === 1 && same) return { ...only, length };
  const share = own === "mean" ? 1 / tokens.length : 1;
  const scales = other.itemOf.map((item) =>
    across === "mean" ? share / (other.tokens[item]?.length ?? 1) : share,
  );
  const values = new Float32Array(heads * length);
  for (const strip of strips) {
    for (let i = 0; i < heads * count; i++) {
      const at = Math.floor(i / count) * length + (other.itemOf[i % count] ?? 0);
      values[at] = (values[at] ?? 0) + (scales[i % count] ?? 0) * (strip.values[i] ?? 0);
    }
  }
  return { values, exact: strips.every((strip) => strip.exact), length };
}

/** The values of one head. */
export function headOf(strip: ItemStrip, head: number): Float32Array {
  return strip.values.subarray(head * strip.length, (head + 1) * strip.length);
}

/** One strip of values over the heads that are on. */
export function combine(
  strip: ItemStrip,
  heads: number[],
  how: Exclude<Aggregate, "each">,
): Float32Array {
  const sum = new Float64Array(strip.length);
  for (const head of heads) {
    const values = headOf(strip, head);
    if (how === "max") raise(sum, values);
    else for (let i = 0; i < values.length; i++) sum[i] = (sum[i] ?? 0) + (values[i] ?? 0);
  }
  const out = new Float32Array(sum);
  if (how === "mean" && heads.length > 0)
    for (let i = 0; i < out.length; i++) out[i] = (sum[i] ?? 0) / heads.length;
  return out;
}

/** Takes what is larger; a missing weight (NaN) stays missing. */
function raise(most: Float64Array, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    const weight = values[i] ?? 0;
    if (weight > (most[i] ?? 0) || Number.isNaN(weight)) most[i] = weight;
  }
}
