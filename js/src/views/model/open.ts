import { effect, signal, untracked } from "@preact/signals";
import { element } from "../../dom.ts";
import { type PartHost, partHost } from "../../host/part.ts";
import type { Highlights } from "../../state/highlight.ts";
import type { HeadPair, SelectionValue, TraceSpec, Traits } from "../../state/types.ts";
import { headLayout } from "../head/layout.ts";
import { headView } from "../head/view.ts";
import { keyName } from "../shell/keys.ts";
import type { Stage } from "../stage.ts";
import { nameOf } from "./cells.ts";
import { BAR, type GridLayout, tileLeft } from "./layout.ts";
import { cellsOf, sameHead } from "./order.ts";
import type { ModelState } from "./state.ts";

/** The opened head: a head view of its own under its row. */

export interface OpenedHead {
  place(layout: GridLayout): void;
}

/** Highest list of tokens that an opened head shows whole, and how high it is where it scrolls, CSS px at a 13 px font. */
const WHOLE = 400;
const SCROLLED = 340;

/** The trace as an opened head sees it: in its block, only the heads that the grid shows. */
function narrowed(state: ModelState): TraceSpec {
  const block = state.block.peek();
  const shown = cellsOf(state.layers.peek());
  const captured = Array.from({ length: block.layers }, (_, layer) =>
    shown.filter(([at]) => at === layer).map(([, head]) => head),
  );
  const blocks = state.trace.blocks.map((other) =>
    other.name === block.name ? { ...other, captured } : other,
  );
  return { ...state.trace, blocks };
}

/** A head view scrolls from one and a half times its height on; this height keeps it below 480 px with all around it. */
export function openedHeight(queries: number, keys: number): number {
  const { sheet } = headLayout({
    width: 1000,
    queryItems: queries,
    keyItems: keys,
    queryText: 40,
    keyText: 40,
    numberText: 34,
    heads: 1,
    height: Number.MAX_SAFE_INTEGER,
    unit: 1,
  });
  if (sheet <= WHOLE) return WHOLE;
  return Math.max(100, Math.min(SCROLLED, Math.floor((sheet - 1) / 1.5)));
}

function selectionOf(outer: SelectionValue, opened: HeadPair): SelectionValue {
  return { ...outer, heads: [opened] };
}

/** The head that a step within the opened view leads to: by its keys, or by a click on the bar of another head. */
export function stepFrom(
  opened: HeadPair,
  { layer, selection }: { layer?: number | undefined; selection?: SelectionValue | undefined },
  shown: HeadPair[],
): HeadPair {
  const [from, head] = opened;
  if (layer !== undefined && layer !== from) {
    const there = shown.filter(([at]) => at === layer);
    const distance = ([, other]: HeadPair) => Math.abs(other - head);
    return there.sort((a, b) => distance(a) - distance(b))[0] ?? opened;
  }
  const others = (selection?.heads ?? []).filter((pair) => pair[0] === from && pair[1] !== head);
  const [other] = others;
  return other && others.length === 1 && shown.some((pair) => sameHead(pair, other))
    ? other
    : opened;
}

export function openHead(
  stage: Stage,
  state: ModelState,
  highlights: Highlights,
  parent: HTMLElement,
  scope: AbortSignal,
  close: () => void,
): OpenedHead {
  const { synced, lists, local } = state;
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
  button.setAttribute("aria-label", "Close the opened head");
  const cross = button.lastElementChild;
  if (cross) cross.textContent = "×";
  button.addEventListener("click", close, { signal: scope });
  const el = element("div", "", inner);

  const own = (head: HeadPair): Partial<Traits> => ({
    layer: head[0],
    selection: selectionOf(synced.selection.peek(), head),
  });
  const part: PartHost = partHost(stage.host, {
    own: {
      ...own(opened.peek()),
      _trace: narrowed(state),
      aggregate: "each",
      merge_words: false,
      height: openedHeight(lists.peek().query.labels.length, lists.peek().key.labels.length),
    },
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
  untracked(() => headView({ ...stage, host: part, el, part: true, highlights, scope }));

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
