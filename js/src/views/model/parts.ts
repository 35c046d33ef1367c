import { canvasIn, element } from "../../dom.ts";
import type { GridLayout } from "./layout.ts";
import type { Grid } from "./order.ts";
import { headTitles } from "./scene.ts";

/** The parts of the document that a model view is made of. */
export interface Parts {
  root: HTMLElement;
  body: HTMLElement;
  /** Ranked heads, where Python gave some. */
  rank: HTMLElement;
  heads: HTMLElement;
  scroll: HTMLElement;
  base: HTMLCanvasElement;
  overlay: HTMLCanvasElement;
  /** As high as all rows; holds the cells and the opened head. */
  sheet: HTMLElement;
  facts: HTMLElement;
  legend: HTMLElement;
  saved: HTMLElement;
}

export function buildParts(root: HTMLElement, body: HTMLElement): Parts {
  body.classList.add("hw-grid-body");
  const rank = element("div", "hw-rank-strip");
  rank.hidden = true;
  body.before(rank);
  const heads = element("div", "hw-grid-heads", body);
  heads.setAttribute("aria-hidden", "true");
  const scroll = element("div", "hw-grid-scroll", body);
  const canvases = element("div", "hw-grid-canvases", scroll);
  const base = canvasIn("hw-thumbs", canvases);
  const overlay = canvasIn("hw-marks", canvases);
  const sheet = element("div", "hw-grid-sheet", scroll);
  return {
    root,
    body,
    rank,
    heads,
    scroll,
    base,
    overlay,
    sheet,
    facts: element("div", "hw-facts", body),
    legend: element("div", "hw-legend", root),
    saved: element("div", "hw-saved", root),
  };
}

/** Sizes the boxes to the layout. */
export function arrange(parts: Parts, layout: GridLayout): void {
  const { viewport, sheet, scrolls, unit, facts, card } = layout;
  parts.scroll.style.height = `${viewport.height}px`;
  parts.scroll.classList.toggle("hw-scrolls", scrolls.down);
  parts.scroll.classList.toggle("hw-scrolls-across", scrolls.across);
  Object.assign(parts.sheet.style, {
    height: `${sheet.height}px`,
    width: scrolls.across ? `${sheet.width}px` : "",
  });
  parts.root.classList.toggle("hw-tiny", viewport.width < 420 * unit);
  parts.facts.dataset.form = facts;
  Object.assign(parts.facts.style, {
    left: card ? `${card.from}px` : "",
    width: card ? `${card.to - card.from}px` : "",
  });
}

/** Head numbers above the columns, bold over the head that is pointed at. */
export function showHeads(
  parts: Parts,
  layout: GridLayout,
  grid: Grid,
  scrollLeft: number,
  base: number,
  bold: number | null,
): void {
  const titles = headTitles(layout, grid, scrollLeft, base);
  parts.heads.hidden = titles.length === 0;
  const nodes = parts.heads.children;
  while (nodes.length > titles.length) parts.heads.lastElementChild?.remove();
  while (nodes.length < titles.length) element("span", "", parts.heads);
  titles.forEach(({ text, left, width, hidden }, i) => {
    const node = nodes[i] as HTMLElement;
    if (node.textContent !== text) node.textContent = text;
    node.classList.toggle("hw-strong", i > 0 && i - 1 === bold);
    node.hidden = hidden;
    const style = `left: ${left}px; width: ${width}px;`;
    if (node.dataset.place === style) return;
    node.dataset.place = style;
    node.style.cssText = style;
  });
}
