import type { HeadPair } from "../../state/types.ts";
import type { Requests } from "../../store/loader.ts";
import { Thumbs } from "../../store/thumbs.ts";
import { type GridLayout, tileLeft } from "./layout.ts";
import { poolFactor } from "./local.ts";
import type { Grid } from "./order.ts";
import { glyphOf } from "./paint.ts";
import type { ModelState } from "./state.ts";
import {
  filtersInWords,
  hidesPairs,
  linesInWords,
  METRICS,
  mostEntropy,
  orderInWords,
  poolingInWords,
} from "./words.ts";

/** What stands around the thumbnails, as values: the page and the figure show the same. */

/** A number above a column, or the word before them. */
export interface HeadTitle {
  text: string;
  left: number;
  width: number;
  /** It has gone under the row labels. */
  hidden: boolean;
}

/** Head numbers above the columns, after the word for them; none where columns are places in an order. */
export function headTitles(
  layout: GridLayout,
  grid: Grid,
  scrollLeft: number,
  base: number,
): HeadTitle[] {
  if (grid.rows.length === 0 || !grid.heads) return [];
  const word = { text: "head", left: 0, width: layout.left - Math.round(8 * layout.unit) };
  return [
    { ...word, hidden: false },
    ...grid.heads.map((head, column) => {
      const [left, { width }] = [tileLeft(layout, column) - scrollLeft, layout.tile];
      // A number that has gone under the row labels would stand on the word there.
      return { text: String(head + base), left, width, hidden: left + width / 2 < layout.left };
    }),
  ];
}

/** The value that a named thumbnail is ordered by, where there is room for it. */
export function orderValue(
  state: ModelState,
  layout: GridLayout,
  requests: Requests,
  head: HeadPair,
): string {
  const order = state.synced.order.peek();
  if (order === "layer" || layout.slot < 54 * layout.unit) return "";
  const facts = requests.store.of(Thumbs).facts(state.block.peek().name, ...head);
  const value = facts?.[order] ?? Number.NaN;
  return Number.isNaN(value) ? "" : value.toFixed(2);
}

/** A ramp with words around it, a sentence, or a sentence with a border. */
export type LegendPart =
  | { kind: "ramp"; before: string; from: string; to: string; after: string }
  | { kind: "words" | "badge"; text: string };

/** What colour means, which way to read it, what is pooled and what is left out; reads signals. */
export function legendOf(state: ModelState, requests: Requests): LegendPart[] | null {
  const layout = state.layout.value;
  if (!layout) return null;
  const { synced } = state;
  const wanted = synced.glyph.value;
  const glyph = glyphOf(state, layout);
  const metric = synced.frame.value;
  const entropy = metric === "entropy";
  const { query, key } = state.lists.value;
  const pooled = poolFactor(query.labels.length, key.labels.length) > 1;
  const lines = linesInWords(synced.strongest.value, pooled, state.local.lineCap.value);
  const words = (...texts: string[]) =>
    texts.filter(Boolean).map((text): LegendPart => ({ kind: "words", text }));
  const parts: LegendPart[] =
    glyph === "map"
      ? [
          { kind: "ramp", before: "weight", from: "0", to: "1", after: "" },
          ...words("square-root scale", "rows attend, columns are attended"),
        ]
      : words("thicker line: more weight", "left attends, right is attended", lines);
  parts.push({ kind: "badge", text: poolingInWords(state) });
  if (metric !== "none")
    parts.push({
      kind: "ramp",
      before: `frame: ${METRICS[metric].fact}`,
      from: "0",
      to: entropy ? `${mostEntropy(state, requests).toFixed(2)} nats` : "1",
      after: entropy ? "straight scale" : "square-root scale",
    });
  parts.push(
    ...words(
      wanted === "lines" && glyph === "map" ? "maps: lines need thumbnails of 40 px" : "",
      hidesPairs(state) ? "masked pairs are left blank" : "",
      ...filtersInWords(state, glyph),
      orderInWords(state, requests),
    ),
  );
  return parts;
}
