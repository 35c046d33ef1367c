import { HostError, type Reply } from "../host/host.ts";
import { MemoryHost } from "../host/memory.ts";
import type { Traits } from "../state/types.ts";
import { Loader } from "../store/loader.ts";
import type { ThemeName } from "../theme.ts";
import { compareFigure } from "./compare.ts";
import { exploreFigure } from "./explore.ts";
import { FAMILY, type Figure, type FigureOf, groundOf, SIZE } from "./figure.ts";
import { headFigure } from "./head.ts";
import { headsFigure } from "./heads.ts";
import { matrixFigure } from "./matrix.ts";
import { modelFigure } from "./model.ts";
import { neuronFigure } from "./neuron.ts";
import { fontOf } from "./paint.ts";
import type { Bitmap } from "./pen.ts";
import { addShims, bytesOf, textOf } from "./shims.ts";
import { SvgPen } from "./svg.ts";
import { attributes, cleaned } from "./xml.ts";

/**
 * The program that draws figures in a bare engine. Python opens a figure, lets the engine work until nothing is left
 * to do, and draws.
 */

/** One line a view, under the name that the view has in Python. */
const FIGURES: Record<string, FigureOf> = {
  compare: compareFigure,
  explore: exploreFigure,
  head: headFigure,
  heads: headsFigure,
  live: headFigure,
  liveexplore: exploreFigure,
  matrix: matrixFigure,
  model: (stage) => modelFigure(stage),
  neuron: neuronFigure,
};

/** Functions that Python puts into the engine. Binary is base64. */
declare const pythonAsk: (method: string, params: string) => string;
declare const pythonWidth: (text: string, bold: boolean) => number;
declare const pythonPng: (width: number, height: number, pixels: string) => string;

interface Order {
  traits: Traits;
  width: number;
  theme: ThemeName;
  background: boolean;
  allRows: boolean;
}

interface Answer {
  buffers: string[];
  error?: { type: string; message: string };
}

interface Open {
  order: Order;
  figure: Figure;
}

const MARGIN = 8;

/** Names of the views that have a figure. */
export function names(): string {
  return Object.keys(FIGURES).join(" ");
}

/** Makes a figure, which asks for what it lacks while the engine works. */
export function open(json: string): Open {
  addShims();
  const order = JSON.parse(json) as Order;
  const figureOf = FIGURES[order.traits._view];
  if (!figureOf) throw new Error(`the ${order.traits._view} view has no figure`);
  const { signal: scope } = new AbortController();
  const host = new MemoryHost(order.traits, scope, ask);
  const { width, theme, allRows } = order;
  const stage = { host, loader: new Loader(host), scope, width, theme, allRows, measure: widest };
  return { order, figure: figureOf(stage) };
}

/** The figure as a document. */
export function draw({ order, figure }: Open): string {
  const { failure } = figure.requests;
  if (failure) throw new Error(failure.message);
  const pen = new SvgPen(widthOf, encode);
  pen.translate(0, MARGIN);
  const height = Math.ceil(figure.draw(pen) + 2 * MARGIN);
  const { width, theme } = order;
  const root = attributes({
    xmlns: "http://www.w3.org/2000/svg",
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": figure.words(),
    "font-family": FAMILY,
    "font-size": SIZE,
    "xml:space": "preserve",
  });
  const ground = `<rect${attributes({ width, height, fill: groundOf(theme) })}/>`;
  const parts = [
    pen.definitions && `<defs>\n${pen.definitions}\n</defs>`,
    order.background ? ground : "",
    pen.body,
  ];
  return flat(`<svg${root}>\n${parts.filter(Boolean).join("\n")}\n</svg>\n`);
}

/** One piece of memory: the engine keeps a long sum of strings as a tree, which Python cannot take. */
function flat(text: string): string {
  return [text].join("");
}

function ask(method: string, params: object): Promise<Reply> {
  const answer = JSON.parse(pythonAsk(method, JSON.stringify(params))) as Answer;
  const { error, buffers } = answer;
  if (error) return Promise.reject(new HostError(error.type, error.message));
  return Promise.resolve({ buffers: buffers.map(bytesOf) });
}

function widthOf(text: string, bold: boolean, size: number): number {
  return size * pythonWidth(flat(text), bold);
}

function widest(labels: string[], font: string): number {
  const { bold, size } = fontOf(font);
  return labels.reduce((most, text) => Math.max(most, widthOf(cleaned(text), bold, size)), 0);
}

function encode({ width, height, data }: Bitmap): string {
  return pythonPng(width, height, textOf(new Uint8Array(data.buffer)));
}
