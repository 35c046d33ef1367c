import { canvasIn, element, newId } from "../../dom.ts";
import type { MatrixLayout } from "./layout.ts";

/** The parts of the document that a matrix view is made of. */
export interface Parts {
  root: HTMLElement;
  stage: HTMLElement;
  base: HTMLCanvasElement;
  over: HTMLCanvasElement;
  /** Takes the focus and the pointer. */
  map: HTMLElement;
  overview: HTMLElement;
  brush: HTMLElement;
  card: HTMLElement;
  legend: HTMLElement;
  /** The strongest keys in words, for screen readers. */
  said: HTMLElement;
  saved: HTMLElement;
}

export function buildParts(root: HTMLElement, body: HTMLElement): Parts {
  const stage = element("div", "hw-matrix", body);
  const base = canvasIn("hw-matrix-base", stage);
  const over = canvasIn("hw-matrix-over", stage);
  const map = element("div", "hw-map", stage);
  map.tabIndex = 0;
  map.setAttribute("role", "application");
  map.setAttribute("aria-roledescription", "map");
  const said = element("div", "hw-map-said", stage);
  said.id = newId();
  map.setAttribute("aria-describedby", said.id);
  return {
    root,
    stage,
    base,
    over,
    map,
    overview: element("div", "hw-overview", stage),
    brush: element("div", "hw-brush", stage),
    card: element("div", "hw-card", stage),
    legend: element("div", "hw-legend", root),
    said,
    saved: element("div", "hw-saved", root),
  };
}

export function arrange(parts: Parts, layout: MatrixLayout): void {
  const place = (node: HTMLElement, { x, y, width, height }: MatrixLayout["map"]) =>
    Object.assign(node.style, {
      left: `${x}px`,
      top: `${y}px`,
      width: `${width}px`,
      height: `${height}px`,
    });
  parts.stage.style.height = `${layout.height}px`;
  place(parts.map, layout.map);
  if (layout.overview) place(parts.overview, layout.overview);
}

/** Puts a note beside a rectangle of the stage where it has room: right of it, left of it, or above. */
export function beside(
  node: HTMLElement,
  stage: { width: number; height: number },
  at: { left: number; right: number; top: number; shift: number },
): void {
  const { offsetWidth: width, offsetHeight: height } = node;
  const [right, left] = [at.right + 8, at.left - 8 - width];
  const fits = right + width <= stage.width ? right : left;
  const x = fits >= 0 ? fits : Math.min(at.left, stage.width - width);
  const y = fits >= 0 ? at.top + at.shift : at.top - height - 4;
  node.style.left = `${Math.max(0, x)}px`;
  node.style.top = `${Math.max(0, Math.min(y, stage.height - height))}px`;
}
