import { range } from "../../arrays.ts";
import type { NoteText } from "../../controls/note.tsx";
import { percent, weightInSentence } from "../../format.ts";
import type { HeadPair, Metric, Sentences } from "../../state/types.ts";
import type { Requests } from "../../store/loader.ts";
import { type HeadFacts, Thumbs } from "../../store/thumbs.ts";
import { failureNote, savedNote } from "../shell/status.ts";
import { nameOf } from "./cells.ts";
import { poolFactor } from "./local.ts";
import { cellsOf } from "./order.ts";
import { glyphShare } from "./resample.ts";
import type { ModelState } from "./state.ts";
import { hasThumbs } from "./thumbs.ts";

/** What the view says in words; reads signals, so that effects follow it. */

export const METRICS: Record<
  Metric,
  { choice: string; fact: string; short: string; best: string }
> = {
  entropy: {
    choice: "entropy",
    fact: "entropy",
    short: "entropy",
    best: "entropy, sharp to flat",
  },
  previous: {
    choice: "previous",
    fact: "to previous token",
    short: "previous",
    best: "weight to the previous token, most first",
  },
  next: {
    choice: "next",
    fact: "to next token",
    short: "next",
    best: "weight to the next token, most first",
  },
  first: {
    choice: "first",
    fact: "to first token",
    short: "first",
    best: "weight to the first token, most first",
  },
  special: {
    choice: "special",
    fact: "to special tokens",
    short: "special",
    best: "weight to special tokens, most first",
  },
};

export interface FactRow {
  fact: string;
  short: string;
  value: string;
  /** The same where fact and value stand in one line. */
  brief: string;
  /** Labels of tokens, cut where there is no room, and the weight between them, which never is. */
  pair?: { query: string; attended: string; weight: string };
}

const SHARES = ["previous", "next", "first", "special"] as const;

/** What is known of a head, line by line; what does not apply is left out. */
export function factRows(
  facts: HeadFacts,
  labels: { query: string[]; key: string[]; special: boolean },
): FactRow[] {
  const rows: FactRow[] = [];
  const { entropy, possible, pair } = facts;
  if (!Number.isNaN(entropy)) {
    const [is, most] = [entropy.toFixed(2), possible.toFixed(2)];
    const { fact, short } = METRICS.entropy;
    rows.push({ fact, short, value: `${is} nats of ${most}`, brief: `${is} of ${most} nats` });
  }
  for (const metric of SHARES) {
    const value = facts[metric];
    if (Number.isNaN(value) || (metric === "special" && !labels.special)) continue;
    const { fact, short } = METRICS[metric];
    rows.push({ fact, short, value: value.toFixed(2), brief: value.toFixed(2) });
  }
  if (pair) {
    const [from = "", to = ""] = [labels.query[pair.query], labels.key[pair.key]];
    const weight = weightInSentence(pair.weight);
    const value = `${from} → ${to} ${weight}`;
    const both = { query: from, attended: to, weight };
    rows.push({ fact: "strongest pair", short: "strongest", value, brief: value, pair: both });
  }
  return rows;
}

export interface Told {
  head: HeadPair;
  title: string;
  /** Null while Python has not said. */
  rows: FactRow[] | null;
}

export function toldFacts(state: ModelState, requests: Requests): Told | null {
  const head = state.told.value;
  if (!head) return null;
  const { query, key } = state.lists.value;
  const facts = requests.store.of(Thumbs).facts(state.block.value.name, ...head);
  const labels = {
    query: query.labels,
    key: key.labels,
    special: key.special.some(Boolean),
  };
  return {
    head,
    title: nameOf(head, state.synced.index_base.value),
    rows: facts && factRows(facts, labels),
  };
}

/** For the live region, while the keyboard is on a thumbnail: its name is read with the cell itself. */
export function spoken(state: ModelState, requests: Requests): string {
  if (!state.local.ring.value) return "";
  const rows = toldFacts(state, requests)?.rows ?? [];
  return rows.map(({ fact, value }) => `${fact} ${value}`).join(", ");
}

/** Place of a metric on the ramp, 0 to 1: shares as weights are, entropy along a straight scale; null where it does not apply. */
export function metricPlace(facts: HeadFacts | null, metric: Metric, most: number): number | null {
  const value = facts?.[metric];
  if (value === undefined || Number.isNaN(value)) return null;
  const place = metric === "entropy" ? value / (most || 1) : Math.sqrt(Math.max(0, value));
  return Math.min(1, Math.max(0, place));
}

/** The largest entropy that a head of the block could have. */
export function mostEntropy(state: ModelState, requests: Requests): number {
  const { name } = state.block.value;
  const thumbs = requests.store.of(Thumbs);
  // NaN for heads that were not captured.
  return cellsOf(state.layers.value).reduce(
    (most, head) => Math.max(most, thumbs.facts(name, ...head)?.possible || 0),
    0,
  );
}

const DIRECTIONS: Record<Sentences, string> = {
  all: "",
  aa: "only A → A",
  ab: "only A → B",
  ba: "only B → A",
  bb: "only B → B",
};

/** What the filters leave out; lines say their share themselves. */
export function filtersInWords(state: ModelState, glyph: "map" | "lines"): string[] {
  const { sentences, hide_special, strongest, index_base } = state.synced;
  return [
    DIRECTIONS[sentences.value],
    hide_special.value ? "special tokens hidden" : "",
    glyph === "map" && strongest.value < 1
      ? `strongest ${percent(strongest.value)} of each row`
      : "",
    index_base.value === 1 ? "layers and heads counted from 1" : "",
  ].filter(Boolean);
}

/** "18 × 18, not pooled", or how many weights one dot stands for. */
export function poolingInWords(state: ModelState): string {
  const { query, key } = state.lists.value;
  const [rows, columns] = [query.labels.length, key.labels.length];
  const factor = poolFactor(rows, columns);
  if (factor === 1) return `${rows} × ${columns}, not pooled`;
  const drawn = `${Math.ceil(rows / factor)} × ${Math.ceil(columns / factor)}`;
  return `pooled by ${state.synced.pooling.value}: ${rows} × ${columns} drawn as ${drawn}`;
}

/** Which part of a head its lines are: a share of each row, and no more lines than there is room for. */
export function linesInWords(strongest: number, pooled: boolean, cap: number | null): string {
  const share = `the strongest ${percent(glyphShare(strongest))} of`;
  const of = pooled ? "pooled weights in each row" : "each row";
  return `${share} ${of}${cap === null ? "" : `, at most the ${cap} strongest lines of a head`}`;
}

/** Whether some pair of the block is one that its query cannot see; a lone key is seen. */
export function hidesPairs({ block, lists }: Pick<ModelState, "block" | "lists">): boolean {
  const { causal, vectors } = block.value;
  if (lists.value.key.labels.length <= 1) return false;
  return causal || (vectors ?? []).some((layer) => layer?.causal || layer?.mask);
}

/** "ordering: 19 of 36 layers", then by what, or that the metric says nothing here. */
export function orderInWords(state: ModelState, requests: Requests): string {
  const order = state.synced.order.value;
  if (order === "layer") return "";
  const layers = state.layerNumbers.value;
  const known = state.known.value;
  if (known < layers.length) return `ordering: ${known} of ${layers.length} layers`;
  const { name } = state.block.value;
  const applies = state.layers.value.rows.some(({ cells }) =>
    cells.some((cell) => {
      const value = cell && requests.store.of(Thumbs).facts(name, ...cell)?.[order];
      return typeof value === "number" && !Number.isNaN(value);
    }),
  );
  return applies
    ? `ordered by ${METRICS[order].best}`
    : `${METRICS[order].short}: not known for this block, so heads stand by layer`;
}

export interface Arrived {
  here: number;
  of: number;
}

/** Heads whose thumbnails are here, of the rows in sight or of all. */
export function arrivedHeads(state: ModelState, requests: Requests, inSight: boolean): Arrived {
  const rows = inSight ? state.grid.value.rows.slice(...state.sight.value) : state.grid.value.rows;
  const counted = new Map<number, number>();
  for (const { cells } of rows)
    for (const cell of cells) if (cell) counted.set(cell[0], (counted.get(cell[0]) ?? 0) + 1);
  let here = 0;
  let of = 0;
  for (const [layer, heads] of counted) {
    of += heads;
    if (hasThumbs(state, requests, layer)) here += heads;
  }
  return { here, of };
}

export function waitsFor(state: ModelState, requests: Requests): string | null {
  const { here, of } = arrivedHeads(state, requests, true);
  return here < of ? "the rest of the grid" : null;
}

const NOTHING_SHOWN: NoteText = {
  kind: "empty",
  fact: "No head to show",
  sentence: "The layers and heads to include leave none that the trace holds.",
};

export function notesFor(state: ModelState, requests: Requests): NoteText[] {
  const notes: NoteText[] = [];
  if (requests.failure) notes.push(failureNote(requests.failure, "What is here still works."));
  if (state.block.value.layers > 0 && state.grid.value.rows.length === 0) notes.push(NOTHING_SHOWN);
  return notes;
}

/** What a page without a kernel lacks, or null where it has all. */
export function storedNote(state: ModelState, requests: Requests): NoteText | null {
  const thumbs = requests.store.of(Thumbs);
  const { name } = state.block.value;
  const all = [...state.layerNumbers.value];
  const stored = all.filter((layer) => hasThumbs(state, requests, layer));
  const known = range(0, all.length).filter((i) => thumbs.hasFacts(name, all[i] ?? 0)).length;
  if (stored.length === all.length && known === all.length) return null;
  if (stored.length === 0)
    return {
      kind: "saved",
      fact: "Saved page",
      sentence:
        "Thumbnails with these settings are not stored here: they need Python. Open the notebook and run the cell.",
    };
  if (stored.length < all.length) return savedNote(stored, [], state.synced.index_base.value, null);
  return {
    kind: "saved",
    fact: "Saved page",
    sentence: "Facts of some layers are not stored here: they need Python.",
  };
}
