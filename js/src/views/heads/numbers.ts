import type { HeadPair } from "../../state/types.ts";
import { decodeTensors } from "../../store/decode.ts";

/** The numbers of a table of heads, as they come: a column at a time, in the order of its rows. */
export class Numbers {
  readonly #arrays = new Map<string, Float32Array>();

  add(blob: Uint8Array): void {
    for (const { name, data } of decodeTensors(blob))
      if (data instanceof Float32Array) this.#arrays.set(name, data);
  }

  column(block: string, name: string): Float32Array | null {
    return this.#arrays.get(`table/${block}/${name}`) ?? null;
  }

  /** x, y and the number of the cluster of each row; NaN for heads without distances. */
  map(block: string): Float32Array | null {
    return this.#arrays.get(`map/${block}`) ?? null;
  }
}

/** A head as a key. */
export function keyOf([layer, head]: HeadPair): string {
  return `${layer}.${head}`;
}
