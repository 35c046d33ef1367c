import type { LayerThumbs, ThumbFilter } from "../../store/thumbs.ts";
import type { Strip } from "../../store/weights.ts";
import type { Play } from "../head/axis.ts";
import { byteOf } from "./resample.ts";

/** Thumbnails made in the page, from whole weights that it holds: a saved page has no Python to filter them. Pure. */

export interface LayerWeights {
  heads: number;
  queries: number;
  keys: number;
  /** Weights of one query, [head][key]. */
  row: (query: number) => Strip | null;
  sees: (query: number, key: number, weight: number) => boolean;
}

/** Longest side of a thumbnail. */
const SIDE = 64;

export function poolFactor(queries: number, keys: number): number {
  return Math.max(1, Math.ceil(Math.max(queries, keys) / SIDE));
}

/** The least weight of a row that is kept: the largest ones are, until they reach `share` of the sum. */
function cutOf(weights: number[], share: number): number {
  const sorted = [...weights].sort((a, b) => b - a);
  const enough = share * sorted.reduce((sum, weight) => sum + weight, 0);
  let running = 0;
  for (const weight of sorted) {
    running += weight;
    if (running >= enough) return weight;
  }
  return 0;
}

/** Sums or largest weights of cells, and how many weights each is of. */
class Cells {
  readonly #sums: Float64Array;
  readonly #counts: Uint32Array;

  constructor(
    size: number,
    private readonly pooling: ThumbFilter["pooling"],
  ) {
    this.#sums = new Float64Array(size);
    this.#counts = new Uint32Array(size);
  }

  add(cell: number, weight: number): void {
    const before = this.#sums[cell] ?? 0;
    this.#sums[cell] = this.pooling === "max" ? Math.max(before, weight) : before + weight;
    this.#counts[cell] = (this.#counts[cell] ?? 0) + 1;
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#sums, (sum, cell) => {
      const count = this.#counts[cell] ?? 0;
      return count === 0 ? 0 : byteOf(this.pooling === "max" ? sum : sum / count);
    });
  }
}

/** Keys of a row that are in play: seen, left by the filters, and not below the cut. */
function keysOf(values: Float32Array, seen: (key: number) => boolean, share: number): number[] {
  const keys: number[] = [];
  for (let key = 0; key < values.length; key++)
    if ((values[key] ?? Number.NaN) >= 0 && seen(key)) keys.push(key);
  if (share >= 1) return keys;
  if (share <= 0) return [];
  const at = (key: number) => values[key] ?? 0;
  const cut = cutOf(keys.map(at), share);
  return keys.filter((key) => at(key) > 0 && at(key) >= cut);
}

/** As Python makes them (headwise/thumbnails.py); null where a row is missing. */
export function thumbsOf(
  layer: LayerWeights,
  play: Play,
  { pooling, strongest }: Pick<ThumbFilter, "pooling" | "strongest">,
): LayerThumbs | null {
  const { heads, queries, keys } = layer;
  const factor = poolFactor(queries, keys);
  const [rows, columns] = [Math.ceil(queries / factor), Math.ceil(keys / factor)];
  const cells = new Cells(heads * rows * columns, pooling);
  for (let query = 0; query < queries; query++) {
    const strip = layer.row(query);
    if (!strip) return null;
    for (let head = 0; head < heads && play.query[query]; head++) {
      const values = strip.values.subarray(head * keys, (head + 1) * keys);
      const seen = (key: number) =>
        (play.key[key] ?? false) && layer.sees(query, key, values[key] ?? 0);
      const start = (head * rows + Math.floor(query / factor)) * columns;
      for (const key of keysOf(values, seen, strongest))
        cells.add(start + Math.floor(key / factor), values[key] ?? 0);
    }
  }
  return { heads, rows, columns, data: cells.bytes };
}
