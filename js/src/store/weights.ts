import type { Tensor } from "./decode.ts";
import { Kept } from "./kept.ts";

/** Values of one query over all keys, or of one key over all queries: [head][other side], row-major. */
export interface Strip {
  values: Float32Array;
  /** False while only the byte-sized picture of the weights is here. */
  exact: boolean;
}

export type MarginalName = "strongest" | "received";

type Axis = "all" | "query" | "key";

interface Tile {
  key: string;
  axis: Axis;
  heads: number;
  /** First index along the axis, and the sides of the stored array. */
  start: number;
  queries: number;
  keys: number;
  data: Float32Array | Uint8Array;
  exact: boolean;
  /** As a saved notebook keeps it: with fewer levels than a byte has, so that it is asked for again. */
  coarse: boolean;
}

const AXES: Record<string, Axis> = { w: "all", q: "query", k: "key" };
const COARSE = "coarse-";
/** Weight of each byte: Python stores round(255 · √weight). */
const FROM_BYTE = Float32Array.from({ length: 256 }, (_, byte) => (byte / 255) ** 2);

function covers(tile: Tile, axis: "query" | "key", index: number): boolean {
  if (tile.axis === "all") return true;
  const length = axis === "query" ? tile.queries : tile.keys;
  return tile.axis === axis && index >= tile.start && index < tile.start + length;
}

/** The weights that have arrived, least recently used first, within a limit of bytes. */
export class Weights {
  readonly #tiles: Kept<Tile>;
  readonly #marginals: Kept<{ data: Float32Array }>;
  readonly #arrivals = new Map<string, number>();

  constructor(limit = 64_000_000) {
    this.#marginals = new Kept(limit / 4);
    this.#tiles = new Kept(limit);
  }

  get bytes(): number {
    return this.#tiles.bytes + this.#marginals.bytes;
  }

  /** Counts what has come of the weights of a layer, so that a picture of them follows that alone. */
  arrivals(block: string, layer: number): number {
    return this.#arrivals.get(`${block}/${layer}`) ?? 0;
  }

  /** Adds weights and marginals; these are kept under `variant`, the filter that they were made with. */
  add(tensors: Tensor[], variant = "all"): void {
    for (const tensor of tensors) this.#place(tensor, variant);
    this.#marginals.trim();
    this.#tiles.trim(this.#marginals.bytes);
  }

  /** Weights of one query: [head][key]. */
  row(block: string, layer: number, query: number): Strip | null {
    const tile = this.find(block, layer, "query", query);
    return tile && read(tile, query, "query");
  }

  /** Weights of one key: [head][query]. */
  column(block: string, layer: number, key: number): Strip | null {
    const tile = this.find(block, layer, "key", key);
    return tile && read(tile, key, "key");
  }

  has(block: string, layer: number, axis: "query" | "key", index: number, exact: boolean): boolean {
    const key = `${block}/${layer}`;
    let found: string | null = null;
    for (const [name, tile] of this.#tiles) {
      if (tile.key !== key || tile.coarse || (exact && !tile.exact)) continue;
      // Where bytes are enough, it is them that have to stay.
      if (covers(tile, axis, index) && (!found || !tile.exact)) found = name;
    }
    return Boolean(found && this.#tiles.use(found));
  }

  /** Whether the whole layer is here, be it coarse if that is enough. */
  complete(block: string, layer: number, coarse = true): boolean {
    const name = `w/${block}/${layer}`;
    const names = coarse ? [name, COARSE + name] : [name];
    return names.some((one) => this.#tiles.peek(one) !== undefined);
  }

  /**
   * As Python computed them for a filter: the strongest weight of each query, [head][query],
   * or the mean weight that each key receives, [head][key].
   */
  marginal(name: MarginalName, block: string, layer: number, variant: string): Float32Array | null {
    return this.#marginals.use(`${name}/${block}/${layer}/${variant}`)?.data ?? null;
  }

  #place(tensor: Tensor, variant: string): void {
    const [kind = "", block = "", layer = "", start = "0"] = tensor.name.split("/");
    if (kind === "received" || kind === "strongest") {
      const name = `${tensor.name}/${variant}`;
      this.#marginals.put(name, { data: Float32Array.from(tensor.data) });
    }
    const coarse = kind.startsWith(COARSE);
    const axis = AXES[coarse ? kind.slice(COARSE.length) : kind];
    if (!axis) return;
    const [heads = 0, queries = 0, keys = 0] = tensor.shape;
    const exact = tensor.data instanceof Float32Array;
    // Bands of both kinds may start at the same token and differ in length: neither replaces the other.
    const name = axis === "all" || exact ? tensor.name : `${tensor.name}/bytes`;
    const before = this.#tiles.peek(name);
    if (before?.exact && !exact) return;
    // What a view would open with comes again and again, and may have fewer rows than what was asked for.
    const larger = before && (before.queries > queries || before.keys > keys);
    if (larger && before.exact === exact) return;
    const key = `${block}/${layer}`;
    this.#arrivals.set(key, (this.#arrivals.get(key) ?? 0) + 1);
    this.#tiles.put(name, {
      key,
      axis,
      heads,
      start: Number(start),
      queries,
      keys,
      data: tensor.data,
      exact,
      coarse,
    });
  }

  /** What a row or column is read from: another object once other weights of it have come. */
  find(block: string, layer: number, axis: "query" | "key", index: number): Tile | null {
    const key = `${block}/${layer}`;
    let best: { name: string; tile: Tile } | null = null;
    for (const [name, tile] of this.#tiles) {
      if (tile.key !== key || !covers(tile, axis, index)) continue;
      if (!best || finer(tile, best.tile)) best = { name, tile };
    }
    return best && this.#tiles.use(best.name, true);
  }
}

function finer(a: Tile, b: Tile): boolean {
  return (a.exact && !b.exact) || (b.coarse && !a.coarse);
}

function read(tile: Tile, index: number, axis: "query" | "key"): Strip {
  const { heads, queries, keys, data, exact } = tile;
  const local = tile.axis === "all" ? index : index - tile.start;
  const length = axis === "query" ? keys : queries;
  const step = axis === "query" ? 1 : keys;
  const values = new Float32Array(heads * length);
  for (let head = 0; head < heads; head++) {
    const origin = head * queries * keys + (axis === "query" ? local * keys : local);
    for (let i = 0; i < length; i++) {
      const value = data[origin + i * step] ?? 0;
      values[head * length + i] = exact ? value : (FROM_BYTE[value] ?? 0);
    }
  }
  return { values, exact };
}
