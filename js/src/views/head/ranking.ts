import { entropy, ranked } from "./a11y.ts";
import { colorOf } from "./draw.ts";
import { drawnStrips, fullWeight } from "./lines.ts";
import { lookNow } from "./paint.ts";
import type { PanelHead, PanelProps } from "./panel.tsx";
import type { HeldPicture } from "./picture.ts";
import { type HeadState, labelOf, tokenOf } from "./state.ts";

/** What the side panel says of the locked token, or null where there is none to show. */
export function panelFor(state: HeadState, picture: HeldPicture | null): PanelProps | null {
  const held = state.held.value;
  const layout = state.layout.value;
  if (!held || !picture || !layout) return null;
  const wanted = layout.lines === null || (layout.panel !== null && held.locked);
  if (!wanted) return null;
  const { heads, aggregate } = state.choice.value;
  const other = held.side === "query" ? "key" : "query";
  const axis = state.axes.value[other];
  const play = state.play.value[other];
  const { strip } = picture;
  const look = lookNow(state);
  const most = heads.length === 1 || aggregate !== "each" ? 8 : 3;
  const full = fullWeight(state.choice.value);
  const sumWhere = (values: Float32Array, wanted: (item: number) => boolean) =>
    values.reduce((sum, value, item) => (wanted(item) && value > 0 ? sum + value : sum), 0);

  const entry = (head: number, values: Float32Array): PanelHead => {
    const strongest = ranked(values, axis.labels, play, strip.exact, most).filter(
      ({ weight }) => weight > 0,
    );
    const listed = strongest.reduce((sum, { weight }) => sum + weight, 0);
    const known = sumWhere(values, (item) => play[item] ?? false);
    return {
      head,
      color: colorOf(head, look),
      // Entropy belongs to a distribution: the row of one head, not what a key receives.
      entropy: head >= 0 && held.side === "query" ? entropy(values) : null,
      strongest: strongest.map((row) => ({
        ...row,
        token: axis.tokens[row.item]?.[0] ?? null,
        filled: Math.min(1, row.weight / full),
      })),
      others: {
        count: play.filter(Boolean).length - strongest.length,
        weight: Math.max(0, known - listed),
      },
      hidden: sumWhere(values, (item) => !play[item]),
    };
  };
  return {
    label: labelOf(state, held),
    side: held.side,
    token: tokenOf(state, held),
    layer: state.layer.value,
    base: state.synced.index_base.value,
    exact: strip.exact,
    heads: drawnStrips(strip, state.choice.value).map(({ head, values }) => entry(head, values)),
    name: aggregate,
  };
}
