import { compareView } from "../../src/views/compare/view.ts";
import { exploreView } from "../../src/views/explore/view.ts";
import { headView } from "../../src/views/head/view.ts";
import { headsView } from "../../src/views/heads/view.ts";
import { liveView } from "../../src/views/live/view.ts";
import { liveexploreView } from "../../src/views/liveexplore/view.ts";
import { matrixView } from "../../src/views/matrix/view.ts";
import { modelView } from "../../src/views/model/view.ts";
import { neuronView } from "../../src/views/neuron/view.ts";
import { runsView } from "../../src/views/runs/view.ts";
import type { View } from "../../src/views/stage.ts";

const VIEWS: Record<string, View> = {
  compare: compareView,
  explore: exploreView,
  head: headView,
  heads: headsView,
  live: liveView,
  liveexplore: liveexploreView,
  matrix: matrixView,
  model: modelView,
  neuron: neuronView,
  runs: runsView,
};

/** The view of a `_view` trait, as js/build.mjs finds it by its name. */
export function viewFor(name: string): View {
  const view = VIEWS[name];
  if (!view) throw new Error(`there is no view "${name}"`);
  return view;
}
