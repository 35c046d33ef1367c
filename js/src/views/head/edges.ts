import { element } from "../../dom.ts";
import { percent, weightInSentence } from "../../format.ts";
import type { Axis } from "./axis.ts";
import type { Line } from "./lines.ts";
import type { Held } from "./state.ts";

/** What lies beyond the edges of a list that scrolls. */
export interface EdgeSummary {
  arrow: "▲" | "▼";
  /** The strongest items beyond the edge, while a token is held. */
  named: { item: number; token: number; label: string; weight: number }[];
  /** Items beyond the edge that a line goes to. */
  count: number;
  /** Their share of the weight shown. */
  share: number;
}

const NAMED = 2;

export function edgeSummary(
  lines: Line[],
  side: "query" | "key",
  axis: Pick<Axis, "labels" | "tokens">,
  [from, to]: [number, number],
  edge: "top" | "bottom",
  held: Held | null,
): EdgeSummary {
  const beyond = new Map<number, number>();
  let sum = 0;
  let total = 0;
  for (const line of lines) {
    total += line.weight;
    const item = line[side];
    if (edge === "top" ? item >= from : item < to) continue;
    sum += line.weight;
    beyond.set(item, Math.max(beyond.get(item) ?? 0, line.weight));
  }
  const named = held ? [...beyond].sort((a, b) => b[1] - a[1]).slice(0, NAMED) : [];
  return {
    arrow: edge === "top" ? "▲" : "▼",
    named: named.map(([item, weight]) => ({
      item,
      token: axis.tokens[item]?.[0] ?? item,
      label: axis.labels[item] ?? "",
      weight,
    })),
    count: beyond.size,
    share: total > 0 ? sum / total : 0,
  };
}

const NOUNS = { key: ["key", "keys"], query: ["query", "queries"] } as const;

/**
 * "▲ ferry 3 0.402  islands 92 0.091  +2 more", each name a button that carries its item in `data-item`;
 * at rest "▲ 41 keys, 12 %".
 */
export function showEdge(
  root: HTMLElement,
  summary: EdgeSummary,
  side: "query" | "key",
  base: number,
  exact: boolean,
): void {
  root.replaceChildren();
  const { arrow, named, count, share } = summary;
  if (count === 0) return;
  const say = (text: string) => {
    element("span", "", root).textContent = text;
  };
  if (named.length === 0) {
    say(`${arrow} ${count} ${NOUNS[side][count === 1 ? 0 : 1]}, ${percent(share)}`);
    return;
  }
  say(arrow);
  for (const { item, token, label, weight } of named) {
    const button = element("button", "hw-link", root);
    button.type = "button";
    button.dataset.item = String(item);
    button.textContent = `${label} ${token + base} ${weightInSentence(weight, exact)}`;
  }
  if (count > named.length) say(`+${count - named.length} more`);
}
