import { neighbour } from "../../arrays.ts";
import { headsThere, layersThere } from "../../state/selection.ts";
import { focusedIn, type KeyAction, keyName, listenToKeys } from "../shell/keys.ts";
import { type Hit, hitQuery, hitRow } from "./hit.ts";
import { MARGIN, type Parts } from "./parts.ts";
import type { Pictures } from "./pictures.ts";
import { lockQuery, type NeuronState, releaseLock, showHead, toggleKey } from "./state.ts";

/** Pointer and keys of the columns. Hover previews, a click locks, Esc releases. */

interface Inputs {
  state: NeuronState;
  pictures: Pictures;
  parts: Parts;
  root: HTMLElement;
  /** Brings a key, or the place of a neuron, into sight. */
  reveal: (key: number | null, place: number | null) => void;
  /** Moves the focus to the form that is shown now: the other one's elements are gone. */
  focusForm: () => void;
}

export function listenToPointer({ state, pictures, parts }: Inputs, signal: AbortSignal): void {
  const hover = (hit: Hit | null) => {
    const order = pictures.shown.peek()?.order;
    const next = hit && {
      key: hit.key,
      neuron: hit.place === null ? null : (order?.[hit.place] ?? null),
    };
    const before = state.hover.peek();
    if (before?.key !== next?.key || before?.neuron !== next?.neuron) state.hover.value = next;
  };
  const keyAt = (event: MouseEvent): Hit | null => {
    const layout = pictures.layout.peek();
    if (!layout || !pictures.shown.peek()) return null;
    const box = parts.scroll.getBoundingClientRect();
    const count = state.axes.peek().key.labels.length;
    const [scrolled, first] = [state.scrollTop.peek(), state.first.peek()];
    return hitRow(
      layout,
      scrolled,
      first,
      count,
      event.clientX - box.left,
      event.clientY - box.top,
    );
  };
  parts.scroll.addEventListener("pointermove", (event) => hover(keyAt(event)), { signal });
  parts.scroll.addEventListener("pointerleave", () => hover(null), { signal });
  parts.scroll.addEventListener(
    "click",
    (event) => {
      const row = (event.target as Element).closest<HTMLElement>(".hw-neuron-row");
      if (row) toggleKey(state, Number(row.dataset.key));
    },
    { signal },
  );
  parts.queryStrip.addEventListener(
    "pointermove",
    (event) => {
      const layout = pictures.layout.peek();
      const left = parts.queryStrip.getBoundingClientRect().left + MARGIN;
      const x = event.clientX - left + (layout?.key?.from ?? 0);
      hover(layout && hitQuery(layout, state.first.peek(), x));
    },
    { signal },
  );
  parts.queryStrip.addEventListener("pointerleave", () => hover(null), { signal });
  parts.scroll.addEventListener(
    "wheel",
    (event) => {
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (parts.pan.hidden || sideways === 0) return;
      parts.pan.scrollLeft += sideways;
      event.preventDefault();
    },
    { signal, passive: false },
  );
}

/** `part`: within another view, which Escape goes to when there is nothing to release here. */
export function listenToNeuronKeys(inputs: Inputs, part: boolean, signal: AbortSignal): void {
  const { state, pictures, parts, root, reveal, focusForm } = inputs;
  const { synced, cursor } = state;
  const columns = () => synced.form.peek() === "columns" && pictures.shown.peek() !== null;

  const moveKey = (to: (key: number) => number) => {
    const { length } = state.axes.peek().key.labels;
    const at = cursor.peek()?.key ?? synced.selection.peek().key;
    const key = at === null ? 0 : Math.max(0, Math.min(length - 1, to(at)));
    state.hover.value = null;
    cursor.value = { key, neuron: cursor.peek()?.neuron ?? null };
    reveal(key, null);
  };
  const moveNeuron = (step: number) => {
    const shown = pictures.shown.peek();
    if (!shown) return;
    const { order, reference } = shown;
    const now = cursor.peek();
    const at = now?.neuron === null || !now ? -1 : order.indexOf(now.neuron);
    const place = at < 0 ? (step > 0 ? 0 : order.length - 1) : at + step;
    const within = Math.max(0, Math.min(order.length - 1, place));
    state.hover.value = null;
    cursor.value = { key: now?.key ?? reference, neuron: order[within] ?? 0 };
    reveal(null, within);
  };
  const stepQuery = (step: number) => {
    const { length } = state.axes.peek().query.labels;
    const to = state.query.peek() + step;
    if (to >= 0 && to < length) lockQuery(state, to);
  };
  const stepLayer = (step: number) => {
    const from = state.layer.peek();
    const to = neighbour(layersThere(state.block.peek()), from, step);
    if (to !== from) showHead(state, to, state.head.peek());
  };
  const stepHead = (step: number) => {
    const [layer, from] = [state.layer.peek(), state.head.peek()];
    const to = neighbour(headsThere(state.block.peek(), layer), from, step);
    if (to !== from) showHead(state, layer, to);
  };
  const letGo = () => {
    if (releaseLock(state)) return true;
    if (cursor.peek()) cursor.value = null;
    else if (part) return false;
    else focusedIn(root)?.blur();
    return true;
  };

  const inRows: Record<string, () => void> = {
    ArrowUp: () => moveKey((key) => key - 1),
    ArrowDown: () => moveKey((key) => key + 1),
    PageUp: () => moveKey((key) => key - 10),
    PageDown: () => moveKey((key) => key + 10),
    Home: () => moveKey(() => 0),
    End: () => moveKey(() => Number.MAX_SAFE_INTEGER),
    ArrowLeft: () => moveNeuron(-1),
    ArrowRight: () => moveNeuron(1),
    Enter: () => {
      const key = cursor.peek()?.key ?? null;
      if (key !== null) toggleKey(state, key);
    },
  };
  const anywhere: Record<string, KeyAction> = {
    Escape: letGo,
    "[": () => void stepLayer(-1),
    "]": () => void stepLayer(1),
    ",": () => void stepHead(-1),
    ".": () => void stepHead(1),
    e: () => {
      const inside = focusedIn(root)?.closest(".hw-body") !== null;
      synced.set({ form: synced.form.peek() === "lines" ? "columns" : "lines" });
      if (inside) focusForm();
      return true;
    },
    h: () => void synced.set({ hide_special: !synced.hide_special.peek() }),
  };
  const actionFor = (event: KeyboardEvent): KeyAction | undefined => {
    const vertical = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.shiftKey && vertical !== undefined) return () => void stepQuery(vertical);
    const walk = event.target === parts.table && columns() ? inRows[event.key] : undefined;
    if (walk) return () => void walk();
    return anywhere[keyName(event)];
  };
  listenToKeys(root, actionFor, signal);
  parts.table.addEventListener(
    "focus",
    () => {
      const shown = pictures.shown.peek();
      if (!shown || !parts.table.matches(":focus-visible") || cursor.peek()) return;
      cursor.value = { key: shown.reference, neuron: null };
      reveal(shown.reference, null);
    },
    { signal },
  );
  parts.table.addEventListener(
    "blur",
    () => {
      cursor.value = null;
    },
    { signal },
  );
}
