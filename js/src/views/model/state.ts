import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Host } from "../../host/host.ts";
import type { Highlight } from "../../state/highlight.ts";
import { sameHead } from "../../state/selection.ts";
import { type Synced, syncedState } from "../../state/synced.ts";
import type { BlockSpec, HeadPair, Metric, TokenList, TraceSpec } from "../../state/types.ts";
import type { Requests } from "../../store/loader.ts";
import { type ThumbFilter, Thumbs, thumbVariant } from "../../store/thumbs.ts";
import { blockNamed, listsOf } from "../shell/place.ts";
import type { Showing } from "../shell/shell.ts";
import { type GridLayout, gridLayout, rankedColumns, rowsInSight } from "./layout.ts";
import { cellsOf, type Grid, layerGrid, type Place, placeOf, ranked, rankedGrid } from "./order.ts";

const TRAITS = [
  "opened",
  "glyph",
  "pooling",
  "order",
  "frame",
  "include_layers",
  "include_heads",
] as const;
export type ModelSynced = Synced<(typeof TRAITS)[number]>;

/** What belongs to one view alone and never travels. */
export interface Local {
  hover: Signal<HeadPair | null>;
  /** The thumbnail that Tab reaches, and whether the keyboard is on it. */
  cursor: Signal<HeadPair | null>;
  ring: Signal<boolean>;
  scroll: Signal<{ top: number; left: number }>;
  /** Height of the opened head, and as much of it as is unfolded at this moment, CSS px. */
  openFull: Signal<number>;
  openHeight: Signal<number>;
  /** Most lines of a thumbnail, where one in sight has more. */
  lineCap: Signal<number | null>;
}

export interface ModelState {
  trace: TraceSpec;
  synced: ModelSynced;
  shell: Showing;
  local: Local;
  /** A click opens a head in place; within another view it only selects. */
  opens: boolean;
  block: ReadonlySignal<BlockSpec>;
  lists: ReadonlySignal<{ query: TokenList; key: TokenList }>;
  filter: ReadonlySignal<ThumbFilter>;
  variant: ReadonlySignal<string>;
  /** Rows by layer, whatever the order is: all that can be shown. */
  layers: ReadonlySignal<Grid>;
  /** Layers that the shown heads belong to. */
  layerNumbers: ReadonlySignal<number[]>;
  /** How many of these have facts, while facts are needed of all. */
  known: ReadonlySignal<number>;
  /** What is on screen; by layer until all that an order needs has come. */
  grid: ReadonlySignal<Grid>;
  layout: ReadonlySignal<GridLayout | null>;
  /** Rows in sight, end exclusive. */
  sight: ReadonlySignal<[number, number]>;
  /** The opened head, if it is on screen. */
  opened: ReadonlySignal<HeadPair | null>;
  openedPlace: ReadonlySignal<Place | null>;
  selected: ReadonlySignal<HeadPair[]>;
  /** Under the pointer or the keyboard. */
  pointed: ReadonlySignal<HeadPair | null>;
  /** The head whose facts are told. */
  told: ReadonlySignal<HeadPair | null>;
  heard: ReadonlySignal<HeadPair | null>;
}

export function modelSynced(host: Host, scope: AbortSignal): ModelSynced {
  return syncedState(host, TRAITS, scope);
}

function allFacts(thumbs: Thumbs, block: string, layers: number[]): number {
  return layers.filter((layer) => thumbs.hasFacts(block, layer)).length;
}

interface Surroundings {
  trace: TraceSpec;
  shell: Showing;
  requests: Requests;
  arrivals: ReadonlySignal<number>;
  heard: ReadonlySignal<Highlight | null>;
  opens: boolean;
}

export function modelState(synced: ModelSynced, around: Surroundings): ModelState {
  const { trace, shell, requests, arrivals } = around;
  const local: Local = {
    hover: signal<HeadPair | null>(null),
    cursor: signal<HeadPair | null>(null),
    ring: signal(false),
    scroll: signal({ top: 0, left: 0 }),
    openFull: signal(0),
    openHeight: signal(0),
    lineCap: signal<number | null>(null),
  };
  const block = computed(() => blockNamed(trace, synced.block.value));
  const lists = computed(() => listsOf(trace, block.value));
  const filter = computed(
    (): ThumbFilter => ({
      pooling: synced.pooling.value,
      strongest: synced.strongest.value,
      sentences: synced.sentences.value,
      hideSpecial: synced.hide_special.value,
    }),
  );
  const layers = computed(() =>
    layerGrid(block.value, synced.include_layers.value ?? null, synced.include_heads.value ?? null),
  );
  const layerNumbers = computed(() =>
    layers.value.rows.map(({ layer }) => layer).filter((layer) => layer !== null),
  );
  const known = computed(() => {
    void arrivals.value;
    return allFacts(requests.store.of(Thumbs), block.value.name, layerNumbers.value);
  });
  const framed = computed(() => synced.frame.value !== "none");
  const metric = computed((): Metric | null => {
    const order = synced.order.value;
    const complete = known.value === layerNumbers.value.length;
    return order !== "layer" && complete ? order : null;
  });
  const order = computed(() => {
    if (!metric.value) return null;
    const { name } = block.value;
    const thumbs = requests.store.of(Thumbs);
    return ranked(cellsOf(layers.value), metric.value, ([layer, head]) =>
      thumbs.facts(name, layer, head),
    );
  });
  const columns = computed(() => {
    const { width, unit } = shell;
    return rankedColumns(width.value, unit.value, layers.value.columns, framed.value);
  });
  const grid = computed(() =>
    order.value ? rankedGrid(order.value, columns.value) : layers.value,
  );
  const openedPlace = computed(() => placeOf(grid.value, synced.opened.value ?? null));
  const opened = computed(() => (openedPlace.value ? synced.opened.value : null));
  const layout = computed(() => {
    const { width, unit } = shell;
    if (width.value <= 0) return null;
    const { rows, columns: across, heads } = grid.value;
    const place = openedPlace.value;
    return gridLayout({
      width: width.value,
      unit: unit.value,
      rows: rows.length,
      columns: across,
      queries: lists.value.query.labels.length,
      keys: lists.value.key.labels.length,
      captioned: heads === null,
      framed: framed.value,
      height: synced.height.value,
      opened: place && { row: place.row, height: local.openHeight.value },
    });
  });
  const from = computed(() =>
    layout.value ? rowsInSight(layout.value, local.scroll.value.top)[0] : 0,
  );
  const to = computed(() =>
    layout.value ? rowsInSight(layout.value, local.scroll.value.top)[1] : 0,
  );
  const selected = computed(() => {
    const { block: of, heads } = synced.selection.value;
    return of === null || of === block.value.name ? heads : [];
  });
  const shown = (head: HeadPair | null) => (placeOf(grid.value, head) ? head : null);
  const pointed = computed(() =>
    shown(local.hover.value ?? (local.ring.value ? local.cursor.value : null)),
  );
  return {
    trace,
    synced,
    shell,
    local,
    opens: around.opens,
    block,
    lists,
    filter,
    variant: computed(() => thumbVariant(filter.value)),
    layers,
    layerNumbers,
    known,
    grid,
    layout,
    sight: computed((): [number, number] => [from.value, to.value]),
    opened,
    openedPlace,
    selected,
    pointed,
    told: computed(() => pointed.value ?? opened.value ?? shown(selected.value.at(-1) ?? null)),
    heard: computed(() => {
      const heard = around.heard.value;
      return heard?.block === block.value.name ? shown(heard.head ?? null) : null;
    }),
  };
}

export function isSelected(state: ModelState, head: HeadPair): boolean {
  return state.selected.value.some((other) => sameHead(other, head));
}

/** Layers of rows, each once, in the order of the rows. */
export function layersOf(grid: Grid, [from, to]: [number, number]): number[] {
  const found = new Set<number>();
  for (const { cells } of grid.rows.slice(from, to))
    for (const cell of cells) if (cell) found.add(cell[0]);
  return [...found];
}
