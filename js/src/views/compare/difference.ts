import type { BlockSpec, TraceSpec } from "../../state/types.ts";
import type { Difference, DifferenceWant } from "../../store/differences.ts";
import type { Weights } from "../../store/weights.ts";
import { inPlay, type Play, tokenAxis } from "../head/axis.ts";
import { combine } from "../head/strips.ts";
import { listsOf } from "../shell/place.ts";
import type { Matching } from "./matching.ts";

/** The map of differences, B − A, worked out of weights that are in the page. Pure. */

/** Most cells of a side, as Python has it: beyond, cells are pooled there. */
export const MOST_CELLS = 128;

export interface SideData {
  weights: Weights;
  trace: TraceSpec;
  block: BlockSpec;
  /** Those of the wanted heads that both sides have. */
  heads: number[];
}

/** Matched tokens that one cell of a side stands for. */
export function poolFactor({ query, key }: Matching): number {
  return Math.max(1, Math.ceil(Math.max(query[0].length, key[0].length) / MOST_CELLS));
}

/** Null while a weight that it takes is not here. */
export function differenceOf(
  a: SideData,
  b: SideData,
  matching: Matching,
  want: DifferenceWant,
): (Difference & { exact: boolean }) | null {
  const [queriesA, queriesB] = matching.query;
  const [keysA, keysB] = matching.key;
  const [rows, columns] = [queriesA.length, keysA.length];
  const data = new Float32Array(rows * columns);
  const [first, second] = [readerOf(a, want), readerOf(b, want)];
  let exact = true;
  for (let i = 0; i < rows; i++) {
    const one = first.row(queriesA[i] ?? 0);
    const other = second.row(queriesB[i] ?? 0);
    if (!one || !other) return null;
    exact &&= one.exact && other.exact;
    for (let j = 0; j < columns; j++)
      data[i * columns + j] = subtracted(one.at(keysA[j] ?? 0), other.at(keysB[j] ?? 0));
  }
  return { rows, columns, data, exact };
}

/** A weight, and whether the query sees the key and the filters leave the pair. */
interface Entry {
  weight: number;
  seen: boolean;
  left: boolean;
}

function subtracted(a: Entry, b: Entry): number {
  const shown = a.left && b.left && (a.seen || b.seen);
  return shown ? b.weight - a.weight : Number.NaN;
}

/** Rows of the heads laid over each other. */
export function readerOf({ weights, trace, block, heads }: SideData, want: DifferenceWant) {
  const play = playOf(trace, block, want);
  const spec = block.vectors?.[want.layer];
  const causal = spec?.causal ?? block.causal;
  const length = listsOf(trace, block).key.labels.length;
  return {
    row(query: number): { at(key: number): Entry; exact: boolean } | null {
      const strip = weights.row(block.name, want.layer, query);
      if (!strip) return null;
      const values = combine({ ...strip, length }, heads, want.aggregate);
      return {
        exact: strip.exact,
        at(key) {
          const weight = values[key] ?? 0;
          // Where a mask hides pairs beyond the triangle, their place is known by weights that are 0.
          const hidden = (causal && key > query) || (spec?.mask === true && weight === 0);
          return { weight, seen: !hidden, left: Boolean(play.query[query] && play.key[key]) };
        },
      };
    },
  };
}

function playOf(trace: TraceSpec, block: BlockSpec, want: DifferenceWant): Play {
  const { query, key } = listsOf(trace, block);
  return inPlay(tokenAxis(query), tokenAxis(key), want.sentences, want.hideSpecial);
}

/** The largest magnitude: the map's full colour. */
export function fullScale({ data }: Difference): number {
  let full = 0;
  for (const value of data) if (Math.abs(value) > full) full = Math.abs(value);
  return full;
}

/** Cells of largest magnitude, largest first. */
export function largestCells({ data }: Difference, most: number): number[] {
  const order: number[] = [];
  data.forEach((value, i) => {
    if (value !== 0 && !Number.isNaN(value)) order.push(i);
  });
  return order
    .sort((a, b) => Math.abs(data[b] ?? 0) - Math.abs(data[a] ?? 0) || a - b)
    .slice(0, most);
}
