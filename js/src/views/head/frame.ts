import { maxOf } from "../../arrays.ts";
import type { Loader } from "../../store/loader.ts";
import type { WeightColumn } from "./cells.ts";
import { edgeSummary, showEdge } from "./edges.ts";
import type { SideName } from "./hit.ts";
import type { HeadLayout } from "./layout.ts";
import type { LegendView } from "./legend.ts";
import type { Line } from "./lines.ts";
import { listState, type TokenListView } from "./lists.ts";
import { paintHeld, paintRest, styleFor } from "./paint.ts";
import { arrange, type Parts, showHeads } from "./parts.ts";
import type { RestPicture } from "./picture.ts";
import type { Pictures } from "./pictures.ts";
import type { HeadState } from "./state.ts";
import { legendText } from "./words.ts";

/** Drawing on animation frames: the base when the picture at rest changes, the overlay when what is held does. */

interface FrameInput {
  state: HeadState;
  pictures: Pictures;
  parts: Parts;
  lists: Record<SideName, TokenListView>;
  legend: LegendView;
  loader: Loader;
}

export interface Frame {
  rest: () => void;
  held: () => void;
}

export function frameOf(input: FrameInput, scope: AbortSignal): Frame {
  const ready = (draw: (layout: HeadLayout, rest: RestPicture) => void) => () => {
    const layout = input.state.layout.peek();
    const rest = input.pictures.rest.peek();
    if (layout && rest) draw(layout, rest);
  };
  return {
    rest: oncePerFrame(
      scope,
      ready((layout, rest) => drawRest(input, layout, rest)),
    ),
    held: oncePerFrame(
      scope,
      ready((layout, rest) => drawHeld(input, layout, rest)),
    ),
  };
}

function oncePerFrame(scope: AbortSignal, run: () => void): () => void {
  let asked = 0;
  scope.addEventListener("abort", () => cancelAnimationFrame(asked), { once: true });
  return () => {
    if (asked !== 0 || scope.aborted) return;
    asked = requestAnimationFrame(() => {
      asked = 0;
      run();
    });
  };
}

function surfaceOf({ parts }: FrameInput) {
  return { base: parts.base, overlay: parts.overlay, ratio: devicePixelRatio || 1 };
}

function drawRest(input: FrameInput, layout: HeadLayout, rest: RestPicture): void {
  const { state, parts, loader } = input;
  arrange(parts, layout, state);
  paintRest(state, layout, rest, surfaceOf(input));
  const waiting = loader.stalled ? "error" : "loading";
  const arrived = rest.missing === 0 ? "ready" : waiting;
  parts.root.dataset.state = loader.failure ? "error" : arrived;
  parts.root.dataset.layer = String(state.synced.layer.peek());
}

function drawHeld(input: FrameInput, layout: HeadLayout, rest: RestPicture): void {
  const { state, pictures, parts, legend } = input;
  const picture = pictures.held.peek();
  const surface = surfaceOf(input);
  const columns = paintHeld(state, layout, rest, picture, surface, pictures.sight.peek());
  const lines = picture?.lines ?? rest.lines;
  showHeads(parts, layout, state, columns);
  showTokens(input, layout, picture?.lines ?? [], columns);
  showEdges(input, layout, lines);
  parts.root.classList.toggle("hw-holding", picture !== null);
  parts.root.dataset.drawn = String(lines.length);
  const style = styleFor(state, picture?.power ?? rest.power, picture !== null);
  const text = legendText(state, pictures, layout);
  legend.update(style, style.heads[0] ?? -1, layout.unit, surface.ratio, text);
}

function showTokens(
  { state, lists }: FrameInput,
  layout: HeadLayout,
  lines: Line[],
  columns: WeightColumn[],
): void {
  const held = state.held.peek();
  const other = held?.side === "query" ? "key" : "query";
  const reached = new Set(lines.map((line) => line[other]));
  const strong = new Set(
    columns.map(({ values }) => Array.from(values).indexOf(maxOf(Array.from(values)))),
  );
  const none = new Set<number>();
  for (const side of ["query", "key"] as const) {
    const opposite = held !== null && held.side !== side;
    lists[side].update(layout, listState(state, side, reached, opposite ? strong : none));
  }
}

function showEdges(
  { state, pictures, parts }: FrameInput,
  layout: HeadLayout,
  lines: Line[],
): void {
  const held = state.held.peek();
  const side = held?.side === "key" ? "query" : "key";
  const labels = state.axes.peek()[side].labels;
  const sight = pictures.sight.peek();
  const exact = pictures.held.peek()?.strip.exact ?? true;
  const edges = [
    ["top", parts.topEdge],
    ["bottom", parts.bottomEdge],
  ] as const;
  for (const [edge, node] of edges) {
    node.classList.toggle("hw-edge-left", side === "query");
    const summary = edgeSummary(layout.scrolls ? lines : [], side, labels, sight, edge, held);
    showEdge(node, summary, side, state.synced.index_base.peek(), exact);
  }
}
