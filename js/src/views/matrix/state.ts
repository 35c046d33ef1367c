import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { nearest } from "../../arrays.ts";
import type { Host } from "../../host/host.ts";
import { headsThere, moveBlock } from "../../state/selection.ts";
import { type Synced, syncedState } from "../../state/synced.ts";
import type { BlockSpec, HeadPair, TokenList, TokenRange, TraceSpec } from "../../state/types.ts";
import { type MapWant, mapName } from "../../store/matrix.ts";
import { blockNamed, listsOf } from "../shell/place.ts";
import type { Shell } from "../shell/shell.ts";
import { type MatrixLayout, matrixLayout } from "./layout.ts";
import type { Sight } from "./region.ts";

const TRAITS = ["layers", "heads", "aggregate", "region", "tool"] as const;
export type MatrixSynced = Synced<(typeof TRAITS)[number]>;

export interface Cell {
  query: number;
  key: number;
}

/** Two corners of a rectangle of cells. */
export interface Brush {
  from: Cell;
  to: Cell;
}

/** How the view is shown: where it stands and what it looks like there. */
export type MatrixLook = Pick<Shell, "width" | "theme" | "dark" | "font" | "unit">;

export interface MatrixState {
  trace: TraceSpec;
  synced: MatrixSynced;
  shell: MatrixLook;
  block: ReadonlySignal<BlockSpec>;
  lists: ReadonlySignal<{ query: TokenList; key: TokenList }>;
  /** The heads that the map is made of. */
  shown: ReadonlySignal<HeadPair[]>;
  want: ReadonlySignal<MapWant>;
  map: ReadonlySignal<string>;
  layout: ReadonlySignal<MatrixLayout | null>;
  /** What is in sight; null until there is a layout. */
  sight: Signal<Sight | null>;
  hover: Signal<Cell | null>;
  cursor: Signal<Cell | null>;
  /** The rectangle that is being drawn. */
  brush: Signal<Brush | null>;
  /** Whether the strips of layers and heads are open though one head is shown. */
  several: Signal<boolean>;
}

export function matrixSynced(host: Host, scope: AbortSignal): MatrixSynced {
  return syncedState(host, TRAITS, scope);
}

/** Heads of layers × heads that the trace holds. */
export function productOf(block: BlockSpec, layers: number[], heads: number[]): HeadPair[] {
  return layers.flatMap((layer) => {
    const there = headsThere(block, layer);
    return heads.filter((head) => there.includes(head)).map((head): HeadPair => [layer, head]);
  });
}

export function matrixState(
  trace: TraceSpec,
  synced: MatrixSynced,
  shell: MatrixLook,
  measure: (labels: string[], font: string) => number,
): MatrixState {
  const block = computed(() => blockNamed(trace, synced.block.value));
  const lists = computed(() => listsOf(trace, block.value));
  const shown = computed(() => {
    const there = synced.selection.value.heads.filter(([layer, head]) =>
      headsThere(block.value, layer).includes(head),
    );
    if (there.length > 0) return there;
    return productOf(block.value, synced.layers.value, synced.heads.value);
  });
  const want = computed((): MapWant => {
    const how = synced.aggregate.value;
    return {
      block: block.value.name,
      heads: shown.value,
      aggregate: how === "each" ? "mean" : how,
      hideSpecial: synced.hide_special.value,
    };
  });
  const text = computed(() => {
    const { family } = shell.font.value;
    const font = `bold ${11 * shell.unit.value}px ${family}`;
    const { query, key } = lists.value;
    return { queryText: measure(query.labels, font), keyText: measure(key.labels, font) };
  });
  const layout = computed(() =>
    shell.width.value > 0
      ? matrixLayout({
          width: shell.width.value,
          height: synced.height.value,
          unit: shell.unit.value,
          queries: lists.value.query.labels.length,
          keys: lists.value.key.labels.length,
          ...text.value,
        })
      : null,
  );
  return {
    trace,
    synced,
    shell,
    block,
    lists,
    shown,
    want,
    map: computed(() => mapName(want.value)),
    layout,
    sight: signal(null),
    hover: signal(null),
    cursor: signal(null),
    brush: signal(null),
    several: signal(shown.peek().length > 1),
  };
}

/** The brushed rectangle: the one that is being drawn, else that of the selection; a side that is not limited is whole. */
export function brushed(state: MatrixState): { query: TokenRange; key: TokenRange } | null {
  const drawn = state.brush.value;
  const span = (a: number, b: number): TokenRange => [Math.min(a, b), Math.max(a, b) + 1];
  if (drawn) {
    const { from, to } = drawn;
    return { query: span(from.query, to.query), key: span(from.key, to.key) };
  }
  const { query_range, key_range } = state.synced.selection.value;
  const { query, key } = state.lists.value;
  if (!query_range && !key_range) return null;
  return {
    query: query_range ?? [0, query.labels.length],
    key: key_range ?? [0, key.labels.length],
  };
}

/** The locked cell: both sides, or one of them. */
export function locked({ synced }: MatrixState): { query: number | null; key: number | null } {
  return synced.selection.value;
}

export function unique(numbers: number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** Shows other heads, in one message. */
export function showHeads(state: MatrixState, layers: number[], heads: number[]): void {
  const pairs = productOf(state.block.peek(), layers, heads);
  if (pairs.length === 0) return;
  state.synced.set({
    layers: unique(pairs.map(([layer]) => layer)),
    heads: unique(pairs.map(([, head]) => head)),
    selection: { ...state.synced.selection.peek(), heads: pairs },
  });
}

/** Shows one head: of a layer that lacks it, the nearest that is there. */
export function showHead(state: MatrixState, layer: number, head: number): void {
  const there = nearest(headsThere(state.block.peek(), layer), head);
  if (there !== undefined) showHeads(state, [layer], [there]);
}

export function showBlock(state: MatrixState, next: BlockSpec): void {
  const { synced, trace } = state;
  const at = { from: 0, to: 0 };
  const moved = moveBlock(synced.selection.peek(), state.block.peek(), next, at);
  const found = productOf(next, synced.layers.peek(), synced.heads.peek());
  const layer = next.captured ? next.captured.findIndex((heads) => heads.length > 0) : 0;
  const pairs =
    found.length > 0 ? found : productOf(next, [layer], headsThere(next, layer)).slice(0, 1);
  const count = (list: string) => trace.tokens[list]?.labels.length ?? 0;
  synced.set({
    block: next.name,
    layers: unique(pairs.map(([number]) => number)),
    heads: unique(pairs.map(([, number]) => number)),
    selection: { ...moved, heads: pairs },
    region: [0, count(next.query_tokens), 0, count(next.key_tokens)],
  });
}
