import { sizeCanvas } from "../../dom.ts";
import { sameHead } from "../../state/selection.ts";
import type { HeadPair } from "../../state/types.ts";
import { INK } from "../../theme.ts";
import type { CellsView } from "../model/cells.ts";
import { drawFrame, drawHover, drawRing } from "../model/draw.ts";
import { placeOf } from "../model/order.ts";
import { arrange, showHeads } from "../model/parts.ts";
import { oncePerFrame } from "../shell/frames.ts";
import type { PointsView } from "./cells.ts";
import { drawHeat, drawMap, drawPointRing, eachCell } from "./draw.ts";
import type { HeatLayout, MapLayout } from "./layout.ts";
import type { Parts } from "./parts.ts";
import { type HeadsState, isSelected } from "./state.ts";
import { gridName } from "./words.ts";

/** Drawing on animation frames: colours when they or their places change, marks when the pointer moves. */

interface FrameInput {
  state: HeadsState;
  parts: Parts;
  cells: CellsView;
  points: PointsView;
}

export interface Frame {
  base: () => void;
  marks: () => void;
  /** Brings the cells into the document at once, for one of them to take the focus. */
  cells: () => void;
}

export function frameOf(input: FrameInput, scope: AbortSignal): Frame {
  const { state, parts } = input;
  const showCells = () => {
    const layout = state.layout.peek();
    if (!layout) return;
    if (state.map.peek()) showPoints(input, state.map.peek() as MapLayout);
    else showGrid(input, layout);
  };
  return {
    base: oncePerFrame(scope, () => {
      const layout = state.layout.peek();
      if (!layout) return;
      const map = state.map.peek();
      if (!map) arrange(parts, layout);
      place(input, layout, map);
      if (map) {
        const ctx = contextOf(parts.points, map.width, map.height);
        drawMap(state, map, { pen: ctx, family: state.shell.font.peek().family });
      } else {
        paintGrid(input, layout);
      }
      showCells();
      parts.root.dataset.state = state.values.peek() ? "ready" : "loading";
      parts.root.dataset.form = map ? "map" : "table";
    }),
    marks: oncePerFrame(scope, () => {
      const layout = state.layout.peek();
      if (!layout) return;
      const map = state.map.peek();
      if (map) markMap(input, map);
      else markGrid(input, layout);
    }),
    cells: showCells,
  };
}

function place({ state, parts }: FrameInput, layout: HeatLayout, shown: MapLayout | null): void {
  const { body, root, scroll, heads, map, facts, list } = parts;
  for (const node of [scroll, heads]) node.hidden = shown !== null;
  map.hidden = shown === null;
  facts.dataset.form = layout.facts;
  const beside = layout.facts === "card" ? "both" : "list";
  body.dataset.beside = layout.listed ? beside : "none";
  root.classList.toggle("hw-tiny", state.shell.width.peek() < 420 * layout.unit);
  const main = shown?.width ?? layout.main;
  body.style.setProperty("--hw-main", `${main}px`);
  const high = shown?.height ?? layout.viewport.height;
  list.style.setProperty("--hw-list-height", `${Math.max(high, 240 * layout.unit)}px`);
  if (shown) Object.assign(map.style, { width: `${shown.width}px`, height: `${shown.height}px` });
}

function contextOf(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D {
  const ratio = devicePixelRatio || 1;
  const ctx = sizeCanvas(canvas, width, height, ratio);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return ctx;
}

function gridContext(canvas: HTMLCanvasElement, layout: HeatLayout): CanvasRenderingContext2D {
  const { viewport, sheet } = layout;
  return contextOf(canvas, Math.min(viewport.width, sheet.width), viewport.height);
}

/** Draws beside the row labels only: cells that scroll sideways leave under them. */
function clipped(ctx: CanvasRenderingContext2D, layout: HeatLayout, draw: () => void): void {
  ctx.save();
  if (layout.scrolls.across) {
    ctx.beginPath();
    ctx.rect(layout.left - 4, 0, layout.viewport.width, layout.viewport.height);
    ctx.clip();
  }
  draw();
  ctx.restore();
}

function paintGrid({ state, parts }: FrameInput, layout: HeatLayout): void {
  const ctx = gridContext(parts.base, layout);
  clipped(ctx, layout, () =>
    drawHeat(state, layout, {
      pen: ctx,
      family: state.shell.font.peek().family,
      shows: () => true,
      bare(box, out, thickness) {
        ctx.globalCompositeOperation = "destination-out";
        drawFrame(ctx, box, out, thickness, "#000000");
        ctx.globalCompositeOperation = "source-over";
      },
    }),
  );
}

function markGrid({ state, parts, cells }: FrameInput, layout: HeatLayout): void {
  const ink = INK[state.shell.theme.peek()];
  const ctx = gridContext(parts.overlay, layout);
  const [heard, pointed] = [state.heard.peek(), state.pointed.peek()];
  const ring = state.ring.peek() ? state.cursor.peek() : null;
  const out = 1;
  clipped(ctx, layout, () =>
    eachCell(state, layout, (head, box) => {
      if (sameHead(head, heard)) drawHover(ctx, box, { out, ink }, true);
      if (sameHead(head, pointed)) drawHover(ctx, box, { out, ink }, false);
      if (sameHead(head, ring)) drawRing(ctx, box, { out, ink });
    }),
  );
  const grid = state.grid.peek();
  const at = placeOf(grid, pointed);
  const base = state.synced.index_base.peek();
  showHeads(parts, layout, grid, state.scroll.peek().left, base, at?.column ?? null);
  thinned(parts, layout);
  for (const row of cells.root.children) {
    const index = Number(row.getAttribute("aria-rowindex")) - 1;
    row.firstElementChild?.classList.toggle("hw-strong", index === at?.row);
  }
}

/** Head numbers that would touch are left out, but for the one that is pointed at. */
function thinned({ heads }: Parts, { pitch, unit, columns }: HeatLayout): void {
  const every = Math.ceil(((columns > 10 ? 16 : 10) * unit) / pitch.x);
  [...heads.children].forEach((node, i) => {
    if (i === 0) return;
    const strong = node.classList.contains("hw-strong");
    (node as HTMLElement).style.visibility = strong || (i - 1) % every === 0 ? "" : "hidden";
  });
}

function stopOf(state: HeadsState): HeadPair | null {
  const grid = state.grid.peek();
  const there = (head: HeadPair | null) => (placeOf(grid, head) ? head : null);
  return (
    there(state.cursor.peek()) ??
    state.selected.peek().findLast((head) => there(head)) ??
    grid.rows[0]?.cells.find((cell) => cell !== null) ??
    null
  );
}

function showGrid({ state, cells }: FrameInput, layout: HeatLayout): void {
  const grid = state.grid.peek();
  const stop = stopOf(state);
  const base = state.synced.index_base.peek();
  cells.update(layout, {
    version: JSON.stringify([stop, state.selected.peek(), base]),
    rows: grid.rows,
    sight: state.sight.peek(),
    kept: placeOf(grid, stop)?.row ?? null,
    stop,
    base,
    isSelected: (head) => isSelected(state, head),
    isOpened: () => false,
    valueOf: () => "",
  });
  cells.root.setAttribute("aria-label", gridName(state));
}

function showPoints({ state, points }: FrameInput, layout: MapLayout): void {
  const heads = state.heads.peek();
  const placed = (head: HeadPair | null) => head && layout.points[state.rowOf(head)] && head;
  const first = heads.find((_, row) => layout.points[row]);
  points.update(layout, {
    heads,
    base: state.synced.index_base.peek(),
    stop: placed(stopOf(state)) || (first ?? null),
    isSelected: (head) => isSelected(state, head),
    name: `map: ${gridName(state)}`,
  });
}

function markMap({ state, parts }: FrameInput, layout: MapLayout): void {
  const ink = INK[state.shell.theme.peek()];
  const ctx = contextOf(parts.rings, layout.width, layout.height);
  const ring = state.ring.peek() ? state.cursor.peek() : null;
  const at = (head: HeadPair | null, color: string, out: number, width: number) => {
    const point = head && layout.points[state.rowOf(head)];
    if (point) drawPointRing(ctx, point, layout.radius + out, color, width);
  };
  at(state.heard.peek(), ink.focus, 2.5, 1.5);
  at(state.pointed.peek(), ink.ink1, 2.5, 1.5);
  at(ring, ink.focus, 5, 2);
}
