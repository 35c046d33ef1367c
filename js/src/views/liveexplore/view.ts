import { exploreView } from "../explore/view.ts";
import { liveOver } from "../live/whole.ts";
import type { Stage } from "../stage.ts";

/** The grid, the lines and the neurons with a model behind them. */
export function liveexploreView(stage: Stage): void {
  liveOver(stage, "liveexplore", exploreView, { sides: false });
}
