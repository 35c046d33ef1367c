import type { ReadonlySignal } from "@preact/signals";
import type { Highlight } from "../../state/highlight.ts";
import type { Requests } from "../../store/loader.ts";
import { oncePerFrame } from "../shell/frames.ts";
import { endsOf, farSide, lockedRow, type MinimapData } from "./beyond.ts";
import { strongestItems, type WeightColumn } from "./cells.ts";
import { type EdgeWord, edgeSummary, edgeWords, showEdge } from "./edges.ts";
import type { SideName } from "./hit.ts";
import type { HeadLayout } from "./layout.ts";
import type { LegendView } from "./legend.ts";
import type { Line } from "./lines.ts";
import { listState, type TokenListView } from "./lists.ts";
import type { MinimapView } from "./minimap-view.ts";
import { lookNow, paintHeld, paintRest, styleFor } from "./paint.ts";
import { arrange, type Parts, showHeads } from "./parts.ts";
import type { Pictures, Shown } from "./pictures.ts";
import { heardPlace } from "./pointing.ts";
import type { HeadState } from "./state.ts";
import { legendText } from "./words.ts";

/** Drawing on animation frames: the base when the picture at rest changes, the overlay when what is held does. */

interface FrameInput {
  state: HeadState;
  pictures: Pictures;
  parts: Parts;
  lists: Record<SideName, TokenListView>;
  legend: LegendView;
  minimap: MinimapView;
  mass: ReadonlySignal<MinimapData | null>;
  loader: Requests;
  heard: ReadonlySignal<Highlight | null>;
  /** Width of the widest label in a CSS font. */
  measure: (labels: string[], font: string) => number;
}

export interface Frame {
  rest: () => void;
  held: () => void;
  mass: () => void;
}

export function frameOf(input: FrameInput, scope: AbortSignal): Frame {
  const ready = (draw: (layout: HeadLayout, shown: Shown) => void) => () => {
    const layout = input.state.layout.peek();
    const shown = input.pictures.shown.peek();
    if (layout && shown) draw(layout, shown);
  };
  return {
    rest: oncePerFrame(
      scope,
      ready((layout, shown) => drawRest(input, layout, shown)),
    ),
    held: oncePerFrame(
      scope,
      ready((layout, shown) => drawHeld(input, layout, shown)),
    ),
    mass: oncePerFrame(
      scope,
      ready((layout) => {
        const data = input.mass.peek();
        if (data) input.minimap.paint(layout, data.bars, data.full, lookNow(input.state));
      }),
    ),
  };
}

function surfaceOf({ parts }: FrameInput) {
  return { base: parts.base, overlay: parts.overlay, ratio: devicePixelRatio || 1 };
}

function drawRest(input: FrameInput, layout: HeadLayout, shown: Shown): void {
  const { state, pictures, parts, loader } = input;
  arrange(parts, layout, state);
  paintRest(state, layout, shown, surfaceOf(input));
  const waiting = loader.stalled ? "error" : "loading";
  const arrived = pictures.rest.peek()?.missing === 0 ? "ready" : waiting;
  parts.root.dataset.state = loader.failure ? "error" : arrived;
  parts.root.dataset.layer = String(shown.layer);
  parts.root.dataset.idle = String(loader.idle);
}

function drawHeld(input: FrameInput, layout: HeadLayout, shown: Shown): void {
  const { state, pictures, parts, legend, minimap } = input;
  const picture = pictures.held.peek();
  const surface = surfaceOf(input);
  const pointed = heardPlace(state, input.heard.peek());
  const sight = pictures.sight.peek();
  const marked = [pointed, state.local.found.peek()];
  const columns = paintHeld(state, layout, shown, picture, surface, sight, marked);
  const { lines, power } = picture ?? shown.rest;
  showHeads(parts, layout, state, columns);
  showTokens(input, layout, picture?.lines ?? [], columns);
  minimap.place(layout, {
    top: state.tops.peek()[farSide(state)],
    locked: lockedRow(state),
    ...endsOf(state),
  });
  showEdges(input, layout, lines, picture ? picture.strip.exact : shown.rest.exact);
  parts.root.classList.toggle("hw-holding", picture !== null);
  parts.root.dataset.drawn = String(lines.length);
  const style = styleFor(state, power, picture !== null);
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
  const strong = strongestItems(columns, state.play.peek()[other]);
  const none = new Set<number>();
  for (const side of ["query", "key"] as const) {
    const opposite = held !== null && held.side !== side;
    lists[side].update(layout, listState(state, side, reached, opposite ? strong : none));
  }
}

/** As in the style sheet. */
const EDGE_GAP = 8;

/** From where the words of an edge end, at the lines, to the head of the list across. */
function edgeRoom({ lines, queryBars, keyBars }: HeadLayout, side: SideName): number {
  if (!lines) return 0;
  return side === "key" ? lines.to - (queryBars ?? lines).from : (keyBars ?? lines).to - lines.from;
}

function showEdges(
  { state, pictures, parts, measure }: FrameInput,
  layout: HeadLayout,
  lines: Line[],
  exact: boolean,
): void {
  const held = state.held.peek();
  const side = farSide(state);
  const axis = state.axes.peek()[side];
  const sight = pictures.sight.peek()[side];
  const base = state.synced.index_base.peek();
  const { family, size } = state.local.font.peek();
  const room = edgeRoom(layout, side);
  const fits = (words: EdgeWord[]) => {
    const widths = words.map(
      ({ text }) => measure([text], `${0.846 * size}px ${family}`) + EDGE_GAP,
    );
    return widths.reduce((sum, width) => sum + width, -EDGE_GAP) <= room;
  };
  const edges = [
    ["top", parts.topEdge],
    ["bottom", parts.bottomEdge],
  ] as const;
  for (const [edge, node] of edges) {
    node.classList.toggle("hw-edge-left", side === "query");
    const summary = edgeSummary(layout.scrolls ? lines : [], side, axis, sight, edge, held);
    showEdge(node, edgeWords(summary, side, { base, exact }, fits));
  }
}
