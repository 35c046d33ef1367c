import { range } from "../../arrays.ts";
import { element } from "../../dom.ts";
import type { NeuronLayout } from "./layout.ts";
import type { Shown } from "./pictures.ts";
import { cellOf } from "./scene.ts";

/** Rows of the table as elements: token and numbers. Only those in sight are in the document. */

export interface RowsView {
  root: HTMLElement;
  /** Writes the rows in sight. */
  show(layout: NeuronLayout, shown: Shown, list: RowList, sight: [number, number]): void;
  /** Marks what is pointed at, locked and under the cursor. */
  mark(marks: Marks): void;
}

export interface RowList {
  labels: string[];
  special: boolean[];
  /** Keys that the filters leave and the query sees. */
  active: boolean[];
  /** Added to the number of a key where it is read. */
  base: number;
}

export interface Marks {
  hover: number | null;
  locked: number | null;
  cursor: number | null;
  /** What another view points at. */
  heard: number | null;
}

export function rowsView(parent: HTMLElement, id: string): RowsView {
  const root = element("div", "hw-neuron-rows", parent);
  root.setAttribute("role", "rowgroup");
  root.id = id;
  const rows = new Map<number, HTMLElement>();
  let placed: NeuronLayout | null = null;

  const make = (layout: NeuronLayout): HTMLElement => {
    const node = element("div", "hw-neuron-row", root);
    node.setAttribute("role", "row");
    node.style.cssText = `height: ${layout.row}px; line-height: ${layout.row}px`;
    const token = element("span", "hw-neuron-token", node);
    token.setAttribute("role", "rowheader");
    token.style.cssText = `left: ${layout.token.from}px; width: ${layout.token.to - layout.token.from}px`;
    element("span", "hw-neuron-label", token).dir = "auto";
    for (const { id: column, span } of layout.columns) {
      const cell = element("span", "hw-cell", node);
      cell.setAttribute("role", "gridcell");
      cell.dataset.column = column;
      cell.style.cssText = `left: ${span.from}px; width: ${span.to - span.from}px`;
    }
    return node;
  };
  const put = (node: HTMLElement, key: number, layout: NeuronLayout) => {
    node.id = `${id}-${key}`;
    node.dataset.key = String(key);
    node.style.top = `${key * layout.row}px`;
    rows.set(key, node);
    return node;
  };
  const clear = () => {
    for (const node of rows.values()) node.remove();
    rows.clear();
  };

  return {
    root,
    show(layout, shown, list, [from, to]) {
      if (layout !== placed) clear();
      placed = layout;
      root.style.height = `${layout.sheet}px`;
      // Rows that scroll out of sight are those that scroll in on the other side.
      const free: HTMLElement[] = [];
      for (const [key, node] of rows) {
        if (key >= from && key < to) continue;
        rows.delete(key);
        free.push(node);
      }
      for (const key of range(from, to)) {
        const node = rows.get(key) ?? put(free.pop() ?? make(layout), key, layout);
        fill(node, key, layout, shown, list);
      }
      for (const node of free) node.remove();
    },
    mark({ hover, locked, cursor, heard }) {
      for (const [key, node] of rows) {
        node.classList.toggle("hw-hovered", key === hover);
        node.classList.toggle("hw-locked", key === locked);
        node.classList.toggle("hw-cursor", key === cursor);
        node.classList.toggle("hw-heard", key === heard);
        node.setAttribute("aria-selected", String(key === locked));
      }
    },
  };
}

function write(node: Element | null, text: string): void {
  if (node && node.textContent !== text) node.textContent = text;
}

function fill(
  node: HTMLElement,
  key: number,
  layout: NeuronLayout,
  shown: Shown,
  { labels, special, active, base }: RowList,
): void {
  const label = labels[key] ?? "";
  node.setAttribute("aria-rowindex", String(key + 2));
  node.classList.toggle("hw-faint", !active[key]);
  node.classList.toggle("hw-special", special[key] ?? false);
  node.classList.toggle("hw-strong", key === shown.strongest);
  const token = node.querySelector<HTMLElement>(".hw-neuron-label");
  write(token, label);
  if (token) token.title = `${label}, key ${key + base}`;
  layout.columns.forEach(({ id, title }, i) => {
    const cell = node.children[i + 1] as HTMLElement;
    const { text, quiet, full, why } = cellOf(shown, layout, id, key);
    write(cell, text);
    cell.title = `${title} ${why && `${why}: `}${full}`;
    cell.classList.toggle("hw-quiet", quiet);
  });
}
