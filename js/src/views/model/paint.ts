import type { Pen } from "../../figures/pen.ts";
import { weightRamp } from "../../ramps.ts";
import { headColor } from "../../scale.ts";
import type { HeadPair } from "../../state/types.ts";
import type { Requests } from "../../store/loader.ts";
import { Thumbs } from "../../store/thumbs.ts";
import { INK, isDark } from "../../theme.ts";
import { drawEmpty, drawFrames } from "./draw.ts";
import { type Box, type GridLayout, isSmall, tileBox } from "./layout.ts";
import { isSelected, type ModelState } from "./state.ts";
import { metricPlace, mostEntropy } from "./words.ts";

/** The thumbnails in sight with their frames, on the page and in figures. */

/** What canvases and figures do in ways of their own. */
export interface Hand {
  pen: Pen;
  /** Whether a place belongs to the picture. */
  shows(box: Box): boolean;
  /** Puts a thumbnail at its place; false where it has not come. */
  tile(head: HeadPair, box: Box): boolean;
  /** Lets the ground show through a frame. */
  bare(box: Box, out: number, thickness: number): void;
}

/** Calls back for each thumbnail in sight, with its box as the view is scrolled. */
export function eachInSight(
  state: ModelState,
  layout: GridLayout,
  visit: (head: HeadPair, box: Box) => void,
): void {
  const [from, to] = state.sight.peek();
  const { top, left } = state.local.scroll.peek();
  for (let row = from; row < to; row++)
    state.grid.peek().rows[row]?.cells.forEach((head, column) => {
      if (!head) return;
      const box = tileBox(layout, row, column);
      visit(head, { ...box, left: box.left - left, top: box.top - top });
    });
}

/** Lines need room: below 40 px the map is drawn. */
export function glyphOf({ synced }: ModelState, layout: GridLayout): "map" | "lines" {
  return layout.side >= 40 * layout.unit ? synced.glyph.peek() : "map";
}

export function drawGrid(
  state: ModelState,
  layout: GridLayout,
  requests: Requests,
  { pen, shows, tile, bare }: Hand,
): void {
  const theme = state.shell.theme.peek();
  const dark = isDark(theme);
  const ink = INK[theme];
  const ramp = weightRamp(dark);
  const { heads: counts, name } = state.block.peek();
  const frame = state.synced.frame.peek();
  const most = mostEntropy(state, requests);
  const levelOf = (head: HeadPair) => {
    if (frame === "none") return null;
    const place = metricPlace(requests.store.of(Thumbs).facts(name, ...head), frame, most);
    return place === null ? null : Math.round(255 * place);
  };
  const spacing = { half: layout.half, small: isSmall(layout) };
  eachInSight(state, layout, (head, box) => {
    if (!shows(box)) return;
    const [layer, number] = head;
    if (!tile(head, box)) drawEmpty(pen, box, ink);
    const selected = isSelected(state, head) ? headColor(number, counts[layer] ?? 0, dark) : null;
    drawFrames(pen, box, { ...spacing, selected, level: levelOf(head), ramp, ink, bare });
  });
}
