import { canvasIn, element } from "../../dom.ts";
import type { MetricSpec } from "../../state/runs.ts";
import { INK } from "../../theme.ts";
import type { Curve, Drawn } from "./data.ts";
import { valueRange } from "./layout.ts";
import { drawMarks } from "./marks.ts";
import { stepInWords, ticksInWords, timeInWords } from "./numbers.ts";
import { type Axes, inSight, type Line, Plot } from "./plot.ts";
import { isMany, type RunsState, readings, type ShownRun } from "./state.ts";
import { showValues } from "./values.ts";

/** One metric: its curves, the cursor over them, and the values at the cursor beside them. */
export interface Chart {
  metric: string;
  root: HTMLElement;
  area: HTMLElement;
  plot: Plot;
  /** Curves and axes. */
  base(): void;
  /** Cursor, dots, the curve that is pointed at, values. */
  marks(): void;
  /** A stretch that is being chosen, in px of the area. */
  stretch: [number, number] | null;
  destroy(): void;
}

/** Seconds that marks of time are apart. */
const TIMES = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600,
  43_200, 86_400, 172_800, 432_000, 864_000,
];

export function chartOf(state: RunsState, metric: MetricSpec, parent: HTMLElement): Chart {
  const { name } = metric;
  const root = element("figure", "hw-chart", parent);
  const head = element("figcaption", "hw-chart-head", root);
  const title = element("b", "", head);
  title.textContent = title.title = name;
  const fact = element("span", "hw-chart-fact hw-label", head);
  const at = element("span", "hw-chart-at hw-label", head);
  const line = element("div", "hw-chart-line", root);
  const area = element("div", "hw-chart-area", line);
  const plot = new Plot(element("div", "hw-chart-plot", area));
  const overlay = canvasIn("hw-chart-overlay", area);
  const axis = element("span", "hw-chart-unit hw-label", area);
  const empty = element("p", "hw-chart-empty hw-quiet", area);
  const values = element("ul", "hw-chart-values", line);
  let left = "";
  let axes: Axes = { x: [0, 1], y: [0, 1], log: false, xInWords: ticksInWords };

  // Curves over another axis are none of these.
  const drawn = (): Drawn | null =>
    state.curves.overOf(name) === state.how.peek().over ? state.curves.of(name) : null;
  const shownHere = (): ShownRun[] => {
    const there = drawn();
    return state.shown.peek().filter(({ run }) => there?.curves.has(run));
  };

  const chart: Chart = {
    metric: name,
    root,
    area,
    plot,
    stretch: null,
    base() {
      const { width, height, values: beside } = state.layout.peek();
      const { shell, synced } = state;
      const here = shownHere();
      const there = drawn();
      const log = synced.scale.peek() === "log";
      const ink = INK[shell.theme.peek()];
      const unit = shell.unit.peek();
      const lines = here.flatMap(({ run, style }): Line[] => {
        const curve = there?.curves.get(run);
        // Many lines are hair lines: browsers draw those ten times as fast, and dashes of noise are noise.
        const { color, dash } = style;
        return curve ? [{ curve, color, dash, width: isMany(state) ? 1 : 2 }] : [];
      });
      const x = state.extent.peek();
      const range = extremes(lines, x, log);
      axes = { ...axisOf(state), x, y: valueRange(range.least, range.largest, log), log };
      const look = {
        width: Math.max(80, width - beside),
        height,
        ink,
        unit,
        font: `${Math.round(11 * unit)}px ${shell.font.peek().family}`,
      };
      // Hues over greys.
      plot.draw(lines.reverse(), axes, look);
      Object.assign(area.style, { width: `${look.width}px`, height: `${height}px` });
      values.style.height = beside ? `${height}px` : "";
      values.classList.toggle("hw-chart-below", beside === 0);
      root.style.width = `${width}px`;
      axis.textContent = state.how.peek().over;
      empty.textContent = emptyInWords(state, name, here.length, range.count);
      left = leftInWords(range.left, state.curves.isWhole(name));
      overlay.dataset.lines = String(lines.length);
      chart.marks();
    },
    marks() {
      const here = shownHere();
      const there = drawn();
      const told = state.told.peek();
      const found = told ? readings(there, here, told) : [];
      drawMarks(state, overlay, { plot, axes, metric, drawn: there, here, found }, chart.stretch);
      at.textContent = told && here.length > 0 ? toldInWords(state) : "";
      const pointed = here.find(({ run }) => run === state.pointed.peek());
      fact.textContent = fact.title = pointed?.spec.name ?? left;
      values.setAttribute("aria-label", `${name}, ${at.textContent}`);
      showValues(state, values, plot, found);
    },
    destroy() {
      plot.destroy();
      root.remove();
    },
  };
  return chart;
}

function axisOf(state: RunsState): Pick<Axes, "xInWords" | "incrs"> {
  const { over } = state.how.peek();
  if (over === "time") return { xInWords: (marks) => marks.map(timeInWords), incrs: TIMES };
  if (over === "epoch") return { xInWords: ticksInWords };
  return {
    xInWords: (marks) => marks.map((mark) => (Number.isInteger(mark) ? stepInWords(mark) : "")),
  };
}

/** What the values are of: "at step 350". */
export function toldInWords(state: RunsState): string {
  const told = state.told.peek();
  if (!told) return "";
  const { over } = state.how.peek();
  if (told.by === "step" || over === "step") return `at step ${stepInWords(Math.round(told.at))}`;
  return over === "time" ? `at ${timeInWords(told.at)}` : `at epoch ${told.at.toFixed(2)}`;
}

/** What a logarithmic scale leaves out; of curves that are thinned nobody knows how much. */
function leftInWords(left: number, whole: boolean): string {
  if (left === 0) return "";
  return whole ? `${left} not above 0: left out` : "what is not above 0 is left out";
}

function emptyInWords(state: RunsState, name: string, runs: number, points: number): string {
  const shown = state.shown.peek();
  if (shown.length === 0) return "No run is on";
  if (!state.curves.of(name) && !state.curves.stalled) return "";
  if (runs === 0) {
    if (!shown.some(({ spec }) => spec.metrics.includes(name)))
      return "No run that is on has this metric";
    if (state.how.peek().over === "epoch") return "No run that is on logged epochs";
    return state.curves.stalled ? "These curves are not stored here" : "";
  }
  return points === 0 ? "No value is in sight" : "";
}

interface Extremes {
  least: number;
  largest: number;
  count: number;
  /** How many a logarithmic scale leaves out. */
  left: number;
}

function extremes(lines: { curve: Curve }[], range: [number, number], log: boolean): Extremes {
  const found = { least: Infinity, largest: -Infinity, count: 0, left: 0 };
  const take = (value: number) => {
    if (log && value <= 0) found.left++;
    else {
      found.count++;
      found.least = Math.min(found.least, value);
      found.largest = Math.max(found.largest, value);
    }
  };
  for (const { curve } of lines)
    for (const value of curve.values.subarray(...inSight(curve.x, range)))
      if (Number.isFinite(value)) take(value);
  return found;
}
