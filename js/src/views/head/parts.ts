import { canvasIn, element } from "../../dom.ts";
import { inkOn } from "../../scale.ts";
import type { WeightColumn } from "./cells.ts";
import { colorOf } from "./draw.ts";
import type { HeadLayout } from "./layout.ts";
import { lookNow } from "./paint.ts";
import { titlesNow } from "./scene.ts";
import type { HeadState } from "./state.ts";

/** The parts of the document that a head view is made of. */
export interface Parts {
  root: HTMLElement;
  stage: HTMLElement;
  heads: HTMLElement;
  topEdge: HTMLElement;
  scroll: HTMLElement;
  canvases: HTMLElement;
  base: HTMLCanvasElement;
  overlay: HTMLCanvasElement;
  sheet: HTMLElement;
  bottomEdge: HTMLElement;
  panel: HTMLElement;
  saved: HTMLElement;
}

export function buildParts(root: HTMLElement, body: HTMLElement): Parts {
  const stage = element("div", "hw-stage", body);
  const heads = element("div", "hw-heads", stage);
  const topEdge = element("div", "hw-edge", heads);
  const scroll = element("div", "hw-scroll", stage);
  const canvases = element("div", "hw-canvases", scroll);
  const base = canvasIn("hw-lines", canvases);
  const overlay = canvasIn("hw-overlay", canvases);
  const sheet = element("div", "hw-sheet", scroll);
  const bottomEdge = element("div", "hw-edge hw-edge-bottom", stage);
  const panel = element("aside", "hw-panel", body);
  return {
    root,
    stage,
    heads,
    topEdge,
    scroll,
    canvases,
    base,
    overlay,
    sheet,
    bottomEdge,
    panel,
    saved: element("div", "hw-saved"),
  };
}

/** Sizes the boxes to the layout. */
export function arrange(parts: Parts, layout: HeadLayout, state: HeadState): void {
  parts.stage.style.width = `${layout.minimap?.to ?? layout.width}px`;
  parts.scroll.style.width = `${layout.width}px`;
  // Rules above and below.
  parts.scroll.style.height = `${layout.viewport + (layout.scrolls ? 2 : 0)}px`;
  parts.scroll.classList.toggle("hw-scrolls", layout.scrolls);
  parts.root.classList.toggle("hw-scrolling", layout.scrolls);
  parts.sheet.style.height = `${layout.sheet}px`;
  parts.root.classList.toggle("hw-tiny", state.local.width.peek() < 420 * layout.unit);
  parts.root.classList.toggle("hw-no-lines", layout.lines === null);
  parts.panel.style.width = layout.panel ? `${layout.panel.to - layout.panel.from}px` : "";
  parts.panel.style.maxHeight = layout.panel
    ? `${Math.max(480, layout.viewport + 24) * layout.unit}px`
    : "";
  const { from, to } = layout.lines ?? { from: 0, to: layout.width };
  for (const edge of [parts.topEdge, parts.bottomEdge]) {
    edge.style.left = `${from}px`;
    edge.style.width = `${to - from}px`;
  }
  parts.root.dataset.rows = String(
    Math.max(state.axes.peek().query.labels.length, state.axes.peek().key.labels.length),
  );
}

/** The words above the lists, and the chips above the columns of numbers. */
export function showHeads(
  parts: Parts,
  layout: HeadLayout,
  state: HeadState,
  columns: WeightColumn[],
): void {
  for (const node of [...parts.heads.children]) if (node !== parts.topEdge) node.remove();
  for (const { text, head, left, right, align } of titlesNow(state, layout, columns)) {
    const node = element("span", "hw-head-label", parts.heads);
    Object.assign(node.style, { left: `${left}px`, width: `${right - left}px`, textAlign: align });
    if (head === null) {
      node.textContent = text;
      continue;
    }
    const badge = element("span", "hw-badge", node);
    const color = colorOf(head, lookNow(state));
    badge.textContent = text;
    Object.assign(badge.style, { background: color, color: inkOn(color) });
  }
}
