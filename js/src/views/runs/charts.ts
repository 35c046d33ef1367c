import { type ReadonlySignal, signal } from "@preact/signals";
import { element } from "../../dom.ts";
import { oncePerFrame } from "../shell/frames.ts";
import { type Chart, chartOf } from "./chart.ts";
import type { RunsState } from "./state.ts";

/** All charts, drawn at most once a frame. */
export interface Charts {
  root: HTMLElement;
  /** What has the focus, over all charts: the step. It covers nothing. */
  slider: HTMLElement;
  all: () => readonly Chart[];
  base: () => void;
  marks: () => void;
  chartAt: (target: EventTarget | null) => Chart | null;
  /** Whether they have been drawn at all. */
  drawn: ReadonlySignal<boolean>;
}

export function chartsIn(parent: HTMLElement, state: RunsState, scope: AbortSignal): Charts {
  const root = element("div", "hw-charts", parent);
  const slider = element("div", "hw-charts-step", root);
  slider.tabIndex = 0;
  slider.setAttribute("role", "slider");
  slider.setAttribute("aria-label", "Step of the charts");
  let charts: Chart[] = [];
  const build = () => {
    const wanted = state.charts.peek();
    if (wanted.map(({ name }) => name).join("\n") === charts.map((c) => c.metric).join("\n"))
      return;
    const known = new Map(charts.map((chart) => [chart.metric, chart]));
    const next = wanted.map((metric) => known.get(metric.name) ?? chartOf(state, metric, root));
    for (const chart of charts) if (!next.includes(chart)) chart.destroy();
    charts = next;
    slider.after(...charts.map((chart) => chart.root));
  };
  scope.addEventListener("abort", () => charts.map((chart) => chart.destroy()), { once: true });
  let dirty = false;
  const drawn = signal(false);
  const draw = oncePerFrame(scope, () => {
    if (state.shell.width.peek() <= 0) return;
    if (dirty) {
      dirty = false;
      build();
      root.dataset.columns = String(state.layout.peek().columns);
      for (const chart of charts) chart.base();
      drawn.value = true;
    } else for (const chart of charts) chart.marks();
  });
  return {
    root,
    slider,
    all: () => charts,
    base: () => {
      dirty = true;
      draw();
    },
    marks: draw,
    drawn,
    chartAt: (target) =>
      charts.find(({ area }) => target instanceof Node && area.contains(target)) ?? null,
  };
}
