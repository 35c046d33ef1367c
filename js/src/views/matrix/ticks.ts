/** Steps of numbers along an axis. Pure. */

/** The smallest of 1, 2, 5, 10, 20, … that leaves so many px between two numbers. */
export function tickStep(cell: number, gap: number): number {
  const least = gap / cell;
  for (let power = 1; ; power *= 10)
    for (const step of [1, 2, 5]) if (step * power >= least - 1e-9) return step * power;
}

/** Multiples of a step from `from` up to, not including, `to`. */
export function ticks(from: number, to: number, step: number): number[] {
  const found: number[] = [];
  for (let i = Math.ceil(from / step) * step; i < to; i += step) found.push(i);
  return found;
}
