import type { Signal } from "@preact/signals";
import { element } from "../../dom.ts";
import { afterKey, clampTo, type Range } from "./sizes.ts";

interface DividerOptions {
  /** Of the rule itself: a vertical one stands between left and right. */
  orientation: "vertical" | "horizontal";
  label: string;
  /** As a person dragged it; null until then, and after a double click. */
  size: Signal<number | null>;
  /** Size of the part before it as it is now, and how far it can go, px. */
  now: () => number;
  range: () => Range;
  unit: () => number;
}

export interface Divider {
  root: HTMLElement;
  /** Tells assistive technology where it stands; a rule that does not move is only a rule. */
  tell(moves: boolean): void;
}

/** A rule between two parts that drags; arrow keys move it, a double click puts it back. */
export function divider(parent: HTMLElement, options: DividerOptions, scope: AbortSignal): Divider {
  const { orientation, size } = options;
  const vertical = orientation === "vertical";
  const root = element("div", `hw-divider hw-divider-${orientation}`, parent);
  root.setAttribute("role", "separator");
  root.setAttribute("aria-orientation", orientation);
  let moves = true;
  const listen = <K extends keyof HTMLElementEventMap>(
    name: K,
    act: (event: HTMLElementEventMap[K]) => void,
  ) => root.addEventListener(name, (event) => moves && act(event), { signal: scope });

  let drag: { at: number; from: number } | null = null;
  const place = (event: PointerEvent) => (vertical ? event.clientX : event.clientY);
  listen("pointerdown", (event) => {
    drag = { at: place(event), from: options.now() };
    root.setPointerCapture(event.pointerId);
  });
  listen("pointermove", (event) => {
    const moved = drag && place(event) - drag.at;
    if (drag && moved) size.value = clampTo(drag.from + moved, options.range());
  });
  for (const name of ["pointerup", "pointercancel"] as const)
    listen(name, () => {
      drag = null;
    });
  listen("dblclick", () => {
    size.value = null;
  });
  listen("keydown", (event) => {
    const to = afterKey(event.key, orientation, options.now(), options.range(), options.unit());
    if (to === null) return;
    size.value = to;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    root,
    tell(movable) {
      moves = movable;
      root.classList.toggle("hw-fixed", !moves);
      const { least, most } = options.range();
      const values = {
        tabindex: 0,
        "aria-label": options.label,
        "aria-valuenow": Math.round(options.now()),
        "aria-valuemin": Math.round(least),
        "aria-valuemax": Math.round(most),
      };
      for (const [name, value] of Object.entries(values)) {
        if (moves) root.setAttribute(name, String(value));
        else root.removeAttribute(name);
      }
    },
  };
}
