import { clamp } from "../../arrays.ts";

/** Positions of everything in the model view. Pure: the live view, the exported page and the tests share it. */

export interface GridInput {
  /** Width at hand, CSS px. */
  width: number;
  /** Host font size / 13 px: everything scales with it. */
  unit: number;
  rows: number;
  columns: number;
  /** Tokens of each side, for the shape of a thumbnail. */
  queries: number;
  keys: number;
  /** Each thumbnail has its name above it: no row or column says it. */
  captioned: boolean;
  /** Frames are coloured by a metric and need room between the thumbnails. */
  framed: boolean;
  /** Height of the grid when it scrolls, CSS px. */
  height: number;
  /** The row under which a head stands open, and how high that is now, CSS px. */
  opened: { row: number; height: number } | null;
}

export interface Span {
  from: number;
  to: number;
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface GridLayout {
  unit: number;
  /** Longer side of a thumbnail. */
  side: number;
  tile: { width: number; height: number };
  /** Between two thumbnails, and the half of it that a frame may take. */
  gap: number;
  half: number;
  /** Left edge of the first thumbnail: the row labels stand before it. */
  left: number;
  /** Above the first row, where rings and frames reach. */
  pad: number;
  caption: number;
  slot: number;
  pitch: { x: number; y: number };
  rows: number;
  columns: number;
  sheet: { width: number; height: number };
  viewport: { width: number; height: number };
  scrolls: { down: boolean; across: boolean };
  facts: "card" | "lines" | "table";
  card: Span | null;
  /** The opened head: under which row, and its box in the sheet, the notch included. */
  opened: { row: number; top: number; height: number } | null;
}

const LABELS = 52;
const CARD = 240;
const CARD_GAP = 28;
const CARD_HEIGHT = 194;
const LEAST = 24;
/** Rather this than a grid that scrolls sideways for a few pixels. */
const LEAST_WHOLE = 22;
const MOST = 72;
/** A thumbnail that is named must be as wide as its name. */
const LEAST_NAMED = 36;
/** Room that a scroll bar may take. */
export const BAR = 10;
/** A thumbnail of few queries or keys is no thinner, or no pointer would meet it. */
const THINNEST = 10;
/** Above and below the opened head. */
export const OPENED_GAP = 8;

/** Gaps: 6 px, 4 between small thumbnails; more where frames carry a metric. */
function gapAt(side: number, framed: boolean): number {
  if (framed) return side < 32 ? 8 : 12;
  return side < 32 ? 4 : 6;
}

/** Largest side at which the columns fit, at least 22 and at most 72 px at a 13 px font; 24 px where they do not. */
function sideFor(room: number, columns: number, framed: boolean, unit: number): number {
  const sideWith = (gap: number) =>
    Math.floor((room - Math.round(gap * unit) * (columns - 1)) / Math.max(1, columns));
  const wide = sideWith(gapAt(32, framed));
  const side =
    wide >= 32 * unit ? wide : Math.min(Math.ceil(32 * unit) - 1, sideWith(gapAt(0, framed)));
  const least = side < Math.round(LEAST_WHOLE * unit) ? LEAST : LEAST_WHOLE;
  return clamp(side, Math.round(least * unit), Math.round(MOST * unit));
}

/** Thumbnails that stand close, with thin frames. */
export function isSmall({ side, unit }: GridLayout): boolean {
  return side < 32 * unit;
}

const edge = (unit: number) => Math.round(8 * unit);

/** Columns for heads in an order of their own: as many as wanted, or as fit when each carries its name. */
export function rankedColumns(
  width: number,
  unit: number,
  wanted: number,
  framed: boolean,
): number {
  const room = width - Math.round(LABELS * unit) - edge(unit);
  const pitch = Math.round(LEAST_NAMED * unit) + Math.round(gapAt(32, framed) * unit);
  return clamp(
    Math.floor((room + pitch - Math.round(LEAST_NAMED * unit)) / pitch),
    1,
    Math.max(1, wanted),
  );
}

function shapeOf(side: number, queries: number, keys: number, unit: number) {
  const longer = Math.max(1, queries, keys);
  const least = Math.min(side, Math.round(THINNEST * unit));
  const scaled = (count: number) =>
    Math.max(least, Math.round((side * Math.max(1, count)) / longer));
  return { width: scaled(keys), height: scaled(queries) };
}

/** Sizes that follow from the room for the columns. */
function fitted({ unit, rows, columns, framed, ...input }: GridInput, room: number) {
  const px = (value: number) => Math.round(value * unit);
  const side = sideFor(room, columns, framed, unit);
  const gap = px(gapAt(side / unit, framed));
  const half = Math.floor(gap / 2);
  const tile = shapeOf(side, input.queries, input.keys, unit);
  const caption = input.captioned ? px(14) + half : 0;
  const slot = Math.max(tile.width, Math.min(side, px(input.captioned ? LEAST_NAMED : LEAST)));
  const pitch = { x: slot + gap, y: tile.height + gap + caption };
  const grid = { width: columns * pitch.x - gap, height: rows * pitch.y - gap };
  return { side, gap, half, tile, caption, slot, pitch, grid };
}

/** A card needs a margin, and rows beside it: above or below an opened head there must be room for it. */
function factsAt(input: GridInput, beside: number): GridLayout["facts"] {
  const { width, unit } = input;
  const { grid, side } = fitted(input, beside);
  const fits = side >= Math.round(LEAST * unit) && grid.width <= beside;
  if (width >= 1120 * unit && fits && grid.height >= 2 * CARD_HEIGHT * unit) return "card";
  return width >= 600 * unit ? "lines" : "table";
}

export function gridLayout(input: GridInput): GridLayout {
  const { unit, rows, columns } = input;
  const px = (value: number) => Math.round(value * unit);
  const width = Math.max(input.width, 120);
  const left = px(LABELS);
  const pad = edge(unit);
  const wide = width - left - pad;
  const beside = wide - px(CARD + CARD_GAP) - BAR;
  const facts = factsAt(input, beside);
  const limit = input.height * Math.max(1, unit);
  // One and a half times the asked height still fits a screen; only beyond it does the grid scroll.
  const scrolled = (height: number) => height + 2 * pad > 1.5 * limit;
  const free = fitted(input, facts === "card" ? beside : wide);
  const down = scrolled(free.grid.height);
  const sizes = down && facts !== "card" ? fitted(input, wide - BAR) : free;
  const { grid, gap, pitch } = sizes;
  const across = left + grid.width + pad;
  const opened = input.opened && {
    row: input.opened.row,
    top: pad + (input.opened.row + 1) * pitch.y - gap + px(OPENED_GAP),
    height: input.opened.height,
  };
  const sheet = {
    width: across,
    height: grid.height + 2 * pad + (opened ? extraOf(opened, unit, gap) : 0),
  };
  const beyond = across > width;
  const bar = beyond ? BAR : 0;
  const card = { from: across - pad + px(CARD_GAP), to: across - pad + px(CARD_GAP + CARD) };
  return {
    unit,
    side: sizes.side,
    tile: sizes.tile,
    gap,
    half: sizes.half,
    left,
    pad,
    caption: sizes.caption,
    slot: sizes.slot,
    pitch,
    rows,
    columns,
    sheet,
    viewport: { width, height: down ? Math.round(limit) : sheet.height + bar },
    scrolls: { down, across: beyond },
    facts,
    card: facts === "card" ? card : null,
    opened,
  };
}

/** How far the rows below move down. */
function extraOf(opened: { height: number }, unit: number, gap: number): number {
  if (opened.height <= 0) return 0;
  return opened.height + 2 * Math.round(OPENED_GAP * unit) - gap;
}

function extra(layout: GridLayout): number {
  return layout.opened ? extraOf(layout.opened, layout.unit, layout.gap) : 0;
}

/** Top of a row in the sheet, its caption included. */
export function rowTop(layout: GridLayout, row: number): number {
  const below = layout.opened !== null && row > layout.opened.row;
  return layout.pad + row * layout.pitch.y + (below ? extra(layout) : 0);
}

/** Left edge of a thumbnail in the sheet. */
export function tileLeft(layout: GridLayout, column: number): number {
  const inSlot = Math.floor((layout.slot - layout.tile.width) / 2);
  return layout.left + column * layout.pitch.x + inSlot;
}

/** Where the words above a thumbnail are, from its own left edge. */
export function captionLeft({ tile, slot }: GridLayout): number {
  return Math.ceil((tile.width - slot) / 2);
}

export function tileBox(layout: GridLayout, row: number, column: number): Box {
  return {
    left: tileLeft(layout, column),
    top: rowTop(layout, row) + layout.caption,
    ...layout.tile,
  };
}

/** The row at a height of the sheet, or the last one above it; may lie before the first and after the last. */
export function rowAt(layout: GridLayout, y: number): number {
  const { opened, pad, pitch } = layout;
  const plain = (at: number) => Math.floor((at - pad) / pitch.y);
  if (!opened || y < rowTop(layout, opened.row) + pitch.y) return plain(y);
  return Math.max(opened.row, plain(y - extra(layout)));
}

/** Rows in sight, end exclusive. */
export function rowsInSight(layout: GridLayout, scrollTop: number): [number, number] {
  const { rows, viewport } = layout;
  if (rows === 0) return [0, 0];
  const from = clamp(rowAt(layout, scrollTop), 0, rows - 1);
  const last = clamp(rowAt(layout, scrollTop + viewport.height - 1), 0, rows - 1);
  return [from, last + 1];
}

/** How far to scroll so that a stretch of the sheet is in sight; its start where it is higher than the view. */
export function scrollTo(from: number, to: number, seen: number, viewport: number): number {
  if (from < seen || to - from > viewport) return Math.max(0, from);
  return to > seen + viewport ? to - viewport : seen;
}

/** Where the card stands: beside its row, off the opened head, within `viewport` where that is high enough. */
export function cardTop(
  layout: GridLayout,
  scrollTop: number,
  row: number,
  height: number,
): number {
  const at = rowTop(layout, row) + layout.caption - scrollTop;
  const bottom = layout.viewport.height;
  const { opened } = layout;
  const space = edge(layout.unit);
  const head = Math.round(18 * layout.unit);
  const within = (from: number, to: number) =>
    to - from < height ? null : clamp(at, from, to - height);
  if (opened && opened.height > 0) {
    // It may reach up beside the head numbers.
    const above = within(-head, opened.top - space - scrollTop);
    const below = within(opened.top + opened.height + space - scrollTop, bottom);
    const inView = row <= opened.row ? (above ?? below) : (below ?? above);
    if (inView !== null) return inView;
  }
  return within(0, bottom) ?? 0;
}
