import { range } from "../../arrays.ts";
import { sizeCanvas } from "../../dom.ts";
import type { Pen } from "../../figures/pen.ts";
import { cellsOf, type WeightColumn, weightColumns } from "./cells.ts";
import {
  type BarColumn,
  clear,
  drawBars,
  drawCells,
  drawLines,
  drawOutline,
  drawRules,
  type LineStyle,
  type Look,
  lookOf,
} from "./draw.ts";
import type { HeadLayout, Span } from "./layout.ts";
import { fullWeight } from "./lines.ts";
import { tallestQuery } from "./marginals.ts";
import type { HeldPicture } from "./picture.ts";
import type { Shown, Sight } from "./pictures.ts";
import type { HeadState, Held, Place } from "./state.ts";

/** Puts the pictures on the two canvases, or draws them with another pen. */

export interface Surface {
  base: HTMLCanvasElement;
  overlay: HTMLCanvasElement;
  ratio: number;
}

export function lookNow(state: HeadState): Look {
  const { family, size } = state.local.font.value;
  return lookOf(state.local.theme.value, family, size, state.headCount.value);
}

export function styleFor(state: HeadState, power: number, held: boolean): LineStyle {
  const { heads, aggregate } = state.choice.value;
  const combined = aggregate !== "each";
  return {
    look: lookNow(state),
    power,
    heads: combined ? [-1] : heads,
    together: held || combined ? 1 : heads.length,
    full: fullWeight(state.choice.value),
  };
}

export function paintRest(
  state: HeadState,
  layout: HeadLayout,
  shown: Shown,
  surface: Surface,
): void {
  const ctx = sizeCanvas(surface.base, layout.width, layout.viewport, surface.ratio);
  clear(ctx, layout.width, layout.viewport, surface.ratio);
  drawRest(ctx, state, layout, shown);
}

/** The lines of the picture at rest. */
export function drawRest(pen: Pen, state: HeadState, layout: HeadLayout, shown: Shown): void {
  const { lines, power } = shown.rest;
  drawLines(pen, layout, state.tops.value, lines, styleFor(state, power, false));
}

/** The bars on both sides while nothing is held. */
function restBars(state: HeadState, layout: HeadLayout, shown: Shown, sight: Sight): BarColumn[] {
  const keys = range(...sight.key);
  return [
    ...[...shown.rest.strongest.keys()].flatMap((item) =>
      restBar(state, layout, shown, { side: "query", item }),
    ),
    ...keys.flatMap((item) => restBar(state, layout, shown, { side: "key", item })),
  ];
}

export function paintHeld(
  state: HeadState,
  layout: HeadLayout,
  shown: Shown,
  picture: HeldPicture | null,
  surface: Surface,
  sight: Sight,
  pointed: (Place | null)[],
): WeightColumn[] {
  const ctx = sizeCanvas(surface.overlay, layout.width, layout.viewport, surface.ratio);
  clear(ctx, layout.width, layout.viewport, surface.ratio);
  const columns = drawHeld(ctx, state, layout, shown, picture, sight);
  const tops = state.tops.value;
  const look = lookNow(state);
  const held = state.held.value;
  const hover = state.local.hover.value;
  const lockedHere = held?.locked && hover?.side === held.side && hover.item === held.item;
  for (const place of [lockedHere ? null : hover, ...pointed])
    if (place) outline(ctx, layout, tops[place.side], place, look, columns);
  return columns;
}

/** Rules and bars, and the lines and numbers of what is held. Returns the columns of numbers. */
export function drawHeld(
  pen: Pen,
  state: HeadState,
  layout: HeadLayout,
  shown: Shown,
  picture: HeldPicture | null,
  sight: Sight,
): WeightColumn[] {
  const tops = state.tops.value;
  const look = lookNow(state);
  drawRules(pen, layout, tops, state.ends.value, look);
  const held = state.held.value;
  const on = new Set(state.headsOn.value);
  let columns: WeightColumn[] = [];
  if (!held || !picture) {
    drawBars(pen, layout, tops, restBars(state, layout, shown, sight), on, look);
  } else {
    const { spans, besideBars } = numberSpans(layout, held);
    const bars = restBar(state, layout, shown, held);
    if (besideBars) bars.push(...heldBars(state, layout, picture, held, sight));
    drawLines(pen, layout, tops, picture.lines, styleFor(state, picture.power, true));
    drawBars(pen, layout, tops, bars, on, look);
    const other = held.side === "query" ? "key" : "query";
    const play = state.play.value[other];
    columns = weightColumns(picture.strip, state.choice.value, spans);
    drawCells(
      pen,
      layout,
      tops[other],
      cellsOf(columns, picture.lines, held, picture.strip.exact, play, sight[other]),
      look,
    );
  }
  return columns;
}

/** Where the numbers go: columns of their own, or, on the query side of a narrow view, in place of the bars. */
function numberSpans(layout: HeadLayout, held: Held): { spans: Span[]; besideBars: boolean } {
  if (held.side === "query") return { spans: layout.keyWeights, besideBars: true };
  if (layout.queryWeights) return { spans: [layout.queryWeights], besideBars: true };
  return { spans: layout.queryBars ? [layout.queryBars] : [], besideBars: false };
}

/** The bar of an item as it stands at rest, scaled to the tallest of its side. */
function restBar(
  state: HeadState,
  layout: HeadLayout,
  shown: Shown,
  { side, item }: Place,
): BarColumn[] {
  const span = side === "query" ? layout.queryBars : layout.keyBars;
  const { rest, marginals } = shown;
  const heads = state.headCount.value;
  if (!span || !state.play.value[side][item]) return [];
  const count = state.axes.value.key.labels.length;
  const { received } = marginals;
  const ofKey = received && range(0, heads).map((head) => received[head * count + item] ?? 0);
  const values = side === "query" ? rest.strongest.get(item) : ofKey;
  const tallest = side === "query" ? tallestQuery(rest, marginals) : (marginals.tallest.key ?? 0);
  return values
    ? [{ side, span, item, values: Array.from(values, (value) => value / (tallest || 1)) }]
    : [];
}

/** Exact weights of the held row or column, one bar a head, full height for a weight of 1. */
function heldBars(
  state: HeadState,
  layout: HeadLayout,
  { strip }: HeldPicture,
  held: Held,
  sight: Sight,
): BarColumn[] {
  const other = held.side === "query" ? "key" : "query";
  const span = other === "key" ? layout.keyBars : layout.queryBars;
  if (!span) return [];
  const play = state.play.value[other];
  const heads = state.headCount.value;
  const bars: BarColumn[] = [];
  const [from, to] = sight[other];
  for (let item = from; item < Math.min(to, strip.length); item++) {
    if (!play[item]) continue;
    bars.push({
      side: other,
      span,
      item,
      values: Float32Array.from(
        { length: heads },
        (_, head) => strip.values[head * strip.length + item] ?? 0,
      ),
    });
  }
  return bars;
}

function outline(
  ctx: CanvasRenderingContext2D,
  layout: HeadLayout,
  top: number,
  place: Place,
  look: Look,
  columns: WeightColumn[],
): void {
  const pad = 2 * layout.unit;
  const last = columns.at(-1)?.span;
  if (place.side === "query") {
    const from = last && last === layout.queryWeights ? last.from : layout.queryText.from - pad;
    drawOutline(ctx, layout, top, place.item, Math.max(1, from), layout.queryText.to + pad, look);
  } else {
    const to = last && layout.keyWeights.includes(last) ? last.to : layout.keyText.to;
    drawOutline(ctx, layout, top, place.item, layout.keyText.from - pad, to + pad, look);
  }
}
