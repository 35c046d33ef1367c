import { headView } from "../head/view.ts";
import type { Stage } from "../stage.ts";
import { liveOver } from "./whole.ts";

/** A head view with a model behind it. */
export function liveView(stage: Stage): void {
  liveOver(stage, "live", headView);
}
