import { isSink } from "../views/head/axis.ts";
import { colorOf } from "../views/head/draw.ts";
import type { EdgeWord } from "../views/head/edges.ts";
import type { SideName } from "../views/head/hit.ts";
import { type HeadLayout, rowCentre, rowsInSight } from "../views/head/layout.ts";
import { type ListState, tokenLook } from "../views/head/lists.ts";
import { lookNow } from "../views/head/paint.ts";
import { EDGE_GAP, type Edges, type Title } from "../views/head/scene.ts";
import type { HeadState } from "../views/head/state.ts";
import { FAMILY, groundOf, inkOf, SIZE, SMALL } from "./figure.ts";
import { cut, drawChip, wide } from "./flow.ts";
import type { SvgPen } from "./svg.ts";

/** What the page has as elements beside the canvases of a head view: token lists, titles, words at the edges. */

/** Baseline of a line of Arial under its middle, in ems: half of its ascent less its descent. */
const BASELINE = 0.3465;

/** The rows in sight of one list, with y = 0 at its upper edge. */
export function drawTokens(
  pen: SvgPen,
  state: HeadState,
  layout: HeadLayout,
  side: SideName,
  list: ListState,
): void {
  const [from, to] = rowsInSight(layout, list.top, list.labels.length);
  for (let item = from; item < to; item++) drawToken(pen, state, layout, side, list, item);
}

function drawToken(
  pen: SvgPen,
  state: HeadState,
  layout: HeadLayout,
  side: SideName,
  list: ListState,
  item: number,
): void {
  const span = side === "query" ? layout.queryText : layout.keyText;
  const theme = state.local.theme.peek();
  const ink = inkOf(theme);
  const pad = 5 * layout.unit;
  const look = tokenLook(list, item);
  const middle = rowCentre(layout, list.top, item);
  const font = `${look.locked || look.strong ? "bold " : ""}${SIZE}px ${FAMILY}`;
  const label = cut(pen, list.labels[item] ?? "", span.to - span.from - 2 * pad, font);
  if (look.locked) {
    const width = wide(pen, label, font) + 2 * pad;
    const left = side === "query" ? span.to - width : span.from;
    pen.beginPath();
    pen.roundRect(left, middle - layout.row / 2, width, layout.row, 4);
    pen.fillStyle = ink.ink1;
    pen.fill();
  }
  const plain = isSink(list, item) ? ink.ink2 : look.faint ? ink.ink3 : ink.ink1;
  pen.font = font;
  pen.fillStyle = look.locked ? groundOf(theme) : plain;
  pen.textAlign = side === "query" ? "right" : "left";
  pen.textBaseline = "alphabetic";
  const x = side === "query" ? span.to - pad : span.from + pad;
  pen.fillText(label, x, middle + BASELINE * SIZE);
}

/** The words and chips above the columns, with y = 0 at their middle. */
export function drawTitles(pen: SvgPen, state: HeadState, titles: Title[]): void {
  const ink = inkOf(state.local.theme.peek());
  for (const { text, head, left, right, align } of titles) {
    if (head !== null) {
      const width = Math.max(20, wide(pen, text, `bold ${SIZE}px ${FAMILY}`) + 10);
      drawChip(pen, text, colorOf(head, lookNow(state)), right - width, 0, width);
      continue;
    }
    pen.font = `${SIZE}px ${FAMILY}`;
    pen.fillStyle = ink.ink1;
    pen.textAlign = align;
    pen.textBaseline = "middle";
    pen.fillText(text, align === "left" ? left : right, 0.5);
  }
}

/** Words of an edge beside the lines, with y = 0 at their middle. */
export function drawEdge(
  pen: SvgPen,
  { lines }: HeadLayout,
  words: EdgeWord[],
  side: Edges["side"],
  color: string,
): void {
  if (!lines) return;
  pen.font = `${SMALL}px ${FAMILY}`;
  pen.fillStyle = color;
  pen.textBaseline = "middle";
  pen.textAlign = side === "key" ? "right" : "left";
  let x = side === "key" ? lines.to : lines.from;
  for (const { text } of side === "key" ? [...words].reverse() : words) {
    pen.fillText(text, x, 0.5);
    const step = pen.measureText(text).width + EDGE_GAP;
    x += side === "key" ? -step : step;
  }
}
