import type { BlockSpec, SelectionValue, TraceSpec } from "../../state/types.ts";
import type { Arrangement } from "./sizes.ts";

/** Titles of the parts: a name and a half sentence, of which one word may be a token. */
export interface Title {
  before: string;
  token?: string;
  after?: string;
}

const WHERE = { wide: "shows it on the right", stacked: "shows it below", tabs: "chooses it" };

/** Of the grid, without the gesture. */
export const GRID_TITLE: Title = { before: "every head" };

export function gridTitle(arrangement: Arrangement): Title {
  return { before: `${GRID_TITLE.before} · click ${WHERE[arrangement]}` };
}

export const HEAD_TITLE: Title = { before: "lines of the chosen heads" };

export function neuronTitle(
  trace: TraceSpec,
  block: BlockSpec,
  { query }: SelectionValue,
  head: number,
): Title {
  const token = query === null ? undefined : trace.tokens[block.query_tokens]?.labels[query];
  const after = ` attends as it does in head ${head}`;
  return token === undefined ? { before: `why a token${after}` } : { before: "why ", token, after };
}
