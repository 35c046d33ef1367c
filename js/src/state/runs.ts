/** What a runs view has beside the traits of a view of attention (python/headwise/widgets/_runs_words.py). */

export type Over = "step" | "time" | "epoch";
export type Scale = "linear" | "log";
export type Parameters = "none" | "table" | "lines";
export type Show = "none" | "head" | "model" | "neuron";
export type ParameterValue = string | number | boolean | null;

export interface RunSpec {
  name: string;
  tracker: string;
  state: "running" | "finished" | "failed" | "unknown";
  /** Whether more may come, as far as one can tell. */
  going: boolean;
  /** Saved steps, rising. */
  steps: number[];
  /** How many probe texts there are traces of. */
  probes: number;
  metrics: string[];
}

export interface MetricSpec {
  name: string;
  better: "min" | "max";
}

/** Numbers of runs are places in `runs`, which only ever grows. */
export interface RunsSpec {
  version: number;
  runs: RunSpec[];
  metrics: MetricSpec[];
  /** Hyperparameters that differ, a value for each run. */
  parameters: Record<string, ParameterValue[]>;
  notes: { run: string; words: string }[];
  /** Something may still come; there is more to read at once. */
  live: boolean;
  more: boolean;
  points: number;
}

/** Number of the trace on screen, how often `tensors` has changed, and which trace it is. */
export interface RunState {
  run: number;
  tensors: number;
  /** The saved step; null where there is none. */
  step?: number | null;
  of?: string;
  probe?: number;
  failure?: string;
}

export interface RunsTraits {
  step: number | null;
  run: string;
  selected_runs: string[];
  metrics: string[];
  smooth: number;
  over: Over;
  scale: Scale;
  zoom: [number, number] | null;
  parameters: Parameters;
  show: Show;
  probe: number;
  _runs: RunsSpec;
}
