import { HIDDEN } from "./cells.ts";
import type { ColumnId } from "./columns.ts";
import type { NeuronLayout } from "./layout.ts";
import { type Pictures, type Shown, SMALL, textOf } from "./pictures.ts";
import type { NeuronState } from "./state.ts";
import { shareSentence } from "./words.ts";

/** What stands around the strips, as values: the page and the figure show the same. */

/** Beside the text of a label. */
export const LABEL_PAD = 6;

export interface ColumnTitle {
  text: string;
  /** Where it starts, or where it ends. */
  left?: number;
  right?: number;
  column?: ColumnId;
}

/** The words above the columns. */
export function columnTitles(layout: NeuronLayout, key: string): ColumnTitle[] {
  const { product, unit } = layout;
  const wide = product ? product.to - product.from >= 110 * unit : false;
  const titles: ColumnTitle[] = [{ text: key, right: layout.token.to - LABEL_PAD * unit }];
  if (layout.key) titles.push({ text: "key k", left: layout.key.from });
  if (product) titles.push({ text: wide ? "q × k, each neuron" : "q × k", left: product.from });
  for (const { id, title, span } of layout.columns)
    titles.push({ text: title, right: span.to, column: id });
  return titles;
}

/** The line of the query: its title, then pill and strip, and beside or under them a sentence. */
export function queryLine({ unit, product, row, strip }: NeuronLayout) {
  const beside = product !== null;
  const [title, line] = [16 * unit, 24 * unit];
  return {
    height: title + line + (beside ? 0 : row),
    /** Upper edge and height of the pill, and upper edge of the strip. */
    pill: { top: title, height: line },
    strip: title + (line - strip) / 2,
    share: {
      left: product?.from ?? 0,
      top: beside ? title : title + line,
      height: beside ? line : row,
    },
  };
}

/** How much of q · k the first neurons carry, as long as there is room for it. */
export function shareNow(
  state: NeuronState,
  shown: Shown,
  layout: NeuronLayout,
  { room, family, size }: { room: number; family: string; size: number },
  measure: (labels: string[], font: string) => number,
): { text: string; long: string } {
  const { long, short } = shareSentence(state, shown, layout);
  const space = Math.max(layout.width, room) - (layout.product?.from ?? 0);
  return { text: measure([long], `${SMALL * size}px ${family}`) <= space ? long : short, long };
}

/** Keys that the filters leave and the query sees. */
export function activeKeys(state: NeuronState, shown: Shown): boolean[] {
  const { seen } = shown.reading.scores;
  return state.play.peek().key.map((inPlay, key) => inPlay && seen[key] === 1);
}

/** The strips and bars of the rows. */
export function rowPicture(state: NeuronState, { reading, order }: Shown, active: boolean[]) {
  return {
    query: reading.queryVector,
    keys: reading.keyVectors,
    dot: reading.scores.dot,
    weight: reading.scores.weight,
    places: { order, first: state.first.peek() },
    full: reading.full,
    active,
  };
}

/** The number of a column for a key, or that the key is hidden where no column of the mask tells it. */
export function cellOf(shown: Shown, layout: NeuronLayout, id: ColumnId, key: number) {
  const cell = textOf(shown, id, key);
  const hidden = layout.folded && shown.reading.scores.seen[key] === 0;
  return hidden && id === "weight" ? { ...cell, text: HIDDEN } : cell;
}

/** The key whose steps are told where they have no columns. */
export function toldKey(pictures: Pictures, shown: Shown): number {
  return pictures.focus.peek()?.key ?? shown.reference;
}
