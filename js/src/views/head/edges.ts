import { element } from "../../dom.ts";
import { isolated, percent, rough, weightInSentence } from "../../format.ts";
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
const NOUNS = { key: ["key", "keys"], query: ["query", "queries"] } as const;

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

/** A word of an edge; one that names an item leads to it. */
export interface EdgeWord {
  text: string;
  item?: number;
}

/**
 * "▲ ferry 3 0.402  islands 92 0.091  +2 more", at rest "▲ 41 keys, 12 %": with as many names as fit, and where
 * there is no room, the bare count.
 */
export function edgeWords(
  { arrow, named, count, share }: EdgeSummary,
  side: "query" | "key",
  { base, exact }: { base: number; exact: boolean },
  fits: (words: EdgeWord[]) => boolean,
): EdgeWord[] {
  if (count === 0) return [];
  const withNames = (most: number): EdgeWord[] => {
    const names = named.slice(0, most).map(({ item, token, label, weight }) => ({
      text: `${isolated(label)} ${token + base} ${weightInSentence(weight, exact)}`,
      item,
    }));
    const more = count - names.length;
    return [{ text: arrow }, ...names, ...(more > 0 ? [{ text: `+${more} more` }] : [])];
  };
  const counted = [
    {
      text: `${arrow} ${count} ${NOUNS[side][count === 1 ? 0 : 1]}, ${rough(exact)}${percent(share)}`,
    },
  ];
  const choices = [...named.map((_, i) => withNames(named.length - i)), counted];
  return choices.find(fits) ?? [{ text: `${arrow} ${count}` }];
}

/** Each name is a button that carries its item in `data-item`. */
export function showEdge(root: HTMLElement, words: EdgeWord[]): void {
  root.replaceChildren();
  for (const { text, item } of words) {
    const node = element(item === undefined ? "span" : "button", "", root);
    node.textContent = text;
    if (!(node instanceof HTMLButtonElement)) continue;
    node.type = "button";
    node.className = "hw-link";
    node.dataset.item = String(item);
  }
}
