import { effect, signal, untracked } from "@preact/signals";
import { partHost } from "../host/part.ts";
import { weightRamp } from "../ramps.ts";
import type { HeadPair } from "../state/types.ts";
import type { Requests } from "../store/loader.ts";
import { Thumbs } from "../store/thumbs.ts";
import { isDark } from "../theme.ts";
import { drawFrame, drawGlyph, mapPixels, mostLines } from "../views/model/draw.ts";
import {
  type Box,
  cardTop,
  type GridLayout,
  rowTop,
  scrollTo,
  tileLeft,
} from "../views/model/layout.ts";
import { poolFactor } from "../views/model/local.ts";
import { openedTraits } from "../views/model/opened.ts";
import { placeOf } from "../views/model/order.ts";
import { drawGrid, glyphOf } from "../views/model/paint.ts";
import { fitted, mapOf } from "../views/model/resample.ts";
import { legendOf } from "../views/model/scene.ts";
import { layersOf, type ModelState, modelState, modelSynced } from "../views/model/state.ts";
import { layerThumbs } from "../views/model/thumbs.ts";
import { gridJobs, wantsOf } from "../views/model/wants.ts";
import { notesFor, toldFacts } from "../views/model/words.ts";
import { arrivalsOf } from "../views/shell/arrivals.ts";
import { type Figure, type FigureStage, groundOf, inkOf } from "./figure.ts";
import { drawFlow } from "./flow.ts";
import { headFigure } from "./head.ts";
import {
  captionPieces,
  drawFacts,
  drawHeadNumbers,
  drawLabels,
  extent,
  factPieces,
  factsHeight,
  legendPieces,
  type Sight,
} from "./model-parts.ts";
import { drawWithin, failureOf, heightOf, MARGIN, notePieces, showingOf } from "./parts.ts";
import type { SvgPen } from "./svg.ts";

const HEADS = 18;
const BETWEEN = 8;
/** Around an opened head, and how far its notch reaches. */
const [INSET_X, INSET_Y, NOTCH] = [12, 8, 6];
/** High enough that no grid scrolls. */
const ALL_ROWS = 1e9;
/** Pixels of a thumbnail for a px, at most. */
const FINENESS = 3;

export interface ModelOptions {
  /** Within another figure nothing stands open, and its height is set when all has come. */
  part?: boolean;
}

/** The picture of a model view as it stands, with a caption in place of the controls. */
export function modelFigure(stage: FigureStage, { part = false }: ModelOptions = {}): Figure {
  const { host, loader, scope } = stage;
  if (stage.allRows) host.set({ height: ALL_ROWS });
  const requests = loader.forView(scope);
  const arrivals = arrivalsOf(requests, host, scope);
  const state = modelState(modelSynced(host, scope), {
    trace: host.get("_trace"),
    shell: showingOf(stage),
    requests,
    arrivals,
    heard: signal(null),
    opens: !part,
  });
  effect(() => {
    void arrivals.value;
    // Facts that nobody reads are not asked for.
    const wants = { ...wantsOf(state), layerWeights: Number.POSITIVE_INFINITY };
    const jobs = gridJobs(wants, requests.store.of(Thumbs));
    requests.need(jobs.filter(({ later }) => part || !later));
  });
  const opened = part ? null : openedFigure(stage, state);
  return {
    requests: failureOf(requests, ...(opened ? [opened.requests] : [])),
    words: () => inWords(state),
    draw: (pen) => drawAll(pen, { ...stage, state, requests, opened }),
  };
}

/** The head view under the row of the head that is open. */
function openedFigure(stage: FigureStage, state: ModelState): Figure | null {
  const head = state.opened.peek();
  if (!head) return null;
  const own = openedTraits(state, head);
  // The whole picture names the model.
  const trace = { ...(own._trace ?? state.trace), model: "" };
  const host = partHost(stage.host, { own: { ...own, _trace: trace } });
  const width = stage.width - 2 * INSET_X;
  return untracked(() => headFigure({ ...stage, host, width }));
}

interface Scene extends FigureStage {
  state: ModelState;
  requests: Requests;
  opened: Figure | null;
}

function drawAll(pen: SvgPen, scene: Scene): number {
  const { state, requests, opened, theme } = scene;
  const flow = { x: MARGIN, width: scene.width - 2 * MARGIN };
  if (opened) state.local.openHeight.value = heightOf(opened, scene) + 2 * INSET_Y;
  const layout = state.layout.value;
  if (!layout) throw new Error("it has no width");
  if (opened) showOpened(state, layout);
  const { sight, height } = sightOf(state, layout);
  let y = 0;
  pen.group("caption", () => {
    y += drawFlow(pen, captionPieces(pen, state, flow.width, sight), { ...flow, y });
  });
  y += BETWEEN;
  const notes = notesFor(state, requests);
  if (state.grid.value.rows.length === 0) {
    for (const note of notes)
      y += drawFlow(pen, notePieces(pen, note, { theme, width: flow.width }), { ...flow, y });
    return y;
  }
  if (state.grid.value.heads) {
    pen.group("heads", () => {
      pen.translate(0, y + HEADS / 2);
      drawHeadNumbers(pen, state, layout, sight);
    });
    y += HEADS;
  }
  pen.group("grid", () => {
    pen.translate(0, y);
    drawSheet(pen, scene, layout, sight);
  });
  const told = toldFacts(state, requests);
  const at = placeOf(state.grid.value, told?.head ?? null);
  if (told && at && layout.card) {
    const box = { left: layout.card.from, width: layout.card.to - layout.card.from };
    const high = factsHeight(told) + 16;
    const top = Math.max(0, cardTop(layout, state.local.scroll.value.top, at.row, high));
    pen.group("facts", () => {
      pen.translate(box.left, y + top);
      Object.assign(pen, { strokeStyle: inkOf(theme).line2, lineWidth: 1 });
      pen.beginPath();
      pen.roundRect(0.5, 0.5, box.width - 1, high - 1, 6);
      pen.stroke();
      pen.translate(12, 8);
      drawFacts(pen, told, theme, box.width - 24);
    });
  }
  y += height;
  const legend = legendOf(state, requests) ?? [];
  if (told && layout.facts !== "card")
    pen.group("facts", () => {
      const pieces = factPieces(pen, told, theme, flow.width);
      y += drawFlow(pen, pieces, { ...flow, y }) + BETWEEN;
    });
  pen.group("legend", () => {
    y += drawFlow(pen, legendPieces(pen, state, legend, flow.width), { ...flow, y });
  });
  return y;
}

/** A grid that scrolls stands where the opened head is in sight, as on the page. */
function showOpened({ local }: ModelState, layout: GridLayout): void {
  const { opened, scrolls, viewport, pad } = layout;
  if (!opened || !scrolls.down) return;
  const row = rowTop(layout, opened.row) - pad;
  const top = scrollTo(row, opened.top + opened.height, 0, viewport.height);
  local.scroll.value = { top, left: 0 };
}

/** Rows and columns that are in sight as a whole, and how high they are together. */
function sightOf(state: ModelState, layout: GridLayout): { sight: Sight; height: number } {
  const { top } = state.local.scroll.value;
  const { rows, pitch, gap, pad, viewport, opened, sheet } = layout;
  if (!layout.scrolls.down)
    return { sight: { rows: [0, rows], columns: columnsOf(layout) }, height: sheet.height };
  const [first, last] = state.sight.value;
  const bottom = (row: number) => rowTop(layout, row) + pitch.y - gap - top;
  let [from, to] = [first, last];
  while (from < to - 1 && rowTop(layout, from) - pad < top) from++;
  while (to > from + 1 && bottom(to - 1) > viewport.height) to--;
  const below = opened && opened.row >= from && opened.row < to;
  const reach = below ? opened.top + opened.height - top : 0;
  return {
    sight: { rows: [from, to], columns: columnsOf(layout) },
    height: Math.max(bottom(to - 1), reach) + pad,
  };
}

function columnsOf(layout: GridLayout): number {
  const { columns, tile, viewport, scrolls } = layout;
  if (!scrolls.across) return columns;
  let count = columns;
  while (count > 1 && tileLeft(layout, count - 1) + tile.width > viewport.width) count--;
  return count;
}

/** Thumbnails, labels and the opened head, with y = 0 at the upper edge of what is in sight. */
function drawSheet(pen: SvgPen, scene: Scene, layout: GridLayout, sight: Sight): void {
  const { state, requests, opened } = scene;
  pen.group("labels", () => drawLabels(pen, state, layout, requests, sight));
  pen.group("thumbs", () => drawThumbs(pen, scene, layout, sight));
  if (opened) drawOpened(pen, scene, layout, opened);
}

function drawThumbs(
  pen: SvgPen,
  { state, requests, theme }: Scene,
  layout: GridLayout,
  { rows, columns }: Sight,
): void {
  const glyph = glyphOf(state, layout);
  const ramp = weightRamp(isDark(theme));
  const { query, key } = state.lists.value;
  const pooled = poolFactor(query.labels.length, key.labels.length) > 1;
  const pooling = state.synced.pooling.value;
  const origin = { strongest: state.synced.strongest.value, pooled };
  const layers = new Map(
    layersOf(state.grid.value, rows).map((layer) => [layer, layerThumbs(state, requests, layer)]),
  );
  if ([...layers.values()].includes(null))
    throw new Error("not all thumbnails that it shows have come");
  const top = rowTop(layout, rows[0]) - state.local.scroll.value.top;
  const bottom = rowTop(layout, rows[1] - 1) + layout.pitch.y - state.local.scroll.value.top;
  const right = tileLeft(layout, columns - 1) + layout.tile.width;
  let capped = false;
  pen.imageSmoothingEnabled = false;
  drawGrid(state, layout, requests, {
    pen,
    shows: (box) => box.top >= top && box.top < bottom && box.left < right,
    tile([layer, head]: HeadPair, box: Box) {
      const thumbs = layers.get(layer);
      if (!thumbs) return false;
      const map = mapOf(thumbs, head);
      if (glyph === "lines") {
        if (drawGlyph(pen, map, origin, box, theme)) capped = true;
        return true;
      }
      const { width, height, left, top } = box;
      const cells = fitted(map, FINENESS * height, FINENESS * width, pooling);
      const data = mapPixels(cells, ramp);
      const picture = { width: cells.columns, height: cells.rows, data };
      pen.drawImage(picture, left, top, width, height);
      return true;
    },
    bare: (box, out, thickness) => drawFrame(pen, box, out, thickness, groundOf(theme)),
  });
  state.local.lineCap.value = capped ? mostLines(layout.tile) : null;
}

/** In the colour of panels, with a notch under the thumbnail. */
function drawOpened(
  pen: SvgPen,
  { state, width, theme }: Scene,
  layout: GridLayout,
  figure: Figure,
): void {
  const [box, place] = [layout.opened, state.openedPlace.value];
  if (!box || !place) return;
  const top = box.top - state.local.scroll.value.top;
  const notch = tileLeft(layout, place.column) + layout.tile.width / 2;
  pen.fillStyle = inkOf(theme).panel;
  pen.fillRect(0, top, width, box.height);
  pen.beginPath();
  pen.moveTo(notch - NOTCH, top);
  pen.lineTo(notch, top - NOTCH);
  pen.lineTo(notch + NOTCH, top);
  pen.closePath();
  pen.fill();
  drawWithin(pen, figure, "opened", INSET_X, top + INSET_Y);
}

/** All of it in one sentence, for who does not see the picture. */
function inWords(state: ModelState): string {
  const base = state.synced.index_base.value;
  const selected = state.selected.value.map(([layer, head]) => `${layer + base}.${head + base}`);
  return [
    `Attention of ${state.trace.model || "a model"}, one thumbnail a head: ${extent(state).join(", ")}`,
    selected.length > 0 ? `selected: ${selected.join(", ")}` : "",
  ]
    .filter(Boolean)
    .join(". ");
}
