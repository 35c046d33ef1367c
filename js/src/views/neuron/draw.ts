import type { Pen } from "../../figures/pen.ts";
import { LEVELS, rampColor, signedLevel, signedRamp } from "../../ramps.ts";
import { headColor } from "../../scale.ts";
import { INK, type Ink, isDark, type ThemeName } from "../../theme.ts";
import { isBelow } from "./cells.ts";
import { cellLeft, type NeuronLayout, type Span, type Zero, zeroLine } from "./layout.ts";

/** Canvas drawing of strips and bars. Everything comes in as values; nothing is remembered. */

export interface Look {
  ink: Ink;
  /** CSS colours from −1 (first) over 0 to +1 (last). */
  colors: string[];
  head: string;
}

export function lookOf(theme: ThemeName, head: number, heads: number): Look {
  const dark = isDark(theme);
  const ramp = signedRamp(dark);
  const colors = Array.from({ length: LEVELS }, (_, level) => rampColor(ramp, level));
  return { ink: INK[theme], colors, head: headColor(head, heads, dark) };
}

/** Which neurons stand where: `order[place]` is a neuron; places before `first` are scrolled away. */
export interface Places {
  order: number[];
  first: number;
}

/** Value that draws at full colour, of q and k and of their product. */
export interface Full {
  vectors: number;
  products: number;
}

export function clear(
  ctx: CanvasRenderingContext2D,
  width: number,
  height: number,
  ratio: number,
): void {
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
}

/** One strip: `value` gives that of a neuron. */
export function drawStrip(
  ctx: Pen,
  layout: NeuronLayout,
  strip: Span,
  top: number,
  { order, first }: Places,
  value: (neuron: number) => number,
  full: number,
  look: Look,
): void {
  const last = Math.min(order.length, first + layout.fitting);
  for (let at = first; at < last; at++) {
    ctx.fillStyle = look.colors[signedLevel(value(order[at] ?? 0), full)] ?? "";
    ctx.fillRect(cellLeft(layout, strip, at, first), top, layout.cell - layout.gap, layout.strip);
  }
}

/** What a row shows, as values. */
export interface RowPicture {
  query: Float32Array;
  keys: Float32Array;
  dot: Float64Array;
  weight: Float64Array;
  places: Places;
  full: Full;
  /** Keys that the filters leave and the query sees. */
  active: boolean[];
}

/** Keys that the filters leave out, or the mask hides, are pale. */
const PALE = 0.35;

export function drawRows(
  ctx: Pen,
  layout: NeuronLayout,
  scrollTop: number,
  [from, to]: [number, number],
  picture: RowPicture,
  look: Look,
): void {
  const { query, keys, places, full } = picture;
  const { size } = layout;
  for (let key = from; key < to; key++) {
    const top = stripTop(layout, scrollTop, key);
    const start = key * size;
    const k = (n: number) => keys[start + n] ?? 0;
    const product = (n: number) => (query[n] ?? 0) * k(n);
    ctx.globalAlpha = picture.active[key] ? 1 : PALE;
    if (layout.key) drawStrip(ctx, layout, layout.key, top, places, k, full.vectors, look);
    if (layout.product)
      drawStrip(ctx, layout, layout.product, top, places, product, full.products, look);
  }
  for (const { id, bar } of layout.columns) {
    if (!bar) continue;
    if (id === "dot") drawDots(ctx, layout, scrollTop, [from, to], bar, picture, look);
    else drawWeights(ctx, layout, scrollTop, [from, to], bar, picture, look);
  }
  ctx.globalAlpha = 1;
}

export function stripTop(layout: NeuronLayout, scrollTop: number, key: number): number {
  return key * layout.row - scrollTop + (layout.row - layout.strip) / 2;
}

/** Bars of q · k to the left and right of a zero line, which stands on the rows in sight. */
function drawDots(
  ctx: Pen,
  layout: NeuronLayout,
  scrollTop: number,
  [from, to]: [number, number],
  bar: Span,
  { dot, active }: RowPicture,
  look: Look,
): void {
  const zero = zeroLine(bar, dot);
  const [negative = "", positive = ""] = [look.colors[0], look.colors.at(-1)];
  for (let key = from; key < to; key++) {
    const value = dot[key] ?? 0;
    ctx.globalAlpha = active[key] ? 1 : PALE;
    ctx.fillStyle = value < 0 ? negative : positive;
    const { left, width } = barOf(zero, value);
    const { top, height } = thickness(layout, scrollTop, key);
    ctx.fillRect(left, top, width, height);
  }
  ctx.globalAlpha = 1;
  ctx.fillStyle = look.ink.line2;
  const top = Math.max(0, from * layout.row - scrollTop);
  const bottom = Math.min(layout.viewport, to * layout.row - scrollTop);
  ctx.fillRect(zero.at, top, 1, bottom - top);
}

/** At least a pixel for what is not zero. */
export function barOf({ at, perUnit }: Zero, value: number): { left: number; width: number } {
  const length = Math.max(value === 0 ? 0 : 1, Math.round(Math.abs(value) * perUnit));
  return value < 0
    ? { left: at - length, width: length }
    : { left: at + 1, width: length - (length > 1 ? 1 : 0) };
}

function thickness(layout: NeuronLayout, scrollTop: number, key: number) {
  const height = Math.round(layout.strip / 2);
  return { top: Math.round(key * layout.row - scrollTop + (layout.row - height) / 2), height };
}

/** Bars of the weights in the head's colour, over troughs that show where 1 is. */
function drawWeights(
  ctx: Pen,
  layout: NeuronLayout,
  scrollTop: number,
  [from, to]: [number, number],
  bar: Span,
  { weight, active }: RowPicture,
  look: Look,
): void {
  const room = bar.to - bar.from;
  for (let key = from; key < to; key++) {
    const { top, height } = thickness(layout, scrollTop, key);
    const value = weight[key] ?? 0;
    ctx.globalAlpha = 1;
    ctx.fillStyle = look.ink.panel;
    ctx.fillRect(bar.from, top, room, height);
    ctx.globalAlpha = active[key] ? 1 : PALE;
    ctx.fillStyle = look.head;
    // Under half a thousandth the number says "·", and no bar stands beside it.
    const length = isBelow(value) ? 0 : Math.max(1, Math.round(value * room));
    ctx.fillRect(bar.from, top, length, height);
  }
}

/** A frame around one neuron of a strip, where it is in sight. */
export function drawFrame(
  ctx: Pen,
  layout: NeuronLayout,
  strip: Span | null,
  top: number,
  at: number,
  first: number,
  look: Look,
): void {
  if (!strip || at < first || at >= first + layout.fitting) return;
  const thick = 1.5;
  const left = cellLeft(layout, strip, at, first);
  ctx.strokeStyle = look.ink.ink1;
  ctx.lineWidth = thick;
  ctx.strokeRect(
    left - thick / 2,
    top - thick / 2,
    layout.cell - layout.gap + thick,
    layout.strip + thick,
  );
}
