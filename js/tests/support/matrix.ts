import { expect } from "vitest";
import "../../src/css/headwise.css";
import { range } from "../../src/arrays.ts";
import type { Reply } from "../../src/host/host.ts";
import { linkedHighlights } from "../../src/state/highlight.ts";
import type { Traits } from "../../src/state/types.ts";
import { Loader } from "../../src/store/loader.ts";
import { EXACT, type MapWant, mapName, pieceSide } from "../../src/store/matrix.ts";
import { matrixView } from "../../src/views/matrix/view.ts";
import { blob, type NamedTensor } from "./blob.ts";
import { RecordingHost } from "./host.ts";
import { type Sample, sampleOf, tokenList, traitsOf } from "./sample.ts";

/** Weights that tell their place: each row gives 0.5 to the key of its own number and the rest evenly. */
export const diagonal =
  (count: number) => (_layer: number, head: number, query: number, key: number) =>
    query === key ? 0.5 + head / 100 : 0.5 / count;

export function longSample(count: number): Sample {
  return sampleOf({
    tokens: tokenList(Array.from({ length: count }, (_, i) => (i === 0 ? "[CLS]" : `t${i}`))),
    weightAt: diagonal(count),
  });
}

interface PieceRequest {
  block: string;
  heads: [number, number][];
  aggregate: MapWant["aggregate"];
  hide_special: boolean;
  pool: number;
  row: number;
  column: number;
  dtype: "u8" | "f32";
}

/** A piece of the first head of a request, as Python would make it; `rows` are those that are computed. */
export function pieceTensor(
  sample: Sample,
  request: PieceRequest,
  rows = Number.POSITIVE_INFINITY,
): NamedTensor {
  const { block, heads, aggregate, hide_special, pool, row, column, dtype } = request;
  const level = dtype === "f32" ? EXACT : pool;
  const side = pieceSide(level);
  const count = sample.tokens.labels.length;
  const cells = (at: number) => Math.ceil(Math.min(side, count - at * side) / pool);
  const [height, width] = [Math.min(rows, cells(row)), cells(column)];
  const weight = (query: number, key: number) =>
    query < count && key < count
      ? sample.weightAt(heads[0]?.[0] ?? 0, heads[0]?.[1] ?? 0, query, key)
      : 0;
  const dot = (y: number, x: number) => {
    const inside = range(0, pool);
    const keys = (query: number) => inside.map((j) => weight(query, column * side + x * pool + j));
    return Math.max(...inside.flatMap((i) => keys(row * side + y * pool + i)));
  };
  const values = range(0, height).flatMap((y) => range(0, width).map((x) => dot(y, x)));
  const name = mapName({ block, heads, aggregate, hideSpecial: hide_special });
  return {
    name: `matrix/${block}/${name}/${level || "exact"}/${row}/${column}`,
    shape: [height, width],
    data:
      dtype === "f32"
        ? Float32Array.from(values)
        : Uint8Array.from(values, (value) => 1 + Math.round(254 * Math.sqrt(value))),
  };
}

function marginalTensors(sample: Sample, request: PieceRequest): NamedTensor[] {
  const { block, heads, aggregate, hide_special } = request;
  const name = `${block}/${mapName({ block, heads, aggregate, hideSpecial: hide_special })}`;
  const count = sample.tokens.labels.length;
  const received = Float32Array.from({ length: count }, (_, key) => (key === 0 ? 0.29 : 1 / count));
  return [
    { name: `matrix-received/${name}`, shape: [count], data: received },
    { name: `matrix-strongest/${name}`, shape: [count], data: new Float32Array(count).fill(0.5) },
  ];
}

function answerFor(sample: Sample, method: string, params: object, rows: number): Reply {
  const request = params as PieceRequest;
  if (method === "matrix") return { buffers: [blob([pieceTensor(sample, request, rows)])] };
  return { buffers: [blob(marginalTensors(sample, request))] };
}

export interface MatrixOptions {
  count?: number;
  sample?: Sample;
  traits?: Partial<Traits>;
  /** "none" plays an exported page. */
  kernel?: "live" | "none";
  width?: number;
  ground?: string;
}

interface Call {
  method: string;
  params: PieceRequest;
}

const open: MatrixPage[] = [];

/** A matrix view over tokens [CLS], t1, t2, …; every piece has to be asked for. */
export class MatrixPage {
  readonly scope = new AbortController();
  readonly host: RecordingHost;
  readonly el: HTMLElement;
  readonly calls: Call[] = [];
  /** What the kernel does with the next requests: answers, or lets them wait. */
  silent = false;
  /** Rows of a piece that an answer has. */
  rows = Number.POSITIVE_INFINITY;

  constructor(options: MatrixOptions) {
    const { count = 8, traits, kernel, width = 1100, ground = "#ffffff" } = options;
    const sample = options.sample ?? longSample(count);
    const handler = (method: string, params: object) => {
      this.calls.push({ method, params: params as PieceRequest });
      return new Promise<Reply>((answer) => {
        // As a message: never within the same turn.
        const reply = () => answer(answerFor(sample, method, params, this.rows));
        if (!this.silent) setTimeout(reply);
      });
    };
    const all = traitsOf(sample, {
      _view: "matrix",
      aggregate: "mean",
      height: 640,
      selection: { block: "encoder", heads: [[0, 0]], query: null, key: null },
      tensors: new Uint8Array(0),
      ...traits,
    });
    const model = new AbortController();
    this.host = new RecordingHost(all, model.signal, kernel === "none" ? undefined : handler);
    this.el = document.createElement("div");
    Object.assign(this.el.style, { width: `${width}px`, background: ground });
    document.body.append(this.el);
    this.render();
    open.push(this);
  }

  render(scope = this.scope.signal): void {
    matrixView({
      host: this.host,
      loader: new Loader(this.host),
      el: this.el,
      scope,
      highlights: linkedHighlights(this.host, scope),
    });
  }

  find(selector: string): HTMLElement {
    const node = this.el.querySelector<HTMLElement>(selector);
    if (!node) throw new Error(`the view has no ${selector}`);
    return node;
  }

  texts(selector: string): string[] {
    return [...this.el.querySelectorAll(selector)].map((node) => node.textContent ?? "");
  }

  get root(): HTMLElement {
    return this.find(".headwise");
  }

  get map(): HTMLElement {
    return this.find(".hw-map");
  }

  get base(): HTMLCanvasElement {
    return this.find("canvas.hw-matrix-base") as HTMLCanvasElement;
  }

  /** [q0, q1, k0, k1] on screen. */
  get region(): number[] {
    return (this.root.dataset.region ?? "").split(",").map(Number);
  }

  get pieces(): Call[] {
    return this.calls.filter(({ method }) => method === "matrix");
  }

  button(name: string): HTMLButtonElement {
    const found = [...this.el.querySelectorAll("button")].find(
      (node) => node.getAttribute("aria-label") === name || node.textContent === name,
    );
    if (!found) throw new Error(`the view has no button "${name}"`);
    return found;
  }

  /** Middle of a cell, from the corner of the map. */
  at(query: number, key: number): { x: number; y: number } {
    const [q0 = 0, q1 = 1, k0 = 0, k1 = 1] = this.region;
    const { width, height } = this.map.getBoundingClientRect();
    return {
      x: ((key + 0.5 - k0) * width) / (k1 - k0),
      y: ((query + 0.5 - q0) * height) / (q1 - q0),
    };
  }

  /** Sends a pointer event to a point of the map. */
  point(type: string, { x, y }: { x: number; y: number }, more: PointerEventInit = {}): void {
    const box = this.map.getBoundingClientRect();
    const place = { clientX: box.left + x, clientY: box.top + y, bubbles: true };
    this.map.dispatchEvent(new PointerEvent(type, { ...place, pointerId: 1, ...more }));
  }

  drag(from: { x: number; y: number }, to: { x: number; y: number }): void {
    this.map.setPointerCapture = () => {};
    this.point("pointerdown", from);
    for (const step of [0.3, 0.7, 1])
      this.point("pointermove", {
        x: from.x + step * (to.x - from.x),
        y: from.y + step * (to.y - from.y),
      });
    this.point("pointerup", to);
  }

  wheel({ x, y }: { x: number; y: number }, deltaY: number, ctrlKey: boolean): WheelEvent {
    const box = this.map.getBoundingClientRect();
    const place = { clientX: box.left + x, clientY: box.top + y, cancelable: true, bubbles: true };
    const event = new WheelEvent("wheel", { ...place, deltaY, ctrlKey });
    this.map.dispatchEvent(event);
    return event;
  }

  close(): void {
    this.scope.abort();
    this.el.remove();
  }
}

export async function openMatrix(options: MatrixOptions = {}): Promise<MatrixPage> {
  const page = new MatrixPage(options);
  const patience = { timeout: 8000 };
  await expect.poll(() => page.root.dataset.state, patience).toBe("ready");
  if (options.kernel !== "none")
    await expect.poll(() => page.root.dataset.idle, patience).toBe("true");
  return page;
}

export function closeMatrices(): void {
  for (const page of open.splice(0)) page.close();
}

/** What the card beside a cell says, or null where there is none. */
export function cardText(page: MatrixPage): (string | null)[] | null {
  const { hidden, children } = page.find(".hw-card");
  return hidden ? null : [...children].map((node) => node.textContent);
}

/** Waits until Python knows the part in sight. */
export async function rested(page: MatrixPage, region: number[]): Promise<void> {
  await expect.poll(() => page.host.get("region")).toEqual(region);
}
