import { canvasIn, element } from "../../dom.ts";
import type { NeuronLayout } from "./layout.ts";
import { columnTitles, queryLine } from "./scene.ts";

/** The parts of the document that the columns form is made of. */
export interface Parts {
  stage: HTMLElement;
  /** The line of the query, above the table. */
  queryLine: HTMLElement;
  queryStrip: HTMLCanvasElement;
  share: HTMLElement;
  /** Focusable: its rows are walked with the arrow keys. */
  table: HTMLElement;
  titles: HTMLElement;
  scroll: HTMLElement;
  strips: HTMLCanvasElement;
  overlay: HTMLCanvasElement;
  sheet: HTMLElement;
  /** Scrolls the strips sideways where they have more neurons than room. */
  pan: HTMLElement;
  panned: HTMLElement;
  /** The steps of one row where columns are folded. */
  chain: HTMLElement;
  /** What lies above and below the rows in sight. */
  edges: HTMLElement;
  card: HTMLElement;
}

/** A box that is no part of the table for those who hear it. */
function box(className: string, parent: HTMLElement): HTMLElement {
  const node = element("div", className, parent);
  node.setAttribute("role", "presentation");
  return node;
}

export function buildParts(body: HTMLElement): Parts {
  const stage = element("div", "hw-neuron", body);
  const queryLine = element("div", "hw-neuron-head", stage);
  const queryStrip = canvasIn("hw-query-strip", queryLine);
  const share = element("div", "hw-share", queryLine);
  const table = element("div", "hw-neuron-table", stage);
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", "keys: from q · k to the weight");
  table.tabIndex = 0;
  const titles = element("div", "hw-neuron-titles", table);
  titles.setAttribute("role", "row");
  const scroll = box("hw-neuron-scroll", table);
  const canvases = box("hw-canvases", scroll);
  const strips = canvasIn("hw-strips", canvases);
  const overlay = canvasIn("hw-overlay", canvases);
  const sheet = box("hw-sheet", scroll);
  const pan = element("div", "hw-neuron-pan", stage);
  const panned = element("div", "", pan);
  const chain = element("div", "hw-neuron-chain", stage);
  const edges = element("div", "hw-neuron-edges", stage);
  const card = element("div", "hw-card", stage);
  card.hidden = true;
  return {
    stage,
    queryLine,
    queryStrip,
    share,
    table,
    titles,
    scroll,
    strips,
    overlay,
    sheet,
    pan,
    panned,
    chain,
    edges,
    card,
  };
}

/** Sizes the boxes to the layout. */
export function arrange(parts: Parts, layout: NeuronLayout, room: number): void {
  const { unit, key } = layout;
  const px = (value: number) => `${Math.round(value)}px`;
  parts.stage.style.width = px(layout.width);
  // A card of three lines finds room below even a single row.
  parts.stage.style.minHeight = px(180 * unit);
  parts.scroll.style.height = px(layout.viewport);
  parts.scroll.classList.toggle("hw-neuron-scrolls", layout.scrolls);
  parts.sheet.style.height = px(layout.sheet);
  const line = queryLine(layout);
  parts.queryLine.style.height = px(line.height);
  const width = key ? key.to - key.from : 0;
  parts.queryStrip.hidden = !key;
  Object.assign(parts.queryStrip.style, {
    left: px((key?.from ?? 0) - MARGIN),
    top: px(line.strip - MARGIN),
  });
  const { share } = line;
  Object.assign(parts.share.style, {
    left: px(share.left),
    top: px(share.top),
    width: px(room - share.left),
    height: px(share.height),
    lineHeight: px(share.height),
  });
  const pans = key !== null && layout.fitting < layout.size;
  parts.pan.hidden = !pans;
  Object.assign(parts.pan.style, { marginLeft: px(key?.from ?? 0), width: px(width) });
  parts.panned.style.width = px(layout.size * layout.cell);
  parts.chain.hidden = !layout.folded;
  parts.chain.style.minHeight = `${1.5 * chainLines(layout, room)}em`;
  parts.edges.hidden = !layout.scrolls;
}

/** Lines that are kept free for the steps of a row, so that nothing moves from one row to the next. */
function chainLines({ token, steps, unit }: NeuronLayout, room: number): number {
  return Math.ceil((token.to - token.from + 90 * unit * steps) / room);
}

/** Around the query's strip, so that the frame of its first and last neuron is whole. */
export const MARGIN = 3;

/** The words above the columns. */
export function showTitles(titles: HTMLElement, layout: NeuronLayout, key: string): void {
  titles.replaceChildren(
    ...columnTitles(layout, key).map(({ text, left, right, column }) => {
      const node = element("span", "hw-neuron-title");
      node.setAttribute("role", "columnheader");
      node.textContent = text;
      if (column) node.dataset.title = column;
      if (left !== undefined) node.style.left = `${left}px`;
      if (right !== undefined) node.style.right = `${layout.width - right}px`;
      return node;
    }),
  );
}
