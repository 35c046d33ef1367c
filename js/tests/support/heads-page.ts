import { userEvent } from "vitest/browser";
import type { ColumnSpec, HeadPair, Traits } from "../../src/state/types.ts";
import { Loader } from "../../src/store/loader.ts";
import { blob, type NamedTensor } from "./blob.ts";
import { RecordingHost } from "./host.ts";
import { OpenView, ready } from "./page.ts";
import { sampleOf, traitsOf } from "./sample.ts";

export interface HeadsOptions {
  layers?: number;
  heads?: number;
  /** Columns by name; a value for each head, layer after layer. */
  columns?: Record<string, (at: number) => number>;
  /** Places of the map. */
  places?: [number, number, number][];
  traits?: Partial<Traits>;
  /** Columns that do not travel with the view. */
  later?: string[];
  width?: number;
  ground?: string;
}

const all = (layers: number, heads: number): HeadPair[] =>
  Array.from({ length: layers * heads }, (_, at) => [Math.floor(at / heads), at % heads]);

/** A heads view in the page, with ways to look at it. */
export class HeadsPage extends OpenView {
  cell(layer: number, head: number): HTMLElement {
    return this.find(`.hw-grid-cell[data-layer="${layer}"][data-head="${head}"]`);
  }

  point(layer: number, head: number): HTMLElement {
    return this.find(`.hw-point[data-layer="${layer}"][data-head="${head}"]`);
  }

  get selected(): HeadPair[] {
    return this.all("[data-layer][aria-selected=true]").map(({ dataset }) => [
      Number(dataset.layer),
      Number(dataset.head),
    ]);
  }

  get colors(): HTMLCanvasElement {
    return this.find("canvas.hw-thumbs") as HTMLCanvasElement;
  }

  get facts(): string {
    return this.find(".hw-facts").textContent ?? "";
  }

  /** Names in the list, from its first on. */
  get listed(): string[] {
    return this.texts(".hw-heads-list .hw-rank-name");
  }

  /** The middle of a cell, in CSS px of the canvas. */
  middleOf(layer: number, head: number, [x, y]: [number, number] = [0.5, 0.5]) {
    const canvas = this.colors.getBoundingClientRect();
    const box = this.cell(layer, head).getBoundingClientRect();
    return {
      x: box.left - canvas.left + x * box.width,
      y: box.top - canvas.top + y * box.height,
    };
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await userEvent.keyboard(key);
  }
}

export async function openHeads(options: HeadsOptions = {}): Promise<HeadsPage> {
  const { layers = 3, heads = 4, places, later = [], width, ground } = options;
  const pairs = all(layers, heads);
  const columns = options.columns ?? { score: (at) => at / (pairs.length - 1 || 1) };
  const names = Object.keys(columns);
  const own = names.filter((name) => !name.endsWith("_se"));
  const specs = own.map(
    (name): ColumnSpec => ({
      name,
      unit: name === "entropy" ? "nats" : "",
      about: "",
      error: names.includes(`${name}_se`) ? `${name}_se` : null,
    }),
  );
  const tensorOf = (name: string): NamedTensor => ({
    name: `table/encoder/${name}`,
    shape: [pairs.length],
    data: Float32Array.from(pairs, (_, at) => columns[name]?.(at) ?? Number.NaN),
  });
  const map: NamedTensor[] = places
    ? [{ name: "map/encoder", shape: [places.length, 3], data: Float32Array.from(places.flat()) }]
    : [];
  const sample = sampleOf({ layers, heads });
  const base = traitsOf(sample, {}, []);
  const clusters = 1 + Math.max(0, ...(places ?? []).map(([, , cluster]) => cluster || 0));
  const spec = {
    stress: 0.25,
    clusters,
    left_out: (places ?? []).filter(([x]) => Number.isNaN(x)).length,
  };
  const traits: Traits = {
    ...base,
    _view: "heads",
    _table: {
      columns: specs,
      words: { pattern: { encoder: pairs.map(() => "block") } },
      heads: { encoder: pairs },
      maps: places ? { encoder: spec } : {},
    },
    metric: own[0] ?? "",
    form: "table",
    selection: { block: "encoder", heads: [], query: null, key: null },
    tensors: blob([...names.filter((name) => !later.includes(name)).map(tensorOf), ...map]),
    ...options.traits,
  };
  const host = new RecordingHost(traits, new AbortController().signal, async () => ({
    buffers: [blob([...names.map(tensorOf), ...map])],
  }));
  const page = { ...(width ? { width } : {}), ...(ground ? { ground } : {}) };
  const view = new HeadsPage(page, { host, loader: new Loader(host) });
  await ready(view);
  return view;
}
