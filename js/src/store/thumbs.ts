import type { Pooling, Sentences } from "../state/types.ts";
import type { Tensor } from "./decode.ts";
import { Kept } from "./kept.ts";
import type { Job } from "./loader.ts";

/** All thumbnails of a layer: [head][row][column] as bytes, 0 where no pair is seen and in play, else 1 + 254 · √weight. */
export interface LayerThumbs {
  heads: number;
  rows: number;
  columns: number;
  data: Uint8Array;
}

/** What Python says of each head of a layer, whatever the view filters; NaN where it does not apply. */
export interface HeadFacts {
  /** Nats: mean over the queries, and the most it could be. */
  entropy: number;
  possible: number;
  /** Mean weight to the key before, after, the first one, and to special tokens together. */
  previous: number;
  next: number;
  first: number;
  special: number;
  /** The strongest pair of ordinary tokens, or null. */
  pair: { query: number; key: number; weight: number } | null;
}

export interface ThumbFilter {
  pooling: Pooling;
  strongest: number;
  sentences: Sentences;
  hideSpecial: boolean;
}

const FACTS = 9;
const COARSE = "coarse-";

/** Name of a way to make thumbnails, as Python writes it into the names of tensors. */
export function thumbVariant({ pooling, strongest, sentences, hideSpecial }: ThumbFilter): string {
  return [pooling, Math.round(10_000 * strongest), sentences, hideSpecial ? 1 : 0].join(",");
}

export function thumbJob(block: string, layer: number, filter: ThumbFilter): Job {
  const { pooling, strongest, sentences, hideSpecial } = filter;
  return {
    name: `thumb/${block}/${layer}/${thumbVariant(filter)}`,
    method: "thumbnails",
    params: { block, layer, pooling, strongest, sentences, hide_special: hideSpecial },
  };
}

export function factsJob(block: string, layer: number): Job {
  return { name: `facts/${block}/${layer}`, method: "facts", params: { block, layer } };
}

/** The thumbnails and facts that have arrived, least recently used first, within a limit of bytes. */
export class Thumbs {
  readonly #layers: Kept<LayerThumbs>;
  readonly #facts = new Map<string, Float32Array>();

  constructor(limit = 32_000_000) {
    this.#layers = new Kept(limit);
  }

  get bytes(): number {
    return this.#layers.bytes;
  }

  add(tensors: Tensor[]): void {
    for (const { name, shape, data } of tensors) {
      const kind = name.startsWith(COARSE) ? name.slice(COARSE.length) : name;
      if (kind.startsWith("thumb/") && data instanceof Uint8Array) {
        const [heads = 0, rows = 0, columns = 0] = shape;
        this.#layers.put(name, { heads, rows, columns, data });
      } else if (name.startsWith("facts/") && data instanceof Float32Array) {
        this.#facts.set(name, data);
      }
    }
    this.#layers.trim();
  }

  layer(block: string, layer: number, variant: string): LayerThumbs | null {
    return this.#layers.use(`thumb/${block}/${layer}/${variant}`);
  }

  /** As a saved notebook keeps them: fewer cells or levels, until those that are asked for come. */
  coarse(block: string, layer: number, variant: string): LayerThumbs | null {
    return this.#layers.use(`${COARSE}thumb/${block}/${layer}/${variant}`);
  }

  hasFacts(block: string, layer: number): boolean {
    return this.#facts.has(`facts/${block}/${layer}`);
  }

  facts(block: string, layer: number, head: number): HeadFacts | null {
    const all = this.#facts.get(`facts/${block}/${layer}`);
    if (!all || (head + 1) * FACTS > all.length) return null;
    const [entropy = 0, possible = 0, previous = 0, next = 0, first = 0, special = 0, ...rest] =
      all.subarray(head * FACTS, (head + 1) * FACTS);
    const [query = -1, key = -1, weight = Number.NaN] = rest;
    const pair = query >= 0 && key >= 0 ? { query, key, weight } : null;
    return { entropy, possible, previous, next, first, special, pair };
  }
}
