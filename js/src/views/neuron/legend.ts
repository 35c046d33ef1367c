import { element } from "../../dom.ts";
import { rampGradient, signedRamp } from "../../ramps.ts";
import type { LegendWords } from "./words.ts";

export interface LegendView {
  root: HTMLElement;
  update(words: LegendWords, dark: boolean): void;
}

/** Under the rows: what colour means, how far it reaches, and how the weight comes about. */
export function legendView(parent: HTMLElement): LegendView {
  const root = element("div", "hw-legend", parent);
  const scale = element("span", "hw-legend-signs", root);
  const word = (text: string) => {
    element("span", "", scale).textContent = text;
  };
  word("negative −");
  const sample = element("span", "hw-legend-ramp", scale);
  word("+ positive");
  const full = element("span", "", root);
  let more: HTMLElement[] = [];
  return {
    root,
    update(words, dark) {
      sample.style.background = rampGradient(signedRamp(dark));
      full.textContent = words.full;
      scale.hidden = words.full === "";
      for (const node of more) node.remove();
      more = words.more.map((text) => {
        const node = element("span", "", root);
        node.textContent = text;
        return node;
      });
    },
  };
}
