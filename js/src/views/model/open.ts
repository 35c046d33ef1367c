import { effect, signal, untracked } from "@preact/signals";
import { element } from "../../dom.ts";
import { type PartHost, partHost } from "../../host/part.ts";
import type { Highlights } from "../../state/highlight.ts";
import { sameHead } from "../../state/selection.ts";
import type { HeadPair } from "../../state/types.ts";
import { headPart } from "../head/part.ts";
import { keyName } from "../shell/keys.ts";
import type { Stage } from "../stage.ts";
import { nameOf } from "./cells.ts";
import { BAR, type GridLayout, tileLeft } from "./layout.ts";
import { openedTraits, selectionOf, stepFrom } from "./opened.ts";
import { cellsOf } from "./order.ts";
import type { ModelState } from "./state.ts";

/** The opened head: a head view of its own under its row. */

export interface OpenedHead {
  place(layout: GridLayout): void;
}

export function openHead(
  stage: Stage,
  state: ModelState,
  highlights: Highlights,
  parent: HTMLElement,
  scope: AbortSignal,
  close: () => void,
): OpenedHead {
  const { synced, local } = state;
  const opened = signal<HeadPair>(state.opened.peek() ?? [0, 0]);
  const holder = element("div", "hw-opened-row", parent);
  const root = element("div", "hw-opened", holder);
  const inner = element("div", "hw-opened-inner", root);
  const bar = element("div", "hw-opened-bar", inner);
  const title = element("b", "", bar);
  element("span", "hw-label", bar).textContent = "opened in place";
  const button = element("button", "hw-opened-close", bar);
  button.type = "button";
  button.append("Esc closes ", element("span", "", button));
  button.setAttribute("aria-label", "Esc closes the opened head");
  const cross = button.lastElementChild;
  cross?.setAttribute("aria-hidden", "true");
  if (cross) cross.textContent = "×";
  button.addEventListener("click", close, { signal: scope });
  const el = element("div", "", inner);

  const part: PartHost = partHost(stage.host, {
    own: openedTraits(state, opened.peek()),
    translate(values) {
      const { layer, selection, aggregate, merge_words, height, ...rest } = values;
      const from = opened.peek();
      const to = stepFrom(from, { layer, selection }, cellsOf(state.layers.peek()));
      const outer = synced.selection.peek();
      const locked = selection ?? outer;
      const next = { ...outer, query: locked.query, key: locked.key };
      // What was set is not always what is meant: the part has one head on, whatever was pressed.
      part.put({ layer: to[0], selection: selectionOf(next, to) });
      return {
        ...rest,
        ...(locked.query === outer.query && locked.key === outer.key ? {} : { selection: next }),
        ...(sameHead(from, to) ? {} : { opened: to }),
      };
    },
  });
  // What the nested view reads while it is made is no business of the effect that opens it.
  untracked(() => headPart({ ...stage, host: part, el, part: true, highlights, scope }));

  // The head view's key for all heads would switch on what is not open.
  el.addEventListener(
    "keydown",
    (event) => {
      if (keyName(event) !== "a" || (event.target as Element).matches("input, select")) return;
      event.stopPropagation();
      event.preventDefault();
    },
    { capture: true, signal: scope },
  );

  const measure = new ResizeObserver(() => {
    const { height } = inner.getBoundingClientRect();
    if (height !== local.openFull.peek()) local.openFull.value = height;
  });
  measure.observe(inner);
  const follow = effect(() => {
    const head = state.opened.value;
    const selection = synced.selection.value;
    if (!head) return;
    opened.value = head;
    part.put({ layer: head[0], selection: selectionOf(selection, head) });
    title.textContent = nameOf(head, synced.index_base.value);
    root.dataset.layer = String(head[0]);
    root.dataset.head = String(head[1]);
  });
  scope.addEventListener(
    "abort",
    () => {
      follow();
      measure.disconnect();
      highlights.say(null);
      holder.remove();
      local.openFull.value = 0;
    },
    { once: true },
  );
  return {
    place(layout) {
      const box = layout.opened;
      const place = state.openedPlace.peek();
      if (!box || !place) return;
      const notch = tileLeft(layout, place.column) + layout.tile.width / 2;
      holder.style.cssText = `top: ${box.top}px; height: ${box.height}px; --hw-notch: ${notch}px;`;
      root.style.cssText = `width: ${layout.viewport.width - (layout.scrolls.down ? BAR : 0)}px;`;
    },
  };
}
