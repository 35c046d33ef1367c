import { neighbour } from "../../arrays.ts";
import {
  clickToken,
  headsOf,
  layersThere,
  moveLayer,
  release,
  toggleHead,
  withHeads,
} from "../../state/selection.ts";
import { focusedIn, type KeyAction, keyName, listenToKeys } from "../shell/keys.ts";
import { type Hit, hitTest, type SideName } from "./hit.ts";
import type { Scroller } from "./scroll.ts";
import { type HeadState, type Place, tokensOf } from "./state.ts";

/** Pointer and keys of the head view. Hover previews, a click locks, Esc releases. */

interface Parts {
  root: HTMLElement;
  scroll: HTMLElement;
  lists: Record<SideName, HTMLElement>;
  scroller: Scroller;
  /** A toolbar around the view, where its keys work too. */
  toolbar: HTMLElement | undefined;
  /** Takes the focus to the search; false where there is none. */
  find: () => boolean;
}

function samePlace(a: Place | null, b: Place | null): boolean {
  return a?.side === b?.side && a?.item === b?.item;
}

export function listenToPointer(state: HeadState, parts: Parts, signal: AbortSignal): void {
  const { local, synced } = state;
  const hitAt = (event: PointerEvent | MouseEvent): Hit | null => {
    const layout = state.layout.peek();
    if (!layout) return null;
    const box = parts.scroll.getBoundingClientRect();
    const { query, key } = state.axes.peek();
    const counts = { query: query.labels.length, key: key.labels.length };
    const hit = hitTest(
      layout,
      state.tops.peek(),
      counts,
      state.headCount.peek(),
      event.clientX - box.left,
      event.clientY - box.top - parts.scroll.clientTop,
    );
    const absent = hit?.kind === "bar" && !state.headsThere.peek().includes(hit.head);
    return absent ? null : hit;
  };
  const hover = (hit: Hit | null) => {
    const place = hit ? { side: hit.side, item: hit.item } : null;
    if (!samePlace(place, local.hover.peek())) local.hover.value = place;
    const head = hit?.kind === "bar" ? hit.head : null;
    if (head !== local.previewHead.peek()) local.previewHead.value = head;
    const clickable = hit && (hit.kind === "bar" || tokensOf(state, hit).length > 0);
    parts.scroll.style.cursor = clickable ? "pointer" : "";
  };
  const pointed = () => {
    local.pointed.value = true;
  };
  for (const name of ["pointermove", "focusin"])
    parts.scroll.addEventListener(name, pointed, { signal, once: true });
  parts.scroll.addEventListener("pointermove", (event) => hover(hitAt(event)), { signal });
  parts.scroll.addEventListener("pointerleave", () => hover(null), { signal });
  parts.scroll.addEventListener(
    "click",
    (event) => {
      const hit = hitAt(event);
      if (!hit) return;
      const selection = synced.selection.peek();
      if (hit.kind === "bar")
        synced.set({ selection: toggleHead(selection, state.layer.peek(), hit.head) });
      else if (tokensOf(state, hit).length > 0)
        synced.set({ selection: clickToken(selection, hit.side, tokensOf(state, hit)) });
    },
    { signal },
  );
}

/** To where the focus was in the view, else to the queries; a list has its cursor at what was found. */
export function returnFocus(
  { local, axes }: HeadState,
  { root, lists }: Pick<Parts, "root" | "lists">,
  to: EventTarget | null,
): void {
  const back = to instanceof HTMLElement && root.contains(to) ? to : lists.query;
  const side = (["query", "key"] as const).find((one) => lists[one] === back);
  const found = local.found.peek();
  // Before the focus, with which a list else begins at its first row.
  if (side && found) {
    const last = axes.peek()[side].labels.length - 1;
    local.cursor.value = { side, item: Math.min(last, found.item) };
  }
  back.focus({ preventScroll: true });
}

/** `part`: within another view, which Escape goes to when there is nothing to release here. */
export function listenToHeadKeys(
  state: HeadState,
  parts: Parts,
  part: boolean,
  signal: AbortSignal,
): void {
  const { local, synced } = state;

  const moveCursor = (side: SideName, step: number) => {
    const count = state.axes.peek()[side].labels.length;
    const at = local.cursor.peek()?.item ?? state.held.peek()?.item ?? -Math.sign(step);
    const item = Math.min(count - 1, Math.max(0, at + step));
    local.hover.value = null;
    local.cursor.value = { side, item };
    parts.scroller.reveal(side, item);
  };
  const turnPage = (step: number) => {
    const layout = state.layout.peek();
    if (!layout?.scrolls) return false;
    const rows = step * Math.round(layout.viewport / layout.row - 1);
    const cursor = local.cursor.peek();
    parts.scroller.by(cursor?.side ?? "key", rows * layout.row);
    if (cursor) moveCursor(cursor.side, rows);
    return true;
  };
  const switchSide = (side: SideName) => {
    const count = state.axes.peek()[side].labels.length;
    const item = Math.min(count - 1, local.cursor.peek()?.item ?? 0);
    // Before the focus, which else begins at the first row.
    local.cursor.value = { side, item };
    parts.lists[side].focus({ preventScroll: true });
    parts.scroller.reveal(side, item);
  };
  const stepLayer = (step: number) => {
    const from = state.layer.peek();
    const block = state.block.peek();
    const to = neighbour(layersThere(block), from, step);
    if (to !== from)
      synced.set({ layer: to, selection: moveLayer(synced.selection.peek(), from, to, block) });
  };
  const stepHead = (step: number) => {
    const layer = state.layer.peek();
    const there = state.headsThere.peek();
    const on = headsOf(synced.selection.peek(), layer);
    const at = on.length === 1 ? there.indexOf(on[0] ?? 0) + step : step > 0 ? 0 : -1;
    const head = there.at(at % there.length);
    if (head !== undefined)
      synced.set({ selection: withHeads(synced.selection.peek(), layer, [head]) });
  };
  const letGo = () => {
    const selection = synced.selection.peek();
    const held = state.held.peek();
    if (held?.locked && local.lead.peek() !== 0) parts.scroller.gather(held.side);
    else if (selection.query !== null || selection.key !== null)
      synced.set({ selection: release(selection) });
    else if (local.cursor.peek()) local.cursor.value = null;
    else if (part) return false;
    else focusedIn(parts.root)?.blur();
    return true;
  };
  const sideOf = (target: EventTarget | null): SideName | null => {
    if (target === parts.lists.query) return "query";
    return target === parts.lists.key ? "key" : null;
  };

  const inList: Record<string, (side: SideName) => void> = {
    ArrowUp: (side) => moveCursor(side, -1),
    ArrowDown: (side) => moveCursor(side, 1),
    Home: (side) => moveCursor(side, -Number.MAX_SAFE_INTEGER),
    End: (side) => moveCursor(side, Number.MAX_SAFE_INTEGER),
    ArrowLeft: () => switchSide("query"),
    ArrowRight: () => switchSide("key"),
    Enter: () => {
      const place = local.cursor.peek();
      if (place && tokensOf(state, place).length > 0)
        synced.set({
          selection: clickToken(synced.selection.peek(), place.side, tokensOf(state, place)),
        });
    },
  };
  const anywhere: Record<string, KeyAction> = {
    Escape: letGo,
    "[": () => void stepLayer(-1),
    "]": () => void stepLayer(1),
    ",": () => void stepHead(-1),
    ".": () => void stepHead(1),
    a: () =>
      void synced.set({
        selection: withHeads(synced.selection.peek(), state.layer.peek(), state.headsThere.peek()),
      }),
    f: parts.find,
    PageUp: () => turnPage(-1),
    PageDown: () => turnPage(1),
    h: () => void synced.set({ hide_special: !synced.hide_special.peek() }),
  };

  const actionFor = (event: KeyboardEvent): KeyAction | undefined => {
    const side = sideOf(event.target);
    const list = side ? inList[event.key] : undefined;
    if (side && list) return () => void list(side);
    return anywhere[keyName(event)];
  };
  for (const at of [parts.root, parts.toolbar]) if (at) listenToKeys(at, actionFor, signal);
  for (const side of ["query", "key"] as const) {
    parts.lists[side].addEventListener(
      "blur",
      () => {
        if (local.cursor.peek()?.side === side) local.cursor.value = null;
      },
      { signal },
    );
    parts.lists[side].addEventListener(
      "focus",
      () => {
        if (!parts.lists[side].matches(":focus-visible") || local.cursor.peek()) return;
        const held = state.held.peek();
        const item = held?.side === side ? held.item : 0;
        local.cursor.value = { side, item };
        parts.scroller.reveal(side, item);
      },
      { signal },
    );
  }
}
