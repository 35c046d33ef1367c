import { effect } from "@preact/signals";
import { clamp } from "../arrays.ts";
import { partHost } from "../host/part.ts";
import { Rows } from "../store/rows.ts";
import { drawRows, drawStrip } from "../views/neuron/draw.ts";
import type { NeuronLayout } from "../views/neuron/layout.ts";
import { missingNote } from "../views/neuron/missing.ts";
import { type Pictures, picturesOf, type Shown } from "../views/neuron/pictures.ts";
import { jobsFor } from "../views/neuron/reading.ts";
import { activeKeys, queryLine, rowPicture, shareNow, toldKey } from "../views/neuron/scene.ts";
import {
  labelOf,
  linesTraits,
  type NeuronState,
  neuronState,
  neuronSynced,
  queryTitle,
} from "../views/neuron/state.ts";
import { chainOf, edgeWords, legendWords } from "../views/neuron/words.ts";
import { arrivalsOf } from "../views/shell/arrivals.ts";
import { FAMILY, type Figure, type FigureStage, inkOf, SIZE, SMALL } from "./figure.ts";
import { cut, drawFlow, drawRule, textPieces } from "./flow.ts";
import { headFigure } from "./head.ts";
import {
  captionPieces,
  drawPill,
  drawRowWords,
  drawTitles,
  inWords,
  legendPieces,
} from "./neuron-parts.ts";
import { drawWords, MARGIN, notePieces, showingOf } from "./parts.ts";
import type { SvgPen } from "./svg.ts";

/** Height of the titles, and where their middle is. */
const [TITLES, TITLE_MIDDLE] = [28, 13];
const QUERY_TITLE_MIDDLE = 8;
const BETWEEN = 8;
/** High enough that no rows scroll. */
const ALL_ROWS = 1e9;

/** The picture of a neuron view as it stands: its columns, or the lines of its head. */
export function neuronFigure(stage: FigureStage): Figure {
  const { host, loader, scope, measure } = stage;
  const synced = neuronSynced(host, scope);
  const state = neuronState(host.get("_trace"), synced);
  if (synced.form.peek() === "lines")
    return headFigure({ ...stage, host: partHost(host, { own: linesTraits(state) }) });
  if (stage.allRows) host.set({ height: ALL_ROWS });
  const requests = loader.forView(scope);
  const arrivals = arrivalsOf(requests, host, scope);
  const pictures = picturesOf(state, showingOf(stage), requests, arrivals, measure);
  effect(() => {
    void arrivals.value;
    const place = pictures.asked.value?.whole ? null : state.place.value;
    requests.need(place ? jobsFor(requests.store.of(Rows), place) : []);
  });
  return {
    requests,
    words: () => inWords(state, pictures),
    draw: (pen) => drawAll(pen, { ...stage, state, pictures }),
  };
}

interface Scene extends FigureStage {
  state: NeuronState;
  pictures: Pictures;
}

function drawAll(pen: SvgPen, scene: Scene): number {
  const { state, pictures, theme } = scene;
  const flow = { x: MARGIN, width: scene.width - 2 * MARGIN };
  let y = 0;
  pen.group("caption", () => {
    y += drawFlow(pen, captionPieces(pen, state, theme, flow.width), { ...flow, y });
  });
  y += BETWEEN;
  if (state.place.value === null) {
    const pieces = notePieces(pen, missingNote(state).note, { theme, width: flow.width });
    return y + drawFlow(pen, pieces, { ...flow, y });
  }
  const [layout, shown] = [pictures.layout.value, pictures.shown.value];
  if (!layout || !shown || !pictures.asked.value)
    throw new Error("not all queries and keys that it shows have come");
  showLocked(state, layout);
  pen.save();
  pen.translate(0, y);
  y += drawColumns(pen, scene, layout, shown) + BETWEEN;
  pen.restore();
  const ink = inkOf(theme);
  const lines = [
    layout.folded ? chainOf(state, shown, toldKey(pictures, shown)) : "",
    ...(layout.scrolls ? edgesNow(scene, shown) : []),
  ].filter(Boolean);
  pen.group("steps", () => {
    for (const text of lines) {
      const pieces = textPieces(pen, text, { color: ink.ink2, width: flow.width });
      y += drawFlow(pen, pieces, { ...flow, y });
    }
  });
  pen.group("legend", () => {
    const words = legendWords(state, shown, layout);
    y += drawFlow(pen, legendPieces(pen, words, theme, flow.width), { ...flow, y });
  });
  return y;
}

/** Rows that scroll stand where the locked key is in sight, as on the page, and whole. */
function showLocked(state: NeuronState, { scrolls, row, viewport, sheet }: NeuronLayout): void {
  const { key } = state.synced.selection.peek();
  if (!scrolls || key === null || (key + 1) * row <= viewport) return;
  const centred = (key + 0.5) * row - viewport / 2;
  state.scrollTop.value = Math.round(clamp(centred, 0, sheet - viewport) / row) * row;
}

function edgesNow({ state, pictures }: Scene, shown: Shown): string[] {
  const { text, jump } = edgeWords(state, shown, pictures.sight.value);
  return [jump ? `${text} · ${jump.text}` : text];
}

/** The query's line, the titles and the rows, from y = 0 down; returns how high they are. */
function drawColumns(pen: SvgPen, scene: Scene, layout: NeuronLayout, shown: Shown): number {
  const { state, pictures, theme } = scene;
  const ink = inkOf(theme);
  const line = queryLine(layout);
  pen.group("query", () => drawQuery(pen, scene, layout, shown));
  pen.group("titles", () => {
    pen.translate(0, line.height + TITLE_MIDDLE);
    drawTitles(pen, state, layout, theme);
  });
  drawRule(pen, 0, layout.width, line.height + TITLES - 3, ink);
  const active = activeKeys(state, shown);
  const [from, last] = pictures.sight.value;
  const sight: [number, number] = [
    from,
    Math.min(last, from + Math.round(layout.viewport / layout.row)),
  ];
  const top = line.height + TITLES;
  pen.group("rows", () => {
    pen.translate(0, top);
    const picture = rowPicture(state, shown, active);
    pen.group("strips", () =>
      drawRows(pen, layout, state.scrollTop.value, sight, picture, pictures.look.value),
    );
    drawRowWords(pen, { state, layout, shown, active, theme }, sight);
  });
  if (layout.scrolls) drawRule(pen, 0, layout.width, top + layout.viewport, ink);
  return top + layout.viewport;
}

function drawQuery(pen: SvgPen, scene: Scene, layout: NeuronLayout, shown: Shown): void {
  const { state, pictures, theme, width, measure } = scene;
  const color = inkOf(theme).ink2;
  const { key } = layout;
  const { pill, strip, share } = queryLine(layout);
  const { query, queryVector, full } = shown.reading;
  const title = queryTitle(state.block.value);
  drawWords(pen, title, { x: key?.from ?? 0, y: QUERY_TITLE_MIDDLE, color });
  pen.group("pill", () => {
    pen.translate(0, pill.top + pill.height / 2);
    const locked = state.synced.selection.value.query === query;
    drawPill(pen, layout, labelOf(state, "query", query), locked, theme);
  });
  if (key) {
    const places = { order: shown.order, first: state.first.value };
    const q = (neuron: number) => queryVector[neuron] ?? 0;
    drawStrip(pen, layout, key, strip, places, q, full.vectors, pictures.look.value);
  }
  const room = { room: width, family: FAMILY, size: SIZE };
  const { text } = shareNow(state, shown, layout, room, measure);
  const said = cut(pen, text, width - share.left, `${SMALL}px ${FAMILY}`);
  drawWords(pen, said, { x: share.left, y: share.top + share.height / 2, color });
}
