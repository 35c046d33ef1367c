import { effect } from "@preact/signals";
import { endsOf, farSide, lockedRow, type MinimapData, minimapOf } from "../views/head/beyond.ts";
import { type HeadLayout, scrollLimit } from "../views/head/layout.ts";
import { sightFrame } from "../views/head/minimap.ts";
import { drawMinimap } from "../views/head/minimap-view.ts";
import { drawHeld, drawRest, lookNow } from "../views/head/paint.ts";
import { askForWeights, type Pictures, picturesOf, type Shown } from "../views/head/pictures.ts";
import { panelFor } from "../views/head/ranking.ts";
import { edgesNow, listsNow, titlesNow } from "../views/head/scene.ts";
import { type HeadState, headState, headSynced } from "../views/head/state.ts";
import { legendText } from "../views/head/words.ts";
import { arrivalsOf } from "../views/shell/arrivals.ts";
import { FAMILY, type Figure, type FigureStage, inkOf, lookOf, SMALL } from "./figure.ts";
import { drawFlow, drawRule } from "./flow.ts";
import { drawEdge, drawTitles, drawTokens } from "./head-lists.ts";
import { drawPanel } from "./head-panel.ts";
import { captionPieces, heldPieces, inWords, legendPieces } from "./head-words.ts";
import type { SvgPen } from "./svg.ts";

const MARGIN = 4;
const HEADS = 22;
const EDGE = 20;
const BETWEEN = 8;
/** High enough that no text scrolls. */
const ALL_ROWS = 1e9;

/** The picture of a head view as it stands: the same layout and drawing as on the page, with a caption in place of the controls. */
export function headFigure(stage: FigureStage): Figure {
  const { host, loader, scope, measure } = stage;
  if (stage.allRows) host.set({ height: ALL_ROWS });
  const state = headState(host.get("_trace"), headSynced(host, scope), lookOf(stage), measure);
  // Paper is read: its numbers are those that pointing brings on a page.
  state.local.pointed.value = true;
  const requests = loader.forView(scope);
  const arrivals = arrivalsOf(requests, host, scope);
  const pictures = picturesOf(state, requests, arrivals);
  showLocked(state);
  effect(() => {
    void arrivals.value;
    askForWeights(state, pictures, requests);
  });
  const mass = minimapOf(state, pictures);
  return {
    requests,
    words: () => inWords(state, pictures),
    draw(pen) {
      const [layout, shown] = [state.layout.value, pictures.shown.value];
      const lacks = (pictures.rest.value?.missing ?? 0) > 0;
      if (!layout || !shown || lacks || (state.held.value && !pictures.held.value))
        throw new Error("not all weights that it shows have come");
      return drawAll(pen, { ...stage, state, pictures, layout, shown, mass: mass.value });
    },
  };
}

/** Lists that scroll stand where the locked token is in sight, as on the page. */
function showLocked(state: HeadState): void {
  const [layout, held] = [state.layout.peek(), state.held.peek()];
  if (!layout?.scrolls || !held || held.item * layout.row < layout.viewport) return;
  const { query, key } = state.axes.peek();
  const limit = scrollLimit(layout, Math.max(query.labels.length, key.labels.length));
  const above = Math.round((layout.viewport / layout.row - 1) / 2);
  state.local.scrollTop.value = Math.min(limit, (held.item - above) * layout.row);
}

interface Scene extends FigureStage {
  state: HeadState;
  pictures: Pictures;
  layout: HeadLayout;
  shown: Shown;
  mass: MinimapData | null;
}

function drawAll(pen: SvgPen, scene: Scene): number {
  const { state, pictures, layout, shown } = scene;
  const picture = pictures.held.value;
  const flow = { x: MARGIN, width: scene.width - 2 * MARGIN };
  let y = 0;
  pen.group("caption", () => {
    y += drawFlow(pen, captionPieces(pen, state, flow.width), { ...flow, y });
  });
  y += BETWEEN;
  pen.save();
  pen.translate(0, y + HEADS);
  drawPicture(pen, scene);
  pen.restore();
  const beside = drawBeside(pen, scene, y);
  y += Math.max(HEADS + layout.viewport + (layout.scrolls ? EDGE : 0), beside) + BETWEEN;
  const text = legendText(state, pictures, layout);
  if (!layout.lines) Object.assign(text, { colour: "", bars: "" });
  const { power, mass } = picture ?? shown.rest;
  const missing = mass.missing;
  const how = { power, held: picture !== null, missing, lines: layout.lines !== null };
  for (const [name, pieces] of [
    ["legend", legendPieces(pen, state, text, how, flow.width)],
    ["held", heldPieces(pen, state, pictures, flow.width)],
  ] as const)
    pen.group(name, () => {
      y += drawFlow(pen, pieces, { ...flow, y });
    });
  return y;
}

/** The panel of a wide view; returns its height. */
function drawBeside(pen: SvgPen, { state, pictures, layout, theme }: Scene, y: number): number {
  const panel = panelFor(state, pictures.held.value);
  if (!panel || !layout.panel) return 0;
  const { from, to } = layout.panel;
  let height = 0;
  pen.group("panel", () => {
    pen.translate(from, y);
    height = drawPanel(pen, panel, { width: to - from, theme });
  });
  return height;
}

/** Lists, lines, bars and numbers, with y = 0 at the first row in sight. */
function drawPicture(pen: SvgPen, scene: Scene): void {
  const { state, pictures, layout, shown, measure } = scene;
  const picture = pictures.held.value;
  const sight = pictures.sight.value;
  const ink = inkOf(scene.theme);
  const { lines, exact } = picture
    ? { lines: picture.lines, exact: picture.strip.exact }
    : shown.rest;
  // As on the page: what is held stands out before the rest.
  pen.group("lines", () => drawRest(pen, state, layout, shown), picture ? 0.08 : 1);
  let columns: ReturnType<typeof drawHeld> = [];
  pen.group("held-lines", () => {
    columns = drawHeld(pen, state, layout, shown, picture, sight);
  });
  const lists = listsNow(state, picture ? lines : [], columns);
  for (const side of ["query", "key"] as const)
    pen.group(side, () => drawTokens(pen, state, layout, side, lists[side]));
  const edges = edgesNow(state, sight, layout, { lines, exact }, measure);
  pen.group("titles", () => {
    pen.translate(0, -12);
    drawTitles(pen, state, titlesNow(state, layout, columns));
    drawEdge(pen, layout, edges.top, edges.side, ink.ink1);
  });
  if (!layout.scrolls) return;
  for (const y of [-1, layout.viewport]) drawRule(pen, 0, layout.width, y, ink);
  pen.group("edge", () => {
    pen.translate(0, layout.viewport + 12);
    drawEdge(pen, layout, edges.bottom, edges.side, ink.ink1);
  });
  pen.group("minimap", () => drawMap(pen, scene));
}

/** Where the rows in sight are, and what lies outside of them. */
function drawMap(pen: SvgPen, { state, layout, mass, theme }: Scene): void {
  const { minimap, viewport, sheet, row } = layout;
  if (!minimap || !mass) return;
  const ink = inkOf(theme);
  const width = minimap.to - minimap.from;
  pen.translate(minimap.from, 0);
  pen.fillStyle = ink.panel;
  pen.fillRect(0, 0, width, viewport);
  drawMinimap(pen, layout, mass.bars, mass.full, lookNow(state));
  const frame = sightFrame(layout, state.tops.value[farSide(state)], viewport);
  pen.strokeStyle = ink.ink2;
  pen.lineWidth = 1.5;
  pen.strokeRect(0.75, frame.top + 0.75, width - 1.5, frame.height - 1.5);
  const locked = lockedRow(state);
  if (locked !== null) {
    const y = ((locked + 0.5) * row * viewport) / sheet;
    pen.beginPath();
    pen.moveTo(-7, y - 4);
    pen.lineTo(-1, y);
    pen.lineTo(-7, y + 4);
    pen.closePath();
    pen.fillStyle = ink.ink1;
    pen.fill();
  }
  const { first, last } = endsOf(state);
  Object.assign(pen, { font: `${SMALL}px ${FAMILY}`, fillStyle: ink.ink2 });
  Object.assign(pen, { textAlign: "center", textBaseline: "middle" });
  pen.fillText(String(first), width / 2, -9);
  pen.fillText(String(last), width / 2, viewport + 11);
}
