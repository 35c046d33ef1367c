import { computed, effect } from "@preact/signals";
import { isolated } from "../format.ts";
import type { Ramp } from "../ramps.ts";
import type { Requests } from "../store/loader.ts";
import { fullWeight, Matrix, type Piece } from "../store/matrix.ts";
import { isDark } from "../theme.ts";
import type { Drawing, Look } from "../views/matrix/draw.ts";
import { sightFor } from "../views/matrix/input.ts";
import type { MatrixLayout } from "../views/matrix/layout.ts";
import { drawMarks } from "../views/matrix/marks.ts";
import { drawnLevel, matrixJobs, missingPlaces } from "../views/matrix/pictured.ts";
import { type Palette, pixelsOf } from "../views/matrix/pieces.ts";
import { isWhole, regionOf, type Sight, whole } from "../views/matrix/region.ts";
import { drawScene, paletteOf, smallMap } from "../views/matrix/scene.ts";
import {
  brushed,
  locked,
  type MatrixState,
  matrixState,
  matrixSynced,
} from "../views/matrix/state.ts";
import {
  brushInWords,
  cellInWords,
  legendSentences,
  mapInWords,
  notesFor,
  poolingInWords,
} from "../views/matrix/words.ts";
import { arrivalsOf } from "../views/shell/arrivals.ts";
import { inRanges } from "../views/shell/status.ts";
import { FAMILY, type Figure, type FigureStage, inkOf, lookOf, SIZE, SMALL } from "./figure.ts";
import { drawFlow, textPieces, type Piece as Words } from "./flow.ts";
import type { Bitmap } from "./pen.ts";
import type { SvgPen } from "./svg.ts";

const MARGIN = 4;
const GAP = 20;
const BETWEEN = 8;
/** The sample of the ramp: so many steps of so many px. */
const RAMP = { steps: 48, width: 2, height: 10 };
const MOST_OVERVIEW = 144;

interface Scene extends FigureStage {
  state: MatrixState;
  requests: Requests;
  layout: MatrixLayout;
  sight: Sight;
}

/** The picture of a matrix view: the region in sight, what is locked and brushed, with a caption in place of the controls. */
export function matrixFigure(stage: FigureStage): Figure {
  const { host, loader, scope, measure } = stage;
  const look = lookOf(stage);
  const shell = {
    ...look,
    dark: computed(() => isDark(look.theme.value)),
    unit: computed(() => look.font.value.size / SIZE),
  };
  const state = matrixState(host.get("_trace"), matrixSynced(host, scope), shell, measure);
  const requests = loader.forView(scope);
  const arrivals = arrivalsOf(requests, host, scope);
  const box = state.layout.value?.box;
  state.sight.value = box && stage.allRows ? whole(box) : sightFor(state);
  effect(() => {
    void arrivals.value;
    requests.need(matrixJobs(state, requests));
  });
  return {
    requests,
    words: () => captionOf(state).join(". "),
    draw(pen) {
      const [layout, sight] = [state.layout.value, state.sight.value];
      if (!layout || !sight || missingPlaces(state, requests).length > 0)
        throw new Error("not all weights that it shows have come");
      return drawAll(pen, { ...stage, state, requests, layout, sight });
    },
  };
}

/** Model, heads, and the part of the map that is shown. */
function captionOf(state: MatrixState): string[] {
  const base = state.synced.index_base.value;
  const [layout, sight] = [state.layout.value, state.sight.value];
  const heads = state.shown.value;
  const layers = [...new Set(heads.map(([layer]) => layer))];
  const named = layers.map((layer) => {
    const numbers = heads.filter(([at]) => at === layer).map(([, head]) => head + base);
    return `layer ${layer + base}: ${numbers.length === 1 ? "head" : "heads"} ${inRanges(numbers)}`;
  });
  const part = layout && sight && !isWhole(layout.box, sight) ? regionOf(layout.box, sight) : null;
  return [
    state.trace.model,
    state.trace.blocks.length > 1 ? state.block.value.name : "",
    `${mapInWords(state)}${base === 1 ? " (from 1)" : ""}`,
    heads.length > 1 ? named.join("; ") : "",
    part ? brushInWords([part[0], part[1]], [part[2], part[3]], base) : "",
    state.synced.hide_special.value ? "special tokens hidden" : "",
  ].filter(Boolean);
}

function drawAll(pen: SvgPen, scene: Scene): number {
  const { state, requests, layout, theme } = scene;
  const ink = inkOf(theme);
  const flow = { x: MARGIN, width: scene.width - 2 * MARGIN };
  const notes = notesFor(state, requests).map(({ fact }) => fact);
  const said = (words: string[], color: string): Words[] =>
    words.flatMap((text) => textPieces(pen, text, { color, width: flow.width, gap: GAP }));
  let y = 0;
  const lines = (name: string, pieces: Words[]) =>
    pen.group(name, () => {
      y += drawFlow(pen, pieces, { ...flow, y });
    });
  const [model = "", ...rest] = captionOf(state);
  const title = textPieces(pen, model, { color: ink.ink1, width: flow.width, bold: true });
  lines("caption", [...title, ...said([...rest, ...notes], ink.ink1)]);
  y += BETWEEN;
  pen.group("map", () => {
    pen.translate(0, y);
    drawPicture(pen, scene);
  });
  y += layout.height + BETWEEN;
  const level = drawnLevel(state, requests);
  const far = "zoom in for single weights";
  const sentences = legendSentences(state, level).filter((sentence) => sentence !== far);
  lines("legend", [
    ...rampPieces(pen, scene),
    ...said(["square-root scale", poolingInWords(level, layout.box), ...sentences], ink.ink2),
  ]);
  lines("held", said([...heldWords(scene), ...brushWords(state)], ink.ink1));
  return y;
}

function paletteFor({ state, theme }: Scene): Palette {
  return paletteOf(fullWeight(state.want.value), isDark(theme), inkOf(theme).line2);
}

/** Map, axes, margins and marks, with the page's own coordinates. */
function drawPicture(pen: SvgPen, scene: Scene): void {
  const { state, requests, layout, sight, theme } = scene;
  const palette = paletteFor(scene);
  const drawing: Drawing<Bitmap> = {
    store: requests.store.of(Matrix),
    block: state.want.value.block,
    map: state.map.value,
    pictures: { of: bitmapOf },
    palette,
  };
  const look: Look = {
    ink: inkOf(theme),
    dark: isDark(theme),
    family: FAMILY,
    small: SMALL,
    ratio: 1,
  };
  const small = () => bitmapOf(smallMap(drawing, layout.box, MOST_OVERVIEW), palette);
  drawScene(pen, state, { layout, sight }, drawing, small, null, look);
  const brush = brushed(state);
  const marks = { hover: null, cursor: null, heard: null, locked: locked(state), brush };
  drawMarks(pen, layout, sight, marks, look);
}

function bitmapOf(piece: Piece, palette: Palette): Bitmap {
  return { width: piece.columns, height: piece.rows, data: pixelsOf(piece, palette) };
}

/** "weight 0", the ramp, and the weight of full strength. */
function rampPieces(pen: SvgPen, scene: Scene): Words[] {
  const color = inkOf(scene.theme).ink2;
  const { ramp, full } = paletteFor(scene);
  const sample: Words = {
    width: RAMP.steps * RAMP.width,
    gap: 6,
    draw() {
      pen.imageSmoothingEnabled = false;
      const { steps, width, height } = RAMP;
      pen.drawImage(rampBitmap(ramp), 0, -height / 2, steps * width, height);
    },
  };
  const words = (text: string, gap: number) => textPieces(pen, text, { color, width: 100, gap });
  return [...words("weight 0", 0), sample, ...words(String(full), 6)];
}

function brushWords(state: MatrixState): string[] {
  const brush = brushed(state);
  const base = state.synced.index_base.value;
  return brush ? [`framed: ${brushInWords(brush.query, brush.key, base)}`] : [];
}

function rampBitmap(ramp: Ramp): Bitmap {
  const data = new Uint8ClampedArray(4 * RAMP.steps).fill(255);
  for (let i = 0; i < RAMP.steps; i++) {
    const level = Math.round((255 * i) / (RAMP.steps - 1));
    data.set(ramp.subarray(3 * level, 3 * level + 3), 4 * i);
  }
  return { width: RAMP.steps, height: 1, data };
}

/** The locked cell: "it → cat 0.746, query 9, key 2". */
function heldWords({ state, requests, layout, sight }: Scene): string[] {
  const { query, key } = locked(state);
  if (query === null && key === null) return [];
  const base = state.synced.index_base.value;
  const { lists } = state;
  if (query !== null && key !== null) {
    const { title, value, place } = cellInWords(state, requests, layout.box, sight, { query, key });
    return [`${title} ${value}, ${place}`];
  }
  const [side, token] = query === null ? (["key", key ?? 0] as const) : (["query", query] as const);
  const label = lists.value[side].labels[token] ?? "";
  return [`${side} ${token + base}: ${isolated(label)}`];
}
