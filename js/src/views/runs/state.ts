import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Host } from "../../host/host.ts";
import type { MetricSpec, RunSpec, RunsSpec } from "../../state/runs.ts";
import { type Synced, syncedState } from "../../state/synced.ts";
import type { Showing } from "../shell/shell.ts";
import type { Curves, How } from "./curves.ts";
import type { Curve, Drawn } from "./data.ts";
import { type ChartsLayout, chartsLayout, merged, nearestIndex } from "./layout.ts";
import { MANY, type RunStyle, runStyle } from "./style.ts";

export const RUNS = [
  "layer",
  "head",
  "step",
  "run",
  "selected_runs",
  "metrics",
  "smooth",
  "over",
  "scale",
  "zoom",
  "parameters",
  "show",
  "probe",
] as const;
export type RunsSynced = Synced<(typeof RUNS)[number]>;

/** A run that is drawn. */
export interface ShownRun {
  run: number;
  spec: RunSpec;
  style: RunStyle;
}

/** What the numbers beside the charts are of: the step that is looked at, or where the pointer is. */
export interface Told {
  /** A step, or a place on the axis where a person points. */
  at: number;
  by: "step" | "x";
}

/** The value of a run at a place. */
export interface Reading {
  run: number;
  x: number;
  value: number;
  step: number;
}

export interface RunsState {
  synced: RunsSynced;
  shell: Showing;
  spec: ReadonlySignal<RunsSpec>;
  curves: Curves;
  /** Counts what has come. */
  arrivals: Signal<number>;
  /** The step in sight at once; Python hears of it as soon as it has taken the last one. */
  step: Signal<number | null>;
  layout: ReadonlySignal<ChartsLayout>;
  charts: ReadonlySignal<MetricSpec[]>;
  shown: ReadonlySignal<ShownRun[]>;
  how: ReadonlySignal<How>;
  /** From where to where the charts go, at once; Python hears of it when it rests. */
  zoom: Signal<[number, number] | null>;
  /** Where the pointer is on the axis. */
  hover: Signal<number | null>;
  /** The run that is pointed at. */
  pointed: Signal<number | null>;
  told: ReadonlySignal<Told | null>;
  /** Steps at which the cursor stops: the saved ones, else those that were logged. */
  stops: ReadonlySignal<number[]>;
  /** Number of the run whose attention is shown; −1 for none. */
  current: ReadonlySignal<number>;
  /** From where to where all charts go. */
  extent: ReadonlySignal<[number, number]>;
}

const NO_RUNS: RunsSpec = {
  version: 0,
  runs: [],
  metrics: [],
  parameters: {},
  notes: [],
  live: false,
  more: false,
  points: 0,
};

export function runsSynced(host: Host, scope: AbortSignal): RunsSynced {
  return syncedState(host, RUNS, scope);
}

/** What Python says of the runs. */
export function specOf(host: Host, scope: AbortSignal): ReadonlySignal<RunsSpec> {
  const spec = signal(host.get("_runs") ?? NO_RUNS);
  host.onChange(
    "_runs",
    () => {
      spec.value = host.get("_runs") ?? NO_RUNS;
    },
    scope,
  );
  return spec;
}

interface Surroundings {
  shell: Showing;
  spec: ReadonlySignal<RunsSpec>;
  curves: Curves;
  arrivals: Signal<number>;
}

export function runsState(synced: RunsSynced, around: Surroundings): RunsState {
  const { shell, spec, curves, arrivals } = around;
  const hover = signal<number | null>(null);
  const pointed = signal<number | null>(null);
  const step = signal(synced.step.peek() ?? null);
  const zoom = signal(synced.zoom.peek() ?? null);
  const layout = computed(() => chartsLayout(shell.width.value, shell.unit.value));
  const on = computed(() => {
    const names = new Set(synced.selected_runs.value ?? []);
    return spec.value.runs.flatMap(({ name }, run) => (names.has(name) ? [run] : []));
  });
  const shown = computed(() =>
    on.value.flatMap((run): ShownRun[] => {
      const of = spec.value.runs[run];
      const many = on.value.length > MANY;
      return of ? [{ run, spec: of, style: runStyle(run, shell.theme.value, { many }) }] : [];
    }),
  );
  const charts = computed(() => {
    const known = new Map(spec.value.metrics.map((metric) => [metric.name, metric]));
    return (synced.metrics.value ?? []).flatMap((name) => known.get(name) ?? []);
  });
  const how = computed(
    (): How => ({
      over: synced.over.value ?? "step",
      smooth: synced.smooth.value ?? 0,
      zoom: synced.zoom.value ?? null,
      runs: on.value,
      // Two points for each pixel column in which a curve goes up and down.
      points: Math.max(100, Math.min(2000, layout.value.width)),
      version: spec.value.version,
    }),
  );
  const current = computed(() =>
    spec.value.runs.findIndex(({ name }) => name === synced.run.value),
  );
  const stops = computed(() => {
    void arrivals.value;
    const saved = spec.value.runs[current.value]?.steps ?? [];
    if (saved.length > 0) return saved;
    const there = charts.value.flatMap(({ name }) => {
      const lists = on.value.flatMap((run) => curves.of(name)?.curves.get(run)?.steps ?? []);
      // Of many runs the one with the most points stands for all: this follows every arrival.
      if (lists.length > MANY) lists.sort((a, b) => b.length - a.length).splice(1);
      return lists;
    });
    return merged(there);
  });
  const extent = computed((): [number, number] => {
    void arrivals.value;
    if (zoom.value) return [zoom.value[0], zoom.value[1]];
    const ends = charts.value.flatMap(({ name }) =>
      on.value.flatMap((run) => {
        const x = curves.of(name)?.curves.get(run)?.x ?? [];
        return x.length > 0 ? [x[0] ?? 0, x[x.length - 1] ?? 0] : [];
      }),
    );
    const [from, to] = [Math.min(...ends), Math.max(...ends)];
    if (!(from <= to)) return [0, 1];
    return from === to ? [from - 0.5, to + 0.5] : [from, to];
  });
  return {
    synced,
    shell,
    spec,
    curves,
    arrivals,
    step,
    layout,
    charts,
    shown,
    how,
    zoom,
    hover,
    pointed,
    told: computed(() => {
      if (hover.value !== null) return { at: hover.value, by: "x" };
      return step.value === null ? null : { at: step.value, by: "step" };
    }),
    stops,
    current,
    extent,
  };
}

/** How a run is drawn, also where it is not on. */
export function styleIn(state: RunsState, run: number, pointed = false): RunStyle {
  const many = isMany(state);
  return runStyle(run, state.shell.theme.value, { pointed, many });
}

/** Whether more runs are on than have a hue. */
export function isMany(state: RunsState): boolean {
  return state.shown.value.length > MANY;
}

/** What the curves of a metric have at a place: each run that goes there its nearest point. */
export function readings(drawn: Drawn | null, shown: readonly ShownRun[], told: Told): Reading[] {
  return shown.flatMap(({ run }) => {
    const curve = drawn?.curves.get(run);
    const reading = curve && readingOf(curve, told);
    return reading ? [{ run, ...reading }] : [];
  });
}

export function readingOf(curve: Curve, { at, by }: Told): Omit<Reading, "run"> | null {
  const places = by === "step" ? curve.steps : curve.x;
  const i = nearestIndex(places, at);
  if (i < 0) return null;
  const [first = 0, last = 0] = [places[0], places[places.length - 1]];
  // A run that is not there yet, or has ended, has no value.
  const apart = places.length > 1 ? (last - first) / (places.length - 1) : 0;
  if (at < first - apart - 1e-9 || at > last + apart + 1e-9) return null;
  return { x: curve.x[i] ?? 0, value: curve.values[i] ?? Number.NaN, step: curve.steps[i] ?? 0 };
}

/** Where a step is on the axis: by the run that is looked at, else by the first that has it. */
export function placeOfStep(state: RunsState, step: number): number | null {
  if (state.how.value.over === "step") return step;
  void state.arrivals.value;
  const runs = [state.current.value, ...state.shown.value.map(({ run }) => run)];
  for (const run of runs)
    for (const { name } of state.charts.value) {
      const curve = state.curves.of(name)?.curves.get(run);
      const reading = curve && readingOf(curve, { at: step, by: "step" });
      if (reading) return reading.x;
    }
  return null;
}

/** The step that stands at a place of the axis. */
export function stepAtPlace(state: RunsState, x: number): number | null {
  if (state.how.peek().over === "step") return Math.max(0, Math.round(x));
  const runs = [state.current.peek(), ...state.shown.peek().map(({ run }) => run)];
  for (const run of runs)
    for (const { name } of state.charts.peek()) {
      const curve = state.curves.of(name)?.curves.get(run);
      const i = curve ? nearestIndex(curve.x, x) : -1;
      if (curve && i >= 0) return curve.steps[i] ?? null;
    }
  return null;
}
