import { batch } from "@preact/signals";
import { neighbour } from "../../arrays.ts";
import { keyName, listenToKeys } from "../shell/keys.ts";
import type { Chart } from "./chart.ts";
import type { Charts } from "./charts.ts";
import { nearestIndex, zoomedBy } from "./layout.ts";
import { placeOfStep, type RunsState, readings, stepAtPlace } from "./state.ts";

/** Pointer and keys over the charts: hover tells, a click goes to the step, a stretch zooms, a double click shows all. */

const NEAR = 24;
const MOVED = 5;
/** Two clicks within this many milliseconds are one gesture. */
const DOUBLE = 500;

export function setStep(state: RunsState, step: number | null): void {
  if (step !== state.step.peek()) state.step.value = step;
}

/** Shows a part of the axis, or all of it. */
export function showPart(state: RunsState, zoom: [number, number] | null): void {
  state.zoom.value = zoom;
  state.synced.set({ zoom });
}

/** The saved step, or the one that was logged, that is nearest. */
export function nearestStop(state: RunsState, step: number): number {
  const stops = state.stops.peek();
  return stops[nearestIndex(stops, step)] ?? step;
}

function localX(chart: Chart, event: PointerEvent | WheelEvent | MouseEvent): number {
  return event.clientX - chart.area.getBoundingClientRect().left;
}

/** The run whose curve is nearest to the pointer. */
function runAt(state: RunsState, chart: Chart, event: PointerEvent): number | null {
  const at = chart.plot.fromX(localX(chart, event));
  const y = event.clientY - chart.area.getBoundingClientRect().top;
  let [run, distance]: [number | null, number] = [null, NEAR];
  for (const reading of readings(state.curves.of(chart.metric), state.shown.peek(), {
    at,
    by: "x",
  })) {
    const apart = Math.abs(chart.plot.toY(reading.value) - y);
    if (apart < distance) [run, distance] = [reading.run, apart];
  }
  return run;
}

export function listenToCharts(state: RunsState, charts: Charts, signal: AbortSignal): void {
  const { root } = charts;
  let drag: { chart: Chart; from: number; kind: "zoom" | "step"; moved: boolean } | null = null;
  let before: number | null = null;
  let last = -Infinity;
  const goTo = (chart: Chart, event: MouseEvent) => {
    const step = stepAtPlace(state, chart.plot.fromX(localX(chart, event)));
    if (step !== null) setStep(state, nearestStop(state, step));
  };
  const nearCursor = (chart: Chart, event: PointerEvent) => {
    const step = state.step.peek();
    const place = step === null ? null : placeOfStep(state, step);
    return place !== null && Math.abs(chart.plot.toX(place) - localX(chart, event)) <= 5;
  };
  const inPlot = (chart: Chart, event: MouseEvent) => {
    const { left, width } = chart.plot.frame;
    const x = localX(chart, event);
    return x >= left - 4 && x <= left + width + 4;
  };
  const leave = () =>
    batch(() => {
      state.hover.value = null;
      state.pointed.value = null;
    });
  root.addEventListener(
    "pointermove",
    (event) => {
      if (drag) {
        const x = localX(drag.chart, event);
        drag.moved ||= Math.abs(x - drag.from) >= MOVED;
        if (!drag.moved) return;
        if (drag.kind === "step") return goTo(drag.chart, event);
        const { left, width } = drag.chart.plot.frame;
        drag.chart.stretch = [drag.from, Math.max(left, Math.min(left + width, x))];
        charts.marks();
        return;
      }
      const chart = charts.chartAt(event.target);
      if (!chart || !inPlot(chart, event)) return leave();
      chart.area.style.cursor = nearCursor(chart, event) ? "ew-resize" : "crosshair";
      batch(() => {
        state.hover.value = chart.plot.fromX(localX(chart, event));
        state.pointed.value = runAt(state, chart, event);
      });
    },
    { signal },
  );
  root.addEventListener("pointerleave", () => drag === null && leave(), { signal });
  root.addEventListener(
    "pointerdown",
    (event) => {
      const chart = charts.chartAt(event.target);
      if (!chart || event.button !== 0 || !inPlot(chart, event)) return;
      const kind = nearCursor(chart, event) ? "step" : "zoom";
      drag = { chart, from: localX(chart, event), kind, moved: false };
      if (kind === "step") leave();
      chart.area.setPointerCapture(event.pointerId);
    },
    { signal },
  );
  const end = (event: PointerEvent) => {
    const done = drag;
    drag = null;
    if (!done) return;
    const { chart, from, moved, kind } = done;
    const stretch = chart.stretch;
    chart.stretch = null;
    charts.marks();
    if (event.type === "pointercancel") return;
    if (!moved) {
      if (event.timeStamp - last > DOUBLE) before = state.step.peek();
      last = event.timeStamp;
      goTo(chart, event);
    } else if (kind === "zoom" && stretch) {
      const ends = [from, stretch[1]].map((px) => chart.plot.fromX(px)).sort((a, b) => a - b);
      const [start = 0, stop = 0] = ends;
      if (stop > start) showPart(state, [start, stop]);
      leave();
    }
  };
  root.addEventListener("pointerup", end, { signal });
  root.addEventListener("pointercancel", end, { signal });
  root.addEventListener(
    "dblclick",
    (event) => {
      if (!charts.chartAt(event.target)) return;
      // Its two clicks have gone to a step.
      setStep(state, before);
      showPart(state, null);
    },
    { signal },
  );
  root.addEventListener(
    "wheel",
    (event) => {
      const chart = charts.chartAt(event.target);
      if (!chart || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      const extent = state.extent.peek();
      const at = chart.plot.fromX(localX(chart, event));
      const factor = Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.006);
      const whole = state.curves.endsOf(state.how.peek().over) ?? extent;
      state.zoom.value = zoomedBy(extent, at, factor, whole);
    },
    { signal, passive: false },
  );
}

/** ← and → go from saved step to saved step, with Shift by ten; Home and End to the first and the last. */
export function listenToStepKeys(
  state: RunsState,
  sliders: readonly HTMLElement[],
  open: () => void,
  signal: AbortSignal,
): void {
  const move = (by: number) => () => {
    const stops = state.stops.peek();
    const step = state.step.peek();
    let to = step ?? stops[0] ?? 0;
    for (let i = 0; i < Math.abs(by); i++) to = neighbour(stops, to, by);
    if (stops.length > 0) setStep(state, to);
    return true;
  };
  const end = (which: 0 | -1) => () => {
    const to = state.stops.peek().at(which);
    if (to !== undefined) setStep(state, to);
    return true;
  };
  for (const slider of sliders)
    listenToKeys(
      slider,
      (event) => {
        if (event.target !== slider) return undefined;
        const far = event.shiftKey ? 10 : 1;
        const act: Record<string, () => boolean> = {
          ArrowLeft: move(-far),
          ArrowRight: move(far),
          Home: end(0),
          End: end(-1),
          Enter: () => {
            open();
            return true;
          },
        };
        return act[keyName(event)];
      },
      signal,
    );
}
