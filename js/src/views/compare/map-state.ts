import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { range } from "../../arrays.ts";
import type { NoteText } from "../../controls/note.tsx";
import { isolated, plainWeight } from "../../format.ts";
import type { Highlight } from "../../state/highlight.ts";
import type { Requests } from "../../store/loader.ts";
import type { Showing } from "../shell/shell.ts";
import { failureNote } from "../shell/status.ts";
import type { AxisLabel } from "./axes.ts";
import { lockedAt, placesOf } from "./cells.ts";
import type { MapData, MapPicture } from "./data.ts";
import { fullScale, largestCells, poolFactor } from "./difference.ts";
import type { LargestRow } from "./largest.tsx";
import { type Cell, type MapLayout, mapLayout, numberStep } from "./layout.ts";
import type { Matching, Side } from "./matching.ts";
import { type CompareState, labelsOf } from "./state.ts";
import { equalNote, nothingNote, notStoredNote, signed } from "./words.ts";

/** What the map of differences shows, as values that follow the state. */

export interface Size {
  rows: number;
  columns: number;
}

type Marked = { row: number | null; column: number | null };

export interface MapState {
  factor: ReadonlySignal<number>;
  size: ReadonlySignal<Size>;
  layout: ReadonlySignal<MapLayout | null>;
  /** The map asked for, or the one before it until it has come. */
  shown: ReadonlySignal<MapPicture | null>;
  full: ReadonlySignal<number>;
  hover: Signal<Cell | null>;
  cursor: Signal<Cell | null>;
  /** Under the pointer or the keyboard cursor. */
  place: ReadonlySignal<Cell | null>;
  locked: ReadonlySignal<Marked>;
  labels: ReadonlySignal<AxisLabel[]>;
  largest: ReadonlySignal<LargestRow[]>;
}

const MOST_LARGEST = 8;

export function mapState(
  state: CompareState,
  data: MapData,
  shell: Showing,
  heard: ReadonlySignal<Highlight | null>,
  measure: (labels: string[], font: string) => number,
): MapState {
  const factor = computed(() => poolFactor(state.matching.value));
  const size = computed(() => {
    const { query, key } = state.matching.value;
    const cells = (count: number) => Math.ceil(count / factor.value);
    return { rows: cells(query[0].length), columns: cells(key[0].length) };
  });
  const labels = computed(() => ({
    query: labelsOf(state.traces[0], state.blocks.value.a, "query"),
    key: labelsOf(state.traces[0], state.blocks.value.a, "key"),
  }));
  const layout = computed(() => {
    if (shell.width.value <= 0) return null;
    const { family, size: fontSize } = shell.font.value;
    const font = `bold ${fontSize}px ${family}`;
    return mapLayout({
      width: shell.width.value,
      ...size.value,
      queryText: measure(labels.value.query, font),
      keyText: measure(labels.value.key, font),
      factor: factor.value,
      unit: shell.unit.value,
    });
  });

  let last: { picture: MapPicture; matching: Matching } | null = null;
  const shown = computed(() => {
    const picture = data.picture.value;
    const matching = state.matching.value;
    if (picture) last = { picture, matching };
    return state.want.value && last?.matching === matching ? last.picture : null;
  });

  const hover = signal<Cell | null>(null);
  const cursor = signal<Cell | null>(null);
  const place = computed(() => {
    const at = hover.value ?? cursor.value;
    const { rows, columns } = size.value;
    return at && at.row < rows && at.column < columns ? at : null;
  });
  const locked = computed(() =>
    lockedAt(state.synced.selection.value, state.matching.value, factor.value),
  );
  const pointed = computed((): Marked => {
    const token = heard.value?.block === state.blocks.value.a.name ? heard.value.token : undefined;
    const lock = { query: null, key: null, ...(token && { [token.side]: token.index }) };
    return lockedAt(lock, state.matching.value, factor.value);
  });
  return {
    factor,
    size,
    layout,
    shown,
    full: computed(() => (shown.value ? fullScale(shown.value.difference) : 0)),
    hover,
    cursor,
    place,
    locked,
    labels: computed(() =>
      axisLabels(state, labels.value, layout.value, size.value, factor.value, {
        locked: locked.value,
        pointed: pointed.value,
      }),
    ),
    largest: computed(() => largestRows(state, data, shown.value, size.value, factor.value)),
  };
}

function axisLabels(
  state: CompareState,
  labels: Record<Side, string[]>,
  layout: MapLayout | null,
  size: Size,
  factor: number,
  marks: { locked: Marked; pointed: Marked },
): AxisLabel[] {
  if (!layout) return [];
  const { a } = state.blocks.value;
  const base = state.synced.index_base.value;
  const step = numberStep(layout.cell, factor, layout.unit);
  const along = (side: Side, count: number, mark: "row" | "column") => {
    const tokens = state.matching.value[side][0];
    const list = state.traces[0].tokens[side === "query" ? a.query_tokens : a.key_tokens];
    return range(0, count).flatMap((index): AxisLabel[] => {
      const [locked, pointed] = [marks.locked[mark] === index, marks.pointed[mark] === index];
      const [from, to] = placesOf(index, factor, tokens.length);
      const token = tokens[from] ?? 0;
      const flags = { side, index, upright: !layout.named, locked, pointed };
      if (factor === 1 && (layout.named || locked || pointed)) {
        const special = list?.special[token] ?? false;
        return [{ ...flags, text: labels[side][token] ?? "", number: false, special }];
      }
      const numbers = tokens.slice(from, to + 1).map((other) => other + base);
      const number = numbers.find((value) => value % step === 0);
      if (number === undefined && !locked) return [];
      return [{ ...flags, text: String(number ?? token + base), number: true, special: false }];
    });
  };
  return [...along("query", size.rows, "row"), ...along("key", size.columns, "column")];
}

function largestRows(
  state: CompareState,
  data: MapData,
  shown: MapPicture | null,
  size: Size,
  factor: number,
): LargestRow[] {
  if (!shown) return [];
  return largestCells(shown.difference, MOST_LARGEST).map((at) => {
    const cell = { row: Math.floor(at / size.columns), column: at % size.columns };
    return cellRow(state, data, shown, cell, factor);
  });
}

/** A cell in words and numbers. */
export function cellRow(
  state: CompareState,
  data: MapData,
  { difference, exact }: MapPicture,
  { row, column }: Cell,
  factor: number,
): LargestRow {
  const { a } = state.blocks.value;
  const { query, key } = state.matching.value;
  const base = state.synced.index_base.value;
  const name = (side: Side, index: number) => {
    const tokens = state.matching.value[side][0];
    const [from, to] = placesOf(index, factor, tokens.length).map((place) => tokens[place] ?? 0);
    if (factor > 1) return `${(from ?? 0) + base}–${(to ?? 0) + base}`;
    return labelsOf(state.traces[0], a, side)[from ?? 0] ?? "";
  };
  const both = ([one, other]: [number[], number[]], at: number): [number, number] => [
    one[at] ?? 0,
    other[at] ?? 0,
  ];
  return {
    pair: `${isolated(name("query", row))} → ${isolated(name("key", column))}`,
    weights: factor === 1 ? data.weightsOf(both(query, row), both(key, column)) : null,
    exact,
    value: difference.data[row * difference.columns + column] ?? Number.NaN,
  };
}

/** "it → cat: 0.746 − 0.512 = +0.234" */
export function cellInWords(row: LargestRow, factor: number): string {
  const { pair, weights: both, value, exact } = row;
  if (Number.isNaN(value)) return `${pair}: no weight here, masked or left out`;
  const [a, b] = both ? both.weights.map((weight) => plainWeight(weight, both.exact)) : [];
  const sum = both ? `${b} − ${a} = ` : "";
  const pooled = factor > 1 ? `, the largest of ${factor} × ${factor}` : "";
  return `${pair}: ${sum}${signed(value, exact)}${pooled}`;
}

/** The cell of the locked query and key, where both are locked and have a match. */
export function lockedCell({ locked }: MapState): Cell | null {
  const { row, column } = locked.value;
  return row !== null && column !== null ? { row, column } : null;
}

/** The cell that is pointed at, else the locked one, in words; "" where there is none. */
export function cellNow(state: CompareState, data: MapData, local: MapState): string {
  const cell = local.place.value ?? lockedCell(local);
  const shown = local.shown.value;
  const factor = local.factor.value;
  return cell && shown ? cellInWords(cellRow(state, data, shown, cell, factor), factor) : "";
}

/** In the place of a map that has nothing to show, or cannot be had. */
export function noteNow(
  state: CompareState,
  data: MapData,
  requests: Pick<Requests, "failure" | "stalled">,
): NoteText | null {
  void data.arrivals.value;
  if (!state.want.value) return nothingNote(state);
  if (data.picture.value) return equalNote(state, data.picture.value);
  if (requests.failure) return failureNote(requests.failure, null);
  return requests.stalled ? notStoredNote(state) : null;
}
