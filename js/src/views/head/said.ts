import { type ComponentChildren, h } from "preact";
import { weightInSentence } from "../../format.ts";
import { ranked } from "./a11y.ts";
import type { Line } from "./lines.ts";
import { type HeadState, labelOf, tokenOf } from "./state.ts";

const LISTED = 20;

/** What the lines show as a list, for those who do not see them: "it 9 → cat 2, head 1: 0.746", strong to weak. */
export function linesInWords(state: HeadState, lines: Line[], exact: boolean): ComponentChildren {
  const base = state.synced.index_base.value;
  const weights = lines.map(({ weight }) => weight);
  const all = lines.map(() => true);
  const listed = ranked(weights, [], all, exact, LISTED).flatMap(({ item }) => lines[item] ?? []);
  const named = (side: "query" | "key", item: number) =>
    `${labelOf(state, { side, item })} ${tokenOf(state, { side, item }) + base}`;
  const items = listed.map(({ query, key, head, weight }) => {
    const pair = `${named("query", query)} → ${named("key", key)}`;
    const of = head < 0 ? state.choice.value.aggregate : `head ${head + base}`;
    return h("li", null, `${pair}, ${of}: ${weightInSentence(weight, exact)}`);
  });
  const label = `Layer ${state.layer.value + base}: the ${items.length} strongest of ${lines.length} lines`;
  return h("ul", { "aria-label": label }, items);
}
