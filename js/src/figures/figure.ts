import { signal } from "@preact/signals";
import type { Host } from "../host/host.ts";
import type { Loader, Requests } from "../store/loader.ts";
import { GROUND, INK, type Ink, isDark, type ThemeName } from "../theme.ts";
import type { Look } from "../views/head/state.ts";
import type { SvgPen } from "./svg.ts";

/** Fonts that have the same widths everywhere. */
export const FAMILY = 'Arial, "Liberation Sans", Helvetica, sans-serif';
export const SIZE = 13;
export const SMALL = 11;

/** What a figure is drawn with: the view's state and data, and how it is to look. */
export interface FigureStage {
  host: Host;
  loader: Loader;
  scope: AbortSignal;
  width: number;
  theme: ThemeName;
  /** Every row, also where the view would scroll. */
  allRows: boolean;
  /** Width of the widest label in a CSS font, as the views measure. */
  measure: (labels: string[], font: string) => number;
}

/** A view's figure. What it lacks is asked for before it is drawn. */
export interface Figure {
  requests: Pick<Requests, "failure">;
  /** Draws from y = 0 down and returns the height; throws where something that belongs in it has not come. */
  draw(pen: SvgPen): number;
  /** What the figure shows, in a sentence. */
  words(): string;
}

export type FigureOf = (stage: FigureStage) => Figure;

/** The signals that a view's state asks for. */
export function lookOf({ width, theme }: FigureStage): Look {
  const font = { family: FAMILY, size: SIZE };
  return { width: signal(width), theme: signal(theme), font: signal(font) };
}

export function inkOf(theme: ThemeName): Ink {
  return INK[theme];
}

/** The colour under a figure, and of text on what is filled with ink. */
export function groundOf(theme: ThemeName): string {
  return GROUND[isDark(theme) ? "dark" : "light"];
}
