import { type GridLayout, rowAt, rowsInSight, rowTop } from "./layout.ts";
import type { Place } from "./order.ts";

/**
 * The thumbnail at a point of the viewport, whether or not a head stands there. Half of each gap belongs to the thumbnail beside it, so that
 * a pointer on its way over the grid is always on one.
 */
export function hitTest(
  layout: GridLayout,
  scroll: { top: number; left: number },
  x: number,
  y: number,
): Place | null {
  const { viewport, left, pitch, columns, gap, tile, caption } = layout;
  const half = gap / 2;
  if (y < 0 || y >= viewport.height || x < left - half || x >= viewport.width) return null;
  const at = { x: x + scroll.left, y: y + scroll.top };
  const row = rowAt(layout, at.y + half);
  const [from, to] = rowsInSight(layout, scroll.top);
  const column = Math.floor((at.x - left + half) / pitch.x);
  if (row < from || row >= to || column < 0 || column >= columns) return null;
  const top = rowTop(layout, row);
  const inside = at.y >= top - half && at.y < top + caption + tile.height + half;
  return inside ? { row, column } : null;
}
