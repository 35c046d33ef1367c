import { release } from "../../state/selection.ts";
import { type KeyAction, listenToKeys } from "../shell/keys.ts";
import { clickCell, moveCell } from "./cells.ts";
import { type Cell, cellAt } from "./layout.ts";
import type { MapState } from "./map-state.ts";
import type { CompareState } from "./state.ts";

/** Pointer and keys of the map: hover previews, a click locks query and key, Esc releases. */
export function listenToMap(
  state: CompareState,
  local: MapState,
  { map, canvas }: { map: HTMLElement; canvas: HTMLCanvasElement },
  signal: AbortSignal,
): void {
  const { synced } = state;
  const at = (event: MouseEvent): Cell | null => {
    const layout = local.layout.peek();
    const box = canvas.getBoundingClientRect();
    return layout && cellAt(layout, event.clientX - box.left, event.clientY - box.top);
  };
  const hover = (cell: Cell | null) => {
    const before = local.hover.peek();
    if (before?.row !== cell?.row || before?.column !== cell?.column) local.hover.value = cell;
  };
  const click = (cell: Cell | null) => {
    if (!cell || !local.shown.peek()) return;
    const matching = state.matching.peek();
    const selection = clickCell(synced.selection.peek(), cell, matching, local.factor.peek());
    synced.set({ selection });
  };
  canvas.addEventListener("pointermove", (event) => hover(at(event)), { signal });
  canvas.addEventListener("pointerleave", () => hover(null), { signal });
  canvas.addEventListener("click", (event) => click(at(event)), { signal });
  map.addEventListener(
    "blur",
    () => {
      local.cursor.value = null;
    },
    { signal },
  );

  const step = (row: number, column: number) => () => {
    local.hover.value = null;
    local.cursor.value = moveCell(local.cursor.peek(), { row, column }, local.size.peek());
    return true;
  };
  const keys: Record<string, KeyAction> = {
    ArrowUp: step(-1, 0),
    ArrowDown: step(1, 0),
    ArrowLeft: step(0, -1),
    ArrowRight: step(0, 1),
    Enter: () => void click(local.cursor.peek()),
    Escape: () => {
      const selection = synced.selection.peek();
      if (selection.query === null && selection.key === null) return false;
      synced.set({ selection: release(selection) });
    },
  };
  listenToKeys(map, (event) => keys[event.key], signal);
}
