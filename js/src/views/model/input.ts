import { sameHead } from "../../state/selection.ts";
import type { HeadPair } from "../../state/types.ts";
import { focusedIn, type KeyAction, keyName, listenToKeys } from "../shell/keys.ts";
import { hitTest } from "./hit.ts";
import { headBelow, headBeside, type Place, placeOf } from "./order.ts";
import { cleared, isEmpty, selectAlone, toggle } from "./select.ts";
import type { ModelState } from "./state.ts";

/** Pointer and keys of the model view. Hover tells, a click opens, Shift selects, Esc closes. */

interface InputParts {
  root: HTMLElement;
  scroll: HTMLElement;
  /** Puts the focus on the cell of a head and brings it into sight. */
  focus: (head: HeadPair) => void;
}

function headOf(target: EventTarget | null): HeadPair | null {
  const cell = target instanceof Element && target.closest<HTMLElement>(".hw-grid-cell");
  return cell ? [Number(cell.dataset.layer), Number(cell.dataset.head)] : null;
}

function inOpened(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(".hw-opened") !== null;
}

/** A plain click: the head alone, opened; again, and it closes. */
function show({ synced, block, opens, opened }: ModelState, head: HeadPair): void {
  const selection = selectAlone(synced.selection.peek(), block.peek().name, head);
  if (!opens) synced.set({ selection });
  else if (sameHead(opened.peek(), head)) synced.set({ opened: null });
  else synced.set({ selection, opened: head });
}

function choose({ synced, block }: ModelState, head: HeadPair): void {
  synced.set({ selection: toggle(synced.selection.peek(), block.peek().name, head) });
}

export function listenToPointer(
  state: ModelState,
  { scroll }: InputParts,
  signal: AbortSignal,
): void {
  const { local } = state;
  const headAt = (event: MouseEvent): HeadPair | null => {
    const layout = state.layout.peek();
    if (!layout || inOpened(event.target)) return null;
    const box = scroll.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const place = hitTest(layout, local.scroll.peek(), x, y);
    return (place && state.grid.peek().rows[place.row]?.cells[place.column]) ?? null;
  };
  const hover = (head: HeadPair | null) => {
    if (!sameHead(head, local.hover.peek())) local.hover.value = head;
    scroll.style.cursor = head ? "pointer" : "";
  };
  scroll.addEventListener("pointermove", (event) => hover(headAt(event)), { signal });
  scroll.addEventListener("pointerleave", () => hover(null), { signal });
  scroll.addEventListener(
    "click",
    (event) => {
      // A click that no pointer made, as of a screen reader, has a target but no place.
      const head = headOf(event.target) ?? headAt(event);
      if (!head || inOpened(event.target)) return;
      if (event.shiftKey || event.ctrlKey || event.metaKey) choose(state, head);
      else show(state, head);
    },
    { signal },
  );
}

export function listenToGridKeys(
  state: ModelState,
  parts: InputParts,
  part: boolean,
  signal: AbortSignal,
): void {
  const { local, synced } = state;
  const { root } = parts;

  const walk = (head: HeadPair, step: (place: Place) => HeadPair | null | undefined) => {
    const place = placeOf(state.grid.peek(), head);
    const to = place && step(place);
    if (!to) return;
    local.hover.value = null;
    parts.focus(to);
  };
  const ends = ({ row }: Place) =>
    (state.grid.peek().rows[row]?.cells ?? []).filter((cell) => cell !== null);
  const grid = () => state.grid.peek();
  const onCell: Record<string, (head: HeadPair) => void> = {
    ArrowUp: (head) => walk(head, (place) => headBelow(grid(), place, -1)),
    ArrowDown: (head) => walk(head, (place) => headBelow(grid(), place, 1)),
    ArrowLeft: (head) => walk(head, (place) => headBeside(grid(), place, -1)),
    ArrowRight: (head) => walk(head, (place) => headBeside(grid(), place, 1)),
    Home: (head) => walk(head, (place) => ends(place)[0]),
    End: (head) => walk(head, (place) => ends(place).at(-1)),
    Enter: (head) => show(state, head),
    " ": (head) => choose(state, head),
  };
  const letGo = () => {
    const selection = synced.selection.peek();
    const opened = state.opened.peek();
    if (opened) {
      const inside = inOpened(focusedIn(root));
      synced.set({ opened: null });
      if (inside) parts.focus(opened);
    } else if (part) return false;
    else if (!isEmpty(selection)) synced.set({ selection: cleared(selection) });
    else focusedIn(root)?.blur();
    return true;
  };
  const anywhere: Record<string, KeyAction> = {
    Escape: letGo,
    h: () => void synced.set({ hide_special: !synced.hide_special.peek() }),
  };
  const actionFor = (event: KeyboardEvent): KeyAction | undefined => {
    const head = inOpened(event.target) ? null : headOf(event.target);
    const act = onCell[event.key];
    if (head && act) return () => void act(head);
    return anywhere[keyName(event)];
  };
  listenToKeys(root, actionFor, signal);
  root.addEventListener(
    "focusin",
    (event) => {
      const head = inOpened(event.target) ? null : headOf(event.target);
      if (!head) return;
      local.cursor.value = head;
      local.ring.value = (event.target as Element).matches(":focus-visible");
    },
    { signal },
  );
  root.addEventListener(
    "focusout",
    () => {
      local.ring.value = false;
    },
    { signal },
  );
}
