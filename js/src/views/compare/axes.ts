import { element } from "../../dom.ts";
import type { Side } from "./matching.ts";

/** Names or numbers of the tokens along the map. */

export interface AxisLabel {
  side: Side;
  /** Row or column of the map. */
  index: number;
  text: string;
  /** Level above the columns too, where only some are named. */
  upright: boolean;
  number: boolean;
  special: boolean;
  locked: boolean;
  /** Pointed at in another part. */
  pointed: boolean;
}

export function showAxes(root: HTMLElement, labels: AxisLabel[], cell: number): void {
  root.replaceChildren();
  for (const label of labels) {
    const { side, index, text, number, upright, special, locked, pointed } = label;
    const node = element("span", `hw-diff-label hw-diff-${side}`, root);
    // Token text is data: it only ever becomes a text node.
    const word = element("span", "", node);
    word.textContent = text;
    word.dir = "auto";
    node.dataset.index = String(index);
    node.classList.toggle("hw-diff-upright", upright);
    node.classList.toggle("hw-diff-number", number);
    node.classList.toggle("hw-faint", special);
    node.classList.toggle("hw-locked", locked);
    node.classList.toggle("hw-pointed", pointed);
    node.style[side === "query" ? "top" : "left"] = `${(index + 0.5) * cell}px`;
  }
}

/** Bold where the pointer or the cursor is. */
export function markAxes(root: HTMLElement, at: { row: number; column: number } | null): void {
  for (const node of root.children) {
    if (!(node instanceof HTMLElement)) continue;
    const index = node.classList.contains("hw-diff-query") ? at?.row : at?.column;
    node.classList.toggle("hw-strong", index === Number(node.dataset.index));
  }
}
