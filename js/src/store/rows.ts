import type { Tensor } from "./decode.ts";
import { Kept } from "./kept.ts";
import type { Job } from "./loader.ts";
import { TILE_BYTES } from "./plan.ts";

/**
 * Tables of which the neuron view reads rows: query vectors, key vectors (by key head), bias and mask (one row a query; the mask belongs to
 * no head and stands under head 0).
 */
export type RowKind = "query" | "key" | "bias" | "mask";

export interface Table {
  kind: RowKind;
  block: string;
  layer: number;
  head: number;
}

/** A table and what is wanted of it. */
export interface RowsWant extends Table {
  /** Rows of the whole table, and values in a row. */
  count: number;
  width: number;
  start: number;
  stop: number;
}

interface Piece {
  table: string;
  start: number;
  count: number;
  width: number;
  data: Float32Array | Uint8Array;
}

function tableName({ kind, block, layer, head }: Table): string {
  return `rows/${kind}/${block}/${layer}/${head}`;
}

/** Pieces of a table that are not here yet, of about 1 MB at most; a small table is asked for whole. */
export function rowJobs(want: RowsWant, has: (row: number) => boolean): Job[] {
  const { kind, block, layer, head, count, width } = want;
  const rowBytes = width * (kind === "mask" ? 1 : 4);
  const size = Math.max(1, Math.floor(TILE_BYTES / rowBytes));
  const jobs: Job[] = [];
  for (let start = Math.floor(want.start / size) * size; start < want.stop; start += size) {
    const stop = Math.min(count, start + size);
    let missing = false;
    for (let row = Math.max(start, want.start); row < Math.min(stop, want.stop); row++)
      missing ||= !has(row);
    if (missing)
      jobs.push({
        name: `${tableName(want)}/${start}/${stop}`,
        method: "rows",
        params: { block, layer, kind, head, start, stop },
      });
  }
  return jobs;
}

/** The rows that have arrived, least recently used first, within a limit of bytes. */
export class Rows {
  readonly #pieces: Kept<Piece>;

  constructor(limit = 64_000_000) {
    this.#pieces = new Kept(limit);
  }

  get bytes(): number {
    return this.#pieces.bytes;
  }

  add(tensors: Tensor[]): void {
    for (const { name, shape, data } of tensors) {
      if (!name.startsWith("rows/")) continue;
      const cut = name.lastIndexOf("/");
      const [count = 0, width = 0] = shape;
      const before = this.#pieces.peek(name);
      if (before && before.count > count) continue;
      const start = Number(name.slice(cut + 1));
      this.#pieces.put(name, { table: name.slice(0, cut), start, count, width, data });
    }
    this.#pieces.trim();
  }

  has(table: Table, row: number): boolean {
    return this.row(table, row) !== null;
  }

  /** One row, a view of what is stored. */
  row(table: Table, row: number): Float32Array | Uint8Array | null {
    const wanted = tableName(table);
    for (const [name, piece] of this.#pieces) {
      if (piece.table !== wanted || row < piece.start || row >= piece.start + piece.count) continue;
      this.#pieces.use(name);
      const from = (row - piece.start) * piece.width;
      return piece.data.subarray(from, from + piece.width);
    }
    return null;
  }

  /** Consecutive rows as one array if one piece has them all; so a whole table is read without a search for each row. */
  span(table: Table, start: number, stop: number): Float32Array | Uint8Array | null {
    const wanted = tableName(table);
    for (const [name, piece] of this.#pieces) {
      if (piece.table !== wanted || start < piece.start || stop > piece.start + piece.count)
        continue;
      this.#pieces.use(name);
      return piece.data.subarray(
        (start - piece.start) * piece.width,
        (stop - piece.start) * piece.width,
      );
    }
    return null;
  }
}
