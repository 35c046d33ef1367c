import type { ReadonlySignal } from "@preact/signals";
import { sizeCanvas } from "../../dom.ts";
import type { Highlight } from "../../state/highlight.ts";
import type { Requests } from "../../store/loader.ts";
import { fullWeight, Matrix } from "../../store/matrix.ts";
import { INK } from "../../theme.ts";
import { oncePerFrame } from "../shell/frames.ts";
import type { Drawing, Look } from "./draw.ts";
import type { MatrixLayout } from "./layout.ts";
import { drawMarks, rectOf } from "./marks.ts";
import { arrange, beside, type Parts } from "./parts.ts";
import { missingPlaces } from "./pictured.ts";
import { drawPiece, type Palette, Pictures } from "./pieces.ts";
import { drawScene, isZoomed, paletteOf, smallMap } from "./scene.ts";
import { brushed, locked, type MatrixState } from "./state.ts";
import { brushInWords, cellInWords } from "./words.ts";

const MOST_OVERVIEW = 72;

/** Drawing on animation frames: the map from what is there, and the marks over it. */

export interface Frame {
  base: () => void;
  marks: () => void;
}

interface Input {
  state: MatrixState;
  parts: Parts;
  requests: Requests;
  arrivals: ReadonlySignal<number>;
  heard: ReadonlySignal<Highlight | null>;
}

export function frameOf(input: Input, scope: AbortSignal): Frame {
  const pictures = new Pictures();
  let palette: (Palette & { dark: boolean }) | null = null;
  const paletteFor = (full: number, dark: boolean, line: string) => {
    if (palette?.full !== full || palette.dark !== dark) {
      palette = { ...paletteOf(full, dark, line), dark };
    }
    return palette;
  };
  let last: { block: string; map: string; full: number } | null = null;
  /** The map asked for, or the one before it until something of it has come. */
  const shownMap = () => {
    const { state, requests } = input;
    const want = state.want.peek();
    const asked = { block: want.block, map: state.map.peek(), full: fullWeight(want) };
    const there = requests.store.of(Matrix).has(asked.block, asked.map);
    if (there || requests.stalled || !last || last.block !== asked.block) last = asked;
    return last;
  };
  const drawingNow = (look: Look): Drawing<HTMLCanvasElement> => {
    const { block, map, full } = shownMap();
    const store = input.requests.store.of(Matrix);
    return { store, block, map, pictures, palette: paletteFor(full, look.dark, look.ink.line2) };
  };
  let small: { of: string; palette: Palette; canvas: HTMLCanvasElement } | null = null;
  const overviewOf = (
    layout: MatrixLayout,
    drawing: Drawing<HTMLCanvasElement>,
  ): HTMLCanvasElement => {
    const { box } = layout;
    const of = [drawing.block, drawing.map, box.queries, box.keys, input.arrivals.peek()].join();
    if (small?.of !== of || small.palette !== drawing.palette) {
      const most = Math.floor(MOST_OVERVIEW * (devicePixelRatio || 1));
      const canvas = drawPiece(smallMap(drawing, box, most), drawing.palette);
      small = { of, palette: drawing.palette, canvas };
    }
    return small.canvas;
  };
  return {
    base: oncePerFrame(scope, () => drawBase(input, drawingNow, overviewOf)),
    marks: oncePerFrame(scope, () => drawOver(input)),
  };
}

function lookNow({ shell }: MatrixState): Look {
  const dark = shell.dark.peek();
  return {
    ink: INK[shell.theme.peek()],
    dark,
    family: shell.font.peek().family,
    small: 11 * shell.unit.peek(),
    ratio: devicePixelRatio || 1,
  };
}

function surface(canvas: HTMLCanvasElement, width: number, height: number, ratio: number) {
  const ctx = sizeCanvas(canvas, width, height, ratio);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return ctx;
}

function drawBase(
  input: Input,
  drawingNow: (look: Look) => Drawing<HTMLCanvasElement>,
  overviewOf: (layout: MatrixLayout, drawing: Drawing<HTMLCanvasElement>) => HTMLCanvasElement,
): void {
  const { state, parts, requests } = input;
  const [layout, sight] = [state.layout.peek(), state.sight.peek()];
  if (!layout || !sight) return;
  arrange(parts, layout);
  const look = lookNow(state);
  const ctx = surface(parts.base, layout.width, layout.height, look.ratio);
  const drawing = drawingNow(look);
  const pointed = state.hover.peek() ?? state.cursor.peek();
  const small = () => overviewOf(layout, drawing);
  drawScene(ctx, state, { layout, sight }, drawing, small, pointed, look);
  parts.overview.hidden = !isZoomed(layout, sight);
  const missing = missingPlaces(state, requests).length;
  const waiting = requests.stalled ? "error" : "loading";
  const arrived = missing === 0 ? "ready" : waiting;
  parts.root.dataset.state = requests.failure ? "error" : arrived;
  parts.root.dataset.idle = String(requests.idle);
}

function drawOver({ state, parts, requests, heard }: Input): void {
  const [layout, sight] = [state.layout.peek(), state.sight.peek()];
  if (!layout || !sight) return;
  const look = lookNow(state);
  const ctx = surface(parts.over, layout.width, layout.height, look.ratio);
  const cell = state.hover.peek() ?? state.cursor.peek();
  const told = cell && cellInWords(state, requests, layout.box, sight, cell);
  const brush = brushed(state);
  const marks = {
    hover: state.hover.peek() ? told : null,
    cursor: state.cursor.peek(),
    locked: locked(state),
    brush,
    heard: heardToken(state, heard.peek()),
  };
  drawMarks(ctx, layout, sight, marks, look);
  parts.brush.hidden = !brush;
  if (brush) {
    const text = brushInWords(brush.query, brush.key, state.synced.index_base.peek());
    if (parts.brush.textContent !== text) parts.brush.textContent = text;
    const { x, y, width, height } = rectOf(layout.map, sight, brush.query, brush.key);
    const { map } = layout;
    const seen =
      x < map.x + map.width && x + width > map.x && y < map.y + map.height && y + height > map.y;
    parts.brush.hidden = !seen;
    if (seen)
      beside(parts.brush, layout, {
        left: Math.max(map.x, x),
        right: Math.min(map.x + map.width, x + width) - 2,
        top: Math.max(map.y, y),
        shift: 0,
      });
  }
  parts.card.hidden = !told;
  if (!told) return;
  const [name, where] = [parts.card.children[0], parts.card.children[1]];
  if (name && where) {
    name.textContent = `${told.title} ${told.value}`;
    where.textContent = told.place;
  }
  const { x, y, width, height } = rectOf(layout.map, sight, told.query, told.key);
  beside(parts.card, layout, { left: x, right: x + width, top: y, shift: height + 4 });
}

/** A token of this block that another view points at, if it is the same token here. */
function heardToken(state: MatrixState, heard: Highlight | null) {
  const token = heard?.block === state.block.peek().name ? heard.token : undefined;
  return token && state.lists.peek()[token.side].labels[token.index] === token.label ? token : null;
}
