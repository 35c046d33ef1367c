import type { PicturePen } from "../../figures/pen.ts";
import { weightRamp } from "../../ramps.ts";
import { EXACT, type Piece, pieceSide } from "../../store/matrix.ts";
import { drawAxes } from "./axes.ts";
import { type Drawing, drawMap, drawOverview, type Look } from "./draw.ts";
import type { MatrixLayout } from "./layout.ts";
import { poolFor } from "./levels.ts";
import { drawMargins } from "./margins.ts";
import { type Palette, shrunk } from "./pieces.ts";
import { type Box, cellLimits, isWhole, type Sight } from "./region.ts";
import { type Cell, locked, type MatrixState } from "./state.ts";

/** The map with its axes and margins, as the page and the figure draw it. */

/** `line` is the colour of a weight that is missing. */
export function paletteOf(full: number, dark: boolean, line: string): Palette {
  const missing = [1, 3, 5].map((at) => Number.parseInt(line.slice(at, at + 2), 16));
  return { ramp: weightRamp(dark), full, missing };
}

/** The whole map in at most so many dots a side. */
export function smallMap(
  { store, block, map, palette }: Drawing<unknown>,
  box: Box,
  most: number,
): Piece {
  const pool = poolFor(cellLimits(box)[0]);
  // Of a short text there may be exact weights only.
  const level = store.piece(block, map, pool, 0, 0) ? pool : EXACT;
  const [cells, side] = [Math.max(1, level), pieceSide(level)];
  const count = { rows: Math.ceil(box.queries / cells), columns: Math.ceil(box.keys / cells) };
  return shrunk(count, side / cells, most, palette.full, (row, column) =>
    store.piece(block, map, level, row, column),
  );
}

/** Whether less than the whole is in sight, and there is room to show where. */
export function isZoomed({ overview, box }: MatrixLayout, sight: Sight): boolean {
  return overview !== null && !isWhole(box, sight);
}

/** `pointed` is a cell whose tokens are bold, as those of the locked one are. */
export function drawScene<Picture>(
  pen: PicturePen<Picture>,
  state: MatrixState,
  { layout, sight }: { layout: MatrixLayout; sight: Sight },
  drawing: Drawing<Picture>,
  small: () => Picture,
  pointed: Cell | null,
  look: Look,
): void {
  const { store, block, map, palette } = drawing;
  const lists = state.lists.peek();
  const lock = locked(state);
  const bold = {
    query: [pointed?.query ?? null, lock.query],
    key: [pointed?.key ?? null, lock.key],
  };
  drawMap(pen, layout, sight, drawing, look);
  drawAxes(pen, layout, sight, lists, bold, look, state.synced.index_base.peek());
  const margins = {
    received: store.marginal("received", block, map),
    strongest: store.marginal("strongest", block, map),
    full: palette.full,
  };
  drawMargins(pen, layout, sight, lists, margins, look);
  if (isZoomed(layout, sight)) drawOverview(pen, layout, sight, small(), look);
}
