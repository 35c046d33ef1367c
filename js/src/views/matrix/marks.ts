import type { Pen } from "../../figures/pen.ts";
import type { TokenRange } from "../../state/types.ts";
import { GROUND } from "../../theme.ts";
import type { Look } from "./draw.ts";
import type { MatrixLayout, Rect } from "./layout.ts";
import type { Sight } from "./region.ts";
import type { Cell } from "./state.ts";

/** What lies over the map: the cell pointed at, the locked one, the cursor, the brush. */

export interface Marks {
  /** The cell pointed at, or the cells of a dot. */
  hover: { query: TokenRange; key: TokenRange } | null;
  cursor: Cell | null;
  locked: { query: number | null; key: number | null };
  brush: { query: TokenRange; key: TokenRange } | null;
  /** A token that another view points at. */
  heard: { side: "query" | "key"; index: number } | null;
}

/** Where a rectangle of cells stands; at least a dot. */
export function rectOf(
  map: Rect,
  { cell, top, left }: Sight,
  query: TokenRange,
  key: TokenRange,
): Rect {
  const width = Math.max(3, (key[1] - key[0]) * cell);
  const height = Math.max(3, (query[1] - query[0]) * cell);
  return { x: map.x + (key[0] - left) * cell, y: map.y + (query[0] - top) * cell, width, height };
}

export function drawMarks(
  ctx: Pen,
  layout: MatrixLayout,
  sight: Sight,
  { hover, cursor, locked, brush, heard }: Marks,
  look: Look,
): void {
  const { map, box } = layout;
  const mark = look.dark ? "#ffffff" : "#000000";
  /** Between two edges of the ground's colour, so that it is seen on every weight. */
  const outline = (rect: Rect, colour: string, width: number) => {
    for (const [style, line] of [
      [GROUND[look.dark ? "dark" : "light"], width + 2],
      [colour, width],
    ] as const) {
      ctx.strokeStyle = style;
      ctx.lineWidth = line;
      ctx.strokeRect(rect.x, rect.y, rect.width, rect.height);
    }
  };
  const cellRect = ({ query, key }: Cell) => rectOf(map, sight, [query, query + 1], [key, key + 1]);
  const row = (query: number) => rectOf(map, sight, [query, query + 1], [0, box.keys]);
  const column = (key: number) => rectOf(map, sight, [0, box.queries], [key, key + 1]);
  ctx.save();
  ctx.beginPath();
  ctx.rect(map.x - 1, map.y - 1, map.width + 2, map.height + 2);
  ctx.clip();
  if (heard)
    outline(heard.side === "query" ? row(heard.index) : column(heard.index), look.ink.focus, 1.5);
  cross(ctx, map, sight, locked, mark);
  if (locked.query !== null && locked.key !== null)
    outline(cellRect({ query: locked.query, key: locked.key }), mark, 2);
  if (brush) outline(rectOf(map, sight, brush.query, brush.key), mark, 1.5);
  if (cursor) outline(cellRect(cursor), look.ink.focus, 2);
  if (hover) outline(rectOf(map, sight, hover.query, hover.key), mark, 1.5);
  ctx.restore();
}

/** Lines through the locked query and key, beside their cells, so that no weight is covered. */
function cross(
  ctx: Pen,
  map: Rect,
  { cell, top, left }: Sight,
  { query, key }: Marks["locked"],
  mark: string,
): void {
  ctx.fillStyle = mark;
  ctx.globalAlpha = 0.45;
  const edges = (token: number, first: number) =>
    [token - first, token + 1 - first].map((at) => Math.round(at * cell));
  if (query !== null)
    for (const y of edges(query, top)) ctx.fillRect(map.x, map.y + y, map.width, 1);
  if (key !== null) for (const x of edges(key, left)) ctx.fillRect(map.x + x, map.y, 1, map.height);
  ctx.globalAlpha = 1;
}
