import type { NoteText } from "../../controls/note.tsx";
import { isolated, percent, rough } from "../../format.ts";
import { layersThere } from "../../state/selection.ts";
import type { Requests } from "../../store/loader.ts";
import { failureNote, missingNote, NO_HEAD, savedNote } from "../shell/status.ts";
import { heldInWords, ranked } from "./a11y.ts";
import type { HeadLayout } from "./layout.ts";
import type { LegendText } from "./legend.ts";
import { drawnStrips, massInWords } from "./lines.ts";
import { tallestQuery } from "./marginals.ts";
import type { HeldPicture } from "./picture.ts";
import type { Pictures, Shown } from "./pictures.ts";
import { type HeadState, type Held, labelOf, tokenOf } from "./state.ts";

/** What the view says in words; reads signals, so that effects follow it. */

/** The layer that the view waits for. */
export function waitsFor(state: HeadState, pictures: Pictures): string | null {
  const rest = pictures.rest.value;
  const layer = `layer ${state.layer.value + state.synced.index_base.value}`;
  return rest && rest.missing > 0 ? layer : null;
}

export function notesFor(state: HeadState, pictures: Pictures, loader: Requests): NoteText[] {
  const rest = pictures.rest.value;
  const notes: NoteText[] = [];
  if (loader.failure) notes.push(failureNote(loader.failure, stillShown(state, pictures)));
  if (rest && rest.mass.missing > 0) notes.push(missingNote(rest.mass.missing));
  // Not `headsOn`: a head under the pointer is previewed, and nothing may jump for it.
  if (state.headsSelected.value.length === 0 && state.headCount.value > 0) notes.push(NO_HEAD);
  return notes;
}

/** The layer on screen where it is not the one asked for. */
function stillShown(state: HeadState, pictures: Pictures): string | null {
  const shown = pictures.shown.value;
  if (!shown || shown.rest.missing > 0 || shown.layer === state.layer.value) return null;
  return `The view still shows layer ${shown.layer + state.synced.index_base.value}.`;
}

/** What a page without a kernel lacks, or null where it has all. */
export function storedNote(
  state: HeadState,
  pictures: Pictures,
  loader: Requests,
): NoteText | null {
  const block = state.block.value;
  const layers = layersThere(block);
  const stored = layers.filter((layer) => loader.weights.complete(block.name, layer));
  if (stored.length === layers.length) return null;
  const part = layers.filter(
    (layer) => !stored.includes(layer) && loader.weights.row(block.name, layer, 0) !== null,
  );
  return savedNote(stored, part, state.synced.index_base.value, stillShown(state, pictures));
}

export function spoken(state: HeadState, pictures: Pictures): string {
  const held = state.held.value;
  const picture = pictures.held.value;
  if (!held || !picture) return "";
  const other = held.side === "query" ? "key" : "query";
  const { labels } = state.axes.value[other];
  const play = state.play.value[other];
  const { strip } = picture;
  const base = state.synced.index_base.value;
  const layer = state.layer.value + base;
  const { aggregate, heads: on } = state.choice.value;
  const heads = drawnStrips(strip, state.choice.value).map(({ head, values }) => ({
    name:
      head < 0
        ? `${aggregate} of ${on.length} heads, layer ${layer}`
        : `head ${layer}.${head + base}`,
    strongest: ranked(values, labels, play, strip.exact, 3),
  }));
  const number = tokenOf(state, held) + base;
  return heldInWords({ side: held.side, number, label: labelOf(state, held) }, heads);
}

export function legendText(state: HeadState, pictures: Pictures, layout: HeadLayout): LegendText {
  const { aggregate, heads } = state.choice.value;
  const colour =
    aggregate === "each" ? "colour: head" : `lines: ${aggregate} over ${heads.length} heads`;
  const held = state.held.value;
  const picture = pictures.held.value;
  const shown = pictures.shown.value;
  const apart = layout.scrolls && state.local.lead.value !== 0 ? APART : "";
  if (held && picture) return { colour, ...heldLegend(state, held, picture, layout), apart };
  if (shown) return { colour, ...restLegend(shown, layout), apart };
  return { colour, bars: "", mass: "", state: "", apart };
}

const APART = "sides scrolled apart: Esc brings them together";
type Words = Omit<LegendText, "colour" | "apart">;
const POOLED = "; minimap: pooled by max";

/** What the minimap's pixel rows stand for, where it is more than one token. */
function pooledMap({ minimap, sheet, row, viewport }: HeadLayout): string {
  return minimap && sheet / row > viewport ? POOLED : "";
}

function heldLegend(state: HeadState, held: Held, picture: HeldPicture, layout: HeadLayout): Words {
  const label = isolated(labelOf(state, held));
  const fromQuery = held.side === "query";
  const weight = `weight ${fromQuery ? "from" : "to"} ${label}`;
  const numbersOnly = !fromQuery && !layout.queryWeights;
  const { share } = state.choice.value;
  const together = state.local.lead.value === 0;
  // Rows are cut by row; what a key receives is a column, and is cut as one.
  const cut =
    !fromQuery && share < 1 ? `strongest ${percent(share)} of what ${label} receives: ` : "";
  return {
    bars:
      (numbersOnly ? `numbers: ${weight}` : `bars: ${weight}, one bar a head`) + pooledMap(layout),
    mass: cut + massInWords(picture.mass, fromQuery ? "" : " received", picture.strip.exact),
    state: held.locked ? `locked: click again ${together ? "or Esc " : ""}to release` : "",
  };
}

function restLegend({ rest, marginals }: Shown, layout: HeadLayout): Words {
  if (rest.strongest.size === 0) return { bars: "", mass: "", state: "" };
  const tall = (value: number, exact: boolean) => `(tallest ${rough(exact)}${value.toFixed(2)})`;
  // Of the rows in sight, where those of all are not known.
  const queriesExact = marginals.tallest.query === null ? rest.exact : marginals.exact;
  const left = layout.queryBars
    ? `left strongest weight of the row ${tall(tallestQuery(rest, marginals), queriesExact)}, right `
    : "";
  const received =
    marginals.tallest.key === null
      ? "mean weight received: not computed yet"
      : `mean weight received ${tall(marginals.tallest.key, marginals.exact)}`;
  return {
    bars: `bars: ${left}${received}${pooledMap(layout)}`,
    mass: massInWords(rest.mass, layout.scrolls ? " in sight" : "", rest.exact),
    state: "",
  };
}
