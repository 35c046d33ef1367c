import { canvasIn, element, sizeCanvas } from "../../dom.ts";
import type { Pen } from "../../figures/pen.ts";
import { clear, colorOf, type Look } from "./draw.ts";
import type { SideName } from "./hit.ts";
import type { HeadLayout } from "./layout.ts";
import { type Bars, barLength, sightFrame, topAt } from "./minimap.ts";
import { type Scroller, wheelDistance } from "./scroll.ts";

/** The strip beside lists that scroll: bars on a canvas of its own; frame, lock and numbers are elements. */
export interface MinimapView {
  paint(layout: HeadLayout, bars: Bars, full: number, look: Look): void;
  place(layout: HeadLayout, now: MinimapPlace): void;
}

export interface MinimapPlace {
  /** Where the list stands. */
  top: number;
  /** Row of the locked token. */
  locked: number | null;
  /** Number of the first and of the last token. */
  first: number;
  last: number;
}

/** Bars end this far from the left edge. */
const MARGIN = 4;

export function minimapView(
  parent: HTMLElement,
  lists: string,
  now: () => { layout: HeadLayout; side: SideName; top: number } | null,
  scroller: Scroller,
  scope: AbortSignal,
): MinimapView {
  const root = element("div", "hw-minimap", parent);
  root.hidden = true;
  const first = element("span", "hw-minimap-first", root);
  const last = element("span", "hw-minimap-last", root);
  const bar = element("div", "hw-minimap-bar", root);
  bar.setAttribute("role", "scrollbar");
  bar.setAttribute("aria-label", "Minimap");
  bar.setAttribute("aria-orientation", "vertical");
  bar.setAttribute("aria-controls", lists);
  bar.setAttribute("aria-valuemin", "0");
  bar.tabIndex = -1;
  const canvas = canvasIn("hw-minimap-bars", bar);
  const frame = element("div", "hw-minimap-sight", bar);
  const lock = element("div", "hw-minimap-lock", bar);
  listenToDrag(bar, now, scroller, scope);

  return {
    paint(layout, bars, full, look) {
      const width = layout.minimap ? layout.minimap.to - layout.minimap.from : 0;
      const ratio = devicePixelRatio || 1;
      const ctx = sizeCanvas(canvas, width, layout.viewport, ratio);
      clear(ctx, width, layout.viewport, ratio);
      drawMinimap(ctx, layout, bars, full, look);
    },
    place(layout, { top, locked, ...ends }) {
      const { minimap, viewport, sheet, row } = layout;
      root.hidden = minimap === null;
      if (!minimap) return;
      const style = { left: `${minimap.from}px`, width: `${minimap.to - minimap.from}px` };
      Object.assign(root.style, style);
      bar.style.height = `${viewport}px`;
      const box = sightFrame(layout, top, viewport);
      Object.assign(frame.style, { top: `${box.top}px`, height: `${box.height}px` });
      lock.hidden = locked === null;
      lock.style.top = `${(((locked ?? 0) + 0.5) * row * viewport) / sheet}px`;
      first.textContent = String(ends.first);
      last.textContent = String(ends.last);
      bar.setAttribute("aria-valuemax", String(Math.round((sheet - viewport) / row)));
      bar.setAttribute("aria-valuenow", String(Math.round(top / row)));
      const seen = [Math.floor(top / row), Math.ceil((top + viewport) / row) - 1];
      const [from, to] = seen.map((item) => item + ends.first);
      bar.setAttribute("aria-valuetext", `rows ${from} to ${to} of ${Math.round(sheet / row)}`);
    },
  };
}

/** The bars, from the left end of the strip. */
export function drawMinimap(
  pen: Pen,
  { minimap, unit }: HeadLayout,
  { values, heads }: Bars,
  full: number,
  look: Look,
): void {
  const width = minimap ? minimap.to - minimap.from : 0;
  for (let y = 0, end = 1; y < values.length; y = end++) {
    while (values[end] === values[y] && heads[end] === heads[y]) end++;
    const length = barLength(values[y] ?? 0, full, width - MARGIN * unit);
    if (length === 0) continue;
    pen.fillStyle = colorOf(heads[y] ?? -1, look);
    pen.fillRect(width - length, y, length, end - y);
  }
}

/** A press goes there; inside the frame it takes hold of it. */
function listenToDrag(
  bar: HTMLElement,
  now: () => { layout: HeadLayout; side: SideName; top: number } | null,
  scroller: Scroller,
  signal: AbortSignal,
): void {
  let grip: number | null = null;
  const move = (event: PointerEvent) => {
    const at = now();
    if (!at || grip === null) return;
    const y = event.clientY - bar.getBoundingClientRect().top - grip;
    scroller.to(at.side, topAt(at.layout, y, at.layout.viewport));
  };
  const drop = () => {
    grip = null;
  };
  bar.addEventListener(
    "pointerdown",
    (event) => {
      const at = now();
      if (!at || event.button !== 0) return;
      const y = event.clientY - bar.getBoundingClientRect().top;
      const frame = sightFrame(at.layout, at.top, at.layout.viewport);
      const offset = y - (frame.top + frame.height / 2);
      grip = Math.abs(offset) <= frame.height / 2 ? offset : 0;
      bar.setPointerCapture(event.pointerId);
      event.preventDefault();
      move(event);
    },
    { signal },
  );
  bar.addEventListener("pointermove", move, { signal });
  for (const name of ["pointerup", "pointercancel"] as const)
    bar.addEventListener(name, drop, { signal });
  bar.addEventListener(
    "wheel",
    (event) => {
      const at = now();
      if (!at || event.ctrlKey) return;
      const distance = wheelDistance(event, at.layout);
      const room = distance < 0 ? at.top : at.layout.sheet - at.layout.viewport - at.top;
      if (room <= 0) return;
      event.preventDefault();
      scroller.by(at.side, distance);
    },
    { signal, passive: false },
  );
}
