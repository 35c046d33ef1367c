import { element } from "../../dom.ts";
import type { Title } from "./words.ts";

/** A part's place: a title, room for controls beside it, and where the part is drawn. */
export interface Pane {
  name: string;
  pane: HTMLElement;
  sentence: HTMLElement;
  tools: HTMLElement;
  mount: HTMLElement;
}

export function buildPane(parent: HTMLElement, name: string): Pane {
  const pane = element("section", `hw-pane hw-pane-${name.toLowerCase()}`, parent);
  pane.setAttribute("aria-label", name);
  const line = element("div", "hw-pane-line", pane);
  const title = element("div", "hw-title", line);
  element("b", "", title).textContent = name;
  return {
    name,
    pane,
    sentence: element("span", "", title),
    tools: element("div", "hw-group", line),
    mount: element("div", "hw-pane-mount", pane),
  };
}

export function setTitle({ sentence }: Pane, { before, token, after = "" }: Title): void {
  sentence.replaceChildren(before);
  if (token === undefined) return;
  // Token text is data: it only ever becomes a text node.
  const word = element("b", "", sentence);
  word.textContent = token;
  word.dir = "auto";
  sentence.append(after);
}
