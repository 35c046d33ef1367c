import { sameHead } from "../../state/selection.ts";
import type { HeadPair } from "../../state/types.ts";
import { hitTest } from "../model/hit.ts";
import { headBelow, headBeside, type Place, placeOf } from "../model/order.ts";
import { cleared, isEmpty, selectAlone, toggle } from "../model/select.ts";
import { focusedIn, keyName, listenToKeys } from "../shell/keys.ts";
import { pointAt, pointBeside } from "./layout.ts";
import type { Parts } from "./parts.ts";
import type { HeadsState } from "./state.ts";

/** Pointer and keys of the heads view. Hover tells, a click selects, Shift adds, Esc clears. */

export function pick({ synced, block }: HeadsState, head: HeadPair, add: boolean): void {
  const step = add ? toggle : selectAlone;
  synced.set({ selection: step(synced.selection.peek(), block.peek().name, head) });
}

function headOf(target: EventTarget | null): HeadPair | null {
  const cell = target instanceof Element && target.closest<HTMLElement>(".hw-grid-cell, .hw-point");
  return cell ? [Number(cell.dataset.layer), Number(cell.dataset.head)] : null;
}

export function listenToPointer(state: HeadsState, parts: Parts, signal: AbortSignal): void {
  const hover = (node: HTMLElement, head: HeadPair | null) => {
    if (!sameHead(head, state.hover.peek())) state.hover.value = head;
    node.style.cursor = head ? "pointer" : "";
  };
  const inGrid = (event: MouseEvent): HeadPair | null => {
    const layout = state.layout.peek();
    if (!layout) return null;
    const box = parts.scroll.getBoundingClientRect();
    const at = [event.clientX - box.left, event.clientY - box.top] as const;
    const place = hitTest(layout, state.scroll.peek(), ...at);
    return (place && state.grid.peek().rows[place.row]?.cells[place.column]) ?? null;
  };
  const onMap = (event: MouseEvent): HeadPair | null => {
    const map = state.map.peek();
    if (!map) return null;
    const box = parts.map.getBoundingClientRect();
    const row = pointAt(map, event.clientX - box.left, event.clientY - box.top);
    return row === null ? null : (state.heads.peek()[row] ?? null);
  };
  for (const [node, headAt] of [
    [parts.scroll, inGrid],
    [parts.map, onMap],
  ] as const) {
    node.addEventListener("pointermove", (event) => hover(node, headAt(event)), { signal });
    node.addEventListener("pointerleave", () => hover(node, null), { signal });
    node.addEventListener(
      "click",
      (event) => {
        // A click that no pointer made, as of a screen reader, has a target but no place.
        const head = headAt(event) ?? headOf(event.target);
        if (head) pick(state, head, event.shiftKey || event.ctrlKey || event.metaKey);
      },
      { signal },
    );
  }
}

type Walk = (head: HeadPair) => HeadPair | null | undefined;

function walks(state: HeadsState): Record<string, Walk> {
  const grid = () => state.grid.peek();
  const inGrid = (step: (place: Place) => HeadPair | null | undefined) => (head: HeadPair) => {
    const place = placeOf(grid(), head);
    return place && step(place);
  };
  const either =
    (step: (place: Place) => HeadPair | null | undefined, [dx, dy]: [number, number]) =>
    (head: HeadPair) => {
      const map = state.map.peek();
      if (!map) return inGrid(step)(head);
      return state.heads.peek()[pointBeside(map, state.rowOf(head), dx, dy)];
    };
  const ends = ({ row }: Place) => (grid().rows[row]?.cells ?? []).filter((cell) => cell !== null);
  return {
    ArrowUp: either((place) => headBelow(grid(), place, -1), [0, -1]),
    ArrowDown: either((place) => headBelow(grid(), place, 1), [0, 1]),
    ArrowLeft: either((place) => headBeside(grid(), place, -1), [-1, 0]),
    ArrowRight: either((place) => headBeside(grid(), place, 1), [1, 0]),
    Home: inGrid((place) => ends(place)[0]),
    End: inGrid((place) => ends(place).at(-1)),
  };
}

export function listenToHeadKeys(
  state: HeadsState,
  { root }: Parts,
  focus: (head: HeadPair) => void,
  signal: AbortSignal,
): void {
  const steps = walks(state);
  const letGo = () => {
    const selection = state.synced.selection.peek();
    if (isEmpty(selection)) focusedIn(root)?.blur();
    else state.synced.set({ selection: cleared(selection) });
    return true;
  };
  listenToKeys(
    root,
    (event) => {
      const head = headOf(event.target);
      const step = head && steps[event.key];
      if (step)
        return () => {
          const to = step(head);
          state.hover.value = null;
          if (to) focus(to);
          return true;
        };
      if (head && event.key === "Enter") return () => void pick(state, head, event.shiftKey);
      if (head && event.key === " ") return () => void pick(state, head, true);
      return keyName(event) === "Escape" ? letGo : undefined;
    },
    signal,
  );
  root.addEventListener(
    "focusin",
    (event) => {
      const head = headOf(event.target);
      if (!head) return;
      state.cursor.value = head;
      state.ring.value = (event.target as Element).matches(":focus-visible");
    },
    { signal },
  );
  root.addEventListener(
    "focusout",
    () => {
      state.ring.value = false;
    },
    { signal },
  );
}
