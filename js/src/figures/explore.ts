import type { PartHost } from "../host/part.ts";
import { gridHost, headHost, neuronHost } from "../views/explore/parts.ts";
import { neuronOf } from "../views/explore/selection.ts";
import { arrangementAt, GUTTER, innerHeights, leftWidth } from "../views/explore/sizes.ts";
import { GRID_TITLE, HEAD_TITLE, neuronTitle, type Title } from "../views/explore/words.ts";
import { blockNamed, layerWithin } from "../views/shell/place.ts";
import { type Figure, type FigureStage, inkOf } from "./figure.ts";
import { drawFlow, drawRule, type Piece, textPieces } from "./flow.ts";
import { headFigure } from "./head.ts";
import { modelFigure } from "./model.ts";
import { neuronFigure } from "./neuron.ts";
import { drawWithin, failureOf, heightOf, MARGIN } from "./parts.ts";
import type { SvgPen } from "./svg.ts";

/** Between a part and the rule after it. */
const BETWEEN = 12;

/** The grid beside the lines of the chosen heads, and the neurons below; one under the other where there is no room. */
export function exploreFigure(stage: FigureStage): Figure {
  const { host, scope, allRows } = stage;
  const wide = arrangementAt(stage.width, 1) === "wide";
  const left = wide ? leftWidth(null, stage.width, 1) : stage.width;
  const right = wide ? stage.width - left - 2 * GUTTER - 1 : stage.width;
  const height = host.get("height");
  const heights = innerHeights(null, height, 0, 1);
  const hosts = {
    grid: gridHost(host, heights.grid),
    head: headHost(host, heights.head),
    neuron: neuronHost(host, scope),
  };
  const trace = host.get("_trace");
  // The whole picture names the model.
  for (const part of Object.values<PartHost>(hosts)) part.put({ _trace: { ...trace, model: "" } });
  const grid = modelFigure({ ...stage, host: hosts.grid, width: left }, { part: true });
  const head = headFigure({ ...stage, host: hosts.head, width: right });
  const neuron = neuronFigure({ ...stage, host: hosts.neuron });
  return {
    requests: failureOf(grid.requests, head.requests, neuron.requests),
    words: () =>
      [grid, head, neuron]
        .map((part) => part.words())
        .join(". ")
        .replaceAll("a model", trace.model || "a model"),
    draw(pen) {
      if (wide && !allRows) {
        const beside = heightOf(head, { ...stage, width: right });
        hosts.grid.put({ height: innerHeights(null, height, beside, 1).grid });
      }
      const titles = { grid: GRID_TITLE, head: HEAD_TITLE, neuron: titleOf(stage) };
      return drawAll(pen, { ...stage, wide, left, titles, grid, head, neuron });
    },
  };
}

/** Why the locked query attends as it does. */
function titleOf({ host }: FigureStage): Title {
  const trace = host.get("_trace");
  const block = blockNamed(trace, host.get("block"));
  const selection = host.get("selection");
  const layer = layerWithin(block, host.get("layer"));
  const { head } = neuronOf({ layer, selection }, block);
  return neuronTitle(trace, block, selection, head + host.get("index_base"));
}

type Part = "grid" | "head" | "neuron";

interface Scene extends FigureStage, Record<Part, Figure> {
  wide: boolean;
  /** Width of the grid. */
  left: number;
  titles: Record<Part, Title>;
}

const NAMES: Record<Part, string> = { grid: "Model", head: "Head", neuron: "Neuron" };

function drawAll(pen: SvgPen, scene: Scene): number {
  const { host, theme, width, wide, left } = scene;
  const ink = inkOf(theme);
  const flow = { x: MARGIN, width: width - 2 * MARGIN };
  let y = 0;
  const { model } = host.get("_trace");
  if (model)
    pen.group("caption", () => {
      const pieces = textPieces(pen, model, { color: ink.ink1, width: flow.width, bold: true });
      y += drawFlow(pen, pieces, { ...flow, y });
    });
  const rule = () => {
    drawRule(pen, 0, width, y + BETWEEN, ink);
    y += 2 * BETWEEN;
  };
  if (wide) {
    const x = left + 2 * GUTTER + 1;
    const heights = [drawPart(pen, scene, "grid", 0, y), drawPart(pen, scene, "head", x, y)];
    const height = Math.max(...heights);
    pen.fillStyle = ink.line1;
    pen.fillRect(left + GUTTER, y, 1, height);
    y += height;
  } else {
    y += drawPart(pen, scene, "grid", 0, y);
    rule();
    y += drawPart(pen, scene, "head", 0, y);
  }
  rule();
  return y + drawPart(pen, scene, "neuron", 0, y);
}

/** Its title and, under it, its figure; returns how high they are. */
function drawPart(pen: SvgPen, scene: Scene, part: Part, x: number, y: number): number {
  const room = scene.width - x - 2 * MARGIN;
  const pieces = titlePieces(pen, scene, part, room);
  const title = drawFlow(pen, pieces, { x: x + MARGIN, y, width: room });
  return title + drawWithin(pen, scene[part], `part-${part}`, x, y + title);
}

function titlePieces(pen: SvgPen, { theme, titles }: Scene, part: Part, width: number): Piece[] {
  const ink = inkOf(theme);
  const { before, token, after = "" } = titles[part];
  const quiet = { color: ink.ink2, width };
  return [
    ...textPieces(pen, NAMES[part], { color: ink.ink1, width, bold: true }),
    ...textPieces(pen, before.trimEnd(), { ...quiet, gap: 6 }),
    ...(token === undefined ? [] : textPieces(pen, token, { ...quiet, bold: true, gap: 4 })),
    ...(after ? textPieces(pen, after.trimStart(), { ...quiet, gap: 4 }) : []),
  ];
}
