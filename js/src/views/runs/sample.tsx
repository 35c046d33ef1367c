import { type RunsState, styleIn } from "./state.ts";

/** The line of a run, as it is drawn. */
export function Sample({
  state,
  run,
  pointed = false,
}: {
  state: RunsState;
  run: number;
  pointed?: boolean;
}) {
  const { color, dash } = styleIn(state, run, pointed);
  return (
    <svg class="hw-run-sample" width="18" height="8" aria-hidden="true">
      <line
        x1="0"
        x2="18"
        y1="4"
        y2="4"
        stroke={color}
        stroke-width="2"
        stroke-dasharray={dash.join(" ") || undefined}
      />
    </svg>
  );
}
