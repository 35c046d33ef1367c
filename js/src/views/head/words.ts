import type { NoteText } from "../../controls/note.tsx";
import type { Host } from "../../host/host.ts";
import type { Loader } from "../../store/loader.ts";
import { heldInWords, ranked } from "./a11y.ts";
import type { HeadLayout } from "./layout.ts";
import type { LegendText } from "./legend.ts";
import { massInWords } from "./lines.ts";
import type { HeldPicture, RestPicture } from "./picture.ts";
import type { Pictures } from "./pictures.ts";
import type { HeadState, Held } from "./state.ts";
import { failureNote, kernelNote, missingNote, NO_HEAD, savedNote } from "./status.ts";

/** What the view says in words; reads signals, so that effects follow it. */

export function notesFor(
  state: HeadState,
  pictures: Pictures,
  loader: Loader,
  host: Host,
): NoteText[] {
  void pictures.arrivals.value;
  const rest = pictures.rest.value;
  const missing =
    rest && rest.missing > 0
      ? `layer ${state.synced.layer.value + state.synced.index_base.value}`
      : null;
  const notes: NoteText[] = [];
  const kernel = kernelNote(host, missing);
  if (kernel) notes.push(kernel);
  if (loader.failure) notes.push(failureNote(loader.failure));
  if (rest && rest.mass.missing > 0) notes.push(missingNote(rest.mass.missing));
  if (state.headsOn.value.length === 0 && state.headCount.value > 0) notes.push(NO_HEAD);
  return notes;
}

export function storedNote(state: HeadState, loader: Loader): NoteText | null {
  const block = state.block.value;
  const layers = Array.from({ length: block.layers }, (_, layer) => layer);
  const stored = layers.filter((layer) => loader.weights.complete(block.name, layer));
  return stored.length === block.layers ? null : savedNote(stored, state.synced.index_base.value);
}

export function spoken(state: HeadState, pictures: Pictures): string {
  const held = state.held.value;
  const picture = pictures.held.value;
  if (!held || !picture) return "";
  const other = held.side === "query" ? "key" : "query";
  const labels = state.axes.value[other].labels;
  const { strip } = picture;
  const heads = state.headsOn.value.map((head) => {
    const values = strip.values.subarray(head * strip.length, (head + 1) * strip.length);
    return { head, strongest: ranked(values, labels, strip.exact, 3) };
  });
  const label = state.axes.value[held.side].labels[held.item] ?? "";
  return heldInWords(
    { side: held.side, item: held.item, label },
    heads,
    state.synced.index_base.value,
  );
}

export function legendText(state: HeadState, pictures: Pictures, layout: HeadLayout): LegendText {
  const { aggregate, heads } = state.choice.value;
  const colour =
    aggregate === "each" ? "colour: head" : `lines: ${aggregate} over ${heads.length} heads`;
  const held = state.held.value;
  const picture = pictures.held.value;
  const rest = pictures.rest.value;
  if (held && picture) return { colour, ...heldLegend(state, held, picture, layout) };
  if (rest) return { colour, ...restLegend(rest, layout) };
  return { colour, bars: "", mass: "", state: "" };
}

function heldLegend(
  state: HeadState,
  held: Held,
  picture: HeldPicture,
  layout: HeadLayout,
): Omit<LegendText, "colour"> {
  const label = state.axes.value[held.side].labels[held.item] ?? "";
  const fromQuery = held.side === "query";
  const weight = `weight ${fromQuery ? "from" : "to"} ${label}`;
  const numbersOnly = !fromQuery && !layout.queryWeights;
  return {
    bars: numbersOnly ? `numbers: ${weight}` : `bars: ${weight}, one bar a head`,
    mass: massInWords(picture.mass, fromQuery ? "" : " received"),
    state: held.locked ? "locked: click again or Esc to release" : "",
  };
}

function restLegend(rest: RestPicture, layout: HeadLayout): Omit<LegendText, "colour"> {
  const tall = (value: number) => `(tallest ${value.toFixed(2)})`;
  const left = layout.queryBars
    ? `left strongest weight of the row ${tall(rest.tallest.query)}, right `
    : "";
  const received = rest.received
    ? `mean weight received ${tall(rest.tallest.key)}`
    : "mean weight received: not computed yet";
  return {
    bars: `bars: ${left}${received}`,
    mass: massInWords(rest.mass, layout.scrolls ? " in sight" : ""),
    state: "",
  };
}
