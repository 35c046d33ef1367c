import { LEVELS, type Ramp, rampColor } from "../../ramps.ts";
import { LEAST_DRAWN, lineAlpha, lineWidth, powerFor } from "../../scale.ts";
import { type Ink, isDark, type ThemeName } from "../../theme.ts";
import type { Box } from "./layout.ts";
import { type ByteMap, glyphLines, levelOf } from "./resample.ts";

/** Canvas drawing of the grid. Everything comes in as values; nothing is remembered. */

/** Share of each row that the lines of a thumbnail show, and how many lines at most: more fill it. */
export const GLYPH_SHARE = 0.5;
const LINES_PER_PX = 2.2;

/** One canvas pixel a cell, side by side; cells without a pair in play stay clear. */
export function mapPixels(map: ByteMap, ramp: Ramp): ImageData {
  const image = new ImageData(map.columns, map.rows);
  const table = new Uint8ClampedArray(4 * LEVELS);
  for (let byte = 1; byte < LEVELS; byte++) {
    const level = 3 * levelOf(byte);
    table.set([...ramp.subarray(level, level + 3), 255], 4 * byte);
  }
  for (let i = 0; i < map.data.length; i++) {
    const at = 4 * (map.data[i] ?? 0);
    image.data.set(table.subarray(at, at + 4), 4 * i);
  }
  return image;
}

/** Lines from each row at the left to the columns it attends to at the right, as the head view draws them. */
export function drawGlyph(
  ctx: CanvasRenderingContext2D,
  map: ByteMap,
  box: Box,
  ink: Ink,
  theme: ThemeName,
): void {
  const { left, top, width, height } = box;
  const most = Math.round(LINES_PER_PX * Math.max(width, height));
  const lines = glyphLines(map, GLYPH_SHARE, most).filter(({ weight }) => weight >= LEAST_DRAWN);
  // High contrast makes single lines legible; here it would fill the thumbnail.
  const how = { power: powerFor(lines.length), heads: 1, dark: isDark(theme), contrast: false };
  const inset = 2;
  const [from, to] = [left + inset, left + width - inset];
  const middle = (from + to) / 2;
  const y = (place: number, count: number) =>
    top + inset + ((place + 0.5) / count) * (height - 2 * inset);
  ctx.strokeStyle = ink.ink1;
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
}

/** A frame of a given thickness whose inner edge lies `out` px outside the box. */
export function drawFrame(
  ctx: CanvasRenderingContext2D,
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

/** The ground shows through a frame of a given thickness. */
function clearFrame(ctx: CanvasRenderingContext2D, box: Box, out: number, thickness: number): void {
  ctx.globalCompositeOperation = "destination-out";
  drawFrame(ctx, box, out, thickness, "#000000");
  ctx.globalCompositeOperation = "source-over";
}

/** Thickness of a frame that carries a metric: a line of ground keeps it off the thumbnail and off the next frame. */
export function metricFrame(half: number): number {
  return half >= 6 ? 3 : 2;
}

export interface Framing {
  /** Room that frames may take outside a thumbnail. */
  half: number;
  /** Colour of the head where it is selected. */
  selected: string | null;
  /** Place of the metric on the ramp, 0 to 255, where frames carry one. */
  level: number | null;
  ramp: Ramp;
  ink: Ink;
}

/** The frames of a thumbnail at rest: a hair line, the metric, the selection with a line of ground inside. */
export function drawFrames(ctx: CanvasRenderingContext2D, box: Box, framing: Framing): void {
  const { half, selected, level, ramp, ink } = framing;
  if (selected === null) {
    if (level === null) drawFrame(ctx, box, 0, 1, ink.line1);
    else drawFrame(ctx, box, 1, metricFrame(half), rampColor(ramp, level));
    return;
  }
  if (level !== null) drawFrame(ctx, box, half - 6, 2, rampColor(ramp, level));
  clearFrame(ctx, box, half - 4, 1);
  drawFrame(ctx, box, half - 3, 3, selected);
}

export interface Marks {
  /** How far frames at rest reach outside the thumbnail. */
  out: number;
  ink: Ink;
}

/** Under the pointer here, or in another view. */
export function drawHover(
  ctx: CanvasRenderingContext2D,
  box: Box,
  { out, ink }: Marks,
  elsewhere: boolean,
): void {
  drawFrame(ctx, box, out, 1.5, elsewhere ? ink.focus : ink.ink1);
}

/** The ring of keyboard focus; drawn last. */
export function drawRing(ctx: CanvasRenderingContext2D, box: Box, { out, ink }: Marks): void {
  drawFrame(ctx, box, out + 1, 2, ink.focus);
}

/** A thumbnail that has not come: its shape in the colour of panels. */
export function drawEmpty(ctx: CanvasRenderingContext2D, box: Box, ink: Ink): void {
  ctx.fillStyle = ink.panel;
  ctx.fillRect(box.left, box.top, box.width, box.height);
}
