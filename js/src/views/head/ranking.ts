import { entropy, ranked } from "./a11y.ts";
import { colorOf } from "./draw.ts";
import { lookNow } from "./paint.ts";
import type { PanelHead, PanelProps } from "./panel.tsx";
import type { HeldPicture } from "./picture.ts";
import type { HeadState } from "./state.ts";
import { combine } from "./strips.ts";

/** What the side panel says of the locked token, or null where there is none to show. */
export function panelFor(state: HeadState, picture: HeldPicture | null): PanelProps | null {
  const held = state.held.value;
  const layout = state.layout.value;
  if (!held || !picture || !layout) return null;
  const wanted = layout.lines === null || (layout.panel !== null && held.locked);
  if (!wanted) return null;
  const { heads, aggregate } = state.choice.value;
  const other = held.side === "query" ? "key" : "query";
  const labels = state.axes.value[other].labels;
  const { strip } = picture;
  const look = lookNow(state);
  const most = heads.length === 1 || aggregate !== "each" ? 8 : 3;
  const entry = (head: number, values: Float32Array): PanelHead => {
    const strongest = ranked(values, labels, strip.exact, most).filter(({ weight }) => weight > 0);
    const total = values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0);
    const listed = strongest.reduce((sum, { weight }) => sum + weight, 0);
    return {
      head,
      color: colorOf(head, look),
      // Entropy belongs to a distribution: the row of one head, not what a key receives.
      entropy: head >= 0 && held.side === "query" ? entropy(values) : null,
      strongest,
      others: { count: values.length - strongest.length, weight: Math.max(0, total - listed) },
    };
  };
  const entries =
    aggregate === "each"
      ? heads.map((head) =>
          entry(head, strip.values.subarray(head * strip.length, (head + 1) * strip.length)),
        )
      : [entry(-1, combine(strip, heads, aggregate))];
  return {
    label: state.axes.value[held.side].labels[held.item] ?? "",
    side: held.side,
    item: held.item,
    layer: state.synced.layer.value,
    base: state.synced.index_base.value,
    exact: strip.exact,
    heads: entries,
    name: aggregate,
  };
}
