import { sizeCanvas } from "../../dom.ts";
import { sameHead } from "../../state/selection.ts";
import type { HeadPair } from "../../state/types.ts";
import type { Requests } from "../../store/loader.ts";
import type { LayerThumbs } from "../../store/thumbs.ts";
import { INK } from "../../theme.ts";
import { oncePerFrame } from "../shell/frames.ts";
import type { CellsView } from "./cells.ts";
import { drawFrame, drawHover, drawRing, frameWidth, mostLines } from "./draw.ts";
import { type Box, cardTop, type GridLayout, isSmall } from "./layout.ts";
import { poolFactor } from "./local.ts";
import type { OpenedHead } from "./open.ts";
import { placeOf } from "./order.ts";
import { drawGrid, eachInSight, glyphOf } from "./paint.ts";
import { arrange, type Parts, showHeads } from "./parts.ts";
import type { Origin } from "./resample.ts";
import { orderValue } from "./scene.ts";
import { isSelected, layersOf, type ModelState } from "./state.ts";
import { layerThumbs } from "./thumbs.ts";
import { type Tiles, tilesOf } from "./tiles.ts";
import { arrivedHeads } from "./words.ts";

/** Drawing on animation frames: the thumbnails when they or their places change, the marks when the pointer moves. */

export interface FrameInput {
  state: ModelState;
  parts: Parts;
  cells: CellsView;
  requests: Requests;
  progress: HTMLElement;
  opened: () => OpenedHead | null;
}

export interface Frame {
  base: () => void;
  marks: () => void;
  /** Brings the cells into the document at once, for one of them to take the focus. */
  cells: () => void;
}

export function frameOf(input: FrameInput, scope: AbortSignal): Frame {
  const { state } = input;
  const tiles = tilesOf();
  const held = heldThumbs(input);
  const withLayout = (draw: (layout: GridLayout) => void) => () => {
    const layout = state.layout.peek();
    if (layout) draw(layout);
  };
  return {
    base: oncePerFrame(
      scope,
      withLayout((layout) => {
        arrange(input.parts, layout);
        input.opened()?.place(layout);
        paintBase(input, layout, tiles, held);
        showCells(input, layout);
        tellState(input);
      }),
    ),
    marks: oncePerFrame(
      scope,
      withLayout((layout) => {
        paintMarks(input, layout);
        showPointed(input, layout);
      }),
    ),
    cells: withLayout((layout) => showCells(input, layout)),
  };
}

interface Held {
  thumbs: LayerThumbs;
  origin: Origin;
}

/** Thumbnails of a layer as they are asked for; until they come, as they were before the settings changed. */
function heldThumbs({ state, requests }: FrameInput): (layer: number) => Held | null {
  const last = new Map<number, Held>();
  let block = "";
  return (layer) => {
    const { name } = state.block.peek();
    if (name !== block) last.clear();
    block = name;
    const thumbs = layerThumbs(state, requests, layer);
    if (!thumbs) return requests.stalled ? null : (last.get(layer) ?? null);
    const { query, key } = state.lists.peek();
    const pooled = poolFactor(query.labels.length, key.labels.length) > 1;
    const found = { thumbs, origin: { strongest: state.synced.strongest.peek(), pooled } };
    last.set(layer, found);
    return found;
  };
}

function contextOf(canvas: HTMLCanvasElement, layout: GridLayout): CanvasRenderingContext2D {
  const ratio = devicePixelRatio || 1;
  const width = Math.min(layout.viewport.width, layout.sheet.width);
  const { height } = layout.viewport;
  const ctx = sizeCanvas(canvas, width, height, ratio);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return ctx;
}

/** Draws beside the row labels only: thumbnails that scroll sideways leave under them. */
function clipped(ctx: CanvasRenderingContext2D, layout: GridLayout, draw: () => void): void {
  ctx.save();
  if (layout.scrolls.across) {
    const { width, height } = layout.viewport;
    ctx.beginPath();
    ctx.rect(layout.left - layout.half - 2, 0, width, height);
    ctx.clip();
  }
  draw();
  ctx.restore();
}

function paintBase(
  { state, parts, requests }: FrameInput,
  layout: GridLayout,
  tiles: Tiles,
  held: (layer: number) => Held | null,
): void {
  const { synced, shell, local } = state;
  const style = {
    glyph: glyphOf(state, layout),
    pooling: synced.pooling.peek(),
    theme: shell.theme.peek(),
    ...layout.tile,
    ratio: devicePixelRatio || 1,
  };
  const here = new Set<number>();
  let capped = false;
  for (const layer of layersOf(state.grid.peek(), state.sight.peek())) {
    const found = held(layer);
    if (!found) continue;
    if (tiles.prepare(layer, found.thumbs, { ...style, origin: found.origin })) capped = true;
    here.add(layer);
  }
  local.lineCap.value = capped ? mostLines(layout.tile) : null;
  const ctx = contextOf(parts.base, layout);
  const hand = {
    pen: ctx,
    shows: () => true,
    tile([layer, number]: HeadPair, box: Box) {
      if (here.has(layer)) tiles.draw(ctx, layer, number, box);
      return here.has(layer);
    },
    bare(box: Box, out: number, thickness: number) {
      ctx.globalCompositeOperation = "destination-out";
      drawFrame(ctx, box, out, thickness, "#000000");
      ctx.globalCompositeOperation = "source-over";
    },
  };
  clipped(ctx, layout, () => drawGrid(state, layout, requests, hand));
}

function paintMarks({ state, parts }: FrameInput, layout: GridLayout): void {
  const ink = INK[state.shell.theme.peek()];
  const { local } = state;
  const pointed = state.pointed.peek();
  const heard = state.heard.peek();
  const ring = local.ring.peek() ? local.cursor.peek() : null;
  const framed = state.synced.frame.peek() !== "none";
  const ctx = contextOf(parts.overlay, layout);
  const small = isSmall(layout);
  const reach = framed ? frameWidth(small) + (small ? 0 : 1) : 0;
  const marksOf = (head: HeadPair) => ({
    out: isSelected(state, head) ? layout.half - 1 : reach,
    ink,
  });
  const at = (wanted: HeadPair | null, draw: (head: HeadPair, box: Box) => void) => {
    if (wanted)
      eachInSight(state, layout, (head, box) => {
        if (sameHead(head, wanted)) draw(head, box);
      });
  };
  clipped(ctx, layout, () => {
    at(heard, (head, box) => drawHover(ctx, box, marksOf(head), true));
    at(pointed, (head, box) => drawHover(ctx, box, marksOf(head), false));
    at(ring, (_, box) => drawRing(ctx, box, { out: layout.half, ink }));
  });
}

function showCells({ state, cells, requests }: FrameInput, layout: GridLayout): void {
  const grid = state.grid.peek();
  const opened = state.opened.peek();
  const cursor = placeOf(grid, state.local.cursor.peek());
  const stop =
    (cursor && state.local.cursor.peek()) ??
    opened ??
    state.selected.peek().findLast((head) => placeOf(grid, head)) ??
    grid.rows[0]?.cells.find((cell) => cell !== null) ??
    null;
  const order = state.synced.order.peek();
  const base = state.synced.index_base.peek();
  cells.update(layout, {
    version: JSON.stringify([stop, opened, state.selected.peek(), base, order, state.known.peek()]),
    rows: grid.rows,
    sight: state.sight.peek(),
    kept: placeOf(grid, stop)?.row ?? null,
    stop,
    base,
    isSelected: (head) => isSelected(state, head),
    isOpened: (head) => sameHead(opened, head),
    valueOf: (head) => orderValue(state, layout, requests, head),
  });
  cells.root.setAttribute("aria-label", `heads of the ${state.block.peek().name}`);
}

/** Bold numbers beside and above the thumbnail that is pointed at, and the card beside its row. */
function showPointed({ state, parts, cells }: FrameInput, layout: GridLayout): void {
  const grid = state.grid.peek();
  const pointed = placeOf(grid, state.pointed.peek());
  const { top, left } = state.local.scroll.peek();
  const base = state.synced.index_base.peek();
  showHeads(parts, layout, grid, left, base, pointed?.column ?? null);
  for (const row of cells.root.children) {
    const index = Number(row.getAttribute("aria-rowindex")) - 1;
    row.firstElementChild?.classList.toggle("hw-strong", index === pointed?.row);
  }
  const told = placeOf(grid, state.told.peek());
  if (layout.facts !== "card") {
    parts.facts.style.top = "";
    return;
  }
  const height = parts.facts.offsetHeight;
  const at = told ? cardTop(layout, top, told.row, height) : 0;
  parts.facts.style.top = `${parts.heads.offsetHeight + at}px`;
}

/** What tests and other views read of the root, and the progress line. */
function tellState({ state, parts, requests, progress }: FrameInput): void {
  const { root } = parts;
  const sight = arrivedHeads(state, requests, true);
  const all = arrivedHeads(state, requests, false);
  const waiting = requests.stalled ? "error" : "loading";
  const arrived = sight.here === sight.of ? "ready" : waiting;
  root.dataset.state = requests.failure ? "error" : arrived;
  root.dataset.idle = String(requests.idle);
  root.dataset.order = state.grid.peek().heads === null ? state.synced.order.peek() : "layer";
  const some = all.here < all.of && !requests.stalled && !requests.failure;
  progress.classList.toggle("hw-some", some);
  const share = all.here / Math.max(1, all.of);
  progress.style.transform = some ? `translateX(${50 * (share - 1)}%) scaleX(${share})` : "";
  if (!some) {
    for (const name of ["role", "title", "aria-valuetext", "aria-valuenow", "aria-valuemax"])
      progress.removeAttribute(name);
    return;
  }
  const words = `${all.here} of ${all.of} heads`;
  const attributes = {
    role: "progressbar",
    title: words,
    "aria-valuetext": words,
    "aria-valuenow": String(all.here),
    "aria-valuemax": String(all.of),
  };
  for (const [name, value] of Object.entries(attributes)) progress.setAttribute(name, value);
}
