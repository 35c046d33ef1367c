import { signal } from "@preact/signals";
import { HostError } from "../host/host.ts";
import { rampColor, signedRamp, weightRamp } from "../ramps.ts";
import { headColor } from "../scale.ts";
import type { Failure } from "../store/loader.ts";
import { isDark } from "../theme.ts";
import { drawHeat, drawMap, rampFor } from "../views/heads/draw.ts";
import { type HeatLayout, LIST, BETWEEN as TO_LIST } from "../views/heads/layout.ts";
import { levelOf, plain } from "../views/heads/measure.ts";
import { Numbers } from "../views/heads/numbers.ts";
import { type LegendPart, legendOf } from "../views/heads/scene.ts";
import { type HeadsState, headsState, headsSynced } from "../views/heads/state.ts";
import { labelOf, shortName } from "../views/model/cells.ts";
import { drawFrame } from "../views/model/draw.ts";
import { rowTop } from "../views/model/layout.ts";
import { headTitles } from "../views/model/scene.ts";
import { FAMILY, type Figure, type FigureStage, groundOf, inkOf } from "./figure.ts";
import { chipPiece, drawFlow, type Piece, textPieces } from "./flow.ts";
import { drawWords, LEGEND_GAP, MARGIN, rampPiece, showingOf } from "./parts.ts";
import type { SvgPen } from "./svg.ts";

const HEADS = 18;
const SPACE = 8;
const ROW = 20;
/** High enough that no table scrolls. */
const ALL_ROWS = 1e9;
const MOST_CHIPS = 24;
const LABEL_GAP = 8;

/** The picture of a heads view as it stands, with a caption in place of the controls. */
export function headsFigure(stage: FigureStage): Figure {
  const { host, scope } = stage;
  if (stage.allRows) host.set({ height: ALL_ROWS });
  const numbers = new Numbers();
  const arrivals = signal(0);
  let failure: Failure | null = null;
  host
    .request("table", {})
    .then(({ buffers }) => {
      for (const buffer of buffers) numbers.add(buffer);
      arrivals.value++;
    })
    .catch((error: unknown) => {
      const kind = error instanceof HostError ? error.kind : "Error";
      failure = { kind, message: String((error as Error).message) };
    });
  const state = headsState(host, headsSynced(host, scope), {
    shell: showingOf(stage),
    numbers,
    arrivals,
    heard: signal(null),
  });
  return {
    requests: {
      get failure() {
        return failure;
      },
    },
    words: () => inWords(state),
    draw: (pen) => drawAll(pen, state, stage),
  };
}

function drawAll(pen: SvgPen, state: HeadsState, { theme, width }: FigureStage): number {
  const flow = { x: MARGIN, width: width - 2 * MARGIN };
  const layout = state.layout.value;
  if (!layout || !state.values.value) throw new Error("its numbers have not come");
  let y = 0;
  pen.group("caption", () => {
    y += drawFlow(pen, captionPieces(pen, state, flow.width), { ...flow, y });
  });
  y += SPACE;
  const map = state.map.value;
  const start = y;
  if (map) {
    pen.group("map", () => {
      pen.translate(0, y);
      drawMap(state, map, { pen, family: FAMILY });
    });
    y += map.height;
  } else {
    drawTable(pen, state, layout, y, theme);
    y += HEADS + layout.viewport.height;
  }
  if (layout.listed) {
    const left = (map?.width ?? layout.main) + TO_LIST;
    const rows = Math.max(10, Math.floor((y - start) / ROW));
    const most = Math.min(rows, state.order.value.length);
    pen.group("list", () => {
      pen.translate(left, start);
      drawList(pen, state, most, Math.min(LIST, width - left - MARGIN));
    });
    y = Math.max(y, start + most * ROW);
  }
  y += SPACE;
  pen.group("legend", () => {
    const pieces = legendPieces(pen, state, flow.width);
    y += drawFlow(pen, pieces, { ...flow, y });
  });
  return y;
}

function drawTable(
  pen: SvgPen,
  state: HeadsState,
  layout: HeatLayout,
  y: number,
  theme: FigureStage["theme"],
): void {
  const ink = inkOf(theme);
  const base = state.synced.index_base.value;
  const right = layout.viewport.width;
  const low = layout.viewport.height;
  const titles = headTitles(layout, state.grid.value, 0, base);
  const every = Math.ceil(16 / layout.pitch.x);
  pen.group("heads", () => {
    pen.translate(0, y + HEADS / 2);
    titles.forEach(({ text, left, width }, i) => {
      if (i === 0) drawWords(pen, text, { x: left + width, y: 0, color: ink.ink2, align: "right" });
      else if (left + width <= right && (i - 1) % every === 0)
        drawWords(pen, text, { x: left + width / 2, y: 0, color: ink.ink2, align: "center" });
    });
  });
  pen.group("labels", () => {
    pen.translate(0, y + HEADS);
    state.grid.value.rows.forEach((row, index) => {
      const middle = rowTop(layout, index) + layout.tile.height / 2;
      const x = layout.left - LABEL_GAP;
      if (middle + layout.tile.height / 2 <= low)
        drawWords(pen, labelOf(row, index, base), {
          x,
          y: middle,
          color: ink.ink2,
          align: "right",
        });
    });
  });
  pen.group("cells", () => {
    pen.translate(0, y + HEADS);
    drawHeat(state, layout, {
      pen,
      family: FAMILY,
      shows: ({ left, top, width, height }) => left + width <= right && top + height <= low,
      bare: (box, out, thickness) => drawFrame(pen, box, out, thickness, groundOf(theme)),
    });
  });
}

/** The first heads of the list, each with its value and a bar. */
function drawList(pen: SvgPen, state: HeadsState, count: number, width: number): void {
  const theme = state.shell.theme.value;
  const ink = inkOf(theme);
  const measure = state.measure.value;
  if (!measure) return;
  const base = state.synced.index_base.value;
  const ramp = rampFor(state);
  const rows = state.order.value.slice(0, count);
  const valueAt = (row: number) => state.values.value?.[row] ?? Number.NaN;
  const most = Math.max(1e-30, ...rows.map((row) => Math.abs(valueAt(row))));
  const bar = { left: 76, width: Math.max(10, width - 76 - 56) };
  rows.forEach((row, place) => {
    const y = (place + 0.5) * ROW;
    const head = state.heads.value[row];
    if (!head) return;
    const value = valueAt(row);
    drawWords(pen, String(place + 1), { x: 22, y, color: ink.ink3, align: "right" });
    drawWords(pen, shortName(head, base), { x: 32, y, color: ink.ink1 });
    pen.fillStyle = rampColor(ramp, levelOf(value, measure));
    pen.strokeStyle = ink.ink3;
    pen.lineWidth = 1;
    const long = Math.max(1, (bar.width * Math.abs(value)) / most);
    pen.fillRect(bar.left, y - 3.5, long, 7);
    pen.strokeRect(bar.left, y - 3.5, long, 7);
    const said = plain(value, measure.decimals);
    drawWords(pen, said, { x: width, y, color: ink.ink1, align: "right" });
  });
}

function captionPieces(pen: SvgPen, state: HeadsState, width: number): Piece[] {
  const theme = state.shell.theme.value;
  const ink = inkOf(theme);
  const base = state.synced.index_base.value;
  const { name, heads: counts } = state.block.value;
  const selected = state.selected.value;
  const plainText = { color: ink.ink1, width, gap: 16 };
  const of = state.trace.blocks.length > 1 ? `${name}, ` : "";
  const count = state.heads.value.length;
  const chips = selected.slice(0, MOST_CHIPS).map((head, i) => {
    const color = headColor(head[1], counts[head[0]] ?? 0, isDark(theme));
    return chipPiece(pen, shortName(head, base), color, i === 0 ? 6 : 2);
  });
  const more = selected.length - chips.length;
  const on = selected.length === 1 ? "1 head selected" : `${selected.length} heads selected`;
  return [
    ...textPieces(pen, state.column.value.name, { color: ink.ink1, width, bold: true }),
    ...textPieces(pen, `${of}${count === 1 ? "1 head" : `${count} heads`}`, plainText),
    ...(selected.length > 0 ? textPieces(pen, on, plainText) : []),
    ...chips,
    ...(more > 0 ? textPieces(pen, `and ${more} more`, { ...plainText, gap: 6 }) : []),
    ...(base === 1
      ? textPieces(pen, "layers and heads counted from 1", { ...plainText, color: ink.ink2 })
      : []),
  ];
}

function legendPieces(pen: SvgPen, state: HeadsState, width: number): Piece[] {
  const theme = state.shell.theme.value;
  const dark = isDark(theme);
  const color = inkOf(theme).ink2;
  const pieceOf = (part: LegendPart): Piece[] => {
    if (part.kind === "words") return textPieces(pen, part.text, { color, width, gap: LEGEND_GAP });
    if (part.kind === "ramp") {
      const ramp = part.signed ? signedRamp(dark) : weightRamp(dark);
      return [rampPiece(pen, ramp, part, { theme, width })];
    }
    return [
      ...textPieces(pen, "cluster", { color, width, gap: LEGEND_GAP }),
      ...Array.from({ length: part.count }, (_, cluster) =>
        chipPiece(pen, String(cluster), headColor(cluster, part.count, dark), 6),
      ),
    ];
  };
  return legendOf(state).flatMap(pieceOf);
}

/** All of it in one sentence, for who does not see the picture. */
function inWords(state: HeadsState): string {
  const base = state.synced.index_base.value;
  const measure = state.measure.value;
  const selected = state.selected.value.map(([layer, head]) => `${layer + base}.${head + base}`);
  const { low = 0, high = 0, decimals = 0 } = measure ?? {};
  return [
    `${state.column.value.name} of ${state.heads.value.length} attention heads` +
      (measure ? `, ${plain(low, decimals)} to ${plain(high, decimals)}` : ""),
    selected.length > 0 ? `selected: ${selected.join(", ")}` : "",
  ]
    .filter(Boolean)
    .join(". ");
}
