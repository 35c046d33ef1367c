export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

export function maxOf(values: ArrayLike<number>): number {
  let largest = 0;
  // An iterator over a typed array takes ten times as long.
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value > largest) largest = value;
  }
  return largest;
}

/** from, from + 1, … up to, not including, to. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

/** The value before or after `from` in a sorted list, or `from` where there is none. */
export function neighbour(values: number[], from: number, step: number): number {
  const beyond = values.filter((value) => (step > 0 ? value > from : value < from));
  return (step > 0 ? beyond[0] : beyond.at(-1)) ?? from;
}

/** The last value of a sorted list that is not above `to`, else the first; undefined where the list is empty. */
export function nearest(values: number[], to: number): number | undefined {
  return values.findLast((value) => value <= to) ?? values[0];
}
