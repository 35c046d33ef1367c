import { expect } from "vitest";
import type { Traits, VectorSpec } from "../../src/state/types.ts";
import { Loader } from "../../src/store/loader.ts";
import { scoreRow } from "../../src/views/neuron/scores.ts";
import { blob, type NamedTensor } from "./blob.ts";
import { RecordingHost } from "./host.ts";
import { OpenView } from "./page.ts";
import { pieceOf, type Sample, sampleOf, tokenList, traitsOf } from "./sample.ts";

/** A trace with query and key vectors, made of plain arithmetic. */
export interface NeuronSample {
  labels: string[];
  layers: number;
  heads: number;
  /** One entry a layer; null where there are weights only. */
  vectors: (VectorSpec | null)[];
  position?: Traits["_trace"]["position"];
  captured?: number[][];
}

export const SPEC: VectorSpec = { size: 4, scale: 0.5, key_heads: 2, causal: false };

export function neuronSample(more: Partial<NeuronSample> = {}): NeuronSample {
  const layers = more.vectors?.length ?? 2;
  return {
    labels: ["[CLS]", "the", "cat", "sat", "on", "it"],
    layers,
    heads: 2,
    vectors: Array.from({ length: layers }, () => SPEC),
    ...more,
  };
}

/** Values that differ in every index and have both signs. */
export function valueAt(
  kind: "query" | "key",
  layer: number,
  head: number,
  row: number,
  n: number,
) {
  const at = (kind === "query" ? 1 : 2) + 3 * layer + 5 * head + 7 * row + 11 * n;
  return Math.round(1000 * 2 * Math.sin(at * 1.37)) / 1000;
}

const biasAt = (head: number, query: number, key: number) =>
  -0.1 * (head + 1) * Math.abs(query - key);
const maskAt = (query: number, key: number) => (key === 1 && query !== 1 ? 0 : 1);

function specOf(sample: NeuronSample, layer: number): VectorSpec {
  const spec = sample.vectors[layer];
  if (!spec) throw new Error(`layer ${layer} has no vectors`);
  return spec;
}

export function vectorOf(
  sample: NeuronSample,
  kind: "query" | "key",
  layer: number,
  head: number,
  row: number,
): number[] {
  const { size } = specOf(sample, layer);
  return Array.from({ length: size }, (_, n) => valueAt(kind, layer, head, row, n));
}

/** What Python says of one query of a head. */
export function expectedRow(sample: NeuronSample, layer: number, head: number, query: number) {
  const vectors = specOf(sample, layer);
  const keyHead = Math.floor((head * vectors.key_heads) / sample.heads);
  const indices = sample.labels.map((_, i) => i);
  return scoreRow({
    query: vectorOf(sample, "query", layer, head, query),
    keys: indices.flatMap((key) => vectorOf(sample, "key", layer, keyHead, key)),
    vectors,
    head,
    at: query,
    bias: vectors.bias ? indices.map((key) => biasAt(head, query, key)) : null,
    mask: vectors.mask ? indices.map((key) => maskAt(query, key)) : null,
  });
}

interface RowsRequest {
  block: string;
  layer: number;
  kind: "query" | "key" | "bias" | "mask";
  head: number;
  start: number;
  stop: number;
}

export function rowsTensor(sample: NeuronSample, request: RowsRequest): NamedTensor {
  const { block, layer, kind, head, start, stop } = request;
  const indices = sample.labels.map((_, i) => i);
  const rows = indices.slice(start, stop).map((row) => {
    if (kind === "bias") return indices.map((key) => biasAt(head, row, key));
    if (kind === "mask") return indices.map((key) => maskAt(row, key));
    return vectorOf(sample, kind, layer, head, row);
  });
  const values = rows.flat();
  return {
    name: `rows/${kind}/${block}/${layer}/${head}/${start}`,
    shape: [rows.length, rows[0]?.length ?? 0],
    data: kind === "mask" ? Uint8Array.from(values) : Float32Array.from(values),
  };
}

/** Every table of the given layers, as a first message has them. */
export function rowsBlob(sample: NeuronSample, layers: number[]): Uint8Array {
  const stop = sample.labels.length;
  return blob(
    layers.flatMap((layer) => {
      const spec = sample.vectors[layer];
      if (!spec) return [];
      const table = (kind: RowsRequest["kind"], head: number) =>
        rowsTensor(sample, { block: "encoder", layer, kind, head, start: 0, stop });
      const heads = Array.from({ length: sample.heads }, (_, head) => head);
      return [
        ...heads.map((head) => table("query", head)),
        ...heads.slice(0, spec.key_heads).map((head) => table("key", head)),
        ...(spec.bias ? heads.map((head) => table("bias", head)) : []),
        ...(spec.mask ? [table("mask", 0)] : []),
      ];
    }),
  );
}

function weightsOf(sample: NeuronSample): Sample {
  const tokens = tokenList(sample.labels);
  const weightAt = (layer: number, head: number, query: number, key: number) =>
    sample.vectors[layer]
      ? (expectedRow(sample, layer, head, query).weight[key] ?? 0)
      : 1 / sample.labels.length;
  return sampleOf({ tokens, layers: sample.layers, heads: sample.heads, weightAt });
}

interface Call {
  method: string;
  params: RowsRequest;
  answer: () => void;
}

interface Control {
  value: boolean;
  refusing: Error | null;
}

interface Options {
  sample?: NeuronSample;
  traits?: Partial<Traits>;
  /** Layers whose tables come with the first message. */
  stored?: number[];
  kernel?: "live" | "none";
  width?: number;
  ground?: string;
}

/** A neuron view in the page, with a kernel that answers at once or when the test says so. */
export class NeuronView extends OpenView {
  constructor(
    options: Options,
    readonly sample: NeuronSample,
    readonly calls: Call[],
    held: Control,
    shared: { host: RecordingHost; loader: Loader },
  ) {
    super({ ...options, sample: weightsOf(sample) }, shared);
    this.#held = held;
    this.loader = shared.loader;
  }

  readonly #held: Control;
  readonly loader: Loader;

  /** While true, calls wait for `answer`. */
  set held(value: boolean) {
    this.#held.value = value;
  }

  /** Refuses every call with this. */
  set refusing(error: Error | null) {
    this.#held.refusing = error;
  }

  row(key: number): HTMLElement {
    return this.find(`.hw-neuron-row[data-key="${key}"]`);
  }

  /** Text of a column, by key, of the rows in the document. */
  column(id: string): string[] {
    return this.texts(`.hw-neuron-row .hw-cell[data-column="${id}"]`);
  }

  get titles(): string[] {
    return this.texts(".hw-neuron-titles > *");
  }

  get pill(): HTMLElement {
    return this.find(".hw-neuron-query");
  }

  get share(): string {
    return this.find(".hw-share").textContent ?? "";
  }

  get strips(): HTMLCanvasElement {
    return this.find("canvas.hw-strips") as HTMLCanvasElement;
  }

  get card(): string | null {
    const card = this.find(".hw-card");
    return card.hidden ? null : card.textContent;
  }

  get table(): HTMLElement {
    return this.find(".hw-neuron-table");
  }

  press(key: string, more: KeyboardEventInit = {}): void {
    this.table.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...more }));
  }

  get selection(): Traits["selection"] {
    return this.host.get("selection");
  }
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

export async function openNeuron(options: Options = {}): Promise<NeuronView> {
  const view = makeNeuron(options);
  await expect.poll(() => view.root.dataset.state).toBe("ready");
  return view;
}

/** The view before anything has come. */
export function makeNeuron(
  options: Options = {},
  shared?: NeuronView,
  loader?: Loader,
): NeuronView {
  const sample = options.sample ?? shared?.sample ?? neuronSample();
  const calls: Call[] = [];
  const held: Control = { value: false, refusing: null };
  const weights = weightsOf(sample);
  const handler = (method: string, params: object) =>
    new Promise<{ buffers: Uint8Array[] }>((resolve, reject) => {
      const request = params as RowsRequest;
      const answer = () =>
        resolve({
          buffers: [
            method === "rows"
              ? blob([rowsTensor(sample, request)])
              : blob([pieceOf(weights, params as Parameters<typeof pieceOf>[1])]),
          ],
        });
      calls.push({ method, params: request, answer });
      if (held.refusing) reject(held.refusing);
      else if (!held.value) answer();
    });
  const layer = options.traits?.layer ?? 0;
  const head = options.traits?.head ?? 0;
  const traits = traitsOf(
    weights,
    {
      _view: "neuron",
      tensors: rowsBlob(sample, options.stored ?? range(sample.layers)),
      selection: { block: "encoder", heads: [[layer, head]], query: null, key: null },
      ...options.traits,
    },
    [],
  );
  const [block] = traits._trace.blocks;
  if (block) {
    block.vectors = sample.vectors;
    if (sample.captured) block.captured = sample.captured;
  }
  traits._trace.position = sample.position ?? "";
  const signal = new AbortController().signal;
  const host =
    shared?.host ??
    new RecordingHost(traits, signal, options.kernel === "none" ? undefined : handler);
  return new NeuronView(options, sample, calls, held, { host, loader: loader ?? new Loader(host) });
}

/** A selection of one head, with a lock. */
export function locked(
  query: number | null,
  key: number | null = null,
  [layer, head]: [number, number] = [0, 0],
): Traits["selection"] {
  return { block: "encoder", heads: [[layer, head]], query, key };
}
