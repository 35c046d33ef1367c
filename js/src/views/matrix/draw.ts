import type { Pen, PicturePen } from "../../figures/pen.ts";
import { rampColor, weightLevel } from "../../ramps.ts";
import { inkOn } from "../../scale.ts";
import { EXACT, type Matrix, pieceSide } from "../../store/matrix.ts";
import type { Ink } from "../../theme.ts";
import type { MatrixLayout, Rect } from "./layout.ts";
import { levelsFor, type Place, placesIn, rowsOf } from "./levels.ts";
import type { Palette, PictureOf } from "./pieces.ts";
import { type Box, regionOf, type Sight } from "./region.ts";

/** The map on its canvas, from what is there. */

export interface Look {
  ink: Ink;
  dark: boolean;
  /** CSS font family, and px of small text. */
  family: string;
  small: number;
  ratio: number;
}

/** `Picture` is what the pen draws: canvases in the page, bitmaps in a figure. */
export interface Drawing<Picture> {
  store: Matrix;
  block: string;
  map: string;
  pictures: PictureOf<Picture>;
  palette: Palette;
}

const NUMBERS_FROM = 30;
const GRID_FROM = 14;
const LEAST_NUMBER = 0.005;

/** The part of the map's place that has tokens. */
export function filled(map: Rect, box: Box, sight: Sight): Rect {
  return {
    ...map,
    width: Math.min(map.width, (box.keys - sight.left) * sight.cell),
    height: Math.min(map.height, (box.queries - sight.top) * sight.cell),
  };
}

export function drawMap<Picture>(
  ctx: PicturePen<Picture>,
  layout: MatrixLayout,
  sight: Sight,
  drawing: Drawing<Picture>,
  look: Look,
): void {
  const { box } = layout;
  const area = filled(layout.map, box, sight);
  ctx.save();
  ctx.beginPath();
  ctx.rect(area.x, area.y, area.width, area.height);
  ctx.clip();
  ctx.fillStyle = look.ink.panel;
  ctx.fillRect(area.x, area.y, area.width, area.height);
  ctx.imageSmoothingEnabled = false;
  for (const level of levelsFor(box, sight))
    for (const place of placesIn(box, sight, level))
      drawPiece(ctx, place, layout.map, box, sight, drawing, look.ratio);
  if (sight.cell >= GRID_FROM * layout.unit) drawGrid(ctx, area, sight, look);
  if (sight.cell >= NUMBERS_FROM * layout.unit) drawNumbers(ctx, layout, sight, drawing, look);
  ctx.restore();
  frame(ctx, area, look.ink.line2);
}

export function frame(ctx: Pen, area: Rect, colour: string): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.strokeRect(
    area.x - 0.5,
    area.y - 0.5,
    Math.round(area.width) + 1,
    Math.round(area.height) + 1,
  );
}

function drawPiece<Picture>(
  ctx: PicturePen<Picture>,
  place: Place,
  at: { x: number; y: number },
  box: Box,
  { cell, top, left }: Sight,
  { store, block, map, pictures, palette }: Drawing<Picture>,
  ratio: number,
): void {
  const { level, row, column } = place;
  const piece = store.piece(block, map, level, row, column);
  if (!piece || piece.rows === 0) return;
  const side = pieceSide(level);
  const pool = Math.max(1, level);
  const px = (value: number) => Math.round(value * ratio) / ratio;
  const bottom =
    rowsOf(box, place) === piece.rows
      ? Math.min((row + 1) * side, box.queries)
      : row * side + piece.rows * pool;
  // The last dot of a text may stand for fewer tokens than it has room for: it is cut, not squeezed.
  const x0 = px(at.x + (column * side - left) * cell);
  const y0 = px(at.y + (row * side - top) * cell);
  const x1 = px(at.x + (Math.min((column + 1) * side, box.keys) - left) * cell);
  const y1 = px(at.y + (bottom - top) * cell);
  const shown = (tokens: number) => tokens / pool;
  ctx.clearRect(x0, y0, x1 - x0, y1 - y0);
  ctx.drawImage(
    pictures.of(piece, palette),
    0,
    0,
    Math.min(piece.columns, shown(Math.min(side, box.keys - column * side))),
    Math.min(piece.rows, shown(bottom - row * side)),
    x0,
    y0,
    x1 - x0,
    y1 - y0,
  );
}

function drawGrid(ctx: Pen, area: Rect, sight: Sight, look: Look): void {
  const { cell, top, left } = sight;
  ctx.fillStyle = look.dark ? "rgb(255 255 255 / 5%)" : "rgb(0 0 0 / 5%)";
  const first = (from: number) => (Math.ceil(from) - from) * cell;
  for (let x = first(left); x < area.width; x += cell)
    ctx.fillRect(Math.round(area.x + x), area.y, 1, area.height);
  for (let y = first(top); y < area.height; y += cell)
    ctx.fillRect(area.x, Math.round(area.y + y), area.width, 1);
}

function drawNumbers(
  ctx: Pen,
  { map, box }: MatrixLayout,
  sight: Sight,
  { store, block, map: name, palette }: Drawing<unknown>,
  look: Look,
): void {
  const { cell, top, left } = sight;
  const [q0, q1, k0, k1] = regionOf(box, sight);
  const side = pieceSide(EXACT);
  ctx.font = `${look.small}px ${look.family}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (let query = q0; query < q1; query++) {
    for (let key = k0; key < k1; key++) {
      const [row, column] = [Math.floor(query / side), Math.floor(key / side)];
      const piece = store.piece(block, name, EXACT, row, column);
      const weight = piece?.data[(query % side) * piece.columns + (key % side)] ?? 0;
      if (!(weight >= LEAST_NUMBER) || !piece || query % side >= piece.rows) continue;
      ctx.fillStyle = inkFor(weight / palette.full, palette);
      const [x, y] = [(key + 0.5 - left) * cell, (query + 0.5 - top) * cell];
      ctx.fillText(weight.toFixed(2), map.x + x, map.y + y + 0.5);
    }
  }
}

function inkFor(weight: number, { ramp }: Palette): string {
  const [r = 0, g = 0, b = 0] =
    rampColor(ramp, weightLevel(weight)).match(/\d+/g)?.map(Number) ?? [];
  const hex = [r, g, b].map((channel) => channel.toString(16).padStart(2, "0")).join("");
  return inkOn(`#${hex}`);
}

/** The whole map, small: `small` is drawn to fill its place. With a frame around what is in sight. */
export function drawOverview<Picture>(
  ctx: PicturePen<Picture>,
  { overview, box, map }: MatrixLayout,
  sight: Sight,
  small: Picture,
  look: Look,
): void {
  if (!overview) return;
  const cell = overview.width / box.keys;
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(small, overview.x, overview.y, overview.width, overview.height);
  frame(ctx, overview, look.ink.line2);
  const seen = filled(map, box, sight);
  ctx.strokeStyle = look.dark ? "#ffffff" : "#000000";
  ctx.lineWidth = 1.5;
  ctx.strokeRect(
    overview.x + sight.left * cell,
    overview.y + sight.top * cell,
    Math.max(3, (seen.width / sight.cell) * cell),
    Math.max(3, (seen.height / sight.cell) * cell),
  );
  ctx.font = `${look.small}px ${look.family}`;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  ctx.fillStyle = look.ink.ink2;
  ctx.fillText("whole map", overview.x, overview.y + overview.height + 6);
}
