import { isolated } from "../format.ts";
import { weightRamp } from "../ramps.ts";
import { headColor } from "../scale.ts";
import type { Requests } from "../store/loader.ts";
import { isDark, type ThemeName } from "../theme.ts";
import { labelOf, shortName } from "../views/model/cells.ts";
import { captionLeft, type GridLayout, rowTop, tileBox } from "../views/model/layout.ts";
import { headTitles, type LegendPart, orderValue } from "../views/model/scene.ts";
import type { ModelState } from "../views/model/state.ts";
import type { Told } from "../views/model/words.ts";
import { inRanges } from "../views/shell/status.ts";
import { FAMILY, inkOf, SIZE, SMALL } from "./figure.ts";
import { chipPiece, cut, type Piece, textPieces } from "./flow.ts";
import { badgePiece, drawWords, LEGEND_GAP, rampPiece } from "./parts.ts";
import type { SvgPen } from "./svg.ts";

/** What the page has as elements around the thumbnails: numbers, names, the facts of a head, captions and legends. */

const GAP = 16;
/** More selected heads are counted: their frames show them. */
const MOST_CHIPS = 24;
const LABEL_GAP = 8;
const FACT_ROW = 18;

export interface Sight {
  rows: [number, number];
  columns: number;
}

/** Numbers above the columns, with y = 0 at their middle. */
export function drawHeadNumbers(
  pen: SvgPen,
  state: ModelState,
  layout: GridLayout,
  sight: Sight,
): void {
  const color = inkOf(state.shell.theme.value).ink2;
  const titles = headTitles(layout, state.grid.value, 0, state.synced.index_base.value);
  titles.slice(0, sight.columns + 1).forEach(({ text, left, width }, i) => {
    if (i === 0) drawWords(pen, text, { x: left + width, y: 0, color, align: "right" });
    else drawWords(pen, text, { x: left + width / 2, y: 0, color, align: "center" });
  });
}

/** Labels of the rows, and the names above thumbnails in an order of their own. */
export function drawLabels(
  pen: SvgPen,
  state: ModelState,
  layout: GridLayout,
  requests: Requests,
  sight: Sight,
): void {
  const ink = inkOf(state.shell.theme.value);
  const base = state.synced.index_base.value;
  const { top } = state.local.scroll.value;
  const [from, to] = sight.rows;
  for (let index = from; index < to; index++) {
    const row = state.grid.value.rows[index];
    if (!row) continue;
    const y = rowTop(layout, index) - top + layout.caption + layout.tile.height / 2;
    const x = layout.left - LABEL_GAP;
    drawWords(pen, labelOf(row, index, base), { x, y, color: ink.ink2, align: "right" });
    if (layout.caption === 0) continue;
    row.cells.slice(0, sight.columns).forEach((head, column) => {
      if (!head) return;
      const box = tileBox(layout, index, column);
      const left = box.left + captionLeft(layout);
      const middle = box.top - top - layout.half - 7;
      drawWords(pen, shortName(head, base), { x: left, y: middle, color: ink.ink1 });
      const value = orderValue(state, layout, requests, head);
      const right = left + layout.slot;
      drawWords(pen, value, { x: right, y: middle, color: ink.ink2, align: "right" });
    });
  }
}

/** Model, block, what of it is shown and which heads are selected. */
export function captionPieces(
  pen: SvgPen,
  state: ModelState,
  width: number,
  sight: Sight,
): Piece[] {
  const theme = state.shell.theme.value;
  const ink = inkOf(theme);
  const base = state.synced.index_base.value;
  const block = state.block.value;
  const selected = state.selected.value;
  const plain = { color: ink.ink1, width, gap: GAP };
  const chips = selected.slice(0, MOST_CHIPS).map((head, i) => {
    const color = headColor(head[1], block.heads[head[0]] ?? 0, isDark(theme));
    return chipPiece(pen, shortName(head, base), color, i === 0 ? 6 : 2);
  });
  const more = selected.length - chips.length;
  const count = selected.length === 1 ? "1 head selected" : `${selected.length} heads selected`;
  return [
    ...textPieces(pen, state.trace.model, { color: ink.ink1, width, bold: true }),
    ...textPieces(pen, [blockName(state), ...extent(state)].filter(Boolean).join(", "), plain),
    ...inSight(state, sight).flatMap((said) =>
      textPieces(pen, said, { ...plain, color: ink.ink2 }),
    ),
    ...(selected.length > 0 ? textPieces(pen, count, plain) : []),
    ...chips,
    ...(more > 0 ? textPieces(pen, `and ${more} more`, { ...plain, gap: 6 }) : []),
  ];
}

function blockName({ trace, block }: ModelState): string {
  return trace.blocks.length > 1 ? block.value.name : "";
}

/** "6 layers × 12 heads", or which of them. */
export function extent(state: ModelState): string[] {
  const block = state.block.value;
  const base = state.synced.index_base.value;
  const { rows, heads = [] } = state.layers.value;
  const layers = rows.flatMap(({ layer }) => (layer === null ? [] : [layer + base]));
  const numbers = (heads ?? []).map((head) => head + base);
  const all = Math.max(0, ...block.heads);
  const some = (word: string, found: number[], of: number) =>
    found.length === of
      ? `${of} ${word}${of === 1 ? "" : "s"}`
      : `${word}${found.length === 1 ? "" : "s"} ${inRanges(found)} of ${of}`;
  const shown = [some("layer", layers, block.layers), some("head", numbers, all)];
  return shown.some((said) => said.includes(" of ")) ? shown : [shown.join(" × ")];
}

/** What lies outside the picture. */
function inSight(state: ModelState, { rows: [from, to], columns }: Sight): string[] {
  const grid = state.grid.value;
  const base = grid.heads ? state.synced.index_base.value : 1;
  const all = grid.rows.length;
  return [
    to - from < all ? `rows ${from + base} to ${to - 1 + base} of ${all} in sight` : "",
    columns < grid.columns ? `the first ${columns} of ${grid.columns} columns in sight` : "",
  ].filter(Boolean);
}

export function legendPieces(
  pen: SvgPen,
  state: ModelState,
  parts: LegendPart[],
  width: number,
): Piece[] {
  const theme = state.shell.theme.value;
  const color = inkOf(theme).ink2;
  const ramp = weightRamp(isDark(theme));
  return parts.flatMap((part) => {
    if (part.kind === "ramp") return [rampPiece(pen, ramp, part, { theme, width })];
    if (part.kind === "badge") return [badgePiece(pen, part.text, { theme, width })];
    return textPieces(pen, part.text, { color, width, gap: LEGEND_GAP });
  });
}

/** The facts of a head in lines under the grid. */
export function factPieces(pen: SvgPen, told: Told, theme: ThemeName, width: number): Piece[] {
  const color = inkOf(theme).ink1;
  return [
    ...textPieces(pen, told.title, { color, width, bold: true }),
    ...(told.rows ?? []).flatMap(({ short, brief, pair }) =>
      textPieces(pen, `${short} ${pair ? pairInWords(pair) : brief}`, { color, width, gap: 14 }),
    ),
  ];
}

type Pair = NonNullable<NonNullable<Told["rows"]>[number]["pair"]>;

function pairInWords({ query, attended, weight }: Pair): string {
  return `${isolated(query)} → ${isolated(attended)} ${weight}`;
}

/** How high the facts of a head are as a table. */
export function factsHeight({ rows }: Told): number {
  return 22 + FACT_ROW * (rows?.length ?? 0);
}

/** The facts of a head as a table, with y = 0 at its upper edge. */
export function drawFacts(pen: SvgPen, told: Told, theme: ThemeName, width: number): void {
  const ink = inkOf(theme);
  drawWords(pen, told.title, { x: 0, y: 9, color: ink.ink1, size: SIZE, bold: true });
  const font = `${SMALL}px ${FAMILY}`;
  pen.font = font;
  const rows = told.rows ?? [];
  const names = Math.max(0, ...rows.map(({ fact }) => pen.measureText(fact).width)) + LABEL_GAP;
  rows.forEach(({ fact, value, pair }, i) => {
    const y = 22 + (i + 0.5) * FACT_ROW;
    drawWords(pen, fact, { x: 0, y, color: ink.ink2 });
    const said = cut(pen, pair ? pairInWords(pair) : value, width - names, font);
    drawWords(pen, said, { x: names, y, color: ink.ink1 });
  });
}
