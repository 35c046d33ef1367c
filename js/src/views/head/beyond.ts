import { computed, type ReadonlySignal } from "@preact/signals";
import { maxOf } from "../../arrays.ts";
import { isSink } from "./axis.ts";
import type { SideName } from "./hit.ts";
import { arrowTo, type Jump, strongestItem } from "./jump.ts";
import { drawnStrips, fullWeight } from "./lines.ts";
import { type Bars, minimapBars } from "./minimap.ts";
import type { Pictures } from "./pictures.ts";
import type { HeadState } from "./state.ts";

/** Of lists that scroll: where the mass lies, and the strongest token of the locked one. Signals that follow the state. */

export interface MinimapData {
  bars: Bars;
  /** Weight of the longest bar. */
  full: number;
}

/** The side that lines lead to: opposite of what is held, else the keys. */
export function farSide(state: HeadState): SideName {
  return state.held.value?.side === "key" ? "query" : "key";
}

/** The held token's weights, else what each key receives; null where there is no minimap or no weights. */
export function minimapOf(
  state: HeadState,
  pictures: Pictures,
): ReadonlySignal<MinimapData | null> {
  // Scrolling changes what is shown, not what the keys receive.
  const marginal = computed(() => pictures.shown.value?.marginals.received);
  const received = computed(() => {
    const length = state.axes.value.key.labels.length;
    if (!marginal.value) return [];
    const strip = { values: marginal.value, exact: true, length };
    return drawnStrips(strip, state.choice.value);
  });
  return computed(() => {
    const layout = state.layout.value;
    if (!layout?.minimap) return null;
    const picture = pictures.held.value;
    const strips = picture ? drawnStrips(picture.strip, state.choice.value) : received.value;
    const play = state.play.value[picture ? farSide(state) : "key"];
    const bars = minimapBars(strips, play, Math.round(layout.sheet / layout.row), layout.viewport);
    return { bars, full: picture ? fullWeight(state.choice.value) : maxOf(bars.values) };
  });
}

/** Where the strongest token is, or why that cannot be said. */
export function jumpOf(state: HeadState, pictures: Pictures): ReadonlySignal<Jump | string> {
  const target = computed((): Omit<Jump, "arrow"> | string => {
    const held = state.held.value;
    if (!held?.locked) return "Lock a token first: click one";
    const picture = pictures.held.value;
    if (!picture) return "The weights of the locked token have not come yet";
    if (state.headsOn.value.length === 0) return "No head is on";
    const side = farSide(state);
    const axis = state.axes.value[side];
    const play = state.play.value[side].map((inPlay, i) => inPlay && !isSink(axis, i));
    const strips = drawnStrips(picture.strip, state.choice.value).map(({ values }) => values);
    const item = strongestItem(strips, play);
    return item === null ? `No ${side} in play has a weight` : { side, item };
  });
  return computed(() => {
    const to = target.value;
    return typeof to === "string"
      ? to
      : { ...to, arrow: arrowTo(to.item, pictures.sight.value[to.side]) };
  });
}

/** Number of the first and the last token of the longer list, as they are shown. */
export function endsOf(state: HeadState): { first: number; last: number } {
  const { query, key } = state.axes.value;
  const base = state.synced.index_base.value;
  const longer = query.labels.length > key.labels.length ? query : key;
  return { first: base, last: longer.itemOf.length - 1 + base };
}

/** Row of the locked token, or null. */
export function lockedRow(state: HeadState): number | null {
  const held = state.held.value;
  return held?.locked ? held.item : null;
}
