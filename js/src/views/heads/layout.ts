import { clamp } from "../../arrays.ts";
import { BAR, type GridLayout } from "../model/layout.ts";

/** Positions of everything in the heads view. Pure: the page, the figure and the tests share it. */

export interface HeatInput {
  width: number;
  /** Host font size / 13 px: everything scales with it. */
  unit: number;
  rows: number;
  columns: number;
  /** Height of the drawing when it scrolls, CSS px. */
  height: number;
}

export interface HeatLayout extends GridLayout {
  /** The list stands beside the table, else below. */
  listed: boolean;
  /** Width of the table with its labels, or of the map. */
  main: number;
  /** Cells have room for their numbers. */
  numbered: boolean;
}

export const LIST = 232;
export const CARD = 256;
export const BETWEEN = 28;
const LABELS = 52;
const [LEAST, MOST] = [9, 46];
const [LOW, HIGH] = [12, 26];
const NUMBERED = { width: 33, height: 16 };
/** Rather the list below than cells smaller than this. */
const CROWDED = 14;

function sizesFor(room: number, { unit, columns, rows, height }: HeatInput) {
  const px = (value: number) => Math.round(value * unit);
  const pitch = room / Math.max(1, columns);
  const gap = px(pitch >= 24 * unit ? 4 : pitch >= 13 * unit ? 2 : 1);
  const width = clamp(Math.floor(pitch - gap), px(LEAST), px(MOST));
  const fits = Math.floor(height / Math.max(1, rows)) - gap;
  const wanted = Math.max(px(14), Math.round(0.6 * width));
  const tall = clamp(Math.min(fits, wanted), px(LOW), px(HIGH));
  return { gap, width, height: tall };
}

/** What stands beside the table: list and card, the list, or nothing. */
function besides(input: HeatInput): { card: boolean; listed: boolean; room: number } {
  const { width, unit, columns } = input;
  const own = (LABELS + 8) * unit;
  const list = (LIST + BETWEEN) * unit;
  const card = (CARD + BETWEEN) * unit;
  const wide = (room: number) => room / Math.max(1, columns) >= CROWDED * unit;
  const both = width - own - list - card;
  if (width >= 1080 * unit && wide(both)) return { card: true, listed: true, room: both };
  const one = width - own - list;
  if (width >= 640 * unit && wide(one)) return { card: false, listed: true, room: one };
  return { card: false, listed: false, room: width - own };
}

export function heatLayout(input: HeatInput): HeatLayout {
  const { unit, rows, columns } = input;
  const px = (value: number) => Math.round(value * unit);
  const { card, listed, room } = besides({ ...input, width: Math.max(120, input.width) });
  const limit = input.height * Math.max(1, unit);
  const pad = px(6);
  const left = px(LABELS);
  const whole = sizesFor(room, { ...input, height: limit - 2 * pad });
  const high = (tall: number, gap: number) => rows * (tall + gap) - gap + 2 * pad;
  const down = high(whole.height, whole.gap) > 1.5 * limit;
  const { gap, width, height } = down ? sizesFor(room - BAR, input) : whole;
  const across = left + columns * (width + gap) - gap + px(8);
  const most = Math.floor(left + room + px(8));
  const beyond = across > most;
  const sheet = { width: across, height: high(height, gap) };
  const lines = input.width >= 600 * unit ? "lines" : "table";
  return {
    unit,
    side: Math.max(width, height),
    tile: { width, height },
    gap,
    half: Math.floor(gap / 2),
    left,
    pad,
    caption: 0,
    slot: width,
    pitch: { x: width + gap, y: height + gap },
    rows,
    columns,
    sheet,
    viewport: {
      width: beyond ? most : across + (down ? BAR : 0),
      height: down ? Math.round(limit) : sheet.height + (beyond ? BAR : 0),
    },
    scrolls: { down, across: beyond },
    facts: card ? "card" : lines,
    card: null,
    opened: null,
    listed,
    main: beyond ? most : across + (down ? BAR : 0),
    numbered: width >= px(NUMBERED.width) && height >= px(NUMBERED.height),
  };
}

export interface Point {
  x: number;
  y: number;
}

export interface MapLayout {
  width: number;
  height: number;
  radius: number;
  /** By row; null for heads without distances. */
  points: (Point | null)[];
}

const MAP = { least: 180, most: 680, flat: 0.7, pad: 22 };

/** Room of the map: as wide as is left beside list and card. */
export function mapSize(input: HeatInput): { width: number; height: number } {
  const { width, unit } = input;
  const { card, listed } = besides({ ...input, columns: 1 });
  const beside = (listed ? LIST + BETWEEN : 0) + (card ? CARD + BETWEEN : 0);
  const room = Math.max(width, 120) - beside * unit;
  const wide = Math.floor(clamp(room, Math.min(room, MAP.least * unit), MAP.most * unit));
  const limit = input.height * Math.max(1, unit);
  return {
    width: wide,
    height: Math.round(Math.min(limit, Math.max(MAP.flat * wide, 160 * unit))),
  };
}

/** Places of heads in a box, one scale for both axes: distances are what the map is about. */
export function mapLayout(
  places: Float32Array,
  size: { width: number; height: number },
  unit: number,
): MapLayout {
  const rows = Array.from({ length: places.length / 3 }, (_, row) => row);
  const x = (row: number) => places[3 * row] ?? Number.NaN;
  const y = (row: number) => places[3 * row + 1] ?? Number.NaN;
  const there = rows.filter((row) => !Number.isNaN(x(row)));
  const ends = (of: (row: number) => number): [number, number] => [
    Math.min(...there.map(of)),
    Math.max(...there.map(of)),
  ];
  const [[left, right], [top, bottom]] = [ends(x), ends(y)];
  const pad = MAP.pad * unit;
  const share = (room: number, span: number) =>
    span > 0 ? (room - 2 * pad) / span : Number.POSITIVE_INFINITY;
  const scale = Math.min(share(size.width, right - left), share(size.height, bottom - top));
  const factor = Number.isFinite(scale) ? Math.max(0, scale) : 0;
  const points = rows.map((row) =>
    Number.isNaN(x(row))
      ? null
      : {
          x: size.width / 2 + factor * (x(row) - (left + right) / 2),
          y: size.height / 2 - factor * (y(row) - (top + bottom) / 2),
        },
  );
  const radius = (there.length <= 160 ? 6 : there.length <= 600 ? 4.5 : 3) * unit;
  return { ...size, radius, points };
}

/** The point at a place, or the nearest within reach of a pointer. */
export function pointAt({ points, radius }: MapLayout, x: number, y: number): number | null {
  let best: number | null = null;
  let distance = radius + 6;
  points.forEach((point, row) => {
    const apart = point ? Math.hypot(point.x - x, point.y - y) : Number.POSITIVE_INFINITY;
    if (apart >= distance) return;
    best = row;
    distance = apart;
  });
  return best;
}

/** The nearest point in a direction: what lies ahead counts, what lies aside counts double. */
export function pointBeside({ points }: MapLayout, from: number, dx: number, dy: number): number {
  const here = points[from];
  if (!here) return from;
  let best = from;
  let least = Number.POSITIVE_INFINITY;
  points.forEach((point, row) => {
    if (!point || row === from) return;
    const [x, y] = [point.x - here.x, point.y - here.y];
    const ahead = x * dx + y * dy;
    const aside = Math.abs(x * dy) + Math.abs(y * dx);
    // Heads at one place are reached in the order of their rows.
    if (ahead <= 0 && !(x === 0 && y === 0 && row > from === dx + dy > 0)) return;
    const cost = ahead + 2 * aside;
    if (cost >= least || aside > 2 * ahead + 1) return;
    best = row;
    least = cost;
  });
  return best;
}

/** More heads are named only where they are pointed at or selected. */
const MOST_NAMED = 400;

export interface Label extends Point {
  row: number;
  text: string;
}

/** Names beside points, where none covers another name or a point; the wanted ones first. */
export function labelsOf(
  layout: MapLayout,
  names: string[],
  wanted: number[],
  { wide, high }: { wide: (text: string) => number; high: number },
): Label[] {
  const { points, radius, width, height } = layout;
  const boxes = points.flatMap((point) =>
    point ? [[point.x - radius, point.y - radius, point.x + radius, point.y + radius]] : [],
  );
  const free = (box: number[]) =>
    (box[0] ?? 0) >= 0 &&
    (box[2] ?? 0) <= width &&
    (box[1] ?? 0) >= 0 &&
    (box[3] ?? 0) <= height &&
    boxes.every(
      (other) =>
        (box[0] ?? 0) >= (other[2] ?? 0) ||
        (box[2] ?? 0) <= (other[0] ?? 0) ||
        (box[1] ?? 0) >= (other[3] ?? 0) ||
        (box[3] ?? 0) <= (other[1] ?? 0),
    );
  const labels: Label[] = [];
  const first = new Set(wanted);
  const others = points.length > MOST_NAMED ? [] : points.keys();
  const order = [...wanted, ...others].filter((row, at) => at < wanted.length || !first.has(row));
  for (const row of order) {
    const point = points[row];
    const text = names[row] ?? "";
    if (!point) continue;
    const w = wide(text);
    const reach = radius + (first.has(row) ? 5 : 2);
    const sides = [
      [point.x + reach, point.y - high / 2],
      [point.x - reach - w, point.y - high / 2],
      [point.x - w / 2, point.y - reach - high],
      [point.x - w / 2, point.y + reach],
    ];
    const found = sides.find(([x = 0, y = 0]) => free([x, y, x + w, y + high]));
    if (!found) continue;
    const [x = 0, y = 0] = found;
    boxes.push([x, y, x + w, y + high]);
    labels.push({ row, text, x, y: y + high / 2 });
  }
  return labels;
}
