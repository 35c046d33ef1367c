import type { Aggregate, Sentences } from "../state/types.ts";
import type { Tensor } from "./decode.ts";
import type { Job } from "./loader.ts";

/** What one trace gives more than the other, [matched query][matched key]; NaN where no pair is in sight. */
export interface Difference {
  rows: number;
  columns: number;
  data: Float32Array;
}

export interface DifferenceWant {
  block: string;
  layer: number;
  heads: number[];
  aggregate: Exclude<Aggregate, "each">;
  sentences: Sentences;
  hideSpecial: boolean;
}

function tensorName(want: DifferenceWant): string {
  const { block, layer, heads, aggregate, sentences, hideSpecial } = want;
  const filters = `${sentences},${Number(hideSpecial)}`;
  return `difference/${block}/${layer}/${heads.join("+")}/${aggregate}/${filters}`;
}

export function differenceJob(want: DifferenceWant): Job {
  const { block, layer, heads, aggregate, sentences, hideSpecial } = want;
  return {
    name: tensorName(want),
    method: "difference",
    params: { block, layer, heads, aggregate, sentences, hide_special: hideSpecial },
  };
}

/** The maps of differences that have arrived, oldest first, within a limit of their number. */
export class Differences {
  readonly #maps = new Map<string, Difference>();

  constructor(private readonly limit = 64) {}

  add(tensors: Tensor[]): void {
    for (const { name, shape, data } of tensors) {
      if (!name.startsWith("difference/") || !(data instanceof Float32Array)) continue;
      const [rows = 0, columns = 0] = shape;
      this.#maps.set(name, { rows, columns, data });
    }
    for (const name of this.#maps.keys()) {
      if (this.#maps.size <= this.limit) break;
      this.#maps.delete(name);
    }
  }

  find(want: DifferenceWant): Difference | null {
    return this.#maps.get(tensorName(want)) ?? null;
  }
}
