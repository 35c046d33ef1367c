import type { ReadonlySignal } from "@preact/signals";
import type { Highlight } from "../../state/highlight.ts";
import type { Requests } from "../../store/loader.ts";
import { oncePerFrame } from "../shell/frames.ts";
import { endsOf, farSide, lockedRow, type MinimapData } from "./beyond.ts";
import type { WeightColumn } from "./cells.ts";
import { showEdge } from "./edges.ts";
import type { SideName } from "./hit.ts";
import type { HeadLayout } from "./layout.ts";
import type { LegendView } from "./legend.ts";
import type { Line } from "./lines.ts";
import type { TokenListView } from "./lists.ts";
import type { MinimapView } from "./minimap-view.ts";
import { lookNow, paintHeld, paintRest, styleFor } from "./paint.ts";
import { arrange, type Parts, showHeads } from "./parts.ts";
import type { RestPicture } from "./picture.ts";
import type { Pictures, Shown } from "./pictures.ts";
import { heardPlace } from "./pointing.ts";
import { edgesNow, listsNow } from "./scene.ts";
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
  const base: Base = { drawn: null, from: [] };
  const ready = (draw: (layout: HeadLayout, shown: Shown) => void) => () => {
    const layout = input.state.layout.peek();
    const shown = input.pictures.shown.peek();
    if (layout && shown) draw(layout, shown);
  };
  return {
    rest: oncePerFrame(
      scope,
      ready((layout, shown) => drawRest(input, layout, shown, base)),
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

/** The lines on the base, and what else they were drawn from. */
interface Base {
  drawn: RestPicture | null;
  from: readonly unknown[];
}

function paintBase(input: FrameInput, layout: HeadLayout, shown: Shown, base: Base): void {
  const { state, pictures, loader } = input;
  const surface = surfaceOf(input);
  const { theme, font } = state.local;
  const [choice, tops] = [state.choice.peek(), state.tops.peek()];
  const from = [layout, choice, tops, theme.peek(), font.peek(), surface.ratio];
  const same = from.every((value, i) => value === base.from[i]);
  if (same && shown.rest === base.drawn) return;
  // Thousands of lines are not drawn twice for what is on its way.
  if (!base.drawn && !pictures.whole.peek() && loader.soon && !loader.failure) return;
  base.drawn = shown.rest;
  base.from = from;
  paintRest(state, layout, shown, surface);
}

function drawRest(input: FrameInput, layout: HeadLayout, shown: Shown, base: Base): void {
  const { state, pictures, parts, loader } = input;
  arrange(parts, layout, state);
  paintBase(input, layout, shown, base);
  if (!base.drawn) return;
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
  const now = listsNow(state, lines, columns);
  for (const side of ["query", "key"] as const) lists[side].update(layout, now[side]);
}

function showEdges(
  { state, pictures, parts, measure }: FrameInput,
  layout: HeadLayout,
  lines: Line[],
  exact: boolean,
): void {
  const edges = edgesNow(state, pictures.sight.peek(), layout, { lines, exact }, measure);
  const nodes = [
    [edges.top, parts.topEdge],
    [edges.bottom, parts.bottomEdge],
  ] as const;
  for (const [words, node] of nodes) {
    node.classList.toggle("hw-edge-left", edges.side === "query");
    showEdge(node, words);
  }
}
