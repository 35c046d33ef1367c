import type { Traits } from "../../src/state/types.ts";
import { Loader } from "../../src/store/loader.ts";
import { blob } from "./blob.ts";
import { RecordingHost } from "./host.ts";
import { pieceTensor } from "./matrix.ts";
import { OpenView } from "./page.ts";
import { compareTraits, exploreTraits } from "./whole.ts";

/** The six views, each with all that it shows at first. */

export const NAMES = ["head", "model", "neuron", "matrix", "explore", "compare"] as const;
export type ViewName = (typeof NAMES)[number];

export function traitsFor(name: ViewName): Traits {
  if (name === "compare") return compareTraits().traits;
  const { sample, traits } = exploreTraits();
  if (name !== "matrix") return { ...traits, _view: name };
  const request = {
    block: "encoder",
    heads: [[0, 1]] as [number, number][],
    aggregate: "mean" as const,
  };
  const place = { hide_special: false, pool: 1, row: 0, column: 0, dtype: "f32" as const };
  const count = sample.tokens.labels.length;
  const marginal = (kind: string) => ({
    name: `matrix-${kind}/encoder/0.1~mean~0`,
    shape: [count],
    data: new Float32Array(count).fill(0.2),
  });
  const tensors = blob([
    pieceTensor(sample, { ...request, ...place }),
    marginal("strongest"),
    marginal("received"),
  ]);
  return { ...traits, _view: name, tensors, region: [0, count, 0, count] };
}

export interface Model {
  host: RecordingHost;
  loader: Loader;
  end: () => void;
}

/** A model of a view, as a kernel would have it; it refuses every request. */
export function modelOf(name: ViewName, more: Partial<Traits> = {}): Model {
  const scope = new AbortController();
  const host = new RecordingHost({ ...traitsFor(name), ...more }, scope.signal, () =>
    Promise.reject(new Error("asked for what should be there")),
  );
  return { host, loader: new Loader(host), end: () => scope.abort() };
}

export function show(model: Model, width = 1000): OpenView {
  return new OpenView({ width }, model);
}
