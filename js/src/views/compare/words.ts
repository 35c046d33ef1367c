import { range } from "../../arrays.ts";
import type { NoteText } from "../../controls/note.tsx";
import { headsThere } from "../../state/selection.ts";
import type { BlockSpec } from "../../state/types.ts";
import { inRanges } from "../shell/status.ts";
import type { MapPicture } from "./data.ts";
import { type Lacking, lackingInB, type Side } from "./matching.ts";
import { type CompareState, labelsOf } from "./state.ts";

/** What the comparison says in words. */

/** With a true minus; what rounds to nothing keeps its sign. */
export function signed(value: number): string {
  if (value === 0) return "0";
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
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
  const rest = own.layers > other.layers ? `, of which ${common} are in both` : "";
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
  return [
    ...lackingNotes(lacking, { name: nameB, block: b, layer, base }, labels(0, a)),
    ...lackingNotes(lackingInA, { name: nameA, block: a, layer, base }, labels(1, b)),
  ];
}

/** `labels` are those of the side that has what the other lacks. */
export function lackingNotes(
  { heads, ...tokens }: Lacking,
  other: { name: string; block: BlockSpec; layer: number; base: number },
  labels: Record<Side, string[]>,
): NoteText[] {
  const { name, block, layer, base } = other;
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
      fact: `${heads.length > 1 ? "Heads" : "Head"} ${numbers} ${heads.length > 1 ? "are" : "is"} not in ${name}`,
      sentence: `${has} Layer and tokens stay linked.`,
    });
  }
  for (const side of ["query", "key"] as const) {
    const token = tokens[side];
    if (token === null) continue;
    notes.push({
      kind: "missing",
      fact: `${labels[side][token] ?? ""}, ${side} ${token + base}, has no match in ${name}`,
      sentence: "It is locked on one side alone. Layer and heads stay linked.",
    });
  }
  return notes;
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

export function notStoredNote(state: CompareState): NoteText {
  const layer = state.layer.value + state.synced.index_base.value;
  return {
    kind: "saved",
    fact: `No difference for layer ${layer}`,
    sentence: "It needs more weights than are here, and Python to send them.",
  };
}

/** What is subtracted: the names, and the heads laid over each other. */
export function titleOfMap(state: CompareState): string {
  const [a, b] = state.names;
  const heads = state.heads.value;
  const base = state.synced.index_base.value;
  const how = { each: "mean", mean: "mean", sum: "sum", max: "maximum" };
  const over =
    heads.length === 1
      ? `head ${(heads[0] ?? 0) + base}`
      : `${how[state.synced.aggregate.value]} of ${heads.length} heads`;
  return `${b} − ${a}${heads.length > 0 ? ` · ${over}` : ""}`;
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
  const [a, b] = state.names;
  const { rows = 0, columns = 0 } = shown?.difference ?? {};
  const whole = shown?.exact ? "exact" : "from one byte a weight";
  return {
    texts: [
      `blue: more in ${b}, orange: more in ${a}`,
      full > 0 ? `full colour ±${scaleEnd(full)}` : "no difference",
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
    const name = state.names[i];
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
