import { farSide } from "./beyond.ts";
import { strongestItems, type WeightColumn } from "./cells.ts";
import { type EdgeWord, edgeSummary, edgeWords } from "./edges.ts";
import type { SideName } from "./hit.ts";
import type { HeadLayout } from "./layout.ts";
import type { Line } from "./lines.ts";
import { type ListState, listState } from "./lists.ts";
import type { Sight } from "./pictures.ts";
import type { HeadState, Pair } from "./state.ts";

/** What stands around the picture, as values: the page and the figure show the same. */

/** What the two lists show for the lines that are drawn of a held token. */
export function listsNow(
  state: HeadState,
  lines: Line[],
  columns: WeightColumn[],
): Pair<ListState> {
  const held = state.held.peek();
  const other = held?.side === "query" ? "key" : "query";
  const reached = new Set(lines.map((line) => line[other]));
  const strong = strongestItems(columns, state.play.peek()[other]);
  const none = new Set<number>();
  const of = (side: SideName) => {
    const opposite = held !== null && held.side !== side;
    return listState(state, side, reached, opposite ? strong : none);
  };
  return { query: of("query"), key: of("key") };
}

/** As in the style sheet. */
export const EDGE_GAP = 8;
/** Size of the words at the edges, as part of the font's. */
const SMALL = 0.846;

/** From where the words of an edge end, at the lines, to the head of the list across. */
function edgeRoom({ lines, queryBars, keyBars }: HeadLayout, side: SideName): number {
  if (!lines) return 0;
  return side === "key" ? lines.to - (queryBars ?? lines).from : (keyBars ?? lines).to - lines.from;
}

export interface Edges {
  /** The list that the words are about, which they stand beside. */
  side: SideName;
  top: EdgeWord[];
  bottom: EdgeWord[];
}

/** The words above and below lists that scroll. */
export function edgesNow(
  state: HeadState,
  sight: Sight,
  layout: HeadLayout,
  { lines, exact }: { lines: Line[]; exact: boolean },
  measure: (labels: string[], font: string) => number,
): Edges {
  const held = state.held.peek();
  const side = farSide(state);
  const axis = state.axes.peek()[side];
  const base = state.synced.index_base.peek();
  const { family, size } = state.local.font.peek();
  const room = edgeRoom(layout, side);
  const fits = (words: EdgeWord[]) => {
    const widths = words.map(
      ({ text }) => measure([text], `${SMALL * size}px ${family}`) + EDGE_GAP,
    );
    return widths.reduce((sum, width) => sum + width, -EDGE_GAP) <= room;
  };
  const words = (edge: "top" | "bottom") => {
    const inSight = sight[side];
    const summary = edgeSummary(layout.scrolls ? lines : [], side, axis, inSight, edge, held);
    return edgeWords(summary, side, { base, exact }, fits);
  };
  return { side, top: words("top"), bottom: words("bottom") };
}

/** A word above a column: a title, or a head's number on its colour. */
export interface Title {
  text: string;
  /** Head whose number it is; null for words. */
  head: number | null;
  left: number;
  right: number;
  align: "left" | "right";
}

/** The words above the lists and the columns of numbers. */
export function titlesNow(state: HeadState, layout: HeadLayout, columns: WeightColumn[]): Title[] {
  const { query_tokens, key_tokens } = state.block.peek();
  const cross = query_tokens !== key_tokens;
  const { queryText, keyText, unit } = layout;
  const pad = 5 * unit;
  const base = state.synced.index_base.peek();
  const wide = state.local.width.peek() >= 600 * unit;
  return [
    {
      text: cross ? "decoder query" : "query",
      head: null,
      left: queryText.from,
      right: queryText.to - pad,
      align: "right",
    },
    {
      text: cross ? "encoder key" : "key",
      head: null,
      left: keyText.from + pad,
      right: keyText.to + pad,
      align: "left",
    },
    ...columns.map(({ span, head, title }): Title => {
      const chip = head >= 0 && wide;
      return {
        text: chip ? String(head + base) : title,
        head: chip ? head : null,
        left: span.from,
        right: span.to - 6 * unit,
        align: "right",
      };
    }),
  ];
}
