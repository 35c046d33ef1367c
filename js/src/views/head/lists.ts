import { range } from "../../arrays.ts";
import { element } from "../../dom.ts";
import type { Dress } from "../stage.ts";
import { isSink } from "./axis.ts";
import type { SideName } from "./hit.ts";
import { type HeadLayout, rowsInSight } from "./layout.ts";
import type { HeadState, Place } from "./state.ts";

export interface TokenListView {
  root: HTMLElement;
  update(layout: HeadLayout, view: ListState): void;
}

export interface ListState {
  labels: string[];
  special: boolean[];
  /** Tokens of each item; the first is its `data-index`. */
  tokens: number[][];
  /** Where the list stands, and the box that it is in. */
  top: number;
  scrollTop: number;
  /** Item drawn as an inverse pill. */
  locked: number | null;
  /** Items with the largest weight of a column of numbers. */
  strong: ReadonlySet<number>;
  /** Items that a line reaches while a token is held; null at rest. */
  reached: ReadonlySet<number> | null;
  cursor: number | null;
  /** What a live view does to a row. */
  dress: Dress | null;
}

const SIDE_LABEL: Record<SideName, string> = { query: "query tokens", key: "key tokens" };

/** One of the two token lists: only the rows in sight are in the document. */
export function tokenListView(side: SideName, parent: HTMLElement, id: string): TokenListView {
  const root = element("div", `hw-tokens hw-tokens-${side}`, parent);
  root.setAttribute("role", "listbox");
  root.setAttribute("aria-label", SIDE_LABEL[side]);
  root.id = `${id}-${side}`;
  root.tabIndex = 0;
  const rows = new Map<number, HTMLElement>();

  const rowFor = (item: number): HTMLElement => {
    const known = rows.get(item);
    if (known) return known;
    const node = element("div", "hw-token", root);
    node.setAttribute("role", "option");
    node.dataset.side = side;
    node.dir = "auto";
    node.id = `${id}-${side}-${item}`;
    rows.set(item, node);
    return node;
  };

  return {
    root,
    update(layout, view) {
      const span = side === "query" ? layout.queryText : layout.keyText;
      Object.assign(root.style, {
        top: `${view.scrollTop - view.top}px`,
        left: `${span.from}px`,
        width: `${span.to - span.from}px`,
        height: `${layout.sheet}px`,
      });
      const [from, to] = rowsInSight(layout, view.top, view.labels.length);
      for (const [item, node] of rows) {
        if (item >= from && item < to) continue;
        node.remove();
        rows.delete(item);
      }
      for (const item of range(from, to)) showRow(rowFor(item), item, layout, view);
      const active = rows.get(view.cursor ?? -1);
      if (active) root.setAttribute("aria-activedescendant", active.id);
      else root.removeAttribute("aria-activedescendant");
    },
  };
}

function showRow(node: HTMLElement, item: number, layout: HeadLayout, view: ListState): void {
  const label = view.labels[item] ?? "";
  if (node.textContent !== label) {
    node.textContent = label;
    // The sink is no token: no number, no lock.
    const sink = isSink(view, item);
    node.title = sink ? "sink: weight that goes to no key" : label;
    node.classList.toggle("hw-sink", sink);
  }
  node.dataset.index = String(view.tokens[item]?.[0] ?? item);
  const { row, unit } = layout;
  const place = `top: ${item * row}px; height: ${row}px; line-height: ${row}px; padding: 0 ${5 * unit}px;`;
  if (node.dataset.place !== place) {
    node.dataset.place = place;
    node.style.cssText = place;
  }
  view.dress?.(node, view.tokens[item] ?? [], label);
  const { locked, faint, strong } = tokenLook(view, item);
  node.classList.toggle("hw-locked", locked);
  node.classList.toggle("hw-faint", faint);
  node.classList.toggle("hw-strong", strong);
  node.classList.toggle("hw-cursor", view.cursor === item);
  node.setAttribute("aria-selected", String(locked));
  node.setAttribute("aria-posinset", String(item + 1));
  node.setAttribute("aria-setsize", String(view.labels.length));
}

/** How a token looks: an inverse pill, grey, bold. */
export function tokenLook(view: ListState, item: number) {
  const locked = view.locked === item;
  const faint = view.reached ? !view.reached.has(item) : (view.special[item] ?? false);
  return { locked, faint: faint && !locked, strong: view.strong.has(item) };
}

/** What a list shows for the present state. */
export function listState(
  state: HeadState,
  side: SideName,
  reached: ReadonlySet<number> | null,
  strong: ReadonlySet<number>,
): ListState {
  const axis = state.axes.value[side];
  const { query, key } = state.synced.selection.value;
  const token = side === "query" ? query : key;
  const held = state.held.value;
  const here = (place: Place | null) => (place?.side === side ? place.item : null);
  return {
    labels: axis.labels,
    special: axis.special,
    tokens: axis.tokens,
    top: state.tops.value[side],
    scrollTop: state.local.scrollTop.value,
    locked: token === null ? null : (axis.itemOf[token] ?? null),
    strong,
    reached: held ? (held.side === side ? new Set([held.item]) : reached) : null,
    cursor: here(state.local.cursor.value),
    dress: state.dress(side),
  };
}
