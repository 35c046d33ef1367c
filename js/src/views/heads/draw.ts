import type { Pen } from "../../figures/pen.ts";
import { type Ramp, rampColor, signedRamp, weightRamp } from "../../ramps.ts";
import { headColor } from "../../scale.ts";
import type { HeadPair } from "../../state/types.ts";
import { INK, isDark } from "../../theme.ts";
import { shortName } from "../model/cells.ts";
import { drawFrames } from "../model/draw.ts";
import { type Box, tileBox } from "../model/layout.ts";
import { type HeatLayout, labelsOf, type MapLayout } from "./layout.ts";
import { inCell, inkAt, levelOf } from "./measure.ts";
import { type HeadsState, isSelected } from "./state.ts";

/** Drawing of table and map, on canvases and in figures. */

export interface HeatHand {
  pen: Pen;
  shows: (box: Box) => boolean;
  /** Lets the ground show through a frame. */
  bare: (box: Box, out: number, thickness: number) => void;
  family: string;
}

export function rampFor({ measure, shell }: HeadsState): Ramp {
  const dark = isDark(shell.theme.peek());
  return measure.peek()?.signed ? signedRamp(dark) : weightRamp(dark);
}

/** Calls back for each cell in sight, with its box as the view is scrolled. */
export function eachCell(
  state: HeadsState,
  layout: HeatLayout,
  visit: (head: HeadPair, box: Box) => void,
): void {
  const [from, to] = state.sight.peek();
  const { top, left } = state.scroll.peek();
  for (let row = from; row < to; row++)
    state.grid.peek().rows[row]?.cells.forEach((head, column) => {
      if (!head) return;
      const box = tileBox(layout, row, column);
      visit(head, { ...box, left: box.left - left, top: box.top - top });
    });
}

export function drawHeat(state: HeadsState, layout: HeatLayout, hand: HeatHand): void {
  const theme = state.shell.theme.peek();
  const dark = isDark(theme);
  const ink = INK[theme];
  const ramp = rampFor(state);
  const { heads: counts } = state.block.peek();
  eachCell(state, layout, (head, box) => {
    if (!hand.shows(box)) return;
    drawCell(state, layout, hand, { head, box, ramp });
    const on = isSelected(state, head);
    if (layout.gap < 4 * layout.unit && !on) return;
    drawFrames(hand.pen, box, {
      half: Math.max(2, layout.half),
      small: true,
      selected: on ? headColor(head[1], counts[head[0]] ?? 0, dark) : null,
      level: null,
      ramp,
      ink,
      bare: hand.bare,
    });
  });
}

/** The colour of a head's value, with the number where there is room; hatched where there is none. */
function drawCell(
  state: HeadsState,
  layout: HeatLayout,
  { pen, family }: HeatHand,
  { head, box, ramp }: { head: HeadPair; box: Box; ramp: Ramp },
): void {
  const ink = INK[state.shell.theme.peek()];
  const { left, top, width, height } = box;
  const [values, measure] = [state.values.peek(), state.measure.peek()];
  const value = values?.[state.rowOf(head)] ?? Number.NaN;
  if (values && (!measure || Number.isNaN(value))) {
    drawHatch(pen, box, ink.ink3);
    return;
  }
  const level = measure && levelOf(value, measure);
  pen.fillStyle = level === null ? ink.panel : rampColor(ramp, level);
  pen.fillRect(left, top, width, height);
  if (!layout.numbered || level === null || !measure) return;
  pen.font = `${Math.round(11 * layout.unit)}px ${family}`;
  pen.fillStyle = inkAt(ramp, level);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const said = inCell(value, measure.decimals);
  if (pen.measureText(said).width <= width - 2)
    pen.fillText(said, left + width / 2, top + height / 2 + 0.5);
}

/** A cell without a value: strokes from the lower left to the upper right. */
export function drawHatch(pen: Pen, { left, top, width, height }: Box, color: string): void {
  pen.strokeStyle = color;
  pen.lineWidth = 1;
  pen.beginPath();
  for (let at = 4; at < width + height; at += 6) {
    const [from, to] = [Math.max(0, at - height), Math.min(at, width)];
    pen.moveTo(left + from, top + at - from);
    pen.lineTo(left + to, top + at - to);
  }
  pen.stroke();
}

/** Colour of a point of the map; null where it has no value. */
export function pointColor(state: HeadsState, row: number): string | null {
  const dark = isDark(state.shell.theme.peek());
  const color = state.synced.color.peek();
  if (color === "layer") {
    const last = state.block.peek().layers - 1;
    const layer = state.heads.peek()[row]?.[0] ?? 0;
    return rampColor(weightRamp(dark), last > 0 ? Math.round((255 * layer) / last) : 128);
  }
  if (color === "cluster") {
    const cluster = state.clusterAt(row);
    const count = state.mapFacts.peek()?.clusters ?? 0;
    return Number.isNaN(cluster) ? null : headColor(cluster, count, dark);
  }
  const measure = state.measure.peek();
  const value = state.values.peek()?.[row] ?? Number.NaN;
  return measure && !Number.isNaN(value)
    ? rampColor(rampFor(state), levelOf(value, measure))
    : null;
}

function circle(pen: Pen, x: number, y: number, radius: number): void {
  pen.beginPath();
  pen.roundRect(x - radius, y - radius, 2 * radius, 2 * radius, radius);
}

/** Points with their names, selected ones ringed in the colour of their head. */
export function drawMap(
  state: HeadsState,
  layout: MapLayout,
  { pen, family }: Pick<HeatHand, "pen" | "family">,
): void {
  const theme = state.shell.theme.peek();
  const ink = INK[theme];
  const unit = state.shell.unit.peek();
  const base = state.synced.index_base.peek();
  const heads = state.heads.peek();
  const { points, radius } = layout;
  const on = heads.flatMap((head, row) => (isSelected(state, head) ? [row] : []));
  pen.strokeStyle = ink.line1;
  pen.lineWidth = 1;
  pen.strokeRect(0.5, 0.5, layout.width - 1, layout.height - 1);
  const size = Math.round(11 * unit);
  pen.font = `${size}px ${family}`;
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  const names = heads.map((head) => shortName(head, base));
  const labels = labelsOf(layout, names, on, {
    wide: (text) => pen.measureText(text).width,
    high: size + 2,
  });
  for (const { row, text, x, y } of labels) {
    pen.fillStyle = on.includes(row) ? ink.ink1 : ink.ink2;
    pen.fillText(text, x, y + 0.5);
  }
  for (const [row, point] of points.entries()) {
    if (!point) continue;
    const color = pointColor(state, row);
    circle(pen, point.x, point.y, radius - 0.5);
    if (color) {
      pen.fillStyle = color;
      pen.fill();
    }
    pen.strokeStyle = ink.ink3;
    pen.lineWidth = 1;
    pen.stroke();
  }
  for (const row of on) {
    const [point, head] = [points[row], heads[row]];
    if (!point || !head) continue;
    const count = state.block.peek().heads[head[0]] ?? 0;
    pen.strokeStyle = headColor(head[1], count, isDark(theme));
    pen.lineWidth = 3;
    circle(pen, point.x, point.y, radius + 2.5);
    pen.stroke();
  }
}

/** A ring around a point: under the pointer, in another view, or of the keyboard. */
export function drawPointRing(
  pen: Pen,
  { x, y }: { x: number; y: number },
  radius: number,
  color: string,
  width: number,
): void {
  pen.strokeStyle = color;
  pen.lineWidth = width;
  circle(pen, x, y, radius);
  pen.stroke();
}
