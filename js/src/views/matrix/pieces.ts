import { type Ramp, weightLevel } from "../../ramps.ts";
import type { Piece } from "../../store/matrix.ts";

/** Pieces as pictures of one px a dot, kept while they are drawn. */

export interface Palette {
  ramp: Ramp;
  /** Weight of full strength. */
  full: number;
  /** [r, g, b] of a weight that is missing. */
  missing: number[];
}

/** Index into the ramp of each value, −1 for nothing, −2 for a missing weight. */
function levelOf(piece: Piece, at: number, full: number): number {
  const value = piece.data[at] ?? 0;
  if (piece.data instanceof Uint8Array)
    return value === 0 ? -1 : Math.round(((value - 1) * 255) / 254);
  if (Number.isNaN(value)) return -2;
  return value < 0 ? -1 : weightLevel(value / full);
}

export function pixelsOf(
  piece: Piece,
  { ramp, full, missing }: Palette,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * piece.rows * piece.columns);
  for (let i = 0; i < piece.rows * piece.columns; i++) {
    const level = levelOf(piece, i, full);
    if (level === -1) continue;
    const colour = level < 0 ? missing : ramp.subarray(3 * level, 3 * level + 3);
    pixels.set(colour, 4 * i);
    pixels[4 * i + 3] = 255;
  }
  return pixels;
}

const MOST = 256;

/** Gives the picture of a piece. */
export interface PictureOf<Picture> {
  of(piece: Piece, palette: Palette): Picture;
}

/** Draws each piece once for a palette. */
export class Pictures implements PictureOf<HTMLCanvasElement> {
  readonly #drawn = new Map<Piece, { palette: Palette; canvas: HTMLCanvasElement }>();

  of(piece: Piece, palette: Palette): HTMLCanvasElement {
    const found = this.#drawn.get(piece);
    this.#drawn.delete(piece);
    const canvas = found?.palette === palette ? found.canvas : drawPiece(piece, palette);
    this.#drawn.set(piece, { palette, canvas });
    for (const other of this.#drawn.keys()) {
      if (this.#drawn.size <= MOST) break;
      this.#drawn.delete(other);
    }
    return canvas;
  }
}

export function drawPiece(piece: Piece, palette: Palette): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = piece.columns;
  canvas.height = piece.rows;
  if (piece.rows > 0)
    canvas
      .getContext("2d")
      ?.putImageData(new ImageData(pixelsOf(piece, palette), piece.columns, piece.rows), 0, 0);
  return canvas;
}

/** Few cells for many: the largest of each cell's pieces, as bytes. `place` gives the piece in a row and column, of `side` cells. */
export function shrunk(
  count: { rows: number; columns: number },
  side: number,
  most: number,
  full: number,
  place: (row: number, column: number) => Piece | null,
): Piece {
  const factor = Math.max(1, Math.ceil(Math.max(count.rows, count.columns) / most));
  const [rows, columns] = [Math.ceil(count.rows / factor), Math.ceil(count.columns / factor)];
  const data = new Uint8Array(rows * columns);
  const take = (piece: Piece, top: number, left: number) => {
    for (let i = 0; i < piece.rows * piece.columns; i++) {
      const level = levelOf(piece, i, full);
      if (level < 0) continue;
      const y = Math.floor((top + Math.floor(i / piece.columns)) / factor);
      const x = Math.floor((left + (i % piece.columns)) / factor);
      const code = 1 + Math.round((level * 254) / 255);
      if (code > (data[y * columns + x] ?? 0)) data[y * columns + x] = code;
    }
  };
  for (let row = 0; row * side < count.rows; row++)
    for (let column = 0; column * side < count.columns; column++) {
      const piece = place(row, column);
      if (piece) take(piece, row * side, column * side);
    }
  return { rows, columns, data };
}
