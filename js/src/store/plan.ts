import { range } from "../arrays.ts";
import type { Sentences } from "../state/types.ts";
import type { Job } from "./loader.ts";
import type { Weights } from "./weights.ts";

/** Which pieces of a layer a view should ask Python for. Pure, so that the byte budget can be tested by value. */

export type Dtype = "f32" | "u8";

export interface TileRequest {
  block: string;
  layer: number;
  axis: "all" | "query" | "key";
  start: number;
  stop: number;
  dtype: Dtype;
}

export interface Want {
  block: string;
  layer: number;
  heads: number;
  queryCount: number;
  keyCount: number;
  /** Token ranges in sight, end exclusive. */
  queries: [number, number];
  keys: [number, number];
  /** The row or column that a person holds and whose numbers they read. */
  held: { axis: "query" | "key"; start: number; stop: number } | null;
  /** Whether a person points at the picture, whose numbers are then read: until then bytes are enough to draw it. */
  pointed: boolean;
}

export type Has = (axis: "query" | "key", index: number, exact: boolean) => boolean;

/** About 1 MB passes every host well; larger messages slow VS Code down (hosts.md §5). */
export const TILE_BYTES = 1_000_000;
/** Where a person points, exact weights in sight are sent up to this size, so that hovering there needs no message. */
const SIGHT_BYTES = 2_000_000;
const MOST_ROWS = 64;
/** Columns in sight are there to be pointed at; wider ones are asked for one at a time, when they are. */
const COLUMNS_BYTES = 24_000_000;

/** Requests in the order of their use: what is held, rows in sight, columns in sight unless they are too wide. */
export function plan(want: Want, has: Has): TileRequest[] {
  const { block, layer, heads, queryCount, keyCount, pointed } = want;
  const base = { block, layer };
  if (heads * queryCount * keyCount * 4 <= TILE_BYTES) {
    const exact = pointed || want.held !== null;
    const dtype = exact ? "f32" : "u8";
    const whole = has("query", want.queries[0], exact) && has("query", queryCount - 1, exact);
    return whole ? [] : [{ ...base, axis: "all", start: 0, stop: queryCount, dtype }];
  }
  const sides = {
    query: { rowBytes: heads * keyCount * 4, count: queryCount },
    key: { rowBytes: heads * queryCount * 4, count: keyCount },
  };
  const bands = (
    axis: "query" | "key",
    [from, to]: [number, number],
    needExact: boolean,
  ): TileRequest[] => {
    const { rowBytes, count } = sides[axis];
    const exact = needExact || (pointed && (to - from) * rowBytes <= SIGHT_BYTES);
    const size = Math.max(
      1,
      Math.min(MOST_ROWS, Math.floor(TILE_BYTES / (exact ? rowBytes : rowBytes / 4))),
    );
    const requests: TileRequest[] = [];
    for (let start = Math.floor(from / size) * size; start < to; start += size) {
      const stop = Math.min(start + size, count);
      const missing = range(Math.max(start, from), Math.min(stop, to)).some(
        (index) => !has(axis, index, exact),
      );
      if (missing) requests.push({ ...base, axis, start, stop, dtype: exact ? "f32" : "u8" });
    }
    return requests;
  };
  const columns = (want.keys[1] - want.keys[0]) * (sides.key.rowBytes / 4);
  const held = want.held ? bands(want.held.axis, [want.held.start, want.held.stop], true) : [];
  const requests = [
    ...held,
    ...bands("query", want.queries, false),
    ...(pointed && columns <= COLUMNS_BYTES ? bands("key", want.keys, false) : []),
  ];
  return requests.filter(
    (request, i) => requests.findIndex((other) => nameOf(other) === nameOf(request)) === i,
  );
}

export function nameOf(request: TileRequest): string {
  return [
    request.block,
    request.layer,
    request.axis,
    request.start,
    request.stop,
    request.dtype,
  ].join("/");
}

export interface Filter {
  sentences: Sentences;
  hideSpecial: boolean;
}

/** Name of a filter, under which the marginals made with it are kept. */
export function variantOf(sentences: Sentences, hideSpecial: boolean): string {
  return hideSpecial ? `${sentences} without special` : sentences;
}

/** The requests for the weights that a head view lacks, and for the marginals that it cannot work out. */
export function weightJobs(weights: Weights, want: Want, filter: Filter): Job[] {
  const { block, layer } = want;
  const { sentences, hideSpecial } = filter;
  const pieces = plan(want, (axis, index, exact) => weights.has(block, layer, axis, index, exact));
  const jobs = pieces.map((params): Job => ({ name: nameOf(params), method: "tile", params }));
  const variant = variantOf(sentences, hideSpecial);
  const wholeLayer = weights.complete(block, layer, false) || pieces[0]?.axis === "all";
  if (!wholeLayer && !weights.marginal("received", block, layer, variant)) {
    const params = { block, layer, sentences, hide_special: hideSpecial };
    const name = `received/${block}/${layer}/${variant}`;
    jobs.push({ name, method: "marginals", params, variant });
  }
  return jobs;
}
