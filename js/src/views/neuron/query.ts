import { element } from "../../dom.ts";
import type { NeuronLayout } from "./layout.ts";
import { queryLine } from "./scene.ts";

/** The query as a pill with a list of all query tokens behind it. */

export interface QueryPill {
  root: HTMLElement;
  show(layout: NeuronLayout, query: QueryShown): void;
}

export interface QueryShown {
  labels: string[];
  query: number;
  locked: boolean;
  heard: boolean;
  base: number;
  title: string;
}

const NONE = "none";

export function queryPill(
  parent: HTMLElement,
  lock: (query: number | null) => void,
  signal: AbortSignal,
): QueryPill {
  const title = element("span", "hw-neuron-title", parent);
  const mount = element("div", "hw-neuron-pill", parent);
  const choice = element("span", "hw-neuron-choice", mount);
  const root = element("span", "hw-neuron-query", choice);
  root.dir = "auto";
  root.setAttribute("aria-hidden", "true");
  const select = element("select", "", choice);
  select.setAttribute("aria-label", "Query");
  let shown: QueryShown | null = null;
  let filled: QueryShown | null = null;

  const option = (value: string, words: string) => {
    const node = document.createElement("option");
    node.value = value;
    node.textContent = words;
    return node;
  };
  const choose = () => {
    if (shown) select.value = String(shown.query);
  };
  /** Thousands of options are made only for a person who opens the list. */
  const fill = () => {
    if (!shown || (filled?.labels === shown.labels && filled.base === shown.base)) return;
    const { labels, base } = shown;
    select.replaceChildren(
      option(NONE, "none locked"),
      ...labels.map((label, i) => option(String(i), `${i + base}  ${label}`)),
    );
    filled = shown;
    choose();
  };
  for (const event of ["pointerdown", "focus", "keydown"])
    select.addEventListener(event, fill, { signal });
  select.addEventListener(
    "change",
    () => lock(select.value === NONE ? null : Number(select.value)),
    { signal },
  );

  return {
    root,
    show(layout, query) {
      const { labels, locked, heard, base } = query;
      const label = labels[query.query] ?? "";
      const stale = filled !== null && (filled.labels !== labels || filled.base !== base);
      shown = query;
      if (filled === null || stale) {
        // Until it is filled the list holds the shown query alone, so that it can be read out.
        select.replaceChildren(option(String(query.query), `${query.query + base}  ${label}`));
        filled = null;
      }
      choose();
      root.textContent = label;
      select.title = `${label}, query ${query.query + base}${locked ? ", locked" : ": choose one to lock it"}`;
      root.classList.toggle("hw-locked", locked);
      root.classList.toggle("hw-heard", heard);
      title.textContent = query.title;
      const { key, token } = layout;
      const { pill } = queryLine(layout);
      title.style.left = `${key?.from ?? 0}px`;
      mount.style.cssText = `top: ${pill.top}px; width: ${key ? token.to - token.from : layout.width}px; height: ${pill.height}px; justify-content: ${key ? "flex-end" : "flex-start"}`;
    },
  };
}
