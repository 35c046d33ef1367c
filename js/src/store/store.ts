import { decodeTensors, type Tensor } from "./decode.ts";
import { Weights } from "./weights.ts";

/** Keeps one kind of tensor; `variant` names the filter that marginals were made with. */
export interface Kind {
  add(tensors: Tensor[], variant: string): void;
}

/** Everything of a trace that has arrived. Each kind has a store of its own from its first use on: a page carries only those that its view reads. */
export class Store {
  readonly weights: Weights;
  readonly #kinds = new Map<new () => Kind, Kind>();
  #opening: Uint8Array;

  /** `opening` is what a view opens with. */
  constructor(opening: Uint8Array) {
    this.#opening = opening;
    this.weights = this.of(Weights);
  }

  of<T extends Kind>(kind: new () => T): T {
    const known = this.#kinds.get(kind);
    if (known) return known as T;
    const made = new kind();
    made.add(decodeTensors(this.#opening), "all");
    this.#kinds.set(kind, made);
    return made;
  }

  /** Takes what the view would open with now. */
  reopen(opening: Uint8Array): void {
    this.#opening = opening;
    this.add(opening);
  }

  /** Takes every tensor of a blob, and tells how many. */
  add(blob: Uint8Array, variant = "all"): number {
    const tensors = decodeTensors(blob);
    for (const kind of this.#kinds.values()) kind.add(tensors, variant);
    return tensors.length;
  }
}
