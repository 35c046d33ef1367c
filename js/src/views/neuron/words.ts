import type { NoteText } from "../../controls/note.tsx";
import { isolated, percent, weightInSentence, weightInSpeech } from "../../format.ts";
import { headsThere } from "../../state/selection.ts";
import type { Requests } from "../../store/loader.ts";
import { Rows } from "../../store/rows.ts";
import { failureNote, inRanges } from "../shell/status.ts";
import { BELOW, isBelow } from "./cells.ts";
import { canHide, formula } from "./columns.ts";
import type { NeuronLayout } from "./layout.ts";
import { productInWords, scaleEnd, signed, signedPercent } from "./numbers.ts";
import { type Pictures, type Shown, textOf } from "./pictures.ts";
import type { Place } from "./reading.ts";
import { groupSize, keyHeadOf } from "./scores.ts";
import { shareOf } from "./shares.ts";
import { labelOf, type NeuronState } from "./state.ts";

/** What the view says in words. */

/** "sorted by share in it · cat: the first 8 of 32 neurons carry 79 %", and the same for less room. */
export function shareSentence(
  state: NeuronState,
  shown: Shown,
  layout: NeuronLayout,
): { long: string; short: string } {
  const { carried, reading, reference } = shown;
  const { size } = reading.vectors;
  const pair = `${isolated(labelOf(state, "query", reading.query))} · ${isolated(labelOf(state, "key", reference))}`;
  const sorted = state.synced.neurons.value === "share";
  const { share, first, others } = carried;
  const many = `${sorted ? "first" : "strongest"} ${carried.count} of ${size}`;
  const carry =
    share === null
      ? `add ${signed(first, 1)}, the others ${signed(others, 1)}`
      : `carry ${percent(share)}`;
  const sight = layout.key && layout.fitting < size ? sightSentence(state, shown, layout) : "";
  return {
    long: `${sorted ? "sorted by share" : "share"} in ${pair}: the ${many} neurons ${carry}${sight}`,
    short: `${many} ${carry} ${share === null ? "in" : "of"} ${pair}`,
  };
}

/** Which part the neurons in sight have, where the strips scroll. */
function sightSentence(state: NeuronState, { order, parts, carried }: Shown, layout: NeuronLayout) {
  const all = carried.first + carried.others;
  const from = state.first.value;
  const sight = order.slice(from, from + layout.fitting);
  const sum = sight.reduce((total, neuron) => total + (parts[neuron] ?? 0), 0);
  const share = shareOf(sum, all);
  return `, the ${sight.length} in sight ${share === null ? signed(sum, 1) : signedPercent(share)}`;
}

/** How the share is counted, for a person who asks. */
export const SHARE_MEANS =
  "Share of a neuron: its q × k over q · k, the sum over all neurons. What they carry is the sum of their shares.";

/** The steps of one row where they have no columns: "cat: q · k +30.7, ÷ √32 +5.42, softmax 0.746". */
export function chainOf(state: NeuronState, shown: Shown, key: number): string {
  const { seen, weight } = shown.reading.scores;
  const steps = shown.columns.map(({ id, title }) => {
    if (id === "weight") return `${title} ${weightInSentence(weight[key] ?? 0)}`;
    if (id === "mask") return seen[key] ? "seen" : "hidden";
    return `${title} ${textOf(shown, id, key).text}`;
  });
  return `${isolated(labelOf(state, "key", key))}: ${steps.join(", ")}`;
}

/** "head 3.1: it attends to cat 0.75, q · k +30.7; query 9, key 2" */
export function spoken(state: NeuronState, pictures: Pictures): string {
  const shown = pictures.shown.value;
  const focus = pictures.focus.value;
  if (!shown || (!focus && state.synced.selection.value.query === null)) return "";
  const { reading } = shown;
  const { layer, head, query, scores } = reading;
  const base = state.synced.index_base.value;
  const key = focus?.key ?? shown.reference;
  const weight = weightInSpeech(scores.weight[key] ?? 0);
  const attends = scores.seen[key]
    ? `attends to ${labelOf(state, "key", key)} ${weight}`
    : `does not see ${labelOf(state, "key", key)}`;
  const sentence = `head ${layer + base}.${head + base}: ${labelOf(state, "query", query)} ${attends}, q · k ${textOf(shown, "dot", key).text}; query ${query + base}, key ${key + base}`;
  const neuron = focus?.neuron ?? null;
  if (neuron === null) return sentence;
  const q = reading.queryVector[neuron] ?? 0;
  const k = reading.keyVectors[key * reading.vectors.size + neuron] ?? 0;
  return `${sentence}; neuron ${neuron + base}: ${productInWords(q, k)}`;
}

export interface LegendWords {
  /** How far the colours reach, of the strips that are drawn; "" where none is. */
  full: string;
  /** Further sentences, those that hold here. */
  more: string[];
}

export function legendWords(state: NeuronState, shown: Shown, layout: NeuronLayout): LegendWords {
  const { reading } = shown;
  const { vectors, full, heads, head, scores } = reading;
  const position = state.trace.position ?? "";
  const base = state.synced.index_base.value;
  const group = groupSize(heads, vectors.key_heads);
  const keyHead = keyHeadOf(head, heads, vectors.key_heads);
  const more = [formula(vectors, position)];
  if (position === "rotary") more.push("rotary position is inside q and k");
  if (group > 1) {
    const first = keyHead * group + base;
    more.push(`shares key head ${keyHead + base} with heads ${first}–${first + group - 1}`);
  }
  if (vectors.sinks) more.push(`the sink, no key, takes ${weightInSentence(scores.sink)}`);
  if (canHide(vectors)) {
    const hidden = scores.seen.reduce((count, seen) => count + (seen ? 0 : 1), 0);
    if (hidden > 0)
      more.push(
        `${hidden} ${hidden === 1 ? "key is" : "keys are"} hidden from this query, in grey`,
      );
  }
  const away = outOfPlay(state, shown);
  if (away) more.push(away);
  if (scores.weight.some((weight, key) => scores.seen[key] && isBelow(weight)))
    more.push(`· is a weight ${BELOW}`);
  const products = layout.product ? `, q × k ±${scaleEnd(full.products)}` : "";
  return {
    full: layout.key ? `full colour: q and k ±${scaleEnd(full.vectors)}${products}` : "",
    more,
  };
}

/** Keys that the filters leave out are still in the softmax, and that is said. */
function outOfPlay(state: NeuronState, { reading }: Shown): string {
  const play = state.play.value.key;
  let [count, weight] = [0, 0];
  play.forEach((inPlay, key) => {
    if (inPlay) return;
    count++;
    weight += reading.scores.weight[key] ?? 0;
  });
  if (count === 0) return "";
  return `${count === 1 ? "1 key in grey is" : `${count} keys in grey are`} out of play, with ${percent(weight)} of the softmax`;
}

export interface Edge {
  text: string;
  /** The strongest key, where it is out of sight. */
  jump: { key: number; text: string } | null;
}

/** What is not in sight: how much weight lies above and below, and where the strongest key is. */
export function edgeWords(state: NeuronState, shown: Shown, [from, to]: [number, number]): Edge {
  const { weight } = shown.reading.scores;
  const base = state.synced.index_base.value;
  let [above, below] = [0, 0];
  for (let key = 0; key < from; key++) above += weight[key] ?? 0;
  for (let key = to; key < weight.length; key++) below += weight[key] ?? 0;
  const { strongest } = shown;
  const away = strongest >= 0 && (strongest < from || strongest >= to);
  return {
    text: `${to - from} of ${weight.length} keys in sight: ${from + base}–${to - 1 + base} · above ${percent(above)} of the weight, below ${percent(below)}`,
    jump: away
      ? {
          key: strongest,
          text: `strongest: ${isolated(labelOf(state, "key", strongest))} ${weightInSentence(weight[strongest] ?? 0)}`,
        }
      : null,
  };
}

/** The head that the view waits for. */
export function waitsFor(state: NeuronState, pictures: Pictures): string | null {
  if (state.synced.form.value === "lines" || !state.place.value || pictures.asked.value)
    return null;
  return named(state, state.place.value);
}

function named(state: NeuronState, { layer, head }: { layer: number; head: number }): string {
  const base = state.synced.index_base.value;
  return `layer ${layer + base}, head ${head + base}`;
}

function stillShown(state: NeuronState, pictures: Pictures): string | null {
  const shown = pictures.shown.value?.reading;
  if (!shown || pictures.asked.value) return null;
  return `The view still shows ${named(state, shown)}, query ${shown.query + state.synced.index_base.value}.`;
}

export function notesFor(state: NeuronState, pictures: Pictures, requests: Requests): NoteText[] {
  // A failure that belongs to what was asked for before is of no interest once this one is here.
  const waits = state.synced.form.value === "columns" && pictures.asked.value === null;
  const failure = waits && requests.failure;
  return failure ? [failureNote(failure, stillShown(state, pictures))] : [];
}

/** What a page without a kernel lacks, or null while it has what is asked for. */
export function storedNote(
  state: NeuronState,
  pictures: Pictures,
  requests: Requests,
): NoteText | null {
  const { value: place } = state.place;
  if (!place || pictures.asked.value || state.synced.form.value === "lines") return null;
  const rows = requests.store.of(Rows);
  const block = state.block.value;
  const stored = (vectors: Place["vectors"], layer: number, head: number) => {
    const heads = block.heads[layer] ?? 0;
    const key = keyHeadOf(head, heads, vectors.key_heads);
    const at = { block: block.name, layer };
    return (
      rows.has({ ...at, kind: "query", head }, 0) &&
      rows.has({ ...at, kind: "key", head: key }, place.keys - 1)
    );
  };
  const layers = (block.vectors ?? []).flatMap((vectors, layer) => {
    const heads = vectors
      ? headsThere(block, layer).filter((head) => stored(vectors, layer, head))
      : [];
    return heads.length > 0 ? [{ layer, heads }] : [];
  });
  const base = state.synced.index_base.value;
  const numbers = (values: number[]) => inRanges(values.map((value) => value + base));
  const one = layers.length === 1 ? layers[0] : undefined;
  const has = one
    ? `Layer ${one.layer + base}, ${one.heads.length === 1 ? "head" : "heads"} ${numbers(one.heads)}`
    : layers.length > 0
      ? `Vectors of layers ${numbers(layers.map(({ layer }) => layer))}`
      : "";
  const still = stillShown(state, pictures);
  return {
    kind: "saved",
    fact: "Saved page",
    sentence: [
      has
        ? `${has} ${one?.heads.length === 1 ? "is" : "are"} stored here.`
        : "The vectors of this head are not stored here.",
      still,
      "The rest needs Python: open the notebook and run the cell.",
    ]
      .filter(Boolean)
      .join(" "),
  };
}
