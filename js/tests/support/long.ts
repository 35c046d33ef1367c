import { expect } from "vitest";
import { type OpenView, openView } from "./page.ts";
import { pairsOf, sampleOf, tokenList, type WeightAt } from "./sample.ts";

/** A view whose lists scroll, and ways to look at it. */

export const COUNT = 200;
export const labels = Array.from({ length: COUNT }, (_, i) => (i % 10 === 0 ? `Ten${i}` : `t${i}`));
/** Each query gives 0.6 to the key 120 further on, 0.3 to the one 3 before it, the rest to the first. */
export const weightAt: WeightAt = (_layer, _head, query, key) => {
  if (key === (query + 120) % COUNT) return 0.6;
  if (key === (query + COUNT - 3) % COUNT) return 0.3;
  return key === 0 ? 0.1 : 0;
};
export const long = sampleOf({ tokens: tokenList(labels), heads: 1, weightAt });

export const at = (query: number | null, key: number | null = null) => ({
  selection: { block: null, heads: pairsOf(0, [0]), query, key },
});

export const open = (more: { query?: number; key?: number; width?: number } = {}) =>
  openView({
    sample: long,
    ...(more.width ? { width: more.width } : {}),
    traits: at(more.query ?? null, more.key ?? null),
  });

export const seen = (view: OpenView, side: "query" | "key") =>
  view.all(`[role=option][data-side="${side}"]`).map((node) => Number(node.dataset.index));
export const first = (view: OpenView, side: "query" | "key" = "key") =>
  Math.min(...seen(view, side));
export const box = (view: OpenView) => view.find(".hw-scroll");
export const field = (view: OpenView) => view.find(".hw-find-input") as HTMLInputElement;
export const matches = (view: OpenView) => view.texts(".hw-match");
export const strongest = (view: OpenView) => view.find(".hw-strongest") as HTMLButtonElement;
export const locks = (view: OpenView) => {
  const { query, key } = view.host.get("selection");
  return [query, key];
};

export async function scrollTo(view: OpenView, row: number): Promise<void> {
  box(view).scrollTop = 18 * row;
  await expect.poll(() => first(view)).toBe(row);
}

/** Turns the wheel with Shift over one side. */
export function turn(view: OpenView, side: "query" | "key", rows: number): boolean {
  const list = view.find(`.hw-tokens-${side}`).getBoundingClientRect();
  const { top } = box(view).getBoundingClientRect();
  const wheel = new WheelEvent("wheel", {
    deltaY: 18 * rows,
    shiftKey: true,
    bubbles: true,
    cancelable: true,
    clientX: (list.left + list.right) / 2,
    clientY: top + 50,
  });
  return box(view).dispatchEvent(wheel);
}
