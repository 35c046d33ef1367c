/** Where charts, their values and the maps of the strip stand. Pure. */

export interface ChartsLayout {
  columns: 1 | 2;
  /** Of a chart with its values, in px. */
  width: number;
  height: number;
  /** Of the values beside it; 0 where they stand below. */
  values: number;
}

const GAP = 24;
const ONE_COLUMN = 900;
const HEIGHT = 220;

export function chartsLayout(width: number, unit: number): ChartsLayout {
  const columns = width >= ONE_COLUMN * unit ? 2 : 1;
  const each = Math.floor(columns === 2 ? (width - GAP) / 2 : width);
  const beside = each >= 300 * unit;
  return {
    columns,
    width: each,
    height: Math.round((each < 300 * unit ? 0.8 : 1) * HEIGHT * unit),
    values: beside ? Math.round(78 * unit) : 0,
  };
}

/** Labels that stand close together: where they want to be in all, and how many there are. */
interface Group {
  sum: number;
  count: number;
  top: number;
}

/**
 * Moves labels apart so that they never touch, each as little as may be: runs of labels that would touch are
 * centred over where they belong. They keep their order.
 */
export function spread(
  wanted: readonly number[],
  pitch: number,
  from: number,
  to: number,
): number[] {
  const order = wanted
    .map((_, i) => i)
    .sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0) || a - b);
  const groups: Group[] = [];
  const settle = (group: Group) => {
    const height = (group.count - 1) * pitch;
    group.top = Math.max(from, Math.min(to - height, group.sum / group.count - height / 2));
    const before = groups.at(-1);
    if (!before || before.top + before.count * pitch <= group.top + 1e-9) {
      groups.push(group);
      return;
    }
    groups.pop();
    settle({ sum: before.sum + group.sum, count: before.count + group.count, top: 0 });
  };
  for (const index of order) settle({ sum: wanted[index] ?? 0, count: 1, top: 0 });
  const tops = groups.flatMap(({ top, count }) =>
    Array.from({ length: count }, (_, i) => top + i * pitch),
  );
  const places = new Array<number>(wanted.length).fill(0);
  order.forEach((index, i) => {
    places[index] = tops[i] ?? 0;
  });
  return places;
}

/** How many labels stand in a height. */
export function roomFor(height: number, pitch: number): number {
  return Math.max(1, Math.floor(height / pitch) + 1);
}

/** Saved steps that have a map: as many as stand side by side, the first and the last among them. */
export function stripSteps(steps: readonly number[], width: number, pitch: number): number[] {
  const room = Math.max(1, Math.floor(width / pitch));
  if (steps.length <= room) return [...steps];
  const last = steps.length - 1;
  if (room === 1) return [steps[last] ?? 0];
  return Array.from({ length: room }, (_, i) => steps[Math.round((i * last) / (room - 1))] ?? 0);
}

/** The place of the number that is nearest, of two that of the lower; −1 where there is none. */
export function nearestIndex(sorted: ArrayLike<number>, wanted: number): number {
  if (sorted.length === 0) return -1;
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [sorted[low - 1], sorted[low] ?? 0];
  return before !== undefined && wanted - before <= Math.abs(after - wanted) ? low - 1 : low;
}

/** The ends of an axis: a little beyond the least and the largest value; of a logarithmic one, above 0. */
export function valueRange(least: number, largest: number, log: boolean): [number, number] {
  if (!(least <= largest)) return log ? [0.1, 1] : [0, 1];
  if (log) {
    if (least === largest) return [least / 2, largest * 2];
    const room = (Math.log10(largest) - Math.log10(least)) * 0.05;
    return [10 ** (Math.log10(least) - room), 10 ** (Math.log10(largest) + room)];
  }
  if (least === largest) {
    const room = Math.abs(least) * 0.1 || 0.5;
    return [least - room, largest + room];
  }
  const room = (largest - least) * 0.06;
  // A curve that stays on one side of 0 does not cross it for a margin.
  const from = least >= 0 && least - room < 0 ? 0 : least - room;
  const to = largest <= 0 && largest + room > 0 ? 0 : largest + room;
  return [from, to];
}
