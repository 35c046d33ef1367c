import type { NoteText } from "../../controls/note.tsx";
import { isolated, weightInSentence, weightInSpeech } from "../../format.ts";
import type { TokenRange } from "../../state/types.ts";
import type { Requests } from "../../store/loader.ts";
import { EXACT, fullWeight, Matrix } from "../../store/matrix.ts";
import { failureNote, inRanges } from "../shell/status.ts";
import { missingPlaces } from "./pictured.ts";
import { type Reading, readCell } from "./reading.ts";
import type { Box, Sight } from "./region.ts";
import { type Cell, locked, type MatrixState } from "./state.ts";

/** What the view says in words; reads signals, so that effects follow it. */

/** Inclusive, as a person counts: "queries 60–111, keys 60–111". */
export function brushInWords(query: TokenRange, key: TokenRange, base: number): string {
  const span = ([from, to]: TokenRange, one: string, more: string) =>
    to - from === 1 ? `${one} ${from + base}` : `${more} ${from + base}–${to - 1 + base}`;
  return `${span(query, "query", "queries")}, ${span(key, "key", "keys")}`;
}

/** How the weights on screen relate to those of the trace. */
export function poolingInWords(level: number, { queries, keys }: Box): string {
  if (level === EXACT) return "exact weights";
  if (level === 1) return `${queries} × ${keys} weights, not pooled`;
  return `pooled by max: one dot covers ${level} × ${level} weights`;
}

/** Two lines about a cell: what it is, and where. */
export interface CellText {
  title: string;
  value: string;
  place: string;
  /** The tokens that it is about: those of a dot where weights are pooled. */
  query: TokenRange;
  key: TokenRange;
}

export function cellInWords(
  state: MatrixState,
  requests: Requests,
  box: Box,
  sight: Sight,
  cell: Cell,
): CellText {
  const reading = readCell(state, requests, box, sight, cell);
  const { query, key } = state.lists.value;
  const base = state.synced.index_base.value;
  const [from, to] = [query.labels[cell.query] ?? "", key.labels[cell.key] ?? ""].map(isolated);
  const title = `${from} → ${to}`;
  const place = `query ${cell.query + base}, key ${cell.key + base}`;
  const hidden =
    state.synced.hide_special.value && (query.special[cell.query] || key.special[cell.key]);
  const span = { query: spanOf(cell.query, 1, box.queries), key: spanOf(cell.key, 1, box.keys) };
  if (reading && reading.pool > 1) return pooledInWords(reading, cell, box, base);
  if (!reading) return { title, value: "…", place, ...span };
  if (reading.weight === null) {
    const why = hidden ? "special token, hidden" : "not seen";
    return { title, value: "–", place: `${place}: ${why}`, ...span };
  }
  const value = Number.isNaN(reading.weight)
    ? "missing"
    : weightInSentence(reading.weight, reading.exact);
  return { title, value, place, ...span };
}

/** The tokens of a dot. */
function spanOf(at: number, pool: number, count: number): TokenRange {
  const from = at - (at % pool);
  return [from, Math.min(count, from + pool)];
}

function pooledInWords({ weight, pool }: Reading, cell: Cell, box: Box, base: number): CellText {
  const [query, key] = [spanOf(cell.query, pool, box.queries), spanOf(cell.key, pool, box.keys)];
  const place = brushInWords(query, key, base);
  if (weight === null) return { title: "not seen", value: "", place, query, key };
  return { title: "largest", value: weightInSentence(weight, false), place, query, key };
}

/** "layer 3, head 1", "heads 0 to 11 of layers 0 to 11, mean". */
export function mapInWords(state: MatrixState): string {
  const base = state.synced.index_base.value;
  const heads = state.shown.value;
  const [first] = heads;
  if (heads.length === 1 && first) return `layer ${first[0] + base}, head ${first[1] + base}`;
  return `${state.want.value.aggregate} of ${heads.length} heads`;
}

/** "head 3.1: it attends to cat 0.75; query 9, key 2" */
export function spoken(state: MatrixState, requests: Requests): string {
  const { query, key } = locked(state);
  const cell = state.cursor.value ?? (query !== null && key !== null ? { query, key } : null);
  const [layout, sight] = [state.layout.value, state.sight.value];
  if (!cell || !layout || !sight) return "";
  const { title, value, place } = cellInWords(state, requests, layout.box, sight, cell);
  const { weight = null, pool, exact } = readCell(state, requests, layout.box, sight, cell) ?? {};
  if (pool !== 1 || weight === null || Number.isNaN(weight)) return `${title} ${value}, ${place}`;
  const base = state.synced.index_base.value;
  const [head, ...others] = state.shown.value;
  const name =
    head && others.length === 0 ? `head ${head.map((i) => i + base).join(".")}` : mapInWords(state);
  const lists = state.lists.value;
  const [from, to] = [lists.query.labels[cell.query], lists.key.labels[cell.key]];
  return `${name}: ${from} attends to ${to} ${weightInSpeech(weight, exact)}; ${place}`;
}

const MOST_NAMED = 10;

/** What the bars below the map show, for those who do not see them. */
export function receivedInWords(
  received: Float32Array | null,
  labels: string[],
  base: number,
): string {
  if (!received) return "";
  const named = [...received.keys()]
    .sort((a, b) => (received[b] ?? 0) - (received[a] ?? 0))
    .slice(0, MOST_NAMED)
    .map(
      (key) => `${labels[key] ?? ""}, key ${key + base}: ${weightInSentence(received[key] ?? 0)}`,
    );
  return `Keys that receive most, mean weight: ${named.join("; ")}`;
}

export function waitsFor(state: MatrixState, requests: Requests): string | null {
  return missingPlaces(state, requests).length > 0 ? "the rest of the map" : null;
}

export function notesFor(state: MatrixState, requests: Requests): NoteText[] {
  if (requests.failure) return [failureNote(requests.failure, "What was there is still shown.")];
  if (state.shown.value.length > 0) return [];
  const named = (numbers: number[]) => inRanges(numbers);
  return [
    {
      kind: "empty",
      fact: "None of these heads was captured",
      sentence: `The trace lacks head ${named(state.synced.heads.value)} of layer ${named(state.synced.layers.value)}: choose others.`,
    },
  ];
}

/** What a page without a kernel lacks of what is in sight. */
export function savedNote(state: MatrixState, requests: Requests): NoteText | null {
  if (missingPlaces(state, requests).length === 0) return null;
  const there = requests.store.of(Matrix).has(state.want.value.block, state.map.value);
  return {
    kind: "saved",
    fact: "Saved page",
    sentence: there
      ? "This map is stored here more coarsely than it is shown. Finer weights need Python: open the notebook and run the cell."
      : "The map that was in sight is stored here. Others need Python: open the notebook and run the cell.",
  };
}

/** What the legend says besides the ramp. */
export function legendSentences(state: MatrixState, level: number): string[] {
  const want = state.want.value;
  const several = want.heads.length > 1;
  const full = fullWeight(want);
  const hidden = want.hideSpecial ? "special tokens are left blank" : "";
  return [
    several
      ? `${want.aggregate} of ${want.heads.length} heads${full > 1 ? `, drawn against ${full}` : ""}`
      : "",
    state.block.value.causal ? "keys that a query does not see are left blank" : "",
    hidden,
    level > 1 ? "zoom in for single weights" : "",
  ].filter(Boolean);
}
