import type { VectorSpec } from "../../state/types.ts";
import type { Job } from "../../store/loader.ts";
import { type RowKind, type Rows, rowJobs, type Table } from "../../store/rows.ts";
import type { Full } from "./draw.ts";
import { keyHeadOf, type ScoreRow, scoreRow } from "./scores.ts";

/** What a person looks at: one query of one head. */
export interface Place {
  block: string;
  layer: number;
  head: number;
  /** Heads of the layer. */
  heads: number;
  query: number;
  queries: number;
  keys: number;
  vectors: VectorSpec;
}

/** Everything that the columns show, worked out once for a query. */
export interface Reading extends Place {
  queryVector: Float32Array;
  keyVectors: Float32Array;
  scores: ScoreRow;
  full: Full;
  /** Whether all other queries of the head have come as well. */
  whole: boolean;
}

interface Wanted {
  table: Table;
  count: number;
  width: number;
}

function tablesOf(place: Place): Record<RowKind, Wanted> {
  const { block, layer, head, heads, vectors, queries, keys } = place;
  const { size, key_heads } = vectors;
  const table = (kind: RowKind, number: number, count: number, width: number) => ({
    table: { kind, block, layer, head: number },
    count,
    width,
  });
  return {
    query: table("query", head, queries, size),
    key: table("key", keyHeadOf(head, heads, key_heads), keys, size),
    bias: table("bias", head, queries, keys),
    mask: table("mask", 0, queries, keys),
  };
}

/** Requests for what a place lacks: its row and all keys first, then the other queries. */
export function jobsFor(rows: Rows, place: Place): Job[] {
  const { query, vectors } = place;
  const tables = tablesOf(place);
  const jobs = (kind: RowKind, start: number, stop: number) => {
    const { table, count, width } = tables[kind];
    return rowJobs({ ...table, count, width, start, stop }, (row) => rows.has(table, row));
  };
  const now = [
    ...jobs("query", query, query + 1),
    ...jobs("key", 0, place.keys),
    ...(vectors.bias ? jobs("bias", query, query + 1) : []),
    ...(vectors.mask ? jobs("mask", query, query + 1) : []),
  ];
  const names = new Set(now.map(({ name }) => name));
  const rest = jobs("query", 0, place.queries).filter(({ name }) => !names.has(name));
  return [...now, ...rest.map((job) => ({ ...job, later: true }))];
}

/** All rows of a table as one array, or null while some are missing. */
function wholeTable(rows: Rows, { table, count, width }: Wanted): Float32Array | null {
  const one = rows.span(table, 0, count);
  if (one) return one as Float32Array;
  const all = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    const values = rows.row(table, row);
    if (!values) return null;
    all.set(values, row * width);
  }
  return all;
}

function largestOf(values: ArrayLike<number>, least = 0): number {
  let largest = least;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] ?? 0));
  return largest;
}

function largestProduct(query: Float32Array, keys: Float32Array): number {
  let largest = 0;
  for (let start = 0; start < keys.length; start += query.length) {
    for (let n = 0; n < query.length; n++)
      largest = Math.max(largest, Math.abs((query[n] ?? 0) * (keys[start + n] ?? 0)));
  }
  return largest;
}

interface Vectors {
  name: string;
  /** Whether all queries of the head have come. */
  whole: boolean;
  keys: Float32Array;
  largest: number;
}

/** Reads places out of the store; remembers the last head and the last query, so that an arrival of something else costs nothing. */
export class Reader {
  #vectors: Vectors | null = null;
  #last: { name: string; reading: Reading } | null = null;

  constructor(private readonly rows: Rows) {}

  /** Null while something is missing. */
  read(place: Place): Reading | null {
    const { query, queries, keys, vectors } = place;
    const tables = tablesOf(place);
    const known = this.#vectorsOf(place, tables);
    if (!known) return null;
    const name = `${known.name}/${known.whole}/${query}/${queries}/${keys}`;
    if (this.#last?.name === name) return this.#last.reading;
    const row = (kind: RowKind) => this.rows.row(tables[kind].table, query);
    const queryVector = row("query") as Float32Array | null;
    const bias = vectors.bias ? row("bias") : null;
    const mask = vectors.mask ? row("mask") : null;
    if (!queryVector || (vectors.bias && !bias) || (vectors.mask && !mask)) return null;
    const input = { query: queryVector, keys: known.keys, vectors, head: place.head, at: query };
    const reading: Reading = {
      ...place,
      queryVector,
      keyVectors: known.keys,
      whole: known.whole,
      scores: scoreRow({ ...input, bias, mask }),
      full: {
        vectors: largestOf(queryVector, known.largest),
        products: largestProduct(queryVector, known.keys),
      },
    };
    this.#last = { name, reading };
    return reading;
  }

  #vectorsOf(place: Place, { query, key }: Record<RowKind, Wanted>): Vectors | null {
    const name = `${place.block}/${place.layer}/${place.head}`;
    if (this.#vectors?.name === name && this.#vectors.whole) return this.#vectors;
    const keys = this.#vectors?.name === name ? this.#vectors.keys : wholeTable(this.rows, key);
    if (!keys) return null;
    // The scale of colours is that of the head, the same for each of its queries.
    const queries = wholeTable(this.rows, query);
    const largest = queries ? largestOf(queries, largestOf(keys)) : largestOf(keys);
    this.#vectors = { name, whole: queries !== null, keys, largest };
    return this.#vectors;
  }
}
