import type { HeadPair, Traits } from "../../src/state/types.ts";
import { blob, type NamedTensor } from "./blob.ts";
import { expectedRow, type NeuronSample, neuronSample, rowsTensor, SPEC } from "./neuron-page.ts";
import { OpenView, ready } from "./page.ts";
import { layerBlob, pieceOf, type Sample, sampleOf, tokenList, traitsOf } from "./sample.ts";

/** Views of several parts over hand-made traces; all that they show comes with the first message. */

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

function thumbsOf({ tokens, heads, weightAt }: Sample, layer: number): NamedTensor[] {
  const count = tokens.labels.length;
  const cells = range(heads * count * count).map((at) => {
    const head = Math.floor(at / count ** 2);
    const query = Math.floor(at / count) % count;
    return 1 + Math.round(254 * Math.sqrt(weightAt(layer, head, query, at % count)));
  });
  return [
    {
      name: `thumb/encoder/${layer}/max,10000,all,0`,
      shape: [heads, count, count],
      data: Uint8Array.from(cells),
    },
    {
      name: `facts/encoder/${layer}`,
      shape: [heads, 9],
      data: Float32Array.from(range(heads).flatMap(() => [1, 2, 0.1, 0.1, 0.1, 0.1, 1, 2, 0.5])),
    },
  ];
}

/** Everything of a trace with vectors: thumbnails, facts, weights and rows of all layers. */
function exploreBlob(vectors: NeuronSample, weights: Sample): Uint8Array {
  const stop = vectors.labels.length;
  const tensors = range(vectors.layers).flatMap((layer): NamedTensor[] => [
    ...thumbsOf(weights, layer),
    pieceOf(weights, { layer, axis: "all", start: 0, stop, dtype: "f32" }),
    ...range(vectors.heads).flatMap((head) =>
      (["query", "key"] as const).map((kind) =>
        rowsTensor(vectors, { block: "encoder", layer, kind, head, start: 0, stop }),
      ),
    ),
  ]);
  return blob(tensors);
}

interface Options {
  traits?: Partial<Traits>;
  width?: number;
  layers?: number;
  heads?: number;
  ground?: string;
}

export function exploreTraits(options: Options = {}): { sample: Sample; traits: Traits } {
  const { layers = 3, heads = 4 } = options;
  const spec = { ...SPEC, key_heads: heads };
  const vectors = neuronSample({ heads, vectors: range(layers).map(() => spec) });
  const tokens = tokenList(vectors.labels);
  const sample = sampleOf({
    tokens,
    layers,
    heads,
    weightAt: (layer, head, query, key) =>
      expectedRow(vectors, layer, head, query).weight[key] ?? 0,
  });
  const traits = traitsOf(sample, {}, []);
  const blocks = traits._trace.blocks.map((block) => ({ ...block, vectors: vectors.vectors }));
  return {
    sample,
    traits: {
      ...traits,
      _view: "explore",
      _trace: { ...traits._trace, blocks },
      tensors: exploreBlob(vectors, sample),
      selection: { block: "encoder", heads: [[0, 1]], query: null, key: null },
      ...options.traits,
    },
  };
}

/** A part of a view, looked at by the same words. */
function partOf(view: OpenView, selector: string): HTMLElement {
  return view.find(`${selector} .headwise`);
}

export class ExploreView extends OpenView {
  constructor(options: Options = {}) {
    super({ ...options, ...exploreTraits(options) });
  }

  cell(layer: number, head: number): HTMLElement {
    return this.find(`.hw-grid-cell[data-layer="${layer}"][data-head="${head}"]`);
  }

  get head(): HTMLElement {
    return partOf(this, ".hw-pane-head");
  }

  /** Names and half sentences of the parts. */
  get titles(): string[] {
    return this.texts(".hw-title");
  }

  /** Numbers of a column of the neuron part. */
  neuron(column: string): string[] {
    return this.texts(`.hw-pane-neuron .hw-cell[data-column="${column}"]`);
  }

  headToken(side: "query" | "key", index: number): HTMLElement {
    return this.find(`.hw-pane-head [role=option][data-side="${side}"][data-index="${index}"]`);
  }

  get divider(): { vertical: HTMLElement; horizontal: HTMLElement } {
    const of = (orientation: string) => this.find(`.hw-divider[aria-orientation="${orientation}"]`);
    return { vertical: of("vertical"), horizontal: of("horizontal") };
  }
}

export async function openExplore(options: Options = {}): Promise<ExploreView> {
  const view = new ExploreView(options);
  await ready(view);
  return view;
}

/** The second text has one token more, at place 1. */
export const SECOND = tokenList([
  "[CLS]",
  "big",
  "the",
  "cat",
  "##s",
  "[SEP]",
  "are",
  "sad",
  "[SEP]",
]);

const MATCHED: [number[], number[]] = [
  [0, 1, 2, 3, 4, 5, 6, 7],
  [0, 2, 3, 4, 5, 6, 7, 8],
];

interface CompareOptions {
  traits?: Partial<Traits>;
  first?: Partial<Sample>;
  second?: Partial<Sample>;
  /** Layers of each side that come with the first message. */
  stored?: number[];
  pairs?: [number[], number[]];
  kernel?: "live" | "none";
  width?: number;
}

/** Heads of the second trace look one key further, and there are two of them. */
export function compareTraits(options: CompareOptions = {}): { sample: Sample; traits: Traits } {
  const sample = sampleOf(options.first);
  const tokens = options.second?.tokens ?? SECOND;
  const count = tokens.labels.length;
  const second = sampleOf({
    tokens,
    heads: 2,
    weightAt: (layer, head, query, key) =>
      (query + head + layer + 1) % count === key ? 0.5 : 0.5 / (count - 1),
    ...options.second,
  });
  const other = traitsOf(second, {}, []);
  const matched = options.pairs ?? MATCHED;
  const heads: HeadPair[] = [[0, 0]];
  return {
    sample,
    traits: {
      ...traitsOf(sample, {}, options.stored),
      _view: "compare",
      _trace_b: other._trace,
      _pairs: { encoder: { query: matched, key: matched } },
      tensors_b: layerBlob(second, options.stored ?? range(second.layers)),
      names: ["before", "after"],
      selection: { block: "encoder", heads, query: null, key: null },
      ...options.traits,
    },
  };
}

export class CompareView extends OpenView {
  constructor(options: CompareOptions = {}) {
    super({ ...options, ...compareTraits(options) });
  }

  side(side: "a" | "b"): HTMLElement {
    return this.find(`.hw-side[data-side="${side}"] .headwise`);
  }

  sideToken(side: "a" | "b", list: "query" | "key", index: number): HTMLElement {
    const selector = `[role=option][data-side="${list}"][data-index="${index}"]`;
    const node = this.side(side).querySelector<HTMLElement>(selector);
    if (!node) throw new Error(`side ${side} has no ${list} ${index}`);
    return node;
  }

  /** Locked tokens of a side. */
  locked(side: "a" | "b"): string[] {
    return [...this.side(side).querySelectorAll(".hw-token.hw-locked")].map(
      (node) => node.textContent ?? "",
    );
  }

  get map(): HTMLCanvasElement {
    return this.find("canvas.hw-difference") as HTMLCanvasElement;
  }

  get value(): string {
    return this.find(".hw-diff-value").textContent ?? "";
  }

  /** Middle of a cell of the map, CSS px of the canvas. */
  cellAt(row: number, column: number): { x: number; y: number } {
    const rows = Number(this.find(".hw-diff-box").dataset.rows);
    const side = Number.parseFloat(this.map.style.height) / rows;
    return { x: (column + 0.5) * side, y: (row + 0.5) * side };
  }
}

export async function openCompare(options: CompareOptions = {}): Promise<CompareView> {
  const view = new CompareView(options);
  await ready(view);
  return view;
}
