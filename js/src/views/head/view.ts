import type { Stage } from "../stage.ts";
import { headPart } from "./part.ts";
import { Toolbar } from "./toolbar.tsx";

/** Draws a head view with its toolbar until its scope aborts. */
export function headView(stage: Stage): void {
  headPart(stage, Toolbar);
}
