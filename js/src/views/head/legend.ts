import { canvasIn, element, sizeCanvas } from "../../dom.ts";
import { drawSample, type LineStyle } from "./draw.ts";

export interface LegendView {
  root: HTMLElement;
  update(style: LineStyle, head: number, unit: number, ratio: number, sentences: LegendText): void;
}

export interface LegendText {
  colour: string;
  bars: string;
  mass: string;
  state: string;
  /** Of the two lists, where they do not stand together. */
  apart: string;
}

/** Weights of the lines that the legend shows. */
export const SAMPLES = [0.02, 0.1, 0.3, 1];

export function sampleLabel(weight: number, { full }: LineStyle): string {
  return String(Number((weight * full).toPrecision(2)));
}

/** One line under the picture: what strength, colour and bars mean, and what is not shown. */
export function legendView(parent: HTMLElement): LegendView {
  const root = element("div", "hw-legend", parent);
  const scale = element("span", "hw-legend-scale", root);
  element("span", "", scale).textContent = "weight";
  const samples = SAMPLES.map((weight) => {
    const sample = element("span", "hw-legend-sample", scale);
    const canvas = canvasIn("", sample);
    const label = element("span", "", sample);
    return { weight, canvas, label };
  });
  const colour = element("span", "", root);
  const bars = element("span", "hw-legend-bars", root);
  const mass = element("span", "hw-legend-mass", root);
  const state = element("span", "", root);
  const apart = element("span", "hw-legend-apart", root);
  let sampled = "";
  return {
    root,
    update(style, head, unit, ratio, text) {
      // Hovering redraws the legend's words, seldom its samples.
      const now = JSON.stringify([style, head, unit, ratio]);
      for (const { weight, canvas, label } of now === sampled ? [] : samples) {
        const [width, height] = [20 * unit, 8 * unit];
        const ctx = sizeCanvas(canvas, width, height, ratio);
        ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
        ctx.clearRect(0, 0, width, height);
        drawSample(ctx, weight, width, height, style, head, unit);
        label.textContent = sampleLabel(weight, style);
      }
      sampled = now;
      colour.textContent = text.colour;
      bars.textContent = text.bars;
      mass.textContent = text.mass;
      state.textContent = text.state;
      apart.textContent = text.apart;
    },
  };
}
