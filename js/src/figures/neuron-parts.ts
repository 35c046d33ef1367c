import { isolated } from "../format.ts";
import { signedRamp } from "../ramps.ts";
import { headColor } from "../scale.ts";
import { isDark, type ThemeName } from "../theme.ts";
import type { NeuronLayout } from "../views/neuron/layout.ts";
import type { Pictures, Shown } from "../views/neuron/pictures.ts";
import { cellOf, columnTitles, LABEL_PAD } from "../views/neuron/scene.ts";
import { keyTitle, labelOf, type NeuronState } from "../views/neuron/state.ts";
import { type LegendWords, spoken } from "../views/neuron/words.ts";
import { FAMILY, groundOf, inkOf, SIZE } from "./figure.ts";
import { chipPiece, cut, type Piece, textPieces, wide } from "./flow.ts";
import { drawWords, LEGEND_GAP, rampPiece } from "./parts.ts";
import type { SvgPen } from "./svg.ts";

/** What the page has as elements around the strips of a neuron view: titles, tokens, numbers, captions and legends. */

const GAP = 16;

/** The words above the columns, with y = 0 at their middle. */
export function drawTitles(
  pen: SvgPen,
  state: NeuronState,
  layout: NeuronLayout,
  theme: ThemeName,
): void {
  const color = inkOf(theme).ink2;
  for (const { text, left, right = 0 } of columnTitles(layout, keyTitle(state.block.value))) {
    const place = left === undefined ? { x: right, align: "right" as const } : { x: left };
    drawWords(pen, text, { ...place, y: 0, color });
  }
}

/** The query, in a frame or, where it is locked, as the inverse of the rest; with y = 0 at its middle. */
export function drawPill(
  pen: SvgPen,
  { token, key, width }: NeuronLayout,
  label: string,
  locked: boolean,
  theme: ThemeName,
): void {
  const ink = inkOf(theme);
  const font = `${locked ? "bold " : ""}${SIZE}px ${FAMILY}`;
  const most = key ? token.to - token.from : width;
  const said = cut(pen, label, most - 2 * LABEL_PAD - 2, font);
  const size = wide(pen, said, font) + 2 * LABEL_PAD + 2;
  const left = key ? token.to - size : 0;
  pen.beginPath();
  if (locked) {
    pen.roundRect(left, -11, size, 22, 4);
    pen.fillStyle = ink.ink1;
    pen.fill();
  } else {
    pen.roundRect(left + 0.5, -10.5, size - 1, 21, 4);
    Object.assign(pen, { strokeStyle: ink.line2, lineWidth: 1 });
    pen.stroke();
  }
  const color = locked ? groundOf(theme) : ink.ink1;
  drawWords(pen, said, { x: left + LABEL_PAD + 1, y: 0, color, size: SIZE, bold: locked });
}

interface Rows {
  state: NeuronState;
  layout: NeuronLayout;
  shown: Shown;
  /** Keys that the filters leave and the query sees. */
  active: boolean[];
  theme: ThemeName;
}

/** Token and numbers of the rows in sight, with y = 0 at the upper edge of what is in sight. */
export function drawRowWords(pen: SvgPen, rows: Rows, [from, to]: [number, number]): void {
  const { state, layout, shown, active, theme } = rows;
  const ink = inkOf(theme);
  for (let key = from; key < to; key++) {
    const y = (key + 0.5) * layout.row - state.scrollTop.value;
    drawToken(pen, rows, key, y);
    const bold = key === shown.strongest;
    for (const { id, span } of layout.columns) {
      const { text, quiet } = cellOf(shown, layout, id, key);
      const color = quiet || !active[key] ? ink.ink3 : ink.ink1;
      drawWords(pen, text, { x: span.to, y, color, align: "right", size: SIZE, bold });
    }
  }
}

function drawToken(
  pen: SvgPen,
  { state, layout, shown, active, theme }: Rows,
  key: number,
  y: number,
): void {
  const ink = inkOf(theme);
  const { labels, special } = state.axes.value.key;
  const { token, row } = layout;
  const locked = key === state.synced.selection.value.key;
  const bold = locked || key === shown.strongest;
  const font = `${bold ? "bold " : ""}${SIZE}px ${FAMILY}`;
  const label = cut(pen, labels[key] ?? "", token.to - token.from - 2 * LABEL_PAD, font);
  const plain = active[key] && !special[key] ? ink.ink1 : ink.ink3;
  if (locked) {
    const width = wide(pen, label, font) + 2 * LABEL_PAD;
    pen.beginPath();
    pen.roundRect(token.to - width, y - row / 2 + 1, width, row - 2, 4);
    pen.fillStyle = ink.ink1;
    pen.fill();
  }
  const color = locked ? groundOf(theme) : plain;
  const place = { x: token.to - LABEL_PAD, y, align: "right" as const };
  drawWords(pen, label, { ...place, color, size: SIZE, bold });
}

/** Model, place, head, and the tokens whose scores are shown. */
export function captionPieces(
  pen: SvgPen,
  state: NeuronState,
  theme: ThemeName,
  width: number,
): Piece[] {
  const ink = inkOf(theme);
  const base = state.synced.index_base.value;
  const plain = { color: ink.ink1, width, gap: GAP };
  const [layer, head] = [state.layer.value, state.head.value];
  const color = headColor(head, state.block.value.heads[layer] ?? 0, isDark(theme));
  return [
    ...textPieces(pen, state.trace.model, { color: ink.ink1, width, bold: true }),
    ...textPieces(pen, `${placeInWords(state)}${base === 1 ? " (from 1)" : ""}`, plain),
    ...textPieces(pen, "head", plain),
    chipPiece(pen, String(head + base), color, 6),
    ...tokens(state).flatMap(({ side, label, number }) => [
      ...textPieces(pen, side, { ...plain, color: ink.ink2 }),
      ...textPieces(pen, isolated(label), { ...plain, bold: true, gap: 6 }),
      ...textPieces(pen, String(number), { ...plain, color: ink.ink2, gap: 6 }),
    ]),
  ];
}

export function placeInWords({ trace, block, layer, synced }: NeuronState): string {
  const name = trace.blocks.length > 1 ? `${block.value.name}, ` : "";
  return `${name}layer ${layer.value + synced.index_base.value}`;
}

/** The query, and the key where one is locked. */
function tokens(state: NeuronState) {
  const base = state.synced.index_base.value;
  const { key } = state.synced.selection.value;
  const keys = state.axes.value.key.labels.length;
  const shown = [["query", state.query.value] as const];
  const locked = key !== null && key < keys ? [["key", key] as const] : [];
  return [...shown, ...locked].map(([side, token]) => ({
    side,
    label: labelOf(state, side, token),
    number: token + base,
  }));
}

/** What colour means, how far it reaches, and how the weight comes about. */
export function legendPieces(
  pen: SvgPen,
  { full, more }: LegendWords,
  theme: ThemeName,
  width: number,
): Piece[] {
  const color = inkOf(theme).ink2;
  const words = { before: "negative", from: "−", to: "+", after: "positive" };
  return [
    ...(full ? [rampPiece(pen, signedRamp(isDark(theme)), words, { theme, width })] : []),
    ...[full, ...more]
      .filter(Boolean)
      .flatMap((text) => textPieces(pen, text, { color, width, gap: LEGEND_GAP })),
  ];
}

/** All of it in one sentence, for who does not see the picture. */
export function inWords(state: NeuronState, pictures: Pictures): string {
  const base = state.synced.index_base.value;
  const place = `${placeInWords(state)}, head ${state.head.value + base}`;
  const read = tokens(state).map(({ side, label, number }) => `${side} ${number} ${label}`);
  return [
    `Queries and keys of ${state.trace.model || "a model"}, ${place}: ${read.join(", ")}`,
    spoken(state, pictures),
  ]
    .filter(Boolean)
    .join(". ");
}
