import { sizeCanvas } from "../../dom.ts";
import type { MetricSpec } from "../../state/runs.ts";
import { INK, type Ink } from "../../theme.ts";
import type { Drawn } from "./data.ts";
import { type Axes, type Frame, type Plot, pathOf } from "./plot.ts";
import {
  isMany,
  placeOfStep,
  type Reading,
  type RunsState,
  type ShownRun,
  styleIn,
} from "./state.ts";

/** What moves over the curves of a chart: the cursor, dots on it, best values, the run that is pointed at. */
export interface Scene {
  plot: Plot;
  axes: Axes;
  metric: MetricSpec;
  drawn: Drawn | null;
  here: ShownRun[];
  found: Reading[];
}

type Pen = CanvasRenderingContext2D;

export function drawMarks(
  state: RunsState,
  canvas: HTMLCanvasElement,
  scene: Scene,
  stretch: readonly [number, number] | null,
): void {
  const { style } = canvas.parentElement ?? canvas;
  const [width, height] = [style.width, style.height].map((px) => Number.parseFloat(px) || 1);
  const ratio = devicePixelRatio || 1;
  const pen = sizeCanvas(canvas, width ?? 1, height ?? 1, ratio);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width ?? 1, height ?? 1);
  const { plot } = scene;
  const frame = plot.frame;
  const ink = INK[state.shell.theme.peek()];
  drawPointed(state, pen, scene, frame);
  drawBest(state, pen, scene, frame);
  if (stretch) {
    pen.globalAlpha = 0.12;
    pen.fillStyle = ink.ink1;
    const [a, b] = stretch;
    pen.fillRect(Math.min(a, b), frame.top, Math.abs(b - a), frame.height);
    pen.globalAlpha = 1;
  }
  drawRules(state, pen, plot, frame, ink);
  drawDots(state, pen, scene, frame);
}

function isInside(frame: Frame, x: number): boolean {
  return x >= frame.left - 1 && x <= frame.left + frame.width + 1;
}

function drawPointed(state: RunsState, pen: Pen, { axes, drawn, here }: Scene, frame: Frame): void {
  const pointed = state.pointed.peek();
  const shown = here.find(({ run }) => run === pointed);
  const curve = shown && drawn?.curves.get(shown.run);
  if (!shown || !curve) return;
  const style = styleIn(state, shown.run, true);
  pen.save();
  pen.beginPath();
  pen.rect(frame.left, frame.top - 2, frame.width, frame.height + 4);
  pen.clip();
  Object.assign(pen, { strokeStyle: style.color, lineWidth: 3, lineJoin: "round" });
  pen.setLineDash([...style.dash]);
  pen.stroke(pathOf(curve, axes, frame));
  pen.restore();
}

/** The best of each run, or of all where there are many: a mark on the axis. */
function drawBest(state: RunsState, pen: Pen, scene: Scene, frame: Frame): void {
  const { plot, metric, drawn, here } = scene;
  const bests = here.flatMap(({ run }) => {
    const best = drawn?.best.get(run);
    return best ? [{ run, ...best }] : [];
  });
  const sign = metric.better === "min" ? 1 : -1;
  bests.sort((a, b) => sign * (a.value - b.value));
  const bottom = frame.top + frame.height;
  // The best of all on top.
  for (const { run, x: at } of bests.slice(0, isMany(state) ? 1 : undefined).reverse()) {
    const x = plot.toX(at);
    if (!isInside(frame, x)) continue;
    pen.fillStyle = styleIn(state, run, true).color;
    pen.beginPath();
    pen.moveTo(x - 4.5, bottom - 8);
    pen.lineTo(x + 4.5, bottom - 8);
    pen.lineTo(x, bottom - 0.5);
    pen.fill();
  }
}

function drawRules(state: RunsState, pen: Pen, plot: Plot, frame: Frame, ink: Ink): void {
  const rule = (at: number | null, color: string, dash: number[]) => {
    const x = at === null ? Number.NaN : plot.toX(at);
    if (!isInside(frame, x)) return;
    Object.assign(pen, { strokeStyle: color, lineWidth: 1 });
    pen.setLineDash(dash);
    pen.beginPath();
    pen.moveTo(Math.round(x) + 0.5, frame.top);
    pen.lineTo(Math.round(x) + 0.5, frame.top + frame.height);
    pen.stroke();
    pen.setLineDash([]);
  };
  const step = state.step.peek();
  rule(step === null ? null : placeOfStep(state, step), ink.ink2, []);
  rule(state.hover.peek(), ink.ink3, [2, 3]);
}

function drawDots(state: RunsState, pen: Pen, scene: Scene, frame: Frame): void {
  const { plot, found } = scene;
  const [pointed, current] = [state.pointed.peek(), state.current.peek()];
  for (const { run, x: at, value } of found) {
    const [x, y] = [plot.toX(at), plot.toY(value)];
    const wanted = !isMany(state) || run === pointed || run === current;
    if (!wanted || !Number.isFinite(y) || !isInside(frame, x)) continue;
    pen.fillStyle = styleIn(state, run, run === pointed).color;
    pen.beginPath();
    const inside = Math.max(frame.top, Math.min(frame.top + frame.height, y));
    pen.arc(x, inside, 4, 0, 2 * Math.PI);
    pen.fill();
  }
}
