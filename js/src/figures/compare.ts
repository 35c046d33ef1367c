import { computed, effect, signal } from "@preact/signals";
import { Loader } from "../store/loader.ts";
import { mapData } from "../views/compare/data.ts";
import { mapState } from "../views/compare/map-state.ts";
import { hostOfA, hostOfB } from "../views/compare/sides.ts";
import { type CompareState, compareState } from "../views/compare/state.ts";
import { notesOf, sizeInWords, titleOfMap } from "../views/compare/words.ts";
import { arrivalsOf } from "../views/shell/arrivals.ts";
import { drawDifference, type MapScene } from "./compare-map.ts";
import { type Figure, type FigureStage, inkOf } from "./figure.ts";
import { drawFlow, drawRule, textPieces } from "./flow.ts";
import { headFigure } from "./head.ts";
import { drawWithin, failureOf, MARGIN, notePieces, showingOf } from "./parts.ts";
import type { SvgPen } from "./svg.ts";

/** Narrower than this the sides stand one under the other, as on the page. */
const BESIDE = 900;
const GAP = 24;
const BETWEEN = 12;

/** The two sides and the map of what differs. */
export function compareFigure(stage: FigureStage): Figure {
  const { host, loader, scope, measure } = stage;
  const state = compareState(host, scope);
  const sideA = hostOfA(host, state);
  const { host: sideB, lacking } = hostOfB(host, state, scope);
  const loaderB = new Loader(sideB);
  const requests = loader.forView(scope);
  const fromA = arrivalsOf(requests, host, scope);
  const fromB = arrivalsOf(loaderB.forView(scope), sideB, scope);
  const arrivals = computed(() => fromA.value + fromB.value);
  // Each side is named above its figure.
  sideA.put({ _trace: { ...state.traces[0], model: "" } });
  sideB.put({ _trace: { ...state.traces[1], model: "" } });
  const widths = sideWidths(stage.width);
  const a = headFigure({ ...stage, host: sideA, width: widths.a });
  const b = headFigure({ ...stage, host: sideB, loader: loaderB, width: widths.b });
  const data = mapData(state, requests, loaderB.store.weights, arrivals);
  const local = mapState(state, data, showingOf(stage), signal(null), measure);
  effect(() => data.ask());
  return {
    requests: failureOf(requests, a.requests, b.requests),
    words: () => inWords(state, a, b),
    draw(pen) {
      const map = { state, data, requests, local, theme: stage.theme, width: stage.width };
      return drawAll(pen, { ...stage, a, b, map, notes: notesOf(state, lacking.value) });
    },
  };
}

/** Of the two sides, with a rule between them where they stand beside each other. */
function sideWidths(width: number): { a: number; b: number } {
  if (width < BESIDE) return { a: width, b: width };
  const half = Math.floor((width - GAP) / 2);
  return { a: half, b: half - GAP - 1 };
}

interface Scene extends FigureStage {
  a: Figure;
  b: Figure;
  map: MapScene;
  notes: { fact: string; sentence: string }[];
}

function drawAll(pen: SvgPen, scene: Scene): number {
  const { theme, width, notes } = scene;
  const ink = inkOf(theme);
  let y = 0;
  for (const note of notes) {
    const flow = { x: MARGIN, y, width: width - 2 * MARGIN };
    y += drawFlow(pen, notePieces(pen, note, { theme, width: flow.width }), flow);
  }
  y += drawSides(pen, scene, y) + BETWEEN;
  drawRule(pen, 0, width, y, ink);
  y += BETWEEN;
  pen.group("difference", () => {
    pen.translate(0, y);
    y += drawDifference(pen, scene.map);
  });
  return y;
}

/** Returns how high they are. */
function drawSides(pen: SvgPen, { a, b, map, theme, width }: Scene, top: number): number {
  const ink = inkOf(theme);
  const widths = sideWidths(width);
  const side = (at: 0 | 1, x: number, y: number) => {
    const room = at === 0 ? widths.a : widths.b;
    let height = 0;
    pen.group(at === 0 ? "side-a" : "side-b", () => {
      const title = titlePieces(pen, map.state, at, room - 2 * MARGIN, theme);
      height += drawFlow(pen, title, { x: x + MARGIN, y, width: room - 2 * MARGIN });
      height += drawWithin(pen, at === 0 ? a : b, "pane", x, y + height);
    });
    return height;
  };
  const first = side(0, 0, top);
  if (width < BESIDE) {
    drawRule(pen, 0, width, top + first + BETWEEN, ink);
    return first + 2 * BETWEEN + side(1, 0, top + first + 2 * BETWEEN);
  }
  const left = widths.a + GAP;
  const height = Math.max(first, side(1, left + GAP + 1, top));
  pen.fillStyle = ink.line1;
  pen.fillRect(left, top, 1, height);
  return height;
}

/** The name of a side, and what it is. */
function titlePieces(
  pen: SvgPen,
  state: CompareState,
  at: 0 | 1,
  width: number,
  theme: FigureStage["theme"],
) {
  const ink = inkOf(theme);
  return [
    ...textPieces(pen, state.names[at], { color: ink.ink1, width, bold: true }),
    ...textPieces(pen, sizeInWords(state, at), { color: ink.ink2, width, gap: 6 }),
  ];
}

/** All of it in one sentence, for who does not see the picture. */
function inWords(state: CompareState, a: Figure, b: Figure): string {
  const [nameA, nameB] = state.names;
  const difference = titleOfMap(state).map(({ text }) => text);
  return `${nameA}: ${a.words()}. ${nameB}: ${b.words()}. Difference: ${difference.join("")}`;
}
