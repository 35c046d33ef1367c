import type { Pen } from "../../figures/pen.ts";
import { headColor, lineAlpha, lineWidth, type Strength } from "../../scale.ts";
import { INK, type Ink, isContrast, isDark, type ThemeName } from "../../theme.ts";
import type { SideName } from "./hit.ts";
import { barLeft, fan, type HeadLayout, rowCentre, type Span } from "./layout.ts";
import type { Line } from "./lines.ts";
import type { Pair } from "./state.ts";

/** Canvas drawing. Everything comes in as values; nothing is remembered. */

export interface Look {
  theme: ThemeName;
  ink: Ink;
  font: string;
  /** Font size in CSS px. */
  size: number;
  /** Heads of the layer, which decides the palette. */
  headCount: number;
}

export function lookOf(theme: ThemeName, font: string, size: number, headCount: number): Look {
  return { theme, ink: INK[theme], font, size, headCount };
}

export function colorOf(head: number, look: Look): string {
  return head < 0 ? look.ink.ink1 : headColor(head, look.headCount, isDark(look.theme));
}

export interface LineStyle {
  look: Look;
  power: number;
  /** Heads on, in slot order, for the fan and the width. */
  heads: number[];
  /** 1 while a token is held, else the number of heads. */
  together: number;
  /** Weight that draws at full strength: the number of heads where they are summed. */
  full: number;
}

function strength(style: LineStyle): Strength {
  const { theme } = style.look;
  return {
    power: style.power,
    heads: Math.max(1, style.together),
    dark: isDark(theme),
    contrast: isContrast(theme),
  };
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

export function drawLines(
  ctx: Pen,
  layout: HeadLayout,
  tops: Pair<number>,
  lines: Line[],
  style: LineStyle,
): void {
  const span = layout.lines;
  if (!span) return;
  const how = strength(style);
  const slots = new Map(style.heads.map((head, i) => [head, fan(layout, i, style.heads.length)]));
  const headsOn = style.heads.length;
  ctx.save();
  ctx.beginPath();
  ctx.rect(span.from, 0, span.to - span.from, layout.viewport);
  ctx.clip();
  for (const line of lines) {
    const weight = Math.min(1, line.weight / style.full);
    const offset = slots.get(line.head) ?? 0;
    const from = rowCentre(layout, tops.query, line.query) + offset;
    const to = rowCentre(layout, tops.key, line.key) + offset;
    ctx.globalAlpha = lineAlpha(weight, how);
    ctx.lineWidth = lineWidth(weight, headsOn) * layout.unit;
    ctx.strokeStyle = colorOf(line.head, style.look);
    ctx.beginPath();
    tracePath(ctx, span, layout, from, to);
    ctx.stroke();
  }
  ctx.restore();
}

/** A level curve between two rows; where one end is out of sight it leaves upright through the edge near that side. */
function tracePath(
  ctx: Pen,
  span: Span,
  { viewport, sheet }: HeadLayout,
  from: number,
  to: number,
): void {
  const middle = (span.from + span.to) / 2;
  const exit = (y: number) => (y < 0 ? 0 : y > viewport ? viewport : null);
  const out = exit(to);
  const start = exit(from);
  if (out === null && start === null) {
    ctx.moveTo(span.from, from);
    ctx.bezierCurveTo(middle, from, middle, to, span.to, to);
    return;
  }
  // The further away the end, the further in the line leaves, so that near and far ones part.
  const inward = (y: number) => {
    const beyond = Math.abs(y < 0 ? y : y - viewport);
    return 12 + 40 * Math.min(1, Math.sqrt(beyond / sheet));
  };
  if (out !== null) {
    const x = span.to - inward(to);
    ctx.moveTo(span.from, from);
    ctx.bezierCurveTo(middle, from, x, (from + out) / 2, x, out);
  } else if (start !== null) {
    const x = span.from + inward(from);
    ctx.moveTo(x, start);
    ctx.bezierCurveTo(x, (to + start) / 2, middle, to, span.to, to);
  }
}

export interface BarColumn {
  side: SideName;
  span: Span;
  item: number;
  /** Value of each head, 0 to 1 after scaling. */
  values: ArrayLike<number>;
}

export function drawBars(
  ctx: Pen,
  layout: HeadLayout,
  tops: Pair<number>,
  columns: BarColumn[],
  on: ReadonlySet<number>,
  look: Look,
): void {
  const off = isContrast(look.theme) ? 0.55 : 0.28;
  const { width, height } = layout.bar;
  for (const column of columns) {
    const base = Math.round(rowCentre(layout, tops[column.side], column.item) + height / 2);
    ctx.fillStyle = look.ink.ink3;
    ctx.globalAlpha = off;
    ctx.fillRect(column.span.from, base, column.span.to - column.span.from, 1);
    for (let head = 0; head < column.values.length; head++) {
      const lit = on.has(head);
      ctx.fillStyle = lit ? colorOf(head, look) : look.ink.ink3;
      ctx.globalAlpha = lit ? 1 : off;
      const left = barLeft(layout, column.span, head);
      const value = column.values[head] ?? 0;
      if (Number.isNaN(value)) drawMissing(ctx, layout, left, base, look);
      else ctx.fillRect(left, base - barHeight(value, height), width, barHeight(value, height));
    }
  }
  ctx.globalAlpha = 1;
}

/** Height √, and at least a pixel for any weight that is not zero. */
function barHeight(value: number, height: number): number {
  return Math.max(value > 0 ? 1 : 0, Math.round(Math.sqrt(Math.min(1, value)) * height));
}

/** A weight that is not known: an empty box, not an empty bar. */
function drawMissing(ctx: Pen, layout: HeadLayout, left: number, base: number, look: Look): void {
  const { width, height } = layout.bar;
  ctx.globalAlpha = 1;
  ctx.strokeStyle = look.ink.ink3;
  ctx.lineWidth = 1;
  ctx.setLineDash([1, 1]);
  ctx.strokeRect(left + 0.5, base - height + 0.5, Math.max(0, width - 1), height - 1);
  ctx.setLineDash([]);
}

export interface Cell {
  text: string;
  item: number;
  span: Span;
  bold: boolean;
  faint: boolean;
}

export function drawCells(
  ctx: Pen,
  layout: HeadLayout,
  top: number,
  cells: Cell[],
  look: Look,
): void {
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const cell of cells) {
    ctx.font = `${cell.bold ? "bold " : ""}${look.size}px ${look.font}`;
    ctx.fillStyle = cell.faint ? look.ink.ink3 : look.ink.ink1;
    ctx.fillText(
      cell.text,
      cell.span.to - 6 * layout.unit,
      rowCentre(layout, top, cell.item) + 0.5,
    );
  }
}

/** Outline around the label and the numbers of a hovered row. */
export function drawOutline(
  ctx: Pen,
  layout: HeadLayout,
  top: number,
  item: number,
  from: number,
  to: number,
  look: Look,
): void {
  ctx.strokeStyle = look.ink.focus;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.roundRect(
    from,
    rowCentre(layout, top, item) - layout.row / 2 + 0.75,
    to - from,
    layout.row - 1.5,
    4,
  );
  ctx.stroke();
}

/** Dotted rules after the last token of a sentence, beside the lines and never through them. */
export function drawRules(
  ctx: Pen,
  layout: HeadLayout,
  tops: Pair<number>,
  ends: Pair<number[]>,
  look: Look,
): void {
  ctx.strokeStyle = isContrast(look.theme) ? look.ink.ink1 : look.ink.line2;
  ctx.lineWidth = 1;
  ctx.setLineDash([2, 3]);
  const sides = [
    [ends.query, tops.query, layout.queryText.from, (layout.queryBars ?? layout.queryText).to],
    [
      ends.key,
      tops.key,
      (layout.keyBars ?? layout.keyText).from,
      layout.keyWeights.at(-1)?.to ?? layout.keyText.to,
    ],
  ] as const;
  for (const [items, top, from, to] of sides) {
    for (const item of items) {
      const y = Math.round((item + 1) * layout.row - top) + 0.5;
      ctx.beginPath();
      ctx.moveTo(from, y);
      ctx.lineTo(to, y);
      ctx.stroke();
    }
  }
  ctx.setLineDash([]);
}

/** The legend's sample: the same strength as a line of the picture. */
export function drawSample(
  ctx: Pen,
  weight: number,
  width: number,
  height: number,
  style: LineStyle,
  head: number,
  unit: number,
): void {
  ctx.globalAlpha = lineAlpha(weight, strength(style));
  ctx.lineWidth = lineWidth(weight, style.heads.length) * unit;
  ctx.strokeStyle = colorOf(head, style.look);
  ctx.beginPath();
  ctx.moveTo(0, height / 2);
  ctx.lineTo(width, height / 2);
  ctx.stroke();
  ctx.globalAlpha = 1;
}
