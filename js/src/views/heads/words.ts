import type { NoteText } from "../../controls/note.tsx";
import { sameHead } from "../../state/selection.ts";
import type { ColumnSpec, HeadPair } from "../../state/types.ts";
import { nameOf } from "../model/cells.ts";
import { type Measure, measureOf, ordinal, plain, withError } from "./measure.ts";
import { type HeadsState, isSelected } from "./state.ts";

/** What the view says in words; reads signals, so that effects follow it. */

export interface FactRow {
  name: string;
  value: string;
  /** What the name stands for. */
  about: string;
}

export interface Told {
  head: HeadPair;
  title: string;
  metric: FactRow;
  /** "3rd of 72", "no value" or "". */
  place: string;
  rows: FactRow[];
}

/** What is known of the head that is pointed at, else of the last selected, else of the first of the list. */
export function toldOf(
  state: HeadsState,
  words: Record<string, Record<string, string[]>>,
): Told | null {
  const head = state.told.value;
  if (!head) return null;
  const { name: block } = state.block.value;
  const row = state.rowOf(head);
  const factOf = (column: ColumnSpec): FactRow => ({
    name: column.name,
    value: valueInWords(state, column, head),
    about: column.about,
  });
  const others = state.columns.filter(({ name }) => name !== state.column.value.name);
  const cluster = state.clusterAt(row);
  return {
    head,
    title: nameOf(head, state.synced.index_base.value),
    metric: factOf(state.column.value),
    place: placeOf(state, row),
    rows: [
      ...others.map(factOf),
      ...Object.entries(words).map(([name, by]) => ({
        name,
        value: by[block]?.[row] || "–",
        about: "",
      })),
      ...(Number.isNaN(cluster)
        ? []
        : [{ name: "cluster", value: String(cluster), about: "on the map" }]),
    ],
  };
}

function valueInWords(
  state: HeadsState,
  { name, error, unit }: ColumnSpec,
  head: HeadPair,
): string {
  const value = state.valueAt(name, head);
  const decimals = decimalsOf(state, name);
  if (decimals === null) return "…";
  const said = withError(value, error ? state.valueAt(error, head) : Number.NaN, decimals);
  return unit && !Number.isNaN(value) && unit !== name ? `${said} ${unit}` : said;
}

function decimalsOf(state: HeadsState, name: string): number | null {
  const values = state.columnOf(name);
  return values && (measureOf(values)?.decimals ?? 0);
}

function placeOf(state: HeadsState, row: number): string {
  const place = state.places.value.get(row);
  if (place === undefined) return "";
  const from = state.synced.ranking.value === "largest" ? "" : " from below";
  return `${ordinal(place)} of ${state.order.value.length}${from}`;
}

/** "of 72 heads", and what is not among them. */
export function missingInWords(measure: Measure): string {
  const { missing } = measure;
  if (missing === 0) return "";
  return `hatched: ${missing === 1 ? "1 head" : `${missing} heads`} without a value`;
}

export function absentInWords({ grid, heads }: HeadsState): string {
  const { rows, columns } = grid.value;
  const empty = rows.length * columns - heads.value.length;
  return empty > 0 ? "blank: not in the table" : "";
}

export interface Scale {
  before: string;
  from: string;
  to: string;
  after: string;
  signed: boolean;
}

/** What the colours of the cells stand for: from where to where, in which unit. */
export function scaleOf({ measure, column }: HeadsState): Scale | null {
  const range = measure.value;
  if (!range) return null;
  const { name, unit } = column.value;
  const { low, high, signed, decimals } = range;
  const full = Math.max(-low, high);
  const [from, to] = signed ? [-full, full] : [low, high];
  const plus = signed ? "+" : "";
  return {
    before: name,
    from: plain(from, decimals),
    to: `${plus}${plain(to, decimals)}${unit && unit !== name ? ` ${unit}` : ""}`,
    after: signed ? "square-root scale" : "straight scale",
    signed,
  };
}

/** Where there is no range. */
export function sameInWords({ measure, column }: HeadsState): string {
  const range = measure.value;
  if (!range || range.low < range.high) return "";
  return `${column.value.name} is ${plain(range.low, range.decimals)} for every head`;
}

/** Where the values lie, where the ramp reaches further. */
export function rangeInWords({ measure }: HeadsState): string {
  const range = measure.value;
  if (!range?.signed || range.low === range.high) return "";
  const { low, high, decimals } = range;
  return `values from ${plain(low, decimals)} to ${plain(high, decimals)}`;
}

export function stressInWords({ mapFacts }: HeadsState): string[] {
  const map = mapFacts.value;
  if (!map) return [];
  const left = map.left_out;
  return [
    `distances on the map are approximate: stress ${map.stress.toFixed(2)}, 0 is exact`,
    left > 0 ? `${left === 1 ? "1 head has" : `${left} heads have`} no distance and no place` : "",
  ].filter(Boolean);
}

/** For the live region, while the keyboard is on a head; else a summary of the whole. */
export function spoken(state: HeadsState, told: Told | null): string {
  if (!told) return "";
  const { metric, place } = told;
  const { name, unit } = state.column.value;
  const said = metric.value.replace("±", "plus or minus");
  if (state.ring.value && sameHead(told.head, state.cursor.value))
    return [`${metric.name} ${said}`, place, isSelected(state, told.head) ? "selected" : ""]
      .filter(Boolean)
      .join(", ");
  const range = state.measure.value;
  if (!range) return `${name}: no head has a value`;
  const { low, high, decimals } = range;
  const ends = `from ${plain(low, decimals)} to ${plain(high, decimals)}`;
  const count = state.selected.value.length;
  const on = count === 0 ? "" : `; ${count === 1 ? "1 head" : `${count} heads`} selected`;
  return `${name} ${ends}${unit ? ` ${unit}` : ""}; ${listTitle(state)} ${nameOf(
    state.heads.value[state.order.value[0] ?? 0] ?? told.head,
    state.synced.index_base.value,
  )}${on}`;
}

export function listTitle({ synced }: HeadsState): string {
  return synced.ranking.value === "largest" ? "largest" : "smallest";
}

export function gridName({ synced, block, trace, column }: HeadsState): string {
  const of = trace.blocks.length > 1 ? ` of the ${block.value.name}` : "";
  const from = synced.index_base.value === 1 ? " (from 1)" : "";
  return `${column.value.name} of the heads${of}${from}`;
}

export function notesFor(state: HeadsState): NoteText[] {
  if (!state.values.value || state.measure.value) return [];
  return [
    {
      kind: "missing",
      fact: `No head has a value of ${state.column.value.name}`,
      sentence: "Choose another metric.",
    },
  ];
}
