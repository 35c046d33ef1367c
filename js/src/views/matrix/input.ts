import type { Parts } from "./parts.ts";
import { cellAt, panBy, type Sight, sightOf, zoomAt } from "./region.ts";
import { brushed, type Cell, type MatrixState } from "./state.ts";

/** Pointer of the matrix view: hover reads, a click locks, dragging pans or brushes, Ctrl + wheel or two fingers zoom. */

/** Px that a pointer may move and still click. */
const STILL = 4;

export interface Moves {
  /** Shows another part, at once. */
  look(sight: Sight): void;
  /** Tells Python which part is in sight, once the person rests. */
  settle(): void;
}

export function lockCell({ synced }: MatrixState, { query, key }: Cell): void {
  const selection = synced.selection.peek();
  const same = selection.query === query && selection.key === key;
  synced.set({ selection: { ...selection, query: same ? null : query, key: same ? null : key } });
}

/** Makes the rectangle that is being drawn the selection's. */
export function keepBrush(state: MatrixState): void {
  const found = brushed(state);
  state.brush.value = null;
  if (!found) return;
  const selection = state.synced.selection.peek();
  state.synced.set({
    selection: { ...selection, query_range: found.query, key_range: found.key },
  });
}

interface Point {
  x: number;
  y: number;
}

interface Drag {
  from: Point;
  /** Whether the pointer has left the place where it went down. */
  moved: boolean;
  start: Cell | null;
}

export function listenToPointer(
  state: MatrixState,
  parts: Parts,
  { look, settle }: Moves,
  signal: AbortSignal,
): void {
  const pointers = new Map<number, Point>();
  let drag: Drag | null = null;
  let pinch = 0;

  const pointOf = (event: MouseEvent): Point => {
    const box = parts.map.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const now = () => {
    const [layout, sight] = [state.layout.peek(), state.sight.peek()];
    return layout && sight ? { box: layout.box, sight } : null;
  };
  const cellUnder = ({ x, y }: Point, clamp = false): Cell | null => {
    const at = now();
    if (!at) return null;
    const { box, sight } = at;
    if (!clamp) return cellAt(box, sight, x, y);
    const inside = (value: number, end: number) => Math.min(Math.max(value, 0), end - 0.01);
    const width = Math.min(box.width, (box.keys - sight.left) * sight.cell);
    const height = Math.min(box.height, (box.queries - sight.top) * sight.cell);
    return cellAt(box, sight, inside(x, width), inside(y, height));
  };
  const zoom = (factor: number, { x, y }: Point) => {
    const at = now();
    if (at) look(zoomAt(at.box, at.sight, factor, x, y));
    settle();
  };
  const hover = (cell: Cell | null) => {
    const before = state.hover.peek();
    if (before?.query !== cell?.query || before?.key !== cell?.key) state.hover.value = cell;
  };
  const on = <K extends keyof HTMLElementEventMap>(
    name: K,
    run: (event: HTMLElementEventMap[K]) => void,
    passive = true,
  ) => parts.map.addEventListener(name, run, { signal, passive });

  const spread = () => {
    const [a, b] = [...pointers.values()];
    if (!a || !b) return null;
    const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    return { apart: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)), middle };
  };
  const moveDrag = (point: Point, before: Point) => {
    if (!drag) return;
    drag.moved ||= Math.hypot(point.x - drag.from.x, point.y - drag.from.y) >= STILL;
    if (!drag.moved) return;
    const at = now();
    if (state.synced.tool.peek() === "brush") {
      const to = cellUnder(point, true);
      if (drag.start && to) state.brush.value = { from: drag.start, to };
    } else if (at) {
      look(panBy(at.box, at.sight, point.x - before.x, point.y - before.y));
    }
  };

  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    const point = pointOf(event);
    pointers.set(event.pointerId, point);
    parts.map.setPointerCapture(event.pointerId);
    state.cursor.value = null;
    const two = spread();
    pinch = two?.apart ?? 0;
    state.brush.value = null;
    drag = two ? null : { from: point, moved: false, start: cellUnder(point) };
  });
  on("pointermove", (event) => {
    const point = pointOf(event);
    const before = pointers.get(event.pointerId);
    if (before) pointers.set(event.pointerId, point);
    const two = spread();
    if (two) {
      zoom(two.apart / pinch, two.middle);
      pinch = two.apart;
    } else if (before) moveDrag(point, before);
    hover(drag?.moved || two ? null : cellUnder(point));
  });
  const end = (event: PointerEvent, clicks: boolean) => {
    pointers.delete(event.pointerId);
    const done = drag;
    drag = null;
    if (!done) return;
    if (state.brush.peek()) keepBrush(state);
    else if (done.moved) settle();
    else if (clicks && done.start) lockCell(state, done.start);
  };
  on("pointerup", (event) => end(event, true));
  on("pointercancel", (event) => end(event, false));
  on("pointerleave", () => hover(null));
  on(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const px = event.deltaMode === 1 ? 16 * event.deltaY : event.deltaY;
      zoom(2 ** (-Math.max(-120, Math.min(120, px)) / 120), pointOf(event));
    },
    false,
  );

  const goTo = (event: PointerEvent) => {
    const [at, overview] = [now(), state.layout.peek()?.overview];
    if (!at || !overview || event.buttons === 0) return;
    const place = parts.overview.getBoundingClientRect();
    const { box, sight } = at;
    const query = ((event.clientY - place.top) / overview.height) * box.queries;
    const key = ((event.clientX - place.left) / overview.width) * box.keys;
    const half = { q: box.height / sight.cell / 2, k: box.width / sight.cell / 2 };
    look({ cell: sight.cell, top: query - half.q, left: key - half.k });
    settle();
  };
  for (const name of ["pointerdown", "pointermove"] as const)
    parts.overview.addEventListener(name, goTo, { signal });
}

/** Follows the region that Python or another view of this one sets. */
export function sightFor(state: MatrixState): Sight | null {
  const box = state.layout.value?.box;
  const [q0 = 0, q1 = 0, k0 = 0, k1 = 0] = state.synced.region.value;
  return box ? sightOf(box, [q0, q1, k0, k1]) : null;
}
