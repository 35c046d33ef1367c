import { canvasIn, element } from "../../dom.ts";
import { buildParts, type Parts as GridParts } from "../model/parts.ts";

/** The parts of the document that a heads view is made of. */
export interface Parts extends GridParts {
  /** Where the map is drawn. */
  map: HTMLElement;
  points: HTMLCanvasElement;
  rings: HTMLCanvasElement;
  list: HTMLElement;
}

export function buildHeadsParts(root: HTMLElement, body: HTMLElement): Parts {
  const grid = buildParts(root, body);
  body.classList.add("hw-heads-body");
  const map = element("div", "hw-heads-map");
  grid.scroll.after(map);
  const list = element("div", "hw-heads-list");
  // What colours mean stands below what is coloured.
  map.after(grid.legend);
  grid.facts.after(list);
  return {
    ...grid,
    map,
    points: canvasIn("hw-map-points", map),
    rings: canvasIn("hw-map-rings", map),
    list,
  };
}
