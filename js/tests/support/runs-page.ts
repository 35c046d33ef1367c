import type { RunSpec, RunsSpec } from "../../src/state/runs.ts";
import type { Traits } from "../../src/state/types.ts";
import { Loader } from "../../src/store/loader.ts";
import { blob, type NamedTensor } from "./blob.ts";
import { RecordingHost } from "./host.ts";
import { OpenView, ready } from "./page.ts";
import { layerBlob, sampleOf, traitsOf } from "./sample.ts";

export interface RunsOptions {
  runs?: number;
  points?: number;
  metrics?: string[];
  /** Saved steps; none for runs without attention. */
  saved?: number[];
  traits?: Partial<Traits>;
  spec?: Partial<RunsSpec>;
  width?: number;
  ground?: string;
  kernel?: "live" | "none";
  value?: (run: number, step: number, metric: number) => number;
  /** Answers what the view asks; the curves again unless given. */
  answer?: (method: string, params: Record<string, unknown>) => Uint8Array | null;
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const SIDE = 8;

/** Falls from 4 by 1 over 1,000 steps in run 0, faster in the others. */
const falling = (run: number, step: number, metric: number) =>
  4 + metric - ((run + 1) * step) / 1000;

export class RunsPage extends OpenView {
  asked: { method: string; params: Record<string, unknown> }[] = [];

  values(metric: string): string[] {
    return this.chart(metric).flatMap((chart) =>
      [...chart.querySelectorAll(".hw-chart-value > span:not(.hw-said)")].map(
        (node) => node.textContent ?? "",
      ),
    );
  }

  chart(metric: string): HTMLElement[] {
    return this.all(".hw-chart").filter((node) => node.querySelector("b")?.textContent === metric);
  }

  area(metric: string): HTMLElement {
    const area = this.chart(metric)[0]?.querySelector<HTMLElement>(".hw-chart-area");
    if (!area) throw new Error(`there is no chart of ${metric}`);
    return area;
  }

  told(metric: string): string {
    return this.chart(metric)[0]?.querySelector(".hw-chart-at")?.textContent ?? "";
  }

  get run(): HTMLElement[] {
    return this.all(".hw-run-chip");
  }

  /** A pointer over a chart, at a share of its width. */
  point(type: string, metric: string, share: number, more: PointerEventInit = {}): void {
    const area = this.area(metric);
    const box = area.getBoundingClientRect();
    const at = { clientX: box.left + share * box.width, clientY: box.top + box.height / 2 };
    const init = { bubbles: true, button: 0, pointerId: 1, ...at, ...more };
    area.dispatchEvent(new PointerEvent(type, init));
  }
}

export function runsBlob(options: RunsOptions, over: string, smooth: number): Uint8Array {
  const { runs = 3, points = 11, metrics = ["eval/loss", "train/loss"] } = options;
  const value = options.value ?? falling;
  const steps = range(points).map((i) => Math.round((1000 * i) / Math.max(1, points - 1)));
  const x = over === "epoch" ? steps.map((step) => step / 100) : steps;
  const zeros = steps.map(() => 0);
  const tensors = metrics.flatMap((metric, number): NamedTensor[] => [
    ...range(runs).map((run) => ({
      name: JSON.stringify(["curve", metric, over, smooth, run]),
      shape: [5, points],
      data: Float32Array.from(
        [steps, zeros, x, zeros, steps.map((step) => value(run, step, number))].flat(),
      ),
    })),
    {
      name: JSON.stringify(["best", metric, over]),
      shape: [runs, 6],
      data: Float32Array.from(range(runs).flatMap((run) => [run, 1000, 0, 1000, 0, run / 10])),
    },
  ]);
  const maps = (options.saved ?? []).map((step) => ({
    name: JSON.stringify(["strip", 0, 0, "encoder", 0, 2, step]),
    shape: [SIDE, SIDE],
    data: Uint8Array.from(range(SIDE * SIDE).map((i) => (i % 9 === 0 ? 255 : 1))),
  }));
  return blob([
    ...tensors,
    ...maps,
    { name: '["points",800]', shape: [1], data: new Uint8Array(1) },
  ]);
}

function specOf(options: RunsOptions): RunsSpec {
  const { runs = 3, metrics = ["eval/loss", "train/loss"], saved = [] } = options;
  return {
    version: 1,
    runs: range(runs).map(
      (run): RunSpec => ({
        name: `run ${run}`,
        tracker: "folder",
        state: "finished",
        going: false,
        steps: run === 0 ? saved : [],
        probes: 1,
        metrics,
      }),
    ),
    metrics: metrics.map((name) => ({ name, better: "min" })),
    parameters: { lr: range(runs).map((run) => 10 ** -run), batch: range(runs).map(() => 8) },
    notes: [],
    live: false,
    more: false,
    points: 100,
    ...options.spec,
  };
}

export async function openRuns(options: RunsOptions = {}): Promise<RunsPage> {
  const { metrics = ["eval/loss", "train/loss"], saved = [], width, ground } = options;
  const spec = specOf(options);
  const sample = sampleOf();
  const base = traitsOf(sample);
  const traits: Traits = {
    ...base,
    _view: "runs",
    head: 2,
    tensors_b: runsBlob(options, "step", 0),
    _runs: spec,
    _run: {
      run: saved.length > 0 ? 1 : 0,
      tensors: 0,
      step: saved.at(-1) ?? null,
      of: "run 0",
      probe: 0,
      failure: "",
    },
    step: saved.at(-1) ?? 1000,
    run: "run 0",
    selected_runs: spec.runs.map(({ name }) => name),
    metrics,
    smooth: 0,
    over: "step",
    scale: "linear",
    zoom: null,
    parameters: "none",
    show: "head",
    probe: 0,
    ...options.traits,
  };
  const asked: RunsPage["asked"] = [];
  const handler = async (method: string, params: object) => {
    const given = params as Record<string, unknown>;
    asked.push({ method, params: given });
    const own = options.answer?.(method, given);
    if (own) return { buffers: [own] };
    if (method === "curves")
      return { buffers: [runsBlob(options, String(given.over), Number(given.smooth))] };
    if (method === "tile") return { buffers: [layerBlob(sample, [0, 1])] };
    return { buffers: [blob([])] };
  };
  const model = new AbortController();
  const host = new RecordingHost(
    traits,
    model.signal,
    options.kernel === "none" ? undefined : handler,
  );
  const page = { ...(width ? { width } : {}), ...(ground ? { ground } : {}) };
  const view = new RunsPage(page, { host, loader: new Loader(host) });
  view.asked = asked;
  await ready(view);
  return view;
}
