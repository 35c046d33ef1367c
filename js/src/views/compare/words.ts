import { range } from "../../arrays.ts";
import type { NoteText } from "../../controls/note.tsx";
import { decimalsOf, isolated, rough, withSign } from "../../format.ts";
import { headsThere } from "../../state/selection.ts";
import type { BlockSpec } from "../../state/types.ts";
import { inRanges } from "../shell/status.ts";
import type { MapPicture } from "./data.ts";
import { fullScale } from "./difference.ts";
import { type Lacking, lackingInB, type Side } from "./matching.ts";
import { type CompareState, labelsOf } from "./state.ts";

/** What the comparison says in words. */

/** What rounds to nothing keeps its sign. */
export function signed(value: number, exact = true): string {
  return rough(exact) + (value === 0 ? "0" : withSign(value, decimalsOf(exact)));
}

/** A name that a person gave may be any word. */
function quoted(name: string): string {
  return `“${isolated(name)}”`;
}

function counted(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}

/** What a side is, beside its name: "6 layers × 12 heads". */
export function sizeInWords(state: CompareState, side: 0 | 1): string {
  const { name } = state.blocks.value.a;
  const [own, other] = [side, 1 - side].map((i) =>
    state.whole[i]?.blocks.find((block) => block.name === name),
  );
  if (!own || !other) return "";
  const counts = [...new Set(own.heads)];
  const heads = counts.length === 1 ? ` × ${counted(counts[0] ?? 0, "head")}` : "";
  const base = state.synced.index_base.value;
  const common = inRanges(range(base, other.layers + base));
  const those = other.layers === 1 ? `layer ${common} is` : `layers ${common} are`;
  const rest = own.layers > other.layers ? `, ${those} in both` : "";
  return `${counted(own.layers, "layer")}${heads}${rest}`;
}

/** What is chosen on one side and is not on the other. */
export function notesOf(state: CompareState, lackingInA: Lacking): NoteText[] {
  const { a, b } = state.blocks.value;
  const layer = state.layer.value;
  const base = state.synced.index_base.value;
  const lacking = lackingInB(state.synced.selection.value, layer, b, state.matching.value);
  const labels = (side: 0 | 1, block: BlockSpec) => ({
    query: labelsOf(state.traces[side], block, "query"),
    key: labelsOf(state.traces[side], block, "key"),
  });
  const [nameA, nameB] = state.names;
  const { query, key } = state.matching.value;
  const place = { layer, base, tokensMatch: query[0].length > 0 || key[0].length > 0 };
  return [
    ...headNotes(lacking.heads, { name: nameB, block: b, ...place }),
    ...headNotes(lackingInA.heads, { name: nameA, block: a, ...place }),
    ...tokenNotes(lacking, labels(0, a), base, nameA, "It is locked there alone."),
    ...tokenNotes(lackingInA, labels(1, b), base, nameB, "It cannot be locked for both."),
  ];
}

function headNotes(
  heads: number[],
  other: { name: string; block: BlockSpec; layer: number; base: number; tokensMatch: boolean },
): NoteText[] {
  const { name, block, layer, base, tokensMatch } = other;
  const notes: NoteText[] = [];
  if (heads.length > 0) {
    const numbers = inRanges(heads.map((head) => head + base));
    const count = block.heads[layer] ?? 0;
    const there = headsThere(block, layer);
    const has =
      there.length === count
        ? `It has ${counted(count, "head")}.`
        : `Its trace holds ${there.length === 1 ? "head" : "heads"} ${inRanges(there.map((head) => head + base))}.`;
    notes.push({
      kind: "missing",
      fact: `${heads.length > 1 ? "Heads" : "Head"} ${numbers} ${heads.length > 1 ? "are" : "is"} not in ${quoted(name)}`,
      sentence: `${has} ${tokensMatch ? "Layer and tokens stay" : "The layer stays"} linked.`,
    });
  }
  return notes;
}

/** Of tokens that only one side has. */
function tokenNotes(
  lacking: Lacking,
  labels: Record<Side, string[]>,
  base: number,
  name: string,
  sentence: string,
): NoteText[] {
  const facts = (["query", "key"] as const).flatMap((side) => {
    const token = lacking[side];
    const label = quoted(labels[side][token ?? -1] ?? "");
    return token === null ? [] : [`Token ${token + base} ${label} is only in ${quoted(name)}`];
  });
  return [...new Set(facts)].map((fact): NoteText => ({ kind: "missing", fact, sentence }));
}

/** Why there is no map. */
export function nothingNote(state: CompareState): NoteText {
  const { query, key } = state.matching.value;
  if (query[0].length === 0 || key[0].length === 0)
    return {
      kind: "empty",
      fact: "No tokens match",
      sentence: "The two texts have no token in common here, so there is nothing to subtract.",
    };
  return {
    kind: "empty",
    fact: "No head is on in both",
    sentence: "Click the number of a head that both have.",
  };
}

/** In the place of a map without a colour, or null where something differs. */
export function equalNote(state: CompareState, { difference, exact }: MapPicture): NoteText | null {
  if (fullScale(difference) > 0) return null;
  const heads = state.heads.value;
  const [a, b] = state.names.map(quoted);
  if (difference.data.every(Number.isNaN))
    return {
      kind: "empty",
      fact: "Nothing to subtract",
      sentence: "The mask and the filters leave no pair of tokens that match.",
    };
  const how = overHeads(state);
  const as = exact ? "" : ", as far as weights of one byte can tell";
  return {
    kind: "empty",
    fact: `No difference in ${heads.length === 1 ? "this head" : "these heads"}`,
    sentence: `${how.charAt(0).toUpperCase()}${how.slice(1)} gives every pair of tokens that match the same weight in ${a} and ${b}${as}.`,
  };
}

export function notStoredNote(state: CompareState): NoteText {
  const layer = state.layer.value + state.synced.index_base.value;
  return {
    kind: "saved",
    fact: `No difference for layer ${layer}`,
    sentence: "It needs more weights than are here, and Python to send them.",
  };
}

/** "head 3", "mean of 2 heads". */
function overHeads(state: CompareState): string {
  const heads = state.heads.value;
  const how = { each: "mean", mean: "mean", sum: "sum", max: "maximum" };
  return heads.length === 1
    ? `head ${(heads[0] ?? 0) + state.synced.index_base.value}`
    : `${how[state.synced.aggregate.value]} of ${heads.length} heads`;
}

/** What is subtracted: the names, and the heads laid over each other. */
export function titleOfMap(state: CompareState): { text: string; name: boolean }[] {
  const [a, b] = state.names;
  const over = state.heads.value.length > 0 ? ` · ${overHeads(state)}` : "";
  return [
    { text: b, name: true },
    { text: " − ", name: false },
    { text: a, name: true },
    { text: over, name: false },
  ];
}

/** Two figures, as a person reads the end of a scale. */
function scaleEnd(value: number): string {
  return String(Number(value.toPrecision(2)));
}

export function legendTexts(
  state: CompareState,
  shown: MapPicture | null,
  full: number,
  factor: number,
): { texts: string[]; badge: string } {
  const [a, b] = state.names.map(quoted);
  const { rows = 0, columns = 0 } = shown?.difference ?? {};
  const whole = shown?.exact ? "exact" : "from one byte a weight";
  return {
    texts: [
      `blue: more in ${b}, orange: more in ${a}`,
      full > 0 ? `full colour ${rough(shown?.exact ?? true)}±${scaleEnd(full)}` : "",
      "square-root scale",
      "rows attend, columns are attended",
      unmatchedInWords(state),
    ].filter(Boolean),
    badge:
      factor > 1
        ? `pooled: a cell is the largest of ${factor} × ${factor}`
        : `${rows} × ${columns}, ${whole}`,
  };
}

/** Tokens that are not in the map: "without a match: 2 tokens of BERT". */
export function unmatchedInWords(state: CompareState): string {
  const { a, b } = state.blocks.value;
  const { query, key } = state.matching.value;
  const one = a.query_tokens === a.key_tokens && b.query_tokens === b.key_tokens;
  const said = [a, b].flatMap((block, i) => {
    const trace = state.traces[i];
    const name = quoted(state.names[i] ?? "");
    if (!trace) return [];
    const queries = labelsOf(trace, block, "query").length - query[0].length;
    const keys = labelsOf(trace, block, "key").length - key[0].length;
    const counts = one
      ? [queries > 0 && counted(queries, "token")]
      : [queries > 0 && counted(queries, "query", "queries"), keys > 0 && counted(keys, "key")];
    const found = counts.filter((text) => text !== false);
    return found.length > 0 ? [`${found.join(" and ")} of ${name}`] : [];
  });
  return said.length > 0 ? `without a match: ${said.join(", ")}` : "";
}
