import type { Pooling } from "../../state/types.ts";
import type { LayerThumbs } from "../../store/thumbs.ts";

/** Bytes of thumbnails: 0 where no pair is seen and in play, else 1 + 254 · √weight. Pure. */

export interface ByteMap {
  rows: number;
  columns: number;
  data: Uint8Array;
}

export function weightOf(byte: number): number {
  return byte === 0 ? 0 : ((byte - 1) / 254) ** 2;
}

export function byteOf(weight: number): number {
  return 1 + Math.round(254 * Math.sqrt(weight));
}

/** Entry of the weight ramp for a byte that is not 0. */
export function levelOf(byte: number): number {
  return Math.round(((byte - 1) / 254) * 255);
}

export function mapOf({ rows, columns, data }: LayerThumbs, head: number): ByteMap {
  const size = rows * columns;
  return { rows, columns, data: data.subarray(head * size, (head + 1) * size) };
}

/** Brings a map to at most so many pixels; every cell counts in a pixel, so that no weight is lost between two. */
export function fitted(map: ByteMap, rows: number, columns: number, pooling: Pooling): ByteMap {
  if (map.rows <= rows && map.columns <= columns) return map;
  const out = { rows: Math.min(rows, map.rows), columns: Math.min(columns, map.columns) };
  const data = new Uint8Array(out.rows * out.columns);
  const pool = pooling === "max" ? largest : mean;
  const span = (i: number, from: number, to: number): [number, number] => [
    Math.floor((i * from) / to),
    Math.ceil(((i + 1) * from) / to),
  ];
  for (let row = 0; row < out.rows; row++) {
    const across = span(row, map.rows, out.rows);
    for (let column = 0; column < out.columns; column++)
      data[row * out.columns + column] = pool(map, across, span(column, map.columns, out.columns));
  }
  return { ...out, data };
}

type Pool = (map: ByteMap, rows: [number, number], columns: [number, number]) => number;

const largest: Pool = ({ data, columns: width }, [top, bottom], [left, right]) => {
  let most = 0;
  for (let row = top; row < bottom; row++)
    for (let at = row * width + left; at < row * width + right; at++)
      most = Math.max(most, data[at] ?? 0);
  return most;
};

const mean: Pool = ({ data, columns: width }, [top, bottom], [left, right]) => {
  let sum = 0;
  let count = 0;
  for (let row = top; row < bottom; row++)
    for (let at = row * width + left; at < row * width + right; at++) {
      if (!data[at]) continue;
      sum += weightOf(data[at] ?? 0);
      count++;
    }
  return count > 0 ? byteOf(sum / count) : 0;
};

export interface GlyphLine {
  row: number;
  column: number;
  weight: number;
}

/** Share of each row that the lines of a thumbnail show: more fill it. */
const GLYPH_SHARE = 0.5;

/** What a map is of. */
export interface Origin {
  /** The threshold that has left these cells of each row. */
  strongest: number;
  pooled: boolean;
}

/** The share of a row that is drawn. */
export function glyphShare(strongest: number): number {
  return Math.min(GLYPH_SHARE, strongest);
}

/** The sum of a row before the threshold, which has left `sum` of it: at most `sum / strongest`, and weights add up to 1 at most. */
function wholeRow(sum: number, { strongest, pooled }: Origin): number {
  const most = sum / strongest;
  return pooled ? most : Math.max(sum, Math.min(1, most));
}

/** The strongest cells of each row that together reach the share to draw, weak to strong. */
export function glyphLines(map: ByteMap, origin: Origin): GlyphLine[] {
  const share = glyphShare(origin.strongest);
  const lines: GlyphLine[] = [];
  for (let row = 0; row < map.rows; row++) {
    const cells: GlyphLine[] = [];
    for (let column = 0; column < map.columns; column++) {
      const weight = weightOf(map.data[row * map.columns + column] ?? 0);
      if (weight > 0) cells.push({ row, column, weight });
    }
    cells.sort((a, b) => b.weight - a.weight);
    const sum = cells.reduce((before, { weight }) => before + weight, 0);
    const goal = share * wholeRow(sum, origin);
    let running = 0;
    for (const cell of cells) {
      if (running >= goal) break;
      running += cell.weight;
      lines.push(cell);
    }
  }
  return lines.sort((a, b) => a.weight - b.weight);
}
