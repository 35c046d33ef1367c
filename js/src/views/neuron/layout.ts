import type { Column, ColumnId } from "./columns.ts";

/** Positions of everything in the columns form. Pure: the live view, the exported page and the tests share it. */

export interface LayoutInput {
  /** Width at hand, CSS px. */
  width: number;
  keys: number;
  /** Widest key label, CSS px. */
  tokenText: number;
  /** Values of a vector. */
  size: number;
  columns: Column[];
  /** Widest number of each column where it is wider than usual, CSS px. */
  numberText: Partial<Record<ColumnId, number>>;
  /** Height of the rows when they scroll, CSS px. */
  height: number;
  /** Host font size / 13 px: everything scales with it. */
  unit: number;
}

export interface Span {
  from: number;
  to: number;
}

export interface PlacedColumn extends Column {
  span: Span;
  bar: Span | null;
}

export interface NeuronLayout {
  unit: number;
  width: number;
  row: number;
  strip: number;
  /** Height of what is in sight, and of all rows. */
  viewport: number;
  sheet: number;
  scrolls: boolean;
  /** Columns between q · k and softmax have no place of their own. */
  folded: boolean;
  token: Span;
  /** Null where the room is too short for the strips. */
  key: Span | null;
  product: Span | null;
  /** From one neuron to the next, of which `gap` stays empty. */
  cell: number;
  gap: number;
  /** Neurons that the strips have room for; fewer than `size` scroll. */
  fitting: number;
  size: number;
  columns: PlacedColumn[];
  /** Columns there are, folded ones included. */
  steps: number;
}

const NUMBER: Record<ColumnId, number> = {
  dot: 48,
  scaled: 52,
  softcap: 52,
  bias: 40,
  mask: 40,
  score: 52,
  weight: 44,
};
/** Room for the bars, by how much there is in all. */
const BARS = { wide: { dot: 56, weight: 88 }, narrow: { dot: 36, weight: 56 } };
const BESIDE_TOKEN = 14;
const SCROLLBAR = 12;
const LEAST_CELL = 2;
/** A strip is worth its place from so many neurons on. */
const LEAST_NEURONS = 32;

interface Shape {
  folded: boolean;
  bars: { dot: number; weight: number } | null;
  strips: 0 | 1 | 2;
  gap: number;
  cells: number;
}

/** Shapes from rich to poor; the first that fits is taken. */
function shapesFor(narrow: number): Shape[] {
  const cells = narrow >= 900 ? 7 : narrow >= 600 ? 4 : 3;
  const folded = { folded: true, bars: BARS.narrow, gap: 12, cells };
  const shapes: Shape[] = [
    { folded: false, bars: BARS.wide, strips: 2, gap: 24, cells: 7 },
    { ...folded, strips: 2 },
    { ...folded, strips: 1 },
    { ...folded, bars: { ...BARS.narrow, dot: 0 }, strips: 1 },
    { ...folded, bars: null, strips: 1 },
    { ...folded, bars: null, strips: 0 },
  ];
  return shapes.slice(narrow >= 900 ? 0 : narrow >= 420 ? 1 : 2);
}

export function neuronLayout(input: LayoutInput): NeuronLayout {
  const { unit } = input;
  const width = Math.max(input.width, 160);
  const shapes = shapesFor(width / unit);
  const fit = shapes.find((shape) => fits(input, shape, width)) ?? shapes.at(-1);
  if (!fit) throw new Error("no shape of the neuron view is left");
  return place(input, fit, width);
}

function fits(input: LayoutInput, shape: Shape, width: number): boolean {
  if (shape.strips === 0) return true;
  const room = roomForStrips(input, shape, width);
  const least = LEAST_CELL * Math.min(input.size, LEAST_NEURONS);
  // Beside all columns a strip of thin cells is no gain: they fold instead.
  const wanted = shape.folded ? least : Math.max(least, Math.min(5 * input.size, 160 * input.unit));
  return room >= wanted;
}

/** Width that is left for each strip. */
function roomForStrips(input: LayoutInput, shape: Shape, width: number): number {
  const fixed = place(input, { ...shape, strips: 0 }, width).width;
  const between =
    Math.round(BESIDE_TOKEN * input.unit) + (shape.strips - 1) * Math.round(shape.gap * input.unit);
  return Math.floor((width - fixed - between) / shape.strips);
}

function cellWidth(room: number, size: number, most: number, unit: number): number {
  // 7 px at 32 values; shorter vectors get wider cells, but no wider strip.
  const largest = size < 32 ? Math.min(16, Math.floor((32 * most) / size)) : most;
  const fitting = Math.floor(room / size);
  return Math.max(LEAST_CELL, Math.min(Math.round(largest * unit), fitting));
}

function place(input: LayoutInput, shape: Shape, width: number): NeuronLayout {
  const { unit, size } = input;
  const px = (value: number) => Math.round(value * unit);
  const row = px(22);
  const sheet = input.keys * row;
  // One and a half times the asked height still fits a screen; only beyond it do the rows scroll.
  const high = input.height * Math.max(1, unit);
  const scrolls = sheet > 1.5 * high;
  const gap = px(shape.gap);
  const narrow = width / unit;

  let x = 0;
  const take = (length: number): Span => {
    const span = { from: x, to: x + length };
    x += length;
    return span;
  };
  const most = narrow >= 420 ? 120 : narrow >= 320 ? 90 : narrow >= 200 ? 64 : 44;
  const least = Math.min(70, most);
  const token = take(Math.min(px(most), Math.max(px(least), Math.ceil(input.tokenText))));
  x += shape.strips > 0 ? px(BESIDE_TOKEN) : 0;

  let [cell, fitting] = [0, 0];
  let key: Span | null = null;
  let product: Span | null = null;
  if (shape.strips > 0) {
    const room = roomForStrips(input, shape, width);
    cell = cellWidth(room, size, shape.cells, unit);
    fitting = Math.min(size, Math.max(1, Math.floor(room / cell)));
    key = take(fitting * cell);
    if (shape.strips > 1) {
      x += gap;
      product = take(fitting * cell);
    }
  }
  const kept = input.columns.filter(({ id }) => !shape.folded || id === "dot" || id === "weight");
  const columns = kept.map((column): PlacedColumn => {
    x += gap;
    const bar = column.id === "dot" || column.id === "weight" ? (shape.bars?.[column.id] ?? 0) : 0;
    const number = Math.max(px(NUMBER[column.id]), Math.ceil(input.numberText[column.id] ?? 0));
    const span = take(px(bar) + number);
    return { ...column, span, bar: bar > 0 ? { from: span.from, to: span.from + px(bar) } : null };
  });
  return {
    unit,
    width: x + (scrolls ? SCROLLBAR : 0),
    row,
    strip: Math.max(6, row - px(6)),
    viewport: scrolls ? Math.floor(high / row) * row : sheet,
    sheet,
    scrolls,
    folded: shape.folded,
    token,
    key,
    product,
    cell,
    gap: cell >= 6 ? 1 : 0,
    fitting,
    size,
    columns,
    steps: input.columns.length,
  };
}

/** Rows in sight, end exclusive. */
export function rowsInSight(
  layout: NeuronLayout,
  scrollTop: number,
  count: number,
): [number, number] {
  const last = Math.max(0, count - 1);
  const from = Math.min(last, Math.max(0, Math.floor(scrollTop / layout.row)));
  const to = Math.ceil((scrollTop + layout.viewport) / layout.row);
  return [from, Math.min(count, Math.max(from + 1, to))];
}

/** Left edge of the cell at a place of a strip, the strips scrolled by `first` neurons. */
export function cellLeft(layout: NeuronLayout, strip: Span, at: number, first: number): number {
  return strip.from + (at - first) * layout.cell;
}

export interface Zero {
  /** Where the bars of q · k start, and px for one unit. */
  at: number;
  perUnit: number;
}

/** A zero line so that the longest bar to the left and the longest to the right fill the room. */
export function zeroLine(bar: Span, dot: ArrayLike<number>): Zero {
  let [low, high] = [0, 0];
  for (let i = 0; i < dot.length; i++) {
    low = Math.min(low, dot[i] ?? 0);
    high = Math.max(high, dot[i] ?? 0);
  }
  const room = bar.to - bar.from;
  const perUnit = high > low ? room / (high - low) : 0;
  return { at: Math.round(bar.from - low * perUnit), perUnit };
}
