import { neighbour } from "../../arrays.ts";
import { headsThere, layersThere } from "../../state/selection.ts";
import { focusedIn, type KeyAction, keyName, listenToKeys } from "../shell/keys.ts";
import { keepBrush, lockCell, type Moves } from "./input.ts";
import { poolFor } from "./levels.ts";
import type { Parts } from "./parts.ts";
import { cellLimits, regionOf, reveal, type Sight, whole, zoomAt } from "./region.ts";
import { type Cell, type MatrixState, showHead } from "./state.ts";

/** Keys of the matrix view (look §10). */

const STEPS: Record<string, [query: number, key: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};
const ZOOM = 2;

/** Zooms about the middle of the map, or about the cursor. */
export function zoomBy(state: MatrixState, { look, settle }: Moves, factor: number): void {
  const [layout, sight] = [state.layout.peek(), state.sight.peek()];
  if (!layout || !sight) return;
  const { box } = layout;
  const cell = state.cursor.peek();
  const x = cell ? (cell.key + 0.5 - sight.left) * sight.cell : box.width / 2;
  const y = cell ? (cell.query + 0.5 - sight.top) * sight.cell : box.height / 2;
  look(zoomAt(box, sight, factor, x, y));
  settle();
}

export function showWhole(state: MatrixState, { look, settle }: Moves): void {
  const box = state.layout.peek()?.box;
  if (!box) return;
  look(whole(box));
  settle();
}

/** Whether there is room to zoom in, and out. */
export function zoomRoom(state: MatrixState, sight: Sight): { closer: boolean; wider: boolean } {
  const box = state.layout.value?.box;
  const [least, most] = box ? cellLimits(box) : [0, 0];
  return { closer: sight.cell < most * 0.999, wider: sight.cell > least * 1.001 };
}

export function stepLayer(state: MatrixState, step: number): void {
  const [layer = 0, head = 0] = state.shown.peek()[0] ?? [];
  showHead(state, neighbour(layersThere(state.block.peek()), layer, step), head);
}

export function stepHead(state: MatrixState, step: number): void {
  const [layer = 0, head = 0] = state.shown.peek()[0] ?? [];
  showHead(state, layer, neighbour(headsThere(state.block.peek(), layer), head, step));
}

export function listenToMapKeys(
  state: MatrixState,
  parts: Parts,
  moves: Moves,
  part: boolean,
  signal: AbortSignal,
): void {
  const { synced, cursor, brush } = state;

  const start = (): Cell | null => {
    const { query, key } = synced.selection.peek();
    if (query !== null && key !== null) return { query, key };
    const [box, sight] = [state.layout.peek()?.box, state.sight.peek()];
    if (!box || !sight || box.queries === 0 || box.keys === 0) return null;
    const [q0, , k0] = regionOf(box, sight);
    return { query: q0, key: k0 };
  };
  const move = ([down, right]: [number, number]) => {
    const [box, sight, at] = [state.layout.peek()?.box, state.sight.peek(), cursor.peek()];
    if (!box || !sight) return;
    // Where dots stand for several tokens, a step is a dot.
    const pool = poolFor(sight.cell);
    const step = (value: number, by: number, count: number) =>
      Math.min(count - 1, Math.max(0, value + by * pool));
    const cell = at
      ? { query: step(at.query, down, box.queries), key: step(at.key, right, box.keys) }
      : start();
    if (!cell) return;
    state.hover.value = null;
    cursor.value = cell;
    const open = brush.peek();
    if (open) brush.value = { ...open, to: cell };
    const next = reveal(box, sight, cell.query, cell.key);
    if (next.top !== sight.top || next.left !== sight.left) {
      moves.look(next);
      moves.settle();
    }
  };
  const letGo = (): boolean => {
    const { query_range, key_range, ...rest } = synced.selection.peek();
    if (brush.peek()) brush.value = null;
    else if (query_range || key_range) synced.set({ selection: rest });
    else if (rest.query !== null || rest.key !== null)
      synced.set({ selection: { ...rest, query: null, key: null } });
    else if (cursor.peek()) cursor.value = null;
    else if (part) return false;
    else focusedIn(parts.root)?.blur();
    return true;
  };
  const onMap: Record<string, () => void> = {
    Enter: () => {
      const cell = cursor.peek();
      if (cell) lockCell(state, cell);
    },
    " ": () => {
      const cell = cursor.peek() ?? start();
      if (brush.peek()) keepBrush(state);
      else if (cell) {
        cursor.value = cell;
        brush.value = { from: cell, to: cell };
      }
    },
  };
  const anywhere: Record<string, KeyAction> = {
    Escape: letGo,
    "[": () => void stepLayer(state, -1),
    "]": () => void stepLayer(state, 1),
    ",": () => void stepHead(state, -1),
    ".": () => void stepHead(state, 1),
    h: () => void synced.set({ hide_special: !synced.hide_special.peek() }),
    "0": () => void showWhole(state, moves),
    "+": () => void zoomBy(state, moves, ZOOM),
    "=": () => void zoomBy(state, moves, ZOOM),
    "-": () => void zoomBy(state, moves, 1 / ZOOM),
  };
  listenToKeys(
    parts.root,
    (event) => {
      const step = STEPS[event.key];
      if (event.target === parts.map && step) return () => void move(step);
      const act = event.target === parts.map ? onMap[event.key] : undefined;
      return act ? () => void act() : anywhere[keyName(event)];
    },
    signal,
  );
  parts.map.addEventListener(
    "blur",
    () => {
      cursor.value = null;
      brush.value = null;
    },
    { signal },
  );
}
