import type { Pen } from "../../figures/pen.ts";
import { LEVELS, type Ramp, rampColor } from "../../ramps.ts";
import { LEAST_DRAWN, lineAlpha, lineWidth, powerFor } from "../../scale.ts";
import { INK, type Ink, isDark, type ThemeName } from "../../theme.ts";
import type { Box } from "./layout.ts";
import { type ByteMap, glyphLines, levelOf, type Origin } from "./resample.ts";

/** Canvas drawing of the grid. Everything comes in as values; nothing is remembered. */

const LINES_PER_PX = 2.2;

/** How many lines a thumbnail has at most: more fill it. */
export function mostLines({ width, height }: { width: number; height: number }): number {
  return Math.round(LINES_PER_PX * Math.max(width, height));
}

/** One pixel a cell, four bytes each; cells without a pair in play stay clear. */
export function mapPixels(map: ByteMap, ramp: Ramp): Uint8ClampedArray<ArrayBuffer> {
  const table = new Uint8ClampedArray(4 * LEVELS);
  for (let byte = 1; byte < LEVELS; byte++) {
    const level = 3 * levelOf(byte);
    table.set([...ramp.subarray(level, level + 3), 255], 4 * byte);
  }
  // A pixel at a time, in whatever order the machine keeps its bytes.
  const colors = new Uint32Array(table.buffer);
  const pixels = new Uint32Array(map.data.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colors[map.data[i] ?? 0] ?? 0;
  return new Uint8ClampedArray(pixels.buffer);
}

/**
 * Lines from each row at the left to the columns it attends to at the right, as the head view draws them; whether there are more than are
 * drawn.
 */
export function drawGlyph(
  ctx: Pen,
  map: ByteMap,
  origin: Origin,
  box: Box,
  theme: ThemeName,
): boolean {
  const { left, top, width, height } = box;
  const found = glyphLines(map, origin).filter(({ weight }) => weight >= LEAST_DRAWN);
  const lines = found.slice(-mostLines(box));
  // High contrast makes single lines legible; here it would fill the thumbnail.
  const how = { power: powerFor(lines.length), heads: 1, dark: isDark(theme), contrast: false };
  const inset = 2;
  const [from, to] = [left + inset, left + width - inset];
  const middle = (from + to) / 2;
  const y = (place: number, count: number) =>
    top + inset + ((place + 0.5) / count) * (height - 2 * inset);
  ctx.strokeStyle = INK[theme].ink1;
  for (const { row, column, weight } of lines) {
    const [start, end] = [y(row, map.rows), y(column, map.columns)];
    // Close together, many lines add up.
    ctx.globalAlpha = 0.8 * lineAlpha(weight, how);
    ctx.lineWidth = Math.max(0.5, lineWidth(weight, 1) * Math.min(0.6, width / 200));
    ctx.beginPath();
    ctx.moveTo(from, start);
    ctx.bezierCurveTo(middle, start, middle, end, to, end);
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
  return lines.length < found.length;
}

/** A frame of a given thickness whose inner edge lies `out` px outside the box. */
export function drawFrame(
  ctx: Pen,
  { left, top, width, height }: Box,
  out: number,
  thickness: number,
  color: string,
): void {
  const grow = out + thickness / 2;
  ctx.strokeStyle = color;
  ctx.lineWidth = thickness;
  ctx.strokeRect(left - grow, top - grow, width + 2 * grow, height + 2 * grow);
}

/** Thickness of frames: thinner where thumbnails are small and close. */
export function frameWidth(small: boolean): number {
  return small ? 2 : 3;
}

export interface Framing {
  /** Half of the gap between two thumbnails. */
  half: number;
  /** The thumbnails stand closer than those of 32 px. */
  small: boolean;
  /** Colour of the head where it is selected. */
  selected: string | null;
  /** Place of the metric on the ramp, 0 to 255, where frames carry one. */
  level: number | null;
  ramp: Ramp;
  ink: Ink;
  /** Lets the ground show through a frame. */
  bare: (box: Box, out: number, thickness: number) => void;
}

/** Levels that differ too little from the ground to show by themselves. */
const FAINT = 24;

function drawMetric(
  ctx: Pen,
  box: Box,
  out: number,
  thickness: number,
  { level, ramp, ink }: Pick<Framing, "level" | "ramp" | "ink">,
): void {
  if (level === null) return;
  drawFrame(ctx, box, out, thickness, rampColor(ramp, level));
  if (level < FAINT) drawFrame(ctx, box, out + thickness - 1, 1, ink.line2);
}

/**
 * The frames of a thumbnail at rest: a hair line, or the metric; where it is selected the selection, with a line of ground and the metric
 * inside. None reaches the middle of the gap, so that those of neighbours never touch.
 */
export function drawFrames(ctx: Pen, box: Box, framing: Framing): void {
  const { half, small, selected, level, ink } = framing;
  const width = frameWidth(small);
  if (selected === null) {
    if (level === null) drawFrame(ctx, box, 0, 1, ink.line1);
    else drawMetric(ctx, box, small ? 0 : 1, width, framing);
    return;
  }
  const inner = half - 1 - width;
  drawMetric(ctx, box, inner - 3, 2, framing);
  framing.bare(box, inner - 1, 1);
  drawFrame(ctx, box, inner, width, selected);
}

export interface Marks {
  /** How far frames at rest reach outside the thumbnail. */
  out: number;
  ink: Ink;
}

/** Under the pointer here, or in another view. */
export function drawHover(ctx: Pen, box: Box, { out, ink }: Marks, elsewhere: boolean): void {
  drawFrame(ctx, box, out, 1.5, elsewhere ? ink.focus : ink.ink1);
}

/** The ring of keyboard focus; drawn last. */
export function drawRing(ctx: Pen, box: Box, { out, ink }: Marks): void {
  drawFrame(ctx, box, out + 1, 2, ink.focus);
}

/** A thumbnail that has not come: its shape in the colour of panels. */
export function drawEmpty(ctx: Pen, box: Box, ink: Ink): void {
  ctx.fillStyle = ink.panel;
  ctx.fillRect(box.left, box.top, box.width, box.height);
}
