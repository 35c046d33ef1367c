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
/** A zoom goes no further than to this share of all. */
const LEAST_PART = 1e-5;

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

const MAP_PITCH = 64;
const LEAST_PITCH = 50;

/** How far maps of the strip stand apart: a little closer than they like where all fit then. */
export function mapPitch(count: number, width: number, unit: number): number {
  const fitting = Math.floor(width / Math.max(1, count));
  return fitting < LEAST_PITCH * unit ? MAP_PITCH * unit : Math.min(MAP_PITCH * unit, fitting);
}

/**
 * Saved steps that have a map: as many as stand side by side, the first and the last among them, and the one that is
 * nearest to `current` in the place of its neighbour.
 */
export function stripSteps(
  steps: readonly number[],
  width: number,
  pitch: number,
  current: number | null = null,
): number[] {
  const room = Math.max(1, Math.floor(width / pitch));
  if (steps.length <= room) return [...steps];
  const last = steps.length - 1;
  const now = current === null ? (steps[last] ?? 0) : (steps[nearestIndex(steps, current)] ?? 0);
  if (room === 1) return [now];
  const shown = Array.from(
    { length: room },
    (_, i) => steps[Math.round((i * last) / (room - 1))] ?? 0,
  );
  const place = nearestIndex(shown, now);
  // The ends stay, but where there is nothing between them.
  const inside = room === 2 ? place : Math.max(1, Math.min(room - 2, place));
  if (!shown.includes(now)) shown[inside] = now;
  return shown;
}

/** All numbers of some lists, rising, each once. */
export function merged(lists: readonly Float64Array[]): number[] {
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return [...all.sort().filter((number, i) => i === 0 || number !== all[i - 1])];
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

/** The part about a place that is so many times as long: null where that is all there is. */
export function zoomedBy(
  [from, to]: readonly [number, number],
  at: number,
  factor: number,
  [first, last]: readonly [number, number],
): [number, number] | null {
  const least = (last - first) * LEAST_PART;
  const wanted = factor < 1 ? Math.max(factor, Math.min(1, least / (to - from))) : factor;
  const next: [number, number] = [
    Math.max(first, at - (at - from) * wanted),
    Math.min(last, at + (to - at) * wanted),
  ];
  if (!(next[0] < next[1])) return null;
  return next[0] <= first && next[1] >= last ? null : next;
}
