import { computed, type ReadonlySignal } from "@preact/signals";
import type { Requests } from "../../store/loader.ts";
import { Rows } from "../../store/rows.ts";
import type { Showing } from "../shell/shell.ts";
import { cellText, dotDecimals, extremes, HIDDEN } from "./cells.ts";
import { type Column, type ColumnId, canHide, columnsOf } from "./columns.ts";
import { type Look, lookOf } from "./draw.ts";
import { type NeuronLayout, neuronLayout, rowsInSight } from "./layout.ts";
import { Reader, type Reading } from "./reading.ts";
import { type Carried, carriedBy, firstNeurons, neuronOrder, products } from "./shares.ts";
import { keyTitle, type NeuronState, type Pointed } from "./state.ts";

/** Left and right of a label: padding, and the border of the query's pill. */
const LABEL_ROOM = 14;

/** Size of small text, in that of the rest. */
export const SMALL = 0.846;

/** The picture as values that follow the state; nothing of it depends on the pointer but `focus`. */
export interface Pictures {
  /** Of the query that is asked for; null until all of it has come. */
  asked: ReadonlySignal<Reading | null>;
  /** What is on screen: the query asked for, or the one before it until all has come. */
  shown: ReadonlySignal<Shown | null>;
  layout: ReadonlySignal<NeuronLayout | null>;
  look: ReadonlySignal<Look>;
  sight: ReadonlySignal<[number, number]>;
  /** The row that a person looks at: under the pointer, else under the cursor, else locked. */
  focus: ReadonlySignal<Pointed | null>;
}

export interface Shown {
  reading: Reading;
  columns: Column[];
  decimals: number;
  /** Key whose q · k the shares are of: the locked one, else the strongest in play. */
  reference: number;
  /** The strongest key in play, or −1 where the query sees none. */
  strongest: number;
  /** q × k with the reference. */
  parts: Float64Array;
  order: number[];
  carried: Carried;
}

export function strongestKey(weight: ArrayLike<number>, play: boolean[]): number {
  let [best, key] = [0, -1];
  for (let i = 0; i < weight.length; i++) {
    const value = weight[i] ?? 0;
    if (value <= best || !play[i]) continue;
    best = value;
    key = i;
  }
  return key;
}

export function picturesOf(
  state: NeuronState,
  shell: Showing,
  requests: Requests,
  arrivals: ReadonlySignal<number>,
  measure: (labels: string[], font: string) => number,
): Pictures {
  const { synced } = state;
  const reader = new Reader(requests.store.of(Rows));
  const asked = computed(() => {
    void arrivals.value;
    return state.place.value && reader.read(state.place.value);
  });
  let last: Reading | null = null;
  const reading = computed(() => {
    const { value: place } = state.place;
    const sameLists = last && place && last.block === place.block && last.keys === place.keys;
    last = asked.value ?? (sameLists ? last : null);
    return last;
  });
  const strongest = computed(() =>
    reading.value ? strongestKey(reading.value.scores.weight, state.play.value.key) : -1,
  );
  const reference = computed(() => {
    const locked = synced.selection.value.key;
    const keys = reading.value?.keys ?? 0;
    return locked !== null && locked < keys ? locked : Math.max(0, strongest.value);
  });
  const shown = computed((): Shown | null => {
    if (!reading.value) return null;
    const { queryVector, keyVectors, vectors, scores } = reading.value;
    const columns = columnsOf(vectors, state.trace.position ?? "");
    const start = reference.value * vectors.size;
    const parts = products(queryVector, keyVectors.subarray(start, start + vectors.size));
    return {
      reading: reading.value,
      columns,
      decimals: dotDecimals(scores.dot, !columns.some(({ id }) => id === "scaled")),
      reference: reference.value,
      strongest: strongest.value,
      parts,
      order: neuronOrder(parts, synced.neurons.value),
      carried: carriedBy(parts, firstNeurons(vectors.size)),
    };
  });
  const bold = computed(() => `bold ${shell.font.value.size}px ${shell.font.value.family}`);
  // Thousands of keys are measured once, not at each step of the query.
  const keyText = computed(() => measure(state.axes.value.key.labels, bold.value));
  const tokenText = computed(() => {
    const query = state.axes.value.query.labels[state.query.value] ?? "";
    const { family, size } = shell.font.value;
    const title = measure([keyTitle(state.block.value)], `${SMALL * size}px ${family}`);
    const label = measure([query], bold.value);
    return Math.max(keyText.value, label, title) + LABEL_ROOM * Math.max(1, shell.unit.value);
  });
  const numberText = computed(() => {
    if (!shown.value) return {};
    const {
      columns,
      decimals,
      reading: { scores, vectors },
    } = shown.value;
    const widths: Partial<Record<ColumnId, number>> = {};
    for (const { id } of columns) {
      // In steps, so that the columns of one query stand where those of the next do.
      const text = measure(extremes(id, scores, decimals), bold.value) + 4 * shell.unit.value;
      widths[id] = Math.ceil(text / 8) * 8;
    }
    if (canHide(vectors)) {
      const { family, size } = shell.font.value;
      widths.weight = Math.max(widths.weight ?? 0, measure([HIDDEN], `${size}px ${family}`));
    }
    return widths;
  });
  const layout = computed(() => {
    const vectors = shown.value?.reading.vectors ?? state.vectors.value;
    if (shell.width.value <= 0 || !vectors) return null;
    return neuronLayout({
      width: shell.width.value,
      keys: state.axes.value.key.labels.length,
      tokenText: tokenText.value,
      size: vectors.size,
      columns: columnsOf(vectors, state.trace.position ?? ""),
      numberText: numberText.value,
      height: synced.height.value,
      unit: shell.unit.value,
    });
  });
  const look = computed(() => {
    const { head, heads } = reading.value ?? {
      head: state.head.value,
      heads: state.block.value.heads[state.layer.value] ?? 0,
    };
    return lookOf(shell.theme.value, head, heads);
  });
  const keys = computed(() => state.axes.value.key.labels.length);
  const ends = (end: 0 | 1) =>
    computed(() =>
      layout.value ? rowsInSight(layout.value, state.scrollTop.value, keys.value)[end] : 0,
    );
  const [from, to] = [ends(0), ends(1)];
  const focus = computed(() => {
    const locked = synced.selection.value.key;
    return (
      state.hover.value ??
      state.cursor.value ??
      (locked !== null && locked < keys.value ? { key: locked, neuron: null } : null)
    );
  });
  return {
    asked,
    shown,
    layout,
    look,
    sight: computed((): [number, number] => [from.value, to.value]),
    focus,
  };
}

/** One number of a row, as it stands in its column. */
export function textOf({ reading, decimals }: Shown, id: ColumnId, key: number) {
  return cellText(id, key, reading.scores, decimals);
}
