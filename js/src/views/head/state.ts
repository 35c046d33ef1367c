import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Host } from "../../host/host.ts";
import { headsOf, headsThere } from "../../state/selection.ts";
import { steady } from "../../state/steady.ts";
import { type Synced, syncedState } from "../../state/synced.ts";
import type { BlockSpec, TraceSpec } from "../../state/types.ts";
import { listsOf, shownPlace } from "../shell/place.ts";
import type { Shell } from "../shell/shell.ts";
import type { Dress, LiveHooks, Place } from "../stage.ts";
import {
  type Axis,
  inPlay,
  type Play,
  sentenceEnds,
  tokenAxis,
  withSink,
  wordAxis,
} from "./axis.ts";
import type { SideName } from "./hit.ts";
import { type HeadLayout, headLayout, scrollLimit } from "./layout.ts";
import type { Choice } from "./lines.ts";

/** A token that is looked at: locked by a click, or under the pointer or the keyboard cursor. */
export interface Held {
  side: SideName;
  item: number;
  locked: boolean;
}

export type { Place } from "../stage.ts";

const TRAITS = ["layer", "aggregate", "merge_words"] as const;
export type HeadSynced = Synced<(typeof TRAITS)[number]>;

/** How the view is shown: where it stands and what it looks like there. */
export type Look = Pick<Shell, "width" | "theme" | "font">;

/** What belongs to one view alone and never travels. */
export interface Local extends Look {
  hover: Signal<Place | null>;
  /** Whether a pointer or the focus has come into the picture; from then on its numbers are read. */
  pointed: Signal<boolean>;
  /** Token under the keyboard cursor. */
  cursor: Signal<Place | null>;
  previewHead: Signal<number | null>;
  /** Where the key list stands, which scrolls with its box. */
  scrollTop: Signal<number>;
  /** How far the query list is ahead of the key list; 0 while they scroll together. */
  lead: Signal<number>;
  /** A token that was searched for. */
  found: Signal<Place | null>;
}

export interface Pair<T> {
  query: T;
  key: T;
}

/** Everything that the picture follows from. */
export interface HeadState {
  trace: TraceSpec;
  synced: HeadSynced;
  local: Local;
  block: ReadonlySignal<BlockSpec>;
  axes: ReadonlySignal<Pair<Axis>>;
  play: ReadonlySignal<Play>;
  ends: ReadonlySignal<Pair<number[]>>;
  layer: ReadonlySignal<number>;
  headCount: ReadonlySignal<number>;
  /** Heads of the layer that the trace holds. */
  headsThere: ReadonlySignal<number[]>;
  /** Heads that are switched on; `headsOn` is that, or the one head that is previewed. */
  headsSelected: ReadonlySignal<number[]>;
  headsOn: ReadonlySignal<number[]>;
  choice: ReadonlySignal<Choice>;
  held: ReadonlySignal<Held | null>;
  layout: ReadonlySignal<HeadLayout | null>;
  /** Where each list stands. */
  tops: ReadonlySignal<Pair<number>>;
  /** What a live view does to the rows of a side. */
  dress(side: SideName): Dress | null;
}

export function headSynced(host: Host, scope: AbortSignal): HeadSynced {
  return syncedState(host, TRAITS, scope);
}

export function headState(
  trace: TraceSpec,
  synced: HeadSynced,
  { width, theme, font }: Look,
  measure: (labels: string[], font: string) => number,
  live?: LiveHooks,
): HeadState {
  const local: Local = {
    width,
    theme,
    font,
    hover: live?.hover ?? signal<Place | null>(null),
    pointed: signal(false),
    cursor: live?.cursor ?? signal<Place | null>(null),
    previewHead: signal<number | null>(null),
    scrollTop: signal(0),
    lead: signal(0),
    found: signal<Place | null>(null),
  };

  const { block, layer } = shownPlace(trace, synced);
  const axes = computed(() => {
    const axis = synced.merge_words.value ? wordAxis : tokenAxis;
    const lists = listsOf(trace, block.value);
    const key = axis(lists.key);
    return { query: axis(lists.query), key: block.value.sinks ? withSink(key) : key };
  });
  const play = computed(() =>
    inPlay(axes.value.query, axes.value.key, synced.sentences.value, synced.hide_special.value),
  );
  const ends = computed(() => ({
    query: sentenceEnds(axes.value.query),
    key: sentenceEnds(axes.value.key),
  }));
  const headCount = computed(() => block.value.heads[layer.value] ?? 0);
  const there = computed(() => headsThere(block.value, layer.value));
  const headsSelected = steady(() =>
    headsOf(synced.selection.value, layer.value)
      .filter((head) => there.value.includes(head))
      .sort((a, b) => a - b),
  );
  const headsOn = steady(() => {
    const preview = local.previewHead.value;
    // The pointer may rest on the chip of a head that another layer does not have.
    const previewed = preview !== null && there.value.includes(preview);
    return previewed ? [preview] : headsSelected.value;
  });
  const choice = computed(() => ({
    heads: headsOn.value,
    aggregate: synced.aggregate.value,
    share: synced.strongest.value,
    hideSpecial: synced.hide_special.value,
  }));
  const held = computed((): Held | null => {
    const { query, key } = synced.selection.value;
    const { query: queryAxis, key: keyAxis } = axes.value;
    if (query !== null) return { side: "query", item: queryAxis.itemOf[query] ?? 0, locked: true };
    if (key !== null) return { side: "key", item: keyAxis.itemOf[key] ?? 0, locked: true };
    const place = local.hover.value ?? local.cursor.value;
    return place && place.item < axes.value[place.side].labels.length
      ? { ...place, locked: false }
      : null;
  });
  const textWidths = computed(() => {
    const { family, size } = local.font.value;
    // Bold is the widest form a label takes.
    const font = `bold ${size}px ${family}`;
    return {
      number: measure(["0.000"], font),
      query: measure(axes.value.query.labels, font) + 10,
      key: measure(axes.value.key.labels, font) + 10,
    };
  });
  const layout = computed(() => {
    if (local.width.value <= 0) return null;
    return headLayout({
      width: local.width.value,
      queryItems: axes.value.query.labels.length,
      keyItems: axes.value.key.labels.length,
      queryText: textWidths.value.query,
      keyText: textWidths.value.key,
      numberText: textWidths.value.number,
      heads: headCount.value,
      height: synced.height.value,
      unit: local.font.value.size / 13,
    });
  });
  const tops = computed(() => {
    const [key, lead] = [local.scrollTop.value, local.lead.value];
    if (lead === 0 || !layout.value?.scrolls) return { query: key, key };
    const limit = scrollLimit(layout.value, axes.value.query.labels.length);
    return { query: Math.min(limit, Math.max(0, key + lead)), key };
  });
  return {
    trace,
    synced,
    local,
    block,
    axes,
    play,
    ends,
    layer,
    headCount,
    headsThere: there,
    headsSelected,
    headsOn,
    choice,
    held,
    layout,
    tops,
    dress: (side) => live?.dress.value(block.value[`${side}_tokens`]) ?? null,
  };
}

/** Tokens that stand behind an item of a list. */
export function tokensOf(state: HeadState, place: Place): number[] {
  return state.axes.peek()[place.side].tokens[place.item] ?? [];
}

/** The number that Python knows an item by: its first token, also while words are merged. */
export function tokenOf(state: HeadState, place: Place): number {
  return state.axes.value[place.side].tokens[place.item]?.[0] ?? place.item;
}

export function labelOf(state: HeadState, place: Place): string {
  return state.axes.value[place.side].labels[place.item] ?? "";
}
