import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { AnswerSpec, BeforeRow, Prediction } from "../../state/live.ts";
import type { Synced } from "../../state/synced.ts";
import type { TraceSpec } from "../../state/types.ts";
import { tokenAxis, withSink, wordAxis } from "../head/axis.ts";
import { blockNamed } from "../shell/place.ts";
import type { LiveHooks, Place } from "../stage.ts";
import { type LiveState, toggled, typedOf } from "./state.ts";

/** A token of the run: of which list, and which tokens an item of merged words stands for. */
export interface Pointed {
  list: string;
  tokens: number[];
  label: string;
  /** As long as the pointer is on it. */
  passing: boolean;
}

type Shown = Synced<"layer" | "merge_words">;

/** The token under the pointer or the keyboard, else the one that is locked. */
export function pointedIn(
  trace: ReadonlySignal<TraceSpec>,
  synced: Shown,
  { hover, cursor }: Pick<LiveHooks, "hover" | "cursor">,
): ReadonlySignal<Pointed | null> {
  return computed(() => {
    const block = blockNamed(trace.value, synced.block.value);
    const axis = (side: Place["side"]) => {
      const list = block[`${side}_tokens`];
      const tokens = trace.value.tokens[list];
      if (!tokens) return null;
      const found = (synced.merge_words.value ? wordAxis : tokenAxis)(tokens);
      return { list, found: side === "key" && block.sinks ? withSink(found) : found };
    };
    const of = (side: Place["side"], item: number | undefined, passing: boolean) => {
      const here = axis(side);
      if (!here || item === undefined) return null;
      const tokens = here.found.tokens[item];
      if (!tokens?.length) return null;
      return { list: here.list, tokens, label: here.found.labels[item] ?? "", passing };
    };
    const { query, key } = synced.selection.value;
    const place = hover.value ?? cursor.value;
    if (place) return of(place.side, place.item, hover.value !== null);
    if (query !== null) return of("query", axis("query")?.found.itemOf[query], false);
    return key === null ? null : of("key", axis("key")?.found.itemOf[key], false);
  });
}

export function pointing(): Pick<LiveHooks, "hover" | "cursor"> {
  return { hover: signal(null), cursor: signal(null) };
}

/** What the model says at a token. */
export interface Said {
  /** Label of the token; "" where there is none. */
  label: string;
  token: number;
  words: string;
  rows: Prediction[];
  own: number | null;
  before: BeforeRow | null;
}

/** The row that the predictions are shown of: where a person points, else where the answer would be read first. */
export function saidAt(answer: AnswerSpec, trace: TraceSpec, at: Pointed | null): Said | null {
  const { predictions } = answer;
  if (!predictions) return null;
  const { tokens: list, rows } = predictions;
  const here = at !== null && at.list === list;
  const row = here ? (at.tokens[0] ?? 0) : firstRow(answer);
  if (row === null || !rows[row]) return null;
  return {
    label: list === null ? "" : (trace.tokens[list]?.labels[row] ?? ""),
    token: row,
    words: predictions.words,
    rows: rows[row],
    own: predictions.own[row] ?? null,
    before: answer.before?.[row] ?? null,
  };
}

/** Where a person would look first, as if it was pointed at. */
export function firstPointed(answer: AnswerSpec, trace: TraceSpec): Pointed | null {
  const list = answer.predictions?.tokens;
  const row = firstRow(answer);
  if (!list || row === null) return null;
  return { list, tokens: [row], label: trace.tokens[list]?.labels[row] ?? "", passing: false };
}

function firstRow(answer: AnswerSpec): number | null {
  const { predictions, masked, places } = answer;
  if (!predictions) return null;
  const { kind, rows } = predictions;
  if (kind === "classes") return 0;
  if (kind === "next" || kind === "target") return rows.length - 1;
  const first = masked[0];
  if (first !== undefined) return places[first]?.[0] ?? null;
  return null;
}

/** Masks the tokens, or blocks attention to them where the model has no masks; a second time undoes it. */
export function toggleMask(live: LiveState, at: Pointed | null): boolean {
  const answer = live.answer.peek();
  const { abilities, source } = answer;
  if (!at || at.list !== source) return false;
  const name = !abilities.no_masking ? "masked" : !abilities.no_blocking ? "blocked" : null;
  if (!name) return false;
  const typed = [...new Set(at.tokens.flatMap((token) => typedOf(answer, token) ?? []))];
  if (typed.length === 0) return false;
  live.change((from) => {
    const all = typed.every((token) => from[name].includes(token));
    const wanted = typed.filter((token) => from[name].includes(token) === all);
    return { [name]: wanted.reduce(toggled, from[name]) };
  });
  return true;
}
