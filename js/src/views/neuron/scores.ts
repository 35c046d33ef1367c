import type { VectorSpec } from "../../state/types.ts";

/**
 * From the query and key vectors of one head to the weights of one query, step by step, with the arithmetic of `AttentionRecord.weights`
 * in Python.
 */

export interface ScoreInput {
  /** The vector of the query. */
  query: ArrayLike<number>;
  /** Vectors of all keys, one after the other. */
  keys: ArrayLike<number>;
  vectors: VectorSpec;
  head: number;
  /** Number of the query: under `causal` it sees no later key. */
  at: number;
  /** One value a key, or null where nothing is added. */
  bias: ArrayLike<number> | null;
  /** 1 for each key that the query sees, or null where nothing but `causal` hides keys. */
  mask: ArrayLike<number> | null;
}

/** One value a key in each column. */
export interface ScoreRow {
  dot: Float64Array;
  scaled: Float64Array;
  capped: Float64Array;
  bias: Float64Array;
  seen: Uint8Array;
  /** −Infinity where the key is not seen. */
  score: Float64Array;
  weight: Float64Array;
  /** Share of the row that goes to the head's sink, which is no key. */
  sink: number;
}

export function scoreRow(input: ScoreInput): ScoreRow {
  const { keys, vectors, at } = input;
  const { size, scale, softcap, causal } = vectors;
  const count = size > 0 ? Math.floor(keys.length / size) : 0;
  const column = () => new Float64Array(count);
  const dot = dotProducts(input, count);
  const [scaled, capped, bias, score] = [column(), column(), column(), column()];
  const seen = new Uint8Array(count);
  for (let key = 0; key < count; key++) {
    const plain = scale * (dot[key] ?? 0);
    scaled[key] = plain;
    const bounded = softcap === undefined ? plain : softcap * Math.tanh(plain / softcap);
    capped[key] = bounded;
    const added = input.bias?.[key] ?? 0;
    bias[key] = added;
    const visible = (!causal || key <= at) && (input.mask === null || input.mask[key] !== 0);
    seen[key] = visible ? 1 : 0;
    score[key] = visible ? bounded + added : Number.NEGATIVE_INFINITY;
  }
  const { weight, sink } = softmax(score, vectors.sinks?.[input.head]);
  return { dot, scaled, capped, bias, seen, score, weight, sink };
}

function dotProducts({ query, keys, vectors: { size } }: ScoreInput, count: number): Float64Array {
  const dot = new Float64Array(count);
  for (let key = 0; key < count; key++) {
    let sum = 0;
    for (let n = 0, k = key * size; n < size; n++, k++) sum += (query[n] ?? 0) * (keys[k] ?? 0);
    dot[key] = sum;
  }
  return dot;
}

/** A sink's score takes part and has no key; a row that sees nothing is 0. */
export function softmax(
  scores: ArrayLike<number>,
  sinkScore?: number,
): { weight: Float64Array; sink: number } {
  const weight = new Float64Array(scores.length);
  let top = Number.NEGATIVE_INFINITY;
  let sees = false;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] ?? 0;
    if (score > Number.NEGATIVE_INFINITY) sees = true;
    if (score > top) top = score;
  }
  if (!sees) return { weight, sink: 0 };
  if (sinkScore !== undefined) top = Math.max(top, sinkScore);
  const ofSink = sinkScore === undefined ? 0 : Math.exp(sinkScore - top);
  let total = ofSink;
  for (let i = 0; i < scores.length; i++) {
    const power = Math.exp((scores[i] ?? 0) - top);
    weight[i] = power;
    total += power;
  }
  for (let i = 0; i < weight.length; i++) weight[i] = (weight[i] ?? 0) / total;
  return { weight, sink: ofSink / total };
}

/** The key head that a head reads: fewer than heads under grouped-query attention. */
export function keyHeadOf(head: number, heads: number, keyHeads: number): number {
  return Math.floor(head / groupSize(heads, keyHeads));
}

/** How many heads read one key head. */
export function groupSize(heads: number, keyHeads: number): number {
  return Math.max(1, Math.floor(heads / Math.max(1, keyHeads)));
}
