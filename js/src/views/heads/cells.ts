import { element } from "../../dom.ts";
import { sameHead } from "../../state/selection.ts";
import type { HeadPair } from "../../state/types.ts";
import { nameOf } from "../model/cells.ts";
import type { MapLayout } from "./layout.ts";

/** The points of the map for keyboards and screen readers: a list box over the canvas, one Tab stop. */

export interface PointsState {
  heads: HeadPair[];
  base: number;
  stop: HeadPair | null;
  isSelected: (head: HeadPair) => boolean;
  name: string;
}

export interface PointsView {
  update(layout: MapLayout, state: PointsState): void;
  pointOf(head: HeadPair): HTMLElement | null;
}

export function pointsView(parent: HTMLElement): PointsView {
  const root = element("div", "hw-points", parent);
  root.setAttribute("role", "listbox");
  root.setAttribute("aria-multiselectable", "true");
  return {
    update({ points, radius }, { heads, base, stop, isSelected, name }) {
      root.setAttribute("aria-label", name);
      const shown = heads.flatMap((head, row) => {
        const point = points[row];
        return point ? [{ head, point }] : [];
      });
      while (root.childElementCount > shown.length) root.lastElementChild?.remove();
      shown.forEach(({ head, point }, at) => {
        const node =
          (root.children[at] as HTMLElement | undefined) ?? element("div", "hw-point", root);
        const [layer, number] = head;
        Object.assign(node.dataset, { layer: String(layer), head: String(number) });
        node.setAttribute("role", "option");
        node.setAttribute("aria-label", nameOf(head, base));
        node.setAttribute("aria-selected", String(isSelected(head)));
        node.tabIndex = sameHead(stop, head) ? 0 : -1;
        node.style.cssText = `left: ${point.x - radius}px; top: ${point.y - radius}px; width: ${2 * radius}px; height: ${2 * radius}px;`;
      });
    },
    pointOf: ([layer, head]) =>
      root.querySelector<HTMLElement>(`.hw-point[data-layer="${layer}"][data-head="${head}"]`),
  };
}
