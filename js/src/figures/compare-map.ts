import { plainWeight } from "../format.ts";
import { signedRamp } from "../ramps.ts";
import type { Requests } from "../store/loader.ts";
import { isDark, type ThemeName } from "../theme.ts";
import type { AxisLabel } from "../views/compare/axes.ts";
import type { MapData } from "../views/compare/data.ts";
import type { LargestRow } from "../views/compare/largest.tsx";
import type { MapLayout } from "../views/compare/layout.ts";
import { cellNow, lockedCell, type MapState, noteNow } from "../views/compare/map-state.ts";
import { pixelsOf } from "../views/compare/picture.ts";
import type { CompareState } from "../views/compare/state.ts";
import { legendTexts, signed, titleOfMap } from "../views/compare/words.ts";
import { FAMILY, groundOf, inkOf, SIZE, SMALL } from "./figure.ts";
import { cut, drawFlow, textPieces, wide } from "./flow.ts";
import { badgePiece, drawWords, LEGEND_GAP, MARGIN, notePieces, rampPiece } from "./parts.ts";
import type { SvgPen } from "./svg.ts";

/** The map of differences with its axes, the pairs that differ most, and its legend. */

export interface MapScene {
  state: CompareState;
  data: MapData;
  requests: Pick<Requests, "failure" | "stalled">;
  local: MapState;
  theme: ThemeName;
  width: number;
}

/** Between a label and the map, the padding of the label included. */
const LABEL_GAP = 8;
const LABEL_PAD = 3;
/** Between a label above a column and the map. */
const KEY_GAP = 5;
const BETWEEN = 8;
const TABLE_GAP = 40;

/** From y = 0 down; returns how high it is. */
export function drawDifference(pen: SvgPen, scene: MapScene): number {
  const { state, data, local, requests, theme } = scene;
  const ink = inkOf(theme);
  const flow = { x: MARGIN, width: scene.width - 2 * MARGIN };
  let y = 0;
  pen.group("caption", () => {
    const said = titleOfMap(state)
      .map(({ text }) => text)
      .join("");
    const pieces = [
      ...textPieces(pen, "Difference", { color: ink.ink1, width: flow.width, bold: true }),
      ...textPieces(pen, said, { color: ink.ink2, width: flow.width, gap: 6 }),
    ];
    y += drawFlow(pen, pieces, { ...flow, y }) + BETWEEN;
  });
  const note = noteNow(state, data, requests);
  if (note) {
    const pieces = notePieces(pen, note, { theme, width: flow.width });
    y += drawFlow(pen, pieces, { ...flow, y });
  }
  const [layout, shown] = [local.layout.value, local.shown.value];
  const nothing = local.full.value === 0 && note !== null;
  if (nothing) return y;
  if (!layout || !shown) throw new Error("not all weights that its map is made of have come");
  y += drawMapRow(pen, scene, layout, y) + BETWEEN;
  const words = cellNow(state, data, local);
  if (words) {
    const pieces = textPieces(pen, words, { color: ink.ink1, width: flow.width });
    y += drawFlow(pen, pieces, { ...flow, y });
  }
  pen.group("legend", () => {
    const { texts, badge } = legendTexts(state, shown, local.full.value, local.factor.value);
    const ramp = signedRamp(isDark(theme));
    const how = { color: ink.ink2, theme, width: flow.width, gap: LEGEND_GAP };
    const pieces = [
      rampPiece(pen, ramp, { before: "", from: "−", to: "+" }, how),
      ...texts.flatMap((text) => textPieces(pen, text, how)),
      badgePiece(pen, badge, how),
    ];
    y += drawFlow(pen, pieces, { ...flow, y });
  });
  return y;
}

/** The map, and beside it or below, where there is no room, the pairs that differ most. */
function drawMapRow(pen: SvgPen, scene: MapScene, layout: MapLayout, y: number): number {
  const { left, top, width, height } = layout;
  const map = { width: left + width, height: top + height };
  pen.group("map", () => {
    pen.translate(0, y);
    drawMap(pen, scene, layout);
  });
  const rows = scene.local.largest.value;
  if (rows.length === 0) return map.height;
  const table = tableOf(pen, scene.state.names, rows);
  const beside = map.width + TABLE_GAP + table.width <= scene.width;
  const at = beside
    ? { x: map.width + TABLE_GAP, y }
    : { x: MARGIN, y: y + map.height + 2 * BETWEEN };
  pen.group("largest", () => {
    pen.translate(at.x, at.y);
    drawTable(pen, table, scene.theme);
  });
  const high = table.height + at.y - y;
  return Math.max(map.height, high);
}

function drawMap(pen: SvgPen, { local, theme }: MapScene, layout: MapLayout): void {
  const { left, top, width, height, cell } = layout;
  const difference = local.shown.value?.difference;
  const ink = inkOf(theme);
  if (!difference) return;
  const data = pixelsOf(difference, local.full.value, signedRamp(isDark(theme)));
  pen.imageSmoothingEnabled = false;
  const { rows, columns } = difference;
  pen.drawImage({ width: columns, height: rows, data }, left, top, width, height);
  Object.assign(pen, { strokeStyle: ink.line2, lineWidth: 1 });
  pen.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1);
  const locked = lockedCell(local);
  if (locked) {
    const [x, y] = [left + locked.column * cell, top + locked.row * cell];
    for (const [color, line, out] of [
      [groundOf(theme), 4.5, 0.75],
      [ink.ink1, 1.5, 0.75],
    ] as const) {
      Object.assign(pen, { strokeStyle: color, lineWidth: line });
      pen.strokeRect(x - out, y - out, cell + 2 * out, cell + 2 * out);
    }
  }
  // Names that stand level stand over the numbers beside them.
  const over = ({ upright, number }: AxisLabel) => Number(upright && !number);
  const labels = [...local.labels.value].sort((a, b) => over(a) - over(b));
  pen.group("axes", () => {
    for (const label of labels) drawLabel(pen, label, layout, theme);
  });
}

function drawLabel(pen: SvgPen, label: AxisLabel, layout: MapLayout, theme: ThemeName): void {
  const ink = inkOf(theme);
  const { upright, number, special, locked } = label;
  const size = number ? SMALL : SIZE;
  const font = `${locked ? "bold " : ""}${size}px ${FAMILY}`;
  const text = cut(pen, label.text, roomFor(label, layout), font);
  const width = wide(pen, text, font);
  const height = size + 5;
  const plain = number ? ink.ink2 : special ? ink.ink3 : ink.ink1;
  pen.save();
  moveTo(pen, label, layout, { width, height });
  if (locked || (upright && !number)) {
    pen.beginPath();
    pen.roundRect(-LABEL_PAD, -height / 2, width + 2 * LABEL_PAD, height, 4);
    pen.fillStyle = locked ? ink.ink1 : groundOf(theme);
    pen.fill();
  }
  const color = locked ? groundOf(theme) : plain;
  drawWords(pen, text, { x: 0, y: 0, color, size, bold: locked });
  pen.restore();
}

/** A label above the columns that stands level is as wide as it likes, within reason. */
const MOST_UPRIGHT = 154;

function roomFor({ side, upright }: AxisLabel, { left, top }: MapLayout): number {
  if (side === "query") return left - LABEL_GAP - LABEL_PAD;
  return upright ? MOST_UPRIGHT : top - KEY_GAP;
}

/** To the left end of a label's middle, turned as the label is. */
function moveTo(
  pen: SvgPen,
  { side, index, upright }: AxisLabel,
  { left, top, cell }: MapLayout,
  { width, height }: { width: number; height: number },
): void {
  const at = (index + 0.5) * cell;
  if (side === "query") pen.translate(left - LABEL_GAP - width, top + at);
  else if (upright) pen.translate(left + at - width / 2, top - KEY_GAP - height / 2);
  else {
    pen.translate(left + at, top - KEY_GAP);
    pen.rotate(-Math.PI / 2);
  }
}

interface Table {
  titles: string[];
  rows: string[][];
  /** Right edges, but of the first column, which starts at 0. */
  ends: number[];
  width: number;
  height: number;
}

const [ROW, CAPTION, COLUMN_GAP] = [22, 20, 16];
const [MOST_PAIR, MOST_TITLE] = [200, 80];

/** The pairs that differ most: weights of both sides where they are here, and the difference. */
function tableOf(pen: SvgPen, names: [string, string], largest: LargestRow[]): Table {
  const font = `${SIZE}px ${FAMILY}`;
  const small = `${SMALL}px ${FAMILY}`;
  const complete = largest.every(({ weights }) => weights);
  const titles = ["query → key", ...(complete ? names : []), "difference"].map((title) =>
    cut(pen, title, MOST_TITLE, small),
  );
  const rows = largest.map(({ pair, weights: both, value, exact }) => [
    cut(pen, pair, MOST_PAIR, font),
    ...(complete && both ? both.weights.map((weight) => plainWeight(weight, both.exact)) : []),
    signed(value, exact),
  ]);
  const widths = titles.map((title, i) =>
    Math.max(wide(pen, title, small), ...rows.map((row) => wide(pen, row[i] ?? "", font))),
  );
  let x = 0;
  const ends = widths.map((width, i) => {
    x += width + (i === 0 ? 0 : COLUMN_GAP);
    return x;
  });
  return { titles, rows, ends, width: x, height: CAPTION + ROW * (rows.length + 1) };
}

function drawTable(pen: SvgPen, { titles, rows, ends }: Table, theme: ThemeName): void {
  const ink = inkOf(theme);
  const place = (i: number) => (i === 0 ? { x: 0 } : { x: ends[i] ?? 0, align: "right" as const });
  drawWords(pen, "largest differences", { x: 0, y: CAPTION / 2, color: ink.ink2 });
  titles.forEach((title, i) => {
    drawWords(pen, title, { ...place(i), y: CAPTION + ROW / 2, color: ink.ink2 });
  });
  rows.forEach((row, at) => {
    const y = CAPTION + (at + 1.5) * ROW;
    row.forEach((text, i) => {
      drawWords(pen, text, { ...place(i), y, color: ink.ink1, size: SIZE });
    });
  });
}
