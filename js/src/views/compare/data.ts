import { computed, type ReadonlySignal } from "@preact/signals";
import { type Difference, Differences, differenceJob } from "../../store/differences.ts";
import type { Requests } from "../../store/loader.ts";
import type { Weights } from "../../store/weights.ts";
import { differenceOf, MOST_CELLS, readerOf, type SideData } from "./difference.ts";
import type { CompareState } from "./state.ts";

/** The map of differences as a value: out of weights in the page where both layers are here, else from Python. */

export interface MapPicture {
  difference: Difference;
  /** False where the page holds weights of one byte each, and no Python to ask. */
  exact: boolean;
}

export interface PairWeights {
  weights: [number, number];
  exact: boolean;
}

export interface MapData {
  picture: ReadonlySignal<MapPicture | null>;
  /** The weights of a pair of tokens, A and B, as far as they are here. */
  weightsOf(query: [number, number], key: [number, number]): PairWeights | null;
  /** Asks Python for what the page cannot work out. */
  ask(): void;
  arrivals: ReadonlySignal<number>;
}

export function mapData(
  state: CompareState,
  requests: Requests,
  weightsB: Weights,
  arrivals: ReadonlySignal<number>,
): MapData {
  const sides = (): [SideData, SideData] => {
    const { a, b } = state.blocks.value;
    const [traceA, traceB] = state.traces;
    const heads = state.heads.value;
    return [
      { weights: requests.weights, trace: traceA, block: a, heads },
      { weights: weightsB, trace: traceB, block: b, heads },
    ];
  };
  const picture = computed((): MapPicture | null => {
    void arrivals.value;
    const want = state.want.value;
    if (!want) return null;
    const [a, b] = sides();
    const { query, key } = state.matching.value;
    const small = Math.max(query[0].length, key[0].length) <= MOST_CELLS;
    const complete = [a, b].every(({ weights, block }) => weights.complete(block.name, want.layer));
    const here = small && complete ? differenceOf(a, b, state.matching.value, want) : null;
    if (here?.exact) return { difference: here, exact: true };
    const told = requests.store.of(Differences).find(want);
    if (told) return { difference: told, exact: true };
    return here && requests.stalled ? { difference: here, exact: false } : null;
  });
  return {
    arrivals,
    picture,
    weightsOf(query, key) {
      const want = state.want.peek();
      if (!want) return null;
      const [first, second] = sides().map((side, i) => readerOf(side, want).row(query[i] ?? 0));
      if (!first || !second) return null;
      return {
        weights: [first.at(key[0]).weight, second.at(key[1]).weight],
        exact: first.exact && second.exact,
      };
    },
    ask() {
      void arrivals.value;
      const want = state.want.value;
      const wanted = want && !picture.value;
      requests.need(wanted ? [differenceJob(want)] : []);
    },
  };
}
