import type { Over } from "../../state/runs.ts";
import { decodeTensors, type Tensor } from "../../store/decode.ts";

/** The points of a curve that are drawn. */
export interface Curve {
  steps: Float64Array;
  x: Float64Array;
  values: Float32Array;
}

/** The best value of a run, as it was logged. */
export interface Best {
  step: number;
  x: number;
  value: number;
}

/** What came of one metric. */
export interface Drawn {
  curves: Map<number, Curve>;
  best: Map<number, Best>;
}

export interface Decoded {
  /** By metric, over what and smoothing: `curveKey`. */
  drawn: Map<string, Drawn>;
  /** By run, probe, block, layer, head and step: `mapKey`. */
  maps: Map<string, MapOfHead>;
  /** How many points a curve of an opening has at most; 0 where it is no opening. */
  points: number;
}

/** A head at a step: 0 where no pair is seen, else 1 + 254 · √weight. */
export interface MapOfHead {
  rows: number;
  columns: number;
  data: Uint8Array;
}

export function curveKey(metric: string, over: Over, smooth: number): string {
  return JSON.stringify([metric, over, smooth]);
}

export function mapKey(
  run: number,
  probe: number,
  block: string,
  layer: number,
  head: number,
  step: number,
): string {
  return JSON.stringify([run, probe, block, layer, head, step]);
}

/** Sorts out what Python sent; names of tensors say in JSON what they are of. */
export function decodeRuns(bytes: Uint8Array): Decoded {
  const found: Decoded = { drawn: new Map(), maps: new Map(), points: 0 };
  const best = new Map<string, Map<number, Best>>();
  const take: Record<string, (tensor: Tensor, of: unknown[]) => void> = {
    curve({ data, shape }, of) {
      const [metric, over, smooth, run] = of as [string, Over, number, number];
      const key = curveKey(metric, over, smooth);
      const drawn = found.drawn.get(key) ?? { curves: new Map(), best: new Map() };
      if (data instanceof Float32Array) drawn.curves.set(run, curveOf(data, shape[1] ?? 0));
      found.drawn.set(key, drawn);
    },
    best({ data }, of) {
      if (data instanceof Float32Array) best.set(JSON.stringify(of), bestOf(data));
    },
    strip({ data, shape: [rows = 0, columns = 0] }, of) {
      if (data instanceof Uint8Array) found.maps.set(JSON.stringify(of), { rows, columns, data });
    },
    points(_tensor, [points]) {
      found.points = Number(points);
    },
  };
  for (const tensor of decodeTensors(bytes)) {
    const [kind, ...of] = parts(tensor.name);
    take[String(kind)]?.(tensor, of);
  }
  for (const [key, drawn] of found.drawn) {
    const [metric, over] = JSON.parse(key) as [string, Over];
    drawn.best = best.get(JSON.stringify([metric, over])) ?? new Map();
  }
  return found;
}

function parts(name: string): unknown[] {
  try {
    const found: unknown = JSON.parse(name);
    return Array.isArray(found) ? found : [name];
  } catch {
    return [name];
  }
}

function curveOf(data: Float32Array, points: number): Curve {
  const row = (at: number) => data.subarray(at * points, (at + 1) * points);
  const sum = (high: Float32Array, low: Float32Array) => {
    const found = new Float64Array(high);
    for (let i = 0; i < found.length; i++) found[i] = (found[i] ?? 0) + (low[i] ?? 0);
    return found;
  };
  return { steps: sum(row(0), row(1)), x: sum(row(2), row(3)), values: row(4) };
}

function bestOf(data: Float32Array): Map<number, Best> {
  const found = new Map<number, Best>();
  for (let at = 0; at + 6 <= data.length; at += 6) {
    const [run = 0, high = 0, low = 0, x = 0, rest = 0, value = 0] = data.subarray(at, at + 6);
    found.set(run, { step: high + low, x: x + rest, value });
  }
  return found;
}
