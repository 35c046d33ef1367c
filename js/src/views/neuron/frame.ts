import { sizeCanvas } from "../../dom.ts";
import type { Requests } from "../../store/loader.ts";
import { isDark } from "../../theme.ts";
import { oncePerFrame } from "../shell/frames.ts";
import type { Shell } from "../shell/shell.ts";
import { type Box, cardPlace } from "./boxes.ts";
import { clear, drawFrame, drawRows, drawStrip, stripTop } from "./draw.ts";
import { cellLeft, type NeuronLayout, type Span } from "./layout.ts";
import type { LegendView } from "./legend.ts";
import { arrange, MARGIN, type Parts, showTitles } from "./parts.ts";
import type { Pictures, Shown } from "./pictures.ts";
import type { QueryPill } from "./query.ts";
import type { RowsView } from "./rows.ts";
import { activeKeys, rowPicture, shareNow, toldKey } from "./scene.ts";
import { keyTitle, type NeuronState, queryTitle } from "./state.ts";
import { chainOf, edgeWords, legendWords, SHARE_MEANS } from "./words.ts";

/** Drawing on animation frames: the rows when what is shown changes, the marks when what is pointed at does. */

export interface FrameInput {
  state: NeuronState;
  pictures: Pictures;
  shell: Shell;
  parts: Parts;
  rows: RowsView;
  pill: QueryPill;
  legend: LegendView;
  requests: Requests;
  measure: (labels: string[], font: string) => number;
  /** Key that another view points at, and whether it points at the query. */
  heard: () => { key: number | null; query: boolean };
}

export interface Frame {
  rest: () => void;
  /** Only what lies in sight has changed. */
  scrolled: () => void;
  marks: () => void;
}

export function frameOf(input: FrameInput, scope: AbortSignal): Frame {
  const ready = (draw: (now: Now) => void) => () => {
    const layout = input.pictures.layout.peek();
    const shown = input.pictures.shown.peek();
    if (layout && shown && input.state.synced.form.peek() === "columns")
      draw({ ...input, layout, shown });
  };
  return {
    rest: oncePerFrame(scope, () => {
      ready(drawRest)();
      tellState(input);
    }),
    scrolled: oncePerFrame(scope, ready(drawSight)),
    marks: oncePerFrame(scope, ready(drawMarks)),
  };
}

type Now = FrameInput & { layout: NeuronLayout; shown: Shown };

/** For those who look from outside: what is shown, and whether it is what was asked for. */
function tellState({ state, pictures, shell, requests }: FrameInput): void {
  const { dataset } = shell.root;
  const lines = state.synced.form.peek() === "lines";
  const reading = pictures.shown.peek()?.reading;
  dataset.form = state.synced.form.peek();
  dataset.layer = String(lines ? state.layer.peek() : (reading?.layer ?? state.layer.peek()));
  dataset.head = String(lines ? state.head.peek() : (reading?.head ?? state.head.peek()));
  dataset.query = String(lines ? state.query.peek() : (reading?.query ?? state.query.peek()));
  if (lines) return;
  // Without vectors there is nothing to wait for: a note stands in their place.
  const drawn = pictures.asked.peek() !== null && pictures.layout.peek() !== null;
  const arrived = drawn || state.place.peek() === null;
  const waiting = requests.stalled || requests.failure ? "error" : "loading";
  dataset.state = arrived ? "ready" : waiting;
  dataset.idle = String(requests.idle);
}

function ratioNow(): number {
  return devicePixelRatio || 1;
}

function drawRest(now: Now): void {
  const { state, shell, parts, legend, layout, shown } = now;
  arrange(parts, layout, Math.max(layout.width, shell.width.peek()));
  const block = state.block.peek();
  showTitles(parts.titles, layout, keyTitle(block));
  const { key: axis, query: queryAxis } = state.axes.peek();
  parts.table.setAttribute("aria-rowcount", String(axis.labels.length + 1));
  legend.update(legendWords(state, shown, layout), isDark(shell.theme.peek()));
  showShare(now);
  now.pill.show(layout, {
    labels: queryAxis.labels,
    query: shown.reading.query,
    locked: state.synced.selection.peek().query === shown.reading.query,
    heard: now.heard().query,
    base: state.synced.index_base.peek(),
    title: queryTitle(block),
  });
  drawSight(now);
}

/** The rows in sight, as elements and as pixels. */
function drawSight(now: Now): void {
  const { state, pictures, parts, rows, layout, shown } = now;
  const { labels, special } = state.axes.peek().key;
  const sight = pictures.sight.peek();
  const active = activeKeys(state, shown);
  const base = state.synced.index_base.peek();
  rows.show(layout, shown, { labels, special, active, base }, sight);
  const ratio = ratioNow();
  const ctx = sizeCanvas(parts.strips, layout.width, layout.viewport, ratio);
  clear(ctx, layout.width, layout.viewport, ratio);
  const picture = rowPicture(state, shown, active);
  drawRows(ctx, layout, state.scrollTop.peek(), sight, picture, pictures.look.peek());
  showEdges(now);
  drawMarks(now);
}

function showShare({ state, shell, parts, measure, layout, shown }: Now): void {
  const room = { room: shell.width.peek(), ...shell.font.peek() };
  const { text, long } = shareNow(state, shown, layout, room, measure);
  if (parts.share.textContent !== text) parts.share.textContent = text;
  parts.share.title = `${long}\n${SHARE_MEANS}`;
}

function showEdges({ state, pictures, parts, layout, shown }: Now): void {
  if (!layout.scrolls) return;
  const { text, jump } = edgeWords(state, shown, pictures.sight.peek());
  parts.edges.textContent = text;
  if (!jump) return;
  const link = document.createElement("button");
  link.type = "button";
  link.className = "hw-link";
  link.dataset.key = String(jump.key);
  link.textContent = jump.text;
  parts.edges.append(link);
}

function drawMarks(now: Now): void {
  const { state, pictures, parts, rows, layout, shown } = now;
  const { key: locked } = state.synced.selection.peek();
  const cursor = state.cursor.peek()?.key ?? null;
  const heard = now.heard();
  rows.mark({ hover: state.hover.peek()?.key ?? null, locked, cursor, heard: heard.key });
  now.pill.root.classList.toggle("hw-heard", heard.query);
  const active = rows.root.querySelector(".hw-cursor");
  if (active) parts.table.setAttribute("aria-activedescendant", active.id);
  else parts.table.removeAttribute("aria-activedescendant");
  if (layout.folded) {
    const chain = chainOf(state, shown, toldKey(pictures, shown));
    if (parts.chain.textContent !== chain) parts.chain.textContent = chain;
  }
  drawQuery(now);
  drawFrames(now);
  placeCard(now);
}

/** The neuron that is pointed at, with the key that it is looked at with. */
export function pointedNeuron(
  state: NeuronState,
  shown: Shown,
): { neuron: number; key: number; place: number } | null {
  const pointed = state.hover.value ?? state.cursor.value;
  if (!pointed || pointed.neuron === null) return null;
  const place = shown.order.indexOf(pointed.neuron);
  return { neuron: pointed.neuron, key: pointed.key ?? shown.reference, place };
}

function drawQuery({ state, pictures, parts, layout, shown }: Now): void {
  if (!layout.key) return;
  const ratio = ratioNow();
  const width = layout.key.to - layout.key.from + 2 * MARGIN;
  const height = layout.strip + 2 * MARGIN;
  const ctx = sizeCanvas(parts.queryStrip, width, height, ratio);
  clear(ctx, width, height, ratio);
  ctx.translate(MARGIN - layout.key.from, 0);
  const { queryVector, full } = shown.reading;
  const places = { order: shown.order, first: state.first.peek() };
  const look = pictures.look.peek();
  const q = (n: number) => queryVector[n] ?? 0;
  drawStrip(ctx, layout, layout.key, MARGIN, places, q, full.vectors, look);
  const pointed = pointedNeuron(state, shown);
  if (pointed) drawFrame(ctx, layout, layout.key, MARGIN, pointed.place, places.first, look);
}

function drawFrames({ state, pictures, parts, layout, shown }: Now): void {
  const ratio = ratioNow();
  const ctx = sizeCanvas(parts.overlay, layout.width, layout.viewport, ratio);
  clear(ctx, layout.width, layout.viewport, ratio);
  const pointed = pointedNeuron(state, shown);
  if (!pointed) return;
  const top = stripTop(layout, state.scrollTop.peek(), pointed.key);
  for (const strip of [layout.key, layout.product])
    drawFrame(ctx, layout, strip, top, pointed.place, state.first.peek(), pictures.look.peek());
}

/** Puts the card beside the neuron; it has been filled by the view. */
function placeCard({ state, shell, parts, layout, shown }: Now): void {
  const { card, stage, table, scroll, queryStrip } = parts;
  const pointed = pointedNeuron(state, shown);
  card.hidden = !pointed;
  if (!pointed || !layout.key) return;
  const first = state.first.peek();
  const top =
    table.offsetTop + scroll.offsetTop + pointed.key * layout.row - state.scrollTop.peek();
  const row: Box = { left: 0, right: layout.width, top, bottom: top + layout.row };
  const cell = (strip: Span, box: { top: number; bottom: number }): Box => {
    const left = cellLeft(layout, strip, pointed.place, first);
    return { left, right: left + layout.cell, top: box.top, bottom: box.bottom };
  };
  const queryTop = queryStrip.offsetTop;
  const query = cell(layout.key, { top: queryTop, bottom: queryTop + layout.strip + 2 * MARGIN });
  const cells = [layout.key, layout.product].flatMap((strip) => (strip ? [cell(strip, row)] : []));
  // Over the query's strip, the row of the key is another one than that under the pointer: its two neurons stay free.
  const onQuery = state.hover.peek() !== null && state.hover.peek()?.key === null;
  const anchor = onQuery ? query : (cells.at(-1) ?? query);
  const keep = [query, ...(onQuery ? cells : [row])];
  const size = { width: card.offsetWidth, height: card.offsetHeight };
  const { right, bottom } = shell.root.getBoundingClientRect();
  const place = stage.getBoundingClientRect();
  const bounds = { left: 0, top: 0, right: right - place.left, bottom: bottom - place.top };
  const { left, top: y } = cardPlace(size, anchor, keep, bounds);
  card.style.left = `${Math.round(left)}px`;
  card.style.top = `${Math.round(y)}px`;
}
