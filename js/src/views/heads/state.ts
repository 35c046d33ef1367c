import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Host } from "../../host/host.ts";
import type { Highlight } from "../../state/highlight.ts";
import { headsThere, sameHead } from "../../state/selection.ts";
import { type Synced, syncedState } from "../../state/synced.ts";
import type { BlockSpec, ColumnSpec, HeadPair, MapSpec, TraceSpec } from "../../state/types.ts";
import { rowsInSight } from "../model/layout.ts";
import { type Grid, layerGrid, placeOf } from "../model/order.ts";
import { blockNamed } from "../shell/place.ts";
import type { Showing } from "../shell/shell.ts";
import { type HeatLayout, heatLayout, type MapLayout, mapLayout, mapSize } from "./layout.ts";
import { type Measure, measureOf, ranked } from "./measure.ts";
import { keyOf, type Numbers } from "./numbers.ts";

const TRAITS = ["metric", "form", "color", "ranking"] as const;
export type HeadsSynced = Synced<(typeof TRAITS)[number]>;

const NO_COLUMN: ColumnSpec = { name: "", unit: "", about: "", error: null };

export interface HeadsState {
  trace: TraceSpec;
  synced: HeadsSynced;
  shell: Showing;
  columns: ColumnSpec[];
  hover: Signal<HeadPair | null>;
  /** The head that Tab reaches, and whether the keyboard is on it. */
  cursor: Signal<HeadPair | null>;
  ring: Signal<boolean>;
  scroll: Signal<{ top: number; left: number }>;
  block: ReadonlySignal<BlockSpec>;
  /** Heads of the rows of the table. */
  heads: ReadonlySignal<HeadPair[]>;
  rowOf: (head: HeadPair) => number;
  column: ReadonlySignal<ColumnSpec>;
  /** Values of the metric; null until they come. */
  values: ReadonlySignal<Float32Array | null>;
  measure: ReadonlySignal<Measure | null>;
  /** Rows from the best to the worst. */
  order: ReadonlySignal<number[]>;
  places: ReadonlySignal<Map<number, number>>;
  grid: ReadonlySignal<Grid>;
  layout: ReadonlySignal<HeatLayout | null>;
  sight: ReadonlySignal<[number, number]>;
  /** Where heads stand on the map, while it is shown. */
  map: ReadonlySignal<MapLayout | null>;
  mapFacts: ReadonlySignal<MapSpec | null>;
  selected: ReadonlySignal<HeadPair[]>;
  pointed: ReadonlySignal<HeadPair | null>;
  /** The head whose numbers are told: there is always one. */
  told: ReadonlySignal<HeadPair | null>;
  heard: ReadonlySignal<HeadPair | null>;
  /** The number of a head in a column. */
  valueAt: (name: string, head: HeadPair) => number;
  columnOf: (name: string) => Float32Array | null;
  clusterAt: (row: number) => number;
}

interface Surroundings {
  shell: Showing;
  numbers: Numbers;
  /** Counts what has come. */
  arrivals: ReadonlySignal<number>;
  heard: ReadonlySignal<Highlight | null>;
}

/** The block of a table that does not say which one it is about. */
const UNNAMED = "heads";

export function headsSynced(host: Host, scope: AbortSignal): HeadsSynced {
  return syncedState(host, TRAITS, scope);
}

export function headsState(host: Host, synced: HeadsSynced, around: Surroundings): HeadsState {
  const { shell, numbers, arrivals } = around;
  const [trace, table] = [host.get("_trace"), host.get("_table")];
  const hover = signal<HeadPair | null>(null);
  const cursor = signal<HeadPair | null>(null);
  const ring = signal(false);
  const scroll = signal({ top: 0, left: 0 });
  const block = computed(() => blockNamed(trace, synced.block.value));
  const heads = computed(() => table.heads[block.value.name] ?? []);
  const rows = computed(() => new Map(heads.value.map((head, row) => [keyOf(head), row])));
  const rowOf = (head: HeadPair) => rows.value.get(keyOf(head)) ?? -1;
  const inPage = computed(() => {
    const { value } = block;
    return heads.value.map(([layer, head]) => headsThere(value, layer).includes(head));
  });
  const column = computed(
    () => table.columns.find(({ name }) => name === synced.metric.value) ?? NO_COLUMN,
  );
  const columnOf = (name: string) => {
    void arrivals.value;
    return numbers.column(block.value.name, name);
  };
  const values = computed(() => {
    const all = columnOf(column.value.name);
    // A saved page may be of some heads only.
    return all?.map((value, row) => (inPage.value[row] ? value : Number.NaN)) ?? null;
  });
  const there = computed(() => (values.value ?? []).filter((_, row) => inPage.value[row]));
  const measure = computed(() => measureOf(there.value));
  const order = computed(() => (values.value ? ranked(values.value, synced.ranking.value) : []));
  const grid = computed(() => layerGrid(block.value, null, null));
  const room = computed(() => ({
    width: shell.width.value,
    unit: shell.unit.value,
    rows: grid.value.rows.length,
    columns: grid.value.columns,
    height: synced.height.value,
  }));
  const layout = computed(() => (shell.width.value > 0 ? heatLayout(room.value) : null));
  const sight = computed((): [number, number] =>
    layout.value ? rowsInSight(layout.value, scroll.value.top) : [0, 0],
  );
  const plane = computed(() => {
    void arrivals.value;
    return numbers.map(block.value.name);
  });
  const map = computed(() => {
    if (synced.form.value !== "map" || shell.width.value <= 0 || !plane.value) return null;
    const shown = plane.value.map((part, at) =>
      inPage.value[Math.floor(at / 3)] ? part : Number.NaN,
    );
    return mapLayout(shown, mapSize(room.value), shell.unit.value);
  });
  const selected = computed(() => {
    const { block: of, heads: on } = synced.selection.value;
    return of === null || of === block.value.name ? on : [];
  });
  const shown = (head: HeadPair | null) => (placeOf(grid.value, head) ? head : null);
  const pointed = computed(() => shown(hover.value ?? (ring.value ? cursor.value : null)));
  return {
    trace,
    synced,
    shell,
    columns: table.columns,
    hover,
    cursor,
    ring,
    scroll,
    block,
    heads,
    rowOf,
    column,
    values,
    measure,
    order,
    places: computed(() => new Map(order.value.map((row, place) => [row, place + 1]))),
    grid,
    layout,
    sight,
    map,
    mapFacts: computed(() => table.maps[block.value.name] ?? null),
    selected,
    pointed,
    told: computed(
      () =>
        pointed.value ??
        shown(selected.value.at(-1) ?? null) ??
        heads.value[order.value[0] ?? -1] ??
        grid.value.rows[0]?.cells.find((cell) => cell !== null) ??
        null,
    ),
    heard: computed(() => {
      const heard = around.heard.value;
      const { name } = block.value;
      return heard?.block === name || name === UNNAMED ? shown(heard?.head ?? null) : null;
    }),
    valueAt: (name, head) => columnOf(name)?.[rowOf(head)] ?? Number.NaN,
    columnOf,
    clusterAt: (row) => plane.value?.[3 * row + 2] ?? Number.NaN,
  };
}

export function isSelected(state: HeadsState, head: HeadPair): boolean {
  return state.selected.value.some((other) => sameHead(other, head));
}
