import { decodeTensors } from "./decode.ts";
import { Differences } from "./differences.ts";
import { Matrix } from "./matrix.ts";
import { Rows } from "./rows.ts";
import { Thumbs } from "./thumbs.ts";
import { Weights } from "./weights.ts";

/** Everything of a trace that has arrived, each kind in a store of its own. */
export class Store {
  readonly weights = new Weights();
  readonly thumbs = new Thumbs();
  readonly rows = new Rows();
  readonly differences = new Differences();
  readonly matrix = new Matrix();

  /** Takes every tensor of a blob, and tells how many; `variant` names the filter that its marginals and differences were made with. */
  add(blob: Uint8Array, variant = "all"): number {
    const tensors = decodeTensors(blob);
    this.weights.add(tensors, variant);
    this.thumbs.add(tensors);
    this.rows.add(tensors);
    this.matrix.add(tensors);
    this.differences.add(tensors, variant);
    return tensors.length;
  }
}
