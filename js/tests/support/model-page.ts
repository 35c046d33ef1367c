import { userEvent } from "vitest/browser";
import type { Reply } from "../../src/host/host.ts";
import type { Handler } from "../../src/host/memory.ts";
import type { BlockSpec, HeadPair, Traits } from "../../src/state/types.ts";
import { Loader } from "../../src/store/loader.ts";
import { thumbVariant } from "../../src/store/thumbs.ts";
import { blob, type NamedTensor } from "./blob.ts";
import { RecordingHost } from "./host.ts";
import { OpenView, ready } from "./page.ts";
import { pieceOf, type Sample, sampleOf, traitsOf } from "./sample.ts";

/** A byte of a thumbnail; 0 where no pair is in play. */
export type ByteAt = (layer: number, head: number, row: number, column: number) => number;

/** Differs in every index; no byte is 0 but on the diagonal of head 1. */
export const byteAt: ByteAt = (layer, head, row, column) =>
  head === 1 && row === column ? 0 : 1 + ((31 * layer + 57 * head + 13 * row + 7 * column) % 255);

/** Of head 2 in layer 1: entropy 1.12, to previous 0.6; the heads differ in every number. */
export function factsAt(layer: number, head: number): number[] {
  const place = 4 * layer + head;
  const shares = [place / 10, place / 20, place / 40, 0.05 * head];
  return [1 + layer / 10 + head / 100, Math.log(8), ...shares, 5, 2, 0.213];
}

export const FILTER = {
  pooling: "max",
  strongest: 1,
  sentences: "all",
  hideSpecial: false,
} as const;

interface Params {
  block: string;
  layer: number;
  pooling: "max" | "mean";
  strongest: number;
  sentences: Traits["sentences"];
  hide_special: boolean;
}

export interface Call {
  method: string;
  params: Params;
  answer: () => void;
  refuse: (error: Error) => void;
}

/** A kernel in the page that answers what a model view asks. */
export class GridKernel {
  readonly calls: Call[] = [];
  /** While true, calls wait for `answer` or `refuse`. */
  held = false;

  constructor(
    readonly sample: Sample,
    readonly bytes: ByteAt = byteAt,
  ) {}

  readonly handler: Handler = (method, params) =>
    new Promise((resolve, reject) => {
      const call: Call = {
        method,
        params: params as Params,
        answer: () => resolve(this.#reply(call)),
        refuse: reject,
      };
      this.calls.push(call);
      if (!this.held) call.answer();
    });

  /** What was asked for, in order: "thumbnails 0", "facts 0". */
  get asked(): string[] {
    return this.calls.map(({ method, params }) => `${method} ${params.layer}`);
  }

  thumbs(layer: number, variant: string, block = "encoder"): NamedTensor {
    const { heads, tokens } = this.sample;
    const side = tokens.labels.length;
    const data = Uint8Array.from({ length: heads * side * side }, (_, at) =>
      this.bytes(layer, Math.floor(at / side ** 2), Math.floor((at % side ** 2) / side), at % side),
    );
    return { name: `thumb/${block}/${layer}/${variant}`, shape: [heads, side, side], data };
  }

  facts(layer: number, block = "encoder"): NamedTensor {
    const { heads } = this.sample;
    const rows = Array.from({ length: heads }, (_, head) => factsAt(layer, head));
    const data = Float32Array.from(rows.flat());
    return { name: `facts/${block}/${layer}`, shape: [heads, 9], data };
  }

  #reply({ method, params }: Call): Reply {
    const { block, layer, pooling, strongest, sentences, hide_special: hideSpecial } = params;
    if (method === "facts") return { buffers: [blob([this.facts(layer, block)])] };
    if (method === "thumbnails") {
      const variant = thumbVariant({ pooling, strongest, sentences, hideSpecial });
      return { buffers: [blob([this.thumbs(layer, variant, block)])] };
    }
    const stop = this.sample.tokens.labels.length;
    const piece = { layer, axis: "all", start: 0, stop, dtype: "f32" } as const;
    return { buffers: [blob([pieceOf(this.sample, piece)])] };
  }
}

export interface GridOptions {
  sample?: Sample;
  bytes?: ByteAt;
  traits?: Partial<Traits>;
  block?: Partial<BlockSpec>;
  /** Layers whose thumbnails and facts travel with the page. */
  stored?: number[];
  kernel?: "live" | "held" | "none";
  width?: number;
  ground?: string;
}

export const GRID: Sample = sampleOf({ layers: 3, heads: 4 });

/** A model view in the page, with ways to look at it. */
export class GridView extends OpenView {
  constructor(
    readonly grid: GridKernel,
    host: RecordingHost,
    readonly loader: Loader,
    options: GridOptions = {},
  ) {
    const { width, ground } = options;
    super({ ...(width ? { width } : {}), ...(ground ? { ground } : {}) }, { host, loader });
  }

  cell(layer: number, head: number): HTMLElement {
    return this.find(`.hw-grid-cell[data-layer="${layer}"][data-head="${head}"]`);
  }

  get selected(): HeadPair[] {
    return this.all('.hw-grid-cell[aria-selected="true"]').map(({ dataset }) => [
      Number(dataset.layer),
      Number(dataset.head),
    ]);
  }

  get thumbs(): HTMLCanvasElement {
    return this.find("canvas.hw-thumbs") as HTMLCanvasElement;
  }

  get marks(): HTMLCanvasElement {
    return this.find("canvas.hw-marks") as HTMLCanvasElement;
  }

  get facts(): string {
    return this.find(".hw-facts").textContent ?? "";
  }

  /** The one under the grid: an opened head has a legend of its own above it. */
  override get legend(): string {
    return this.all(".hw-legend").at(-1)?.textContent ?? "";
  }

  get openedHead(): HeadPair | null {
    const [opened] = this.all(".hw-opened");
    return opened ? [Number(opened.dataset.layer), Number(opened.dataset.head)] : null;
  }

  /** The middle of a cell of a thumbnail of `side` rows and columns, in CSS px of the canvas. */
  dot(layer: number, head: number, row: number, column: number, side: number) {
    const canvas = this.thumbs.getBoundingClientRect();
    const box = this.cell(layer, head).getBoundingClientRect();
    return {
      x: box.left - canvas.left + ((column + 0.5) * box.width) / side,
      y: box.top - canvas.top + ((row + 0.5) * box.height) / side,
    };
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await userEvent.keyboard(key);
  }
}

export function newGrid(options: GridOptions = {}): GridView {
  const sample = options.sample ?? GRID;
  const kernel = new GridKernel(sample, options.bytes);
  kernel.held = options.kernel === "held";
  const stored = options.stored ?? [...Array(sample.layers).keys()];
  const traits = traitsOf(sample, {}, []);
  const [block] = traits._trace.blocks;
  const all: Traits = {
    ...traits,
    _view: "model",
    _trace: { ...traits._trace, blocks: block ? [{ ...block, ...options.block }] : [] },
    selection: { block: "encoder", heads: [], query: null, key: null },
    tensors: blob(
      stored.flatMap((layer) => [kernel.thumbs(layer, thumbVariant(FILTER)), kernel.facts(layer)]),
    ),
    height: 720,
    ...options.traits,
  };
  const model = new AbortController();
  const handler = options.kernel === "none" ? undefined : kernel.handler;
  const host = new RecordingHost(all, model.signal, handler);
  return new GridView(kernel, host, new Loader(host), options);
}

export async function openGrid(options?: GridOptions): Promise<GridView> {
  const view = newGrid(options);
  await ready(view);
  return view;
}
