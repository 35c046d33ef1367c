import { range } from "../../arrays.ts";
import { element } from "../../dom.ts";
import type { HeadPair } from "../../state/types.ts";
import { captionLeft, type GridLayout, rowTop, tileLeft } from "./layout.ts";
import type { GridRow } from "./order.ts";

/** The grid for keyboards, pointers and screen readers: clear cells over the canvas, only the rows in sight. */

export interface CellsView {
  root: HTMLElement;
  update(layout: GridLayout, view: CellsState): void;
  /** The cell of a head, if its row is in the document. */
  cellOf(head: HeadPair): HTMLElement | null;
}

export interface CellsState {
  /** Name of all that the look of a cell follows from, besides its head. */
  version: string;
  rows: GridRow[];
  sight: [number, number];
  /** A row that stays in the document though out of sight: the one with the focus. */
  kept: number | null;
  /** The head that Tab reaches. */
  stop: HeadPair | null;
  base: number;
  isSelected: (head: HeadPair) => boolean;
  isOpened: (head: HeadPair) => boolean;
  /** The value that a named thumbnail is ordered by, where there is room for it. */
  valueOf: (head: HeadPair) => string;
}

export function nameOf([layer, head]: HeadPair, base: number): string {
  return `layer ${layer + base}, head ${head + base}`;
}

/** "3·1" above a thumbnail whose place does not name it. */
export function shortName([layer, head]: HeadPair, base: number): string {
  return `${layer + base}·${head + base}`;
}

export function cellsView(parent: HTMLElement): CellsView {
  const root = element("div", "hw-grid", parent);
  root.setAttribute("role", "grid");
  root.setAttribute("aria-multiselectable", "true");
  const rows = new Map<number, HTMLElement>();
  const looks = new WeakMap<HTMLElement, string>();

  const rowFor = (index: number): HTMLElement => {
    const known = rows.get(index);
    if (known) return known;
    const node = element("div", "hw-grid-row", root);
    node.setAttribute("role", "row");
    element("span", "hw-grid-label", node).setAttribute("role", "rowheader");
    rows.set(index, node);
    return node;
  };
  const drop = (keep: ReadonlySet<number>) => {
    for (const [index, node] of rows) {
      if (keep.has(index)) continue;
      node.remove();
      rows.delete(index);
    }
  };
  return {
    root,
    update(layout, view) {
      const wanted = rowsWanted(view);
      drop(new Set(wanted));
      root.setAttribute("aria-rowcount", String(view.rows.length));
      root.setAttribute("aria-colcount", String(layout.columns));
      const look = lookOf(layout, view);
      for (const index of wanted) {
        const row = view.rows[index];
        if (!row) continue;
        const node = rowFor(index);
        placeRow(node, index, layout);
        // A thousand cells are many to go through at each thumbnail that comes.
        const shown = `${look} ${JSON.stringify(row)}`;
        if (looks.get(node) === shown) continue;
        looks.set(node, shown);
        showRow(node, row, index, layout, view);
      }
    },
    cellOf: ([layer, head]) =>
      root.querySelector<HTMLElement>(`.hw-grid-cell[data-layer="${layer}"][data-head="${head}"]`),
  };
}

/** Rows in sight and the one that is kept, in order. */
function rowsWanted({ rows, sight, kept }: CellsState): number[] {
  const [from, to] = sight;
  const wanted = new Set(range(from, Math.min(to, rows.length)));
  if (kept !== null && kept < rows.length) wanted.add(kept);
  return [...wanted].sort((a, b) => a - b);
}

/** Row labels: "layer 0" and then numbers alone, or the places in an order, "13–24". */
export function labelOf(row: GridRow, index: number, base: number): string {
  const { layer, first, cells } = row;
  if (layer !== null) return index === 0 ? `layer ${layer + base}` : String(layer + base);
  const last = first + cells.filter((cell) => cell !== null).length;
  return last > first + 1 ? `${first + 1}–${last}` : String(last);
}

/** All that cells look the same under. */
function lookOf(layout: GridLayout, view: CellsState): string {
  const { tile, caption, slot, pitch, sheet, left, half } = layout;
  return JSON.stringify([tile, caption, slot, pitch, sheet.width, left, half, view.version]);
}

function placeRow(node: HTMLElement, index: number, layout: GridLayout): void {
  place(
    node,
    `top: ${rowTop(layout, index)}px; width: ${layout.sheet.width}px; height: ${layout.caption + layout.tile.height}px; padding-top: ${layout.caption}px;`,
  );
}

function showRow(
  node: HTMLElement,
  row: GridRow,
  index: number,
  layout: GridLayout,
  view: CellsState,
): void {
  const [label] = node.children;
  const text = labelOf(row, index, view.base);
  if (label && label.textContent !== text) label.textContent = text;
  node.setAttribute("aria-rowindex", String(index + 1));
  const heads = row.cells.filter((cell) => cell !== null);
  while (node.childElementCount > heads.length + 1) node.lastElementChild?.remove();
  let at = 1;
  row.cells.forEach((head, column) => {
    if (!head) return;
    const cell = (node.children[at] as HTMLElement | undefined) ?? newCell(node);
    at++;
    showCell(cell, head, column, layout, view);
  });
}

function newCell(parent: HTMLElement): HTMLElement {
  const cell = element("div", "hw-grid-cell", parent);
  cell.setAttribute("role", "gridcell");
  const caption = element("span", "hw-grid-caption", cell);
  caption.setAttribute("aria-hidden", "true");
  element("b", "", caption);
  element("span", "", caption);
  return cell;
}

function showCell(
  cell: HTMLElement,
  head: HeadPair,
  column: number,
  layout: GridLayout,
  view: CellsState,
): void {
  const [layer, number] = head;
  cell.dataset.layer = String(layer);
  cell.dataset.head = String(number);
  const name = nameOf(head, view.base);
  if (cell.getAttribute("aria-label") !== name) cell.setAttribute("aria-label", name);
  cell.setAttribute("aria-colindex", String(column + 1));
  cell.setAttribute("aria-selected", String(view.isSelected(head)));
  cell.setAttribute("aria-expanded", String(view.isOpened(head)));
  const stop = view.stop?.[0] === layer && view.stop[1] === number;
  cell.tabIndex = stop ? 0 : -1;
  const { width, height } = layout.tile;
  place(
    cell,
    `left: ${tileLeft(layout, column)}px; top: ${layout.caption}px; width: ${width}px; height: ${height}px;`,
  );
  const caption = cell.firstElementChild as HTMLElement;
  caption.hidden = layout.caption === 0;
  if (caption.hidden) return;
  const [title, value] = caption.children;
  if (title) title.textContent = shortName(head, view.base);
  if (value) value.textContent = view.valueOf(head);
  place(
    caption,
    `width: ${layout.slot}px; left: ${captionLeft(layout)}px; bottom: ${layout.tile.height + layout.half}px;`,
  );
}

/** Style sheets are read back slowly: only what changed is written. */
function place(node: HTMLElement, style: string): void {
  if (node.dataset.place === style) return;
  node.dataset.place = style;
  node.style.cssText = style;
}
