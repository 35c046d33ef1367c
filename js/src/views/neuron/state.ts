import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { nearest } from "../../arrays.ts";
import type { Host } from "../../host/host.ts";
import { headsThere, layersThere, moveBlock } from "../../state/selection.ts";
import { type Synced, syncedState } from "../../state/synced.ts";
import type {
  BlockSpec,
  SelectionValue,
  TraceSpec,
  Traits,
  VectorSpec,
} from "../../state/types.ts";
import { type Axis, inPlay, type Play, tokenAxis } from "../head/axis.ts";
import { listsOf, shownPlace } from "../shell/place.ts";
import type { Place } from "./reading.ts";

const TRAITS = ["layer", "head", "form", "neurons"] as const;
export type NeuronSynced = Synced<(typeof TRAITS)[number]>;

/** What is pointed at: a key, a neuron by its number, or both. */
export interface Pointed {
  key: number | null;
  neuron: number | null;
}

export interface NeuronState {
  trace: TraceSpec;
  synced: NeuronSynced;
  block: ReadonlySignal<BlockSpec>;
  layer: ReadonlySignal<number>;
  head: ReadonlySignal<number>;
  vectors: ReadonlySignal<VectorSpec | null>;
  axes: ReadonlySignal<{ query: Axis; key: Axis }>;
  play: ReadonlySignal<Play>;
  /** The query that is locked, else the first ordinary one. */
  query: ReadonlySignal<number>;
  /** What the columns show; null where the head was not captured, or has no vectors. */
  place: ReadonlySignal<Place | null>;
  hover: Signal<Pointed | null>;
  cursor: Signal<Pointed | null>;
  scrollTop: Signal<number>;
  /** Neurons scrolled away to the left. */
  first: Signal<number>;
}

export function neuronSynced(host: Host, scope: AbortSignal): NeuronSynced {
  return syncedState(host, TRAITS, scope);
}

export function neuronState(trace: TraceSpec, synced: NeuronSynced): NeuronState {
  const { block, layer } = shownPlace(trace, synced);
  // Python moves block, layer and head in turn: in between they may not fit each other.
  const head = computed(() => {
    const [count, asked] = [block.value.heads[layer.value] ?? 0, synced.head.value];
    return asked < count ? asked : (headsThere(block.value, layer.value)[0] ?? 0);
  });
  const vectors = computed(() => block.value.vectors?.[layer.value] ?? null);
  const axes = computed(() => {
    const { query, key } = listsOf(trace, block.value);
    return { query: tokenAxis(query), key: tokenAxis(key) };
  });
  const play = computed(() =>
    inPlay(axes.value.query, axes.value.key, synced.sentences.value, synced.hide_special.value),
  );
  const query = computed(() => {
    const { labels } = axes.value.query;
    const locked = synced.selection.value.query;
    return locked !== null && locked < labels.length
      ? locked
      : firstOrdinary(axes.value.query, play.value.query);
  });
  const place = computed((): Place | null => {
    const [queries, keys] = [axes.value.query.labels.length, axes.value.key.labels.length];
    const there = headsThere(block.value, layer.value).includes(head.value);
    if (!vectors.value || !there || queries === 0 || keys === 0) return null;
    return {
      block: block.value.name,
      layer: layer.value,
      head: head.value,
      heads: block.value.heads[layer.value] ?? 0,
      query: query.value,
      queries,
      keys,
      vectors: vectors.value,
    };
  });
  return {
    trace,
    synced,
    block,
    layer,
    head,
    vectors,
    axes,
    play,
    query,
    place,
    hover: signal<Pointed | null>(null),
    cursor: signal<Pointed | null>(null),
    scrollTop: signal(0),
    first: signal(0),
  };
}

function nearestHead(block: BlockSpec, layer: number, head: number): number {
  return nearest(headsThere(block, layer), head) ?? head;
}

/** The token that is shown while none is locked: not `[CLS]`, and one that the filters leave. */
function firstOrdinary(axis: Axis, play: boolean[]): number {
  const ordinary = (item: number) => !axis.special[item];
  const items = axis.labels.map((_, item) => item);
  return items.find((item) => ordinary(item) && play[item]) ?? items.find(ordinary) ?? 0;
}

/** Shows another head, in one message: the head that is shown is the one that is selected. */
export function showHead(state: NeuronState, layer: number, head: number): void {
  const { synced, block } = state;
  const shown = nearestHead(block.peek(), layer, head);
  const selection = { ...synced.selection.peek(), heads: [[layer, shown] as [number, number]] };
  synced.set({ layer, head: shown, selection });
}

export function showBlock(state: NeuronState, next: BlockSpec): void {
  const { synced } = state;
  const [from, head] = [state.layer.peek(), state.head.peek()];
  const layer = nearest(layersThere(next), from) ?? 0;
  const shown = nearestHead(next, layer, head);
  const moved = moveBlock(synced.selection.peek(), state.block.peek(), next, { from, to: layer });
  const selection = { ...moved, heads: [[layer, shown] as [number, number]] };
  synced.set({ block: next.name, layer, head: shown, selection });
}

/** Locks a query, or none. */
export function lockQuery({ synced }: NeuronState, query: number | null): void {
  synced.set({ selection: { ...synced.selection.peek(), query } });
}

/** Locks a key, or releases it when it is the one that is locked; the query stays as it is. */
export function toggleKey({ synced }: NeuronState, key: number): void {
  const selection = synced.selection.peek();
  synced.set({ selection: { ...selection, key: selection.key === key ? null : key } });
}

/** Releases the locked key, else the locked query; false where neither is locked. */
export function releaseLock({ synced }: NeuronState): boolean {
  const selection = synced.selection.peek();
  const { query, key } = selection;
  if (query === null && key === null) return false;
  synced.set({ selection: { ...selection, key: null, query: key === null ? null : query } });
  return true;
}

export function labelOf(state: NeuronState, side: "query" | "key", token: number): string {
  return state.axes.value[side].labels[token] ?? "";
}

/** What stands above the two lists of tokens, which are two texts in a block that crosses from one to the other. */
export function keyTitle(block: BlockSpec): string {
  return block.query_tokens === block.key_tokens ? "key" : "encoder key";
}

export function queryTitle(block: BlockSpec): string {
  return block.query_tokens === block.key_tokens ? "query q" : "decoder query q";
}

/** The head and the locks, as the lines of this head show them. */
export function linesValues(state: NeuronState): Pick<Traits, "layer" | "selection"> {
  const layer = state.layer.peek();
  const selection: SelectionValue = {
    ...state.synced.selection.peek(),
    heads: [[layer, state.head.peek()]],
  };
  return { layer, selection };
}

/** What the lines have of their own. */
export function linesTraits(state: NeuronState): Partial<Traits> {
  return { ...linesValues(state), aggregate: "each", merge_words: false };
}
