import uPlot from "uplot";
import type { Ink } from "../../theme.ts";
import type { Curve } from "./data.ts";
import { powerInWords, powersIn, ticksInWords } from "./numbers.ts";

/** Axes, grid and curves of a chart, by uPlot. The curves have places of their own, so each brings its own path. */

export interface Line {
  curve: Curve;
  color: string;
  dash: readonly number[];
  width: number;
}

export interface Axes {
  x: [number, number];
  y: [number, number];
  log: boolean;
  xInWords: (marks: number[]) => string[];
  /** How far marks of x may be apart; as far as is round unless given. */
  incrs?: number[] | undefined;
}

export interface Look {
  width: number;
  height: number;
  ink: Ink;
  font: string;
  unit: number;
}

/** Where the curves are within the chart, in CSS px. */
export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

export class Plot {
  #plot: uPlot | null = null;
  #lines: readonly Line[] = [];
  #axes: Axes = { x: [0, 1], y: [0, 1], log: false, xInWords: ticksInWords };
  #made = "";

  constructor(private readonly el: HTMLElement) {}

  /** Draws; the chart is built anew only where its size, scale or colours are others. */
  draw(lines: readonly Line[], axes: Axes, look: Look): void {
    this.#lines = lines;
    this.#axes = axes;
    const { ink, font, width, height } = look;
    const of = [
      axes.log,
      axes.incrs?.length,
      lines.map(({ color, dash, width: w }) => [color, dash, w]),
      ink,
      font,
    ];
    const made = JSON.stringify([...of, width, height, devicePixelRatio]);
    if (made !== this.#made) {
      this.#plot?.destroy();
      this.#plot = new uPlot(this.#options(look), this.#data(), this.el);
      this.#made = made;
      return;
    }
    const plot = this.#plot;
    plot?.batch(() => {
      plot.setData(this.#data(), false);
      plot.setScale("x", { min: axes.x[0], max: axes.x[1] });
      plot.setScale("y", { min: axes.y[0], max: axes.y[1] });
    });
  }

  destroy(): void {
    this.#plot?.destroy();
    this.#plot = null;
  }

  get frame(): Frame {
    const { left = 0, top = 0, width = 0, height = 0 } = this.#plot?.bbox ?? {};
    const ratio = devicePixelRatio || 1;
    return { left: left / ratio, top: top / ratio, width: width / ratio, height: height / ratio };
  }

  toX(x: number): number {
    const { left, width } = this.frame;
    const [from, to] = this.#axes.x;
    return left + ((x - from) / (to - from)) * width;
  }

  toY(value: number): number {
    const { top, height } = this.frame;
    return top + (1 - sharesOf(this.#axes)(value)) * height;
  }

  /** The place on the axis under a pixel. */
  fromX(px: number): number {
    const { left, width } = this.frame;
    const [from, to] = this.#axes.x;
    return from + ((px - left) / width) * (to - from);
  }

  /** Right below the end of the axis stands what it is of. */
  #besideUnit(marks: number[]): string[] {
    const [from, to] = this.#axes.x;
    const words = this.#axes.xInWords(marks);
    return words.map((text, i) => ((marks[i] ?? 0) - from > 0.88 * (to - from) ? "" : text));
  }

  #data(): uPlot.AlignedData {
    return [this.#axes.x, ...this.#lines.map(() => [null, null])] as uPlot.AlignedData;
  }

  #options({ width, height, ink, font, unit }: Look): uPlot.Options {
    const axis = {
      font,
      stroke: ink.ink2,
      ticks: { show: false },
      gap: Math.round(6 * unit),
    };
    return {
      width,
      height,
      // Room for half a mark at the last step.
      padding: [Math.round(8 * unit), 6, 0, 0],
      cursor: { show: false },
      legend: { show: false },
      scales: {
        x: { time: false, auto: false, range: () => this.#axes.x },
        y: {
          auto: false,
          range: () => this.#axes.y,
          distr: this.#axes.log ? 3 : 1,
        },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: Math.round(22 * unit),
          space: Math.round(90 * unit),
          ...(this.#axes.incrs ? { incrs: this.#axes.incrs } : {}),
          values: (_plot, marks) => this.#besideUnit(marks),
        },
        {
          ...axis,
          grid: { stroke: ink.line1, width: 1, dash: gridDash(ink) },
          size: Math.round(48 * unit),
          space: Math.round(34 * unit),
          ...(this.#axes.log ? { splits: () => powersIn(this.#axes.y), filter: keep } : {}),
          values: (_plot, marks) =>
            this.#axes.log ? marks.map(powerInWords) : ticksInWords(marks),
        },
      ],
      series: [
        {},
        ...this.#lines.map(
          (line, i): uPlot.Series => ({
            stroke: line.color,
            width: line.width,
            // uPlot scales widths with the screen, not dashes.
            dash: line.dash.map((part) => part * devicePixelRatio),
            points: { show: false },
            paths: (plot) => {
              const { left, top, width, height } = plot.bbox;
              const curve = this.#lines[i]?.curve ?? line.curve;
              return { stroke: pathOf(curve, this.#axes, { left, top, width, height }), flags: 1 };
            },
          }),
        ),
      ],
    };
  }
}

/** Where rules have the colour of text they are dots, so that curves stand out. */
function gridDash({ line1, ink1 }: Ink): number[] {
  return line1 === ink1 ? [devicePixelRatio, 4 * devicePixelRatio] : [];
}

const keep = (_plot: uPlot, marks: number[]) => marks;

/** 0 at the lower end of an axis, 1 at the upper one; NaN where a logarithm has no value. */
function sharesOf({ y: [from, to], log }: Axes): (value: number) => number {
  const span = log ? Math.log(to / from) : to - from;
  if (!log) return (value) => (value - from) / span;
  return (value) => (value > 0 ? Math.log(value / from) / span : Number.NaN);
}

/** Places of the points from the one before a stretch to the one behind it. */
export function inSight(x: Float64Array, [from, to]: readonly [number, number]): [number, number] {
  let [start, end] = [0, x.length];
  while (start < x.length && (x[start + 1] ?? Infinity) < from) start++;
  while (end > start && (x[end - 2] ?? -Infinity) > to) end--;
  return [start, end];
}

/** The way of a curve through a box. What is no number is a gap. */
export function pathOf({ x, values }: Curve, axes: Axes, box: Frame): Path2D {
  const path = new Path2D();
  const [from, to] = axes.x;
  const scale = box.width / (to - from);
  const beyond = 1e5;
  const share = sharesOf(axes);
  const shareAt = (i: number) => share(values[i] ?? Number.NaN);
  const [start, end] = inSight(x, axes.x);
  let drawing = false;
  for (let i = start; i < end; i++) {
    const up = shareAt(i);
    if (!Number.isFinite(up)) {
      drawing = false;
      continue;
    }
    const px = box.left + ((x[i] ?? 0) - from) * scale;
    const py = Math.max(-beyond, Math.min(beyond, box.top + (1 - up) * box.height));
    if (drawing) path.lineTo(px, py);
    else path.moveTo(px, py);
    // A point between two gaps is a dot.
    if (!drawing && !Number.isFinite(shareAt(i + 1))) path.lineTo(px + 0.01, py);
    drawing = true;
  }
  return path;
}
