/**
 * What each neuron n adds to one q · k: the product q_n · k_n. Its share is that product over q · k, so the shares of all neurons sum to 1.
 * A neuron that works against the rest has a negative share, and so a few may carry more than all.
 */

export type NeuronOrder = "share" | "index";

/** q_n · k_n for each neuron. */
export function products(query: ArrayLike<number>, key: ArrayLike<number>): Float64Array {
  return Float64Array.from(query, (value, n) => value * (key[n] ?? 0));
}

/** Neurons by share, largest first: by falling product where q · k is positive, by rising product where it is negative. */
export function neuronOrder(parts: Float64Array, order: NeuronOrder): number[] {
  const numbers = Array.from(parts, (_, n) => n);
  if (order === "index") return numbers;
  const sign = sumOf(parts) < 0 ? -1 : 1;
  return numbers.sort((a, b) => sign * ((parts[b] ?? 0) - (parts[a] ?? 0)) || a - b);
}

export interface Carried {
  /** How many neurons come first. */
  count: number;
  /** What they add together, and what all others add. */
  first: number;
  others: number;
  /** `first` over q · k; null where the others take so much away that a share would mislead. */
  share: number | null;
}

/** How much of q · k the neurons carry that have the largest share in it. */
export function carriedBy(parts: Float64Array, count: number): Carried {
  const order = neuronOrder(parts, "share");
  const all = sumOf(parts);
  const first = order.slice(0, count).reduce((sum, n) => sum + (parts[n] ?? 0), 0);
  return { count, first, others: all - first, share: shareOf(first, all) };
}

/** A part of q · k as a share, or null where it is larger than the whole. */
export function shareOf(part: number, all: number): number | null {
  const share = part / all;
  return Number.isFinite(share) && Math.abs(share) <= 1 ? share : null;
}

/** The eight of the picture; fewer where a vector has only a few values. */
export function firstNeurons(size: number): number {
  return Math.min(8, Math.max(1, Math.ceil(size / 4)));
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
