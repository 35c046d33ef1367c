import type { SideName } from "./hit.ts";

/** The strongest token on the other side of the locked one, and the way there. */
export interface Jump {
  side: SideName;
  item: number;
  arrow: "↑" | "↓" | "";
}

/** The item with the largest weight above 0 of all strips, of those in play; the first of equal ones. */
export function strongestItem(strips: ArrayLike<number>[], play: boolean[]): number | null {
  let [best, largest] = [-1, 0];
  for (const values of strips) {
    for (let item = 0; item < play.length; item++) {
      const value = values[item] ?? 0;
      if (!play[item] || !(value > largest || (value === largest && item < best))) continue;
      [best, largest] = [item, value];
    }
  }
  return best < 0 ? null : best;
}

export function arrowTo(item: number, [from, to]: [number, number]): Jump["arrow"] {
  if (item < from) return "↑";
  return item >= to ? "↓" : "";
}
