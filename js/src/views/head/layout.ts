import { clamp } from "../../arrays.ts";

/** Positions of everything in the head view. Pure: the live view, the exported page and the tests share it. */

export interface LayoutInput {
  /** Width at hand, CSS px. */
  width: number;
  queryItems: number;
  keyItems: number;
  /** Widest label of each list, CSS px. */
  queryText: number;
  keyText: number;
  /** Width of a bold weight such as 0.000, CSS px. */
  numberText: number;
  /** Heads of the layer: one bar slot each. */
  heads: number;
  /** Height of the lists when they scroll, CSS px. */
  height: number;
  /** Host font size / 13 px: everything scales with it. */
  unit: number;
}

export interface Span {
  from: number;
  to: number;
}

export interface HeadLayout {
  unit: number;
  width: number;
  row: number;
  /** Height of what is in sight, and of all rows. */
  viewport: number;
  sheet: number;
  scrolls: boolean;
  queryWeights: Span | null;
  queryText: Span;
  queryBars: Span | null;
  /** Null below 320 px, where a ranked list stands instead. */
  lines: Span | null;
  keyBars: Span | null;
  keyText: Span;
  keyWeights: Span[];
  /** Beside lists that scroll, from 600 px on. */
  minimap: Span | null;
  panel: Span | null;
  bar: { width: number; gap: number; height: number };
}

const COLUMN = 46;
const MINIMAP = 44;
const MINIMAP_GAP = 16;
const PANEL = 260;
const LEAST_PANEL = 160;
const PANEL_GAP = 28;
/** Labels give way before the lines get narrower than this. */
const LEAST_LINES = 60;

function barSlot(heads: number, narrow: boolean): { width: number; gap: number } {
  if (heads <= 12) return { width: 5, gap: 1 };
  if (narrow) return { width: 1, gap: heads <= 32 ? 1 : 0 };
  if (heads <= 16) return { width: 4, gap: 1 };
  if (heads <= 32) return { width: 3, gap: 1 };
  return heads <= 64 ? { width: 1, gap: 1 } : { width: 1, gap: 0 };
}

function rowHeight(rows: number): number {
  if (rows <= 30) return 22;
  return rows <= 45 ? 16 : 18;
}

function columnCount(width: number): number {
  if (width >= 960) return 3;
  return width >= 600 ? 2 : 1;
}

/** Both lists at their widest label; where the room is short, the wider list gives way first. */
function labelWidths(
  [query = 0, key = 0]: number[],
  room: number,
  least: number,
): [number, number] {
  const widest = Math.max(
    least,
    Math.floor(Math.max(room / 2, room - Math.ceil(Math.min(query, key)))),
  );
  return [Math.min(Math.ceil(query), widest), Math.min(Math.ceil(key), widest)];
}

export function headLayout(input: LayoutInput): HeadLayout {
  const { unit } = input;
  const px = (value: number) => Math.round(value * unit);
  const rows = Math.max(input.queryItems, input.keyItems);
  const row = px(rowHeight(rows));
  const sheet = rows * row;
  // One and a half times the asked height still fits a screen; only beyond it do the lists scroll.
  const scrolls = sheet > 1.5 * input.height * Math.max(1, unit);
  const viewport = scrolls ? Math.floor((input.height * Math.max(1, unit)) / row) * row : sheet;

  const width = Math.max(input.width, 160);
  const narrow = width / unit;
  const slot = barSlot(input.heads, narrow < 600);
  const barsWidth = input.heads * (slot.width + slot.gap) - slot.gap;
  const column = Math.max(px(COLUMN), Math.ceil(input.numberText) + px(10));
  const columns = columnCount(narrow);
  const showLines = narrow >= 320;
  const twoBars = narrow >= 420;
  const edge = 4;
  const leftColumn = narrow >= 760 ? column : 0;
  const textLimit = narrow >= 420 ? 120 : 80;
  const withPanel = narrow >= 960;
  const withMap = scrolls && narrow >= 600;

  const besideText =
    edge +
    leftColumn +
    (twoBars ? px(8) + barsWidth : 0) +
    px(4) +
    px(4) +
    (showLines ? barsWidth : 0) +
    px(8) +
    columns * column +
    edge +
    (withMap ? px(MINIMAP_GAP) + px(MINIMAP) : 0);
  const room = width - besideText - (showLines ? LEAST_LINES : 0);
  const [queryText, keyText] = labelWidths(
    [input.queryText, input.keyText].map((text) => clamp(text, px(40), px(textLimit))),
    room,
    px(40),
  );
  const fixed = besideText + queryText + keyText;
  const spare = width - fixed - (withPanel ? px(PANEL_GAP) + px(PANEL) : 0);
  const linesWidth = clamp(spare, Math.min(px(160), Math.max(LEAST_LINES, width - fixed)), px(400));

  let x = edge;
  const take = (size: number): Span => {
    const span = { from: x, to: x + size };
    x += size;
    return span;
  };
  const skip = (size: number) => {
    x += size;
  };
  const queryWeights = leftColumn > 0 ? take(leftColumn) : null;
  const queryTextSpan = take(queryText);
  let queryBars: Span | null = null;
  if (twoBars && showLines) {
    skip(px(8));
    queryBars = take(barsWidth);
  }
  skip(px(4));
  const lines = showLines ? take(linesWidth) : null;
  skip(px(4));
  const keyBars = showLines ? take(barsWidth) : null;
  skip(px(8));
  const keyTextSpan = take(keyText);
  const keyWeights = Array.from({ length: columns }, () => take(column));
  const stage = x + edge;
  return {
    unit,
    width: stage,
    row,
    viewport,
    sheet,
    scrolls,
    queryWeights,
    queryText: queryTextSpan,
    queryBars,
    lines,
    keyBars,
    keyText: keyTextSpan,
    keyWeights,
    ...besideColumns(stage, width, px, withMap, withPanel),
    bar: { ...slot, height: Math.max(6, row - (row >= px(20) ? px(6) : px(4))) },
  };
}

/** Minimap and panel, right of the columns that end at `x`. */
function besideColumns(
  x: number,
  width: number,
  px: (value: number) => number,
  withMap: boolean,
  withPanel: boolean,
): Pick<HeadLayout, "minimap" | "panel"> {
  const map = { from: x + px(MINIMAP_GAP), to: x + px(MINIMAP_GAP) + px(MINIMAP) };
  const from = (withMap ? map.to : x) + px(PANEL_GAP);
  const panel = { from, to: Math.min(width, from + px(PANEL)) };
  return {
    minimap: withMap ? map : null,
    panel: withPanel && panel.to - panel.from >= px(LEAST_PANEL) ? panel : null,
  };
}

/** How far a list of so many items can be scrolled. */
export function scrollLimit(layout: HeadLayout, count: number): number {
  return Math.max(0, count * layout.row - layout.viewport);
}

/** Rows in sight, end exclusive. */
export function rowsInSight(
  layout: HeadLayout,
  scrollTop: number,
  count: number,
): [number, number] {
  const from = clamp(Math.floor(scrollTop / layout.row), 0, Math.max(0, count - 1));
  return [
    from,
    clamp(Math.ceil((scrollTop + layout.viewport) / layout.row), Math.min(1, count), count),
  ];
}

/** Vertical centre of a row in the viewport. */
export function rowCentre(layout: HeadLayout, scrollTop: number, item: number): number {
  return item * layout.row + layout.row / 2 - scrollTop;
}

/** Left edge of the bar of a head. */
export function barLeft(layout: HeadLayout, span: Span, head: number): number {
  return span.from + head * (layout.bar.width + layout.bar.gap);
}

/** Vertical offset of the line ends of the i-th of n heads inside the row, so that they fan out. */
export function fan(layout: HeadLayout, index: number, count: number): number {
  if (count < 2) return 0;
  const step = Math.min(2.5 * layout.unit, (layout.row - 8 * layout.unit) / count);
  return (index - (count - 1) / 2) * step;
}
