import type { Traits } from "../../src/state/types.ts";
import { type HeadsOptions, openHeads } from "./heads-page.ts";
import { openLive } from "./live.ts";
import { openMatrix } from "./matrix.ts";
import { type GridOptions, openGrid } from "./model-page.ts";
import { openNeuron } from "./neuron-page.ts";
import { openView } from "./page.ts";
import { openRuns } from "./runs-page.ts";
import { openCompare, openExplore } from "./whole.ts";

/** Each of the views over a small trace, on a ground of one's choice. */

export const GROUNDS = { light: "#ffffff", dark: "#111111" };
export type Ground = keyof typeof GROUNDS;

export interface Shown {
  el: HTMLElement;
  root: HTMLElement;
}

interface Options {
  ground?: Ground;
  traits?: Partial<Traits>;
  width?: number;
}

type Open = (options: Omit<Options, "ground"> & { ground: string }) => Promise<Shown>;

const OPEN: Record<string, Open> = {
  head: openView,
  heads: (options) => openHeads(options as HeadsOptions),
  model: (options) => openGrid(options as GridOptions),
  neuron: openNeuron,
  matrix: openMatrix,
  explore: openExplore,
  compare: openCompare,
  live: openLive,
  runs: (options) => openRuns({ ...options, saved: [0, 500, 1000] }),
};

export const VIEWS = Object.keys(OPEN);

export async function openOne(view: string, options: Options = {}): Promise<Shown> {
  const { ground = "light", traits, ...rest } = options;
  const open = OPEN[view];
  if (!open) throw new Error(`there is no view "${view}"`);
  return open({ ...rest, ground: GROUNDS[ground], traits: { theme: "auto", ...traits } });
}

/** A locked query and key, which every view can show. */
export const LOCKED: Traits["selection"] = {
  block: "encoder",
  heads: [[0, 1]],
  query: 2,
  key: 3,
};
