import { inkOn } from "../scale.ts";
import type { Ink } from "../theme.ts";
import { FAMILY, SIZE } from "./figure.ts";
import type { SvgPen } from "./svg.ts";

/** Pieces that follow each other in lines, as the captions and legends of figures do. */
export interface Piece {
  width: number;
  /** Draws with the pen's origin at the left end of the line's middle. */
  draw(pen: SvgPen): void;
  /** Room before it on its line. */
  gap: number;
}

export const LINE = 20;
const CHIP = 20;

/** Words in lines no wider than `width`; a single word that is wider stays whole. */
export function textPieces(
  pen: SvgPen,
  text: string,
  {
    color,
    width,
    gap = 0,
    bold = false,
  }: { color: string; width: number; gap?: number; bold?: boolean },
): Piece[] {
  const font = `${bold ? "bold " : ""}${SIZE}px ${FAMILY}`;
  const lines: string[] = [];
  for (const word of text.split(/(?<= )/)) {
    const last = lines.at(-1);
    if (last !== undefined && wide(pen, last + word.trimEnd(), font) <= width)
      lines[lines.length - 1] = last + word;
    else lines.push(word);
  }
  return lines.map((line, i) => {
    const said = cut(pen, line.trimEnd(), width, font);
    return {
      width: wide(pen, said, font),
      gap: i === 0 ? gap : width,
      draw() {
        Object.assign(pen, { font, fillStyle: color, textAlign: "left", textBaseline: "middle" });
        pen.fillText(said, 0, 0.5);
      },
    };
  });
}

/** A head's number on its colour. */
export function chipPiece(pen: SvgPen, text: string, color: string, gap = 2): Piece {
  const font = `bold ${SIZE}px ${FAMILY}`;
  const width = Math.max(CHIP, wide(pen, text, font) + 10);
  return {
    width,
    gap,
    draw: () => drawChip(pen, text, color, 0, 0, width),
  };
}

/** The first two pieces as one, which stays on one line. */
export function together([first, second, ...others]: Piece[]): Piece[] {
  if (!first || !second) return first ? [first] : [];
  const both: Piece = {
    width: first.width + second.gap + second.width,
    gap: first.gap,
    draw(pen) {
      first.draw(pen);
      pen.translate(first.width + second.gap, 0);
      second.draw(pen);
    },
  };
  return [both, ...others];
}

/** With its left end at `x` and its middle at `y`. */
export function drawChip(
  pen: SvgPen,
  text: string,
  color: string,
  x: number,
  y: number,
  width: number,
): void {
  pen.beginPath();
  pen.roundRect(x, y - 9, width, 18, 4);
  pen.fillStyle = color;
  pen.fill();
  const font = `bold ${SIZE}px ${FAMILY}`;
  Object.assign(pen, {
    font,
    fillStyle: inkOn(color),
    textAlign: "center",
    textBaseline: "middle",
  });
  pen.fillText(text, x + width / 2, y + 0.5);
}

/** Draws the pieces in lines from (x, y) and returns how high they are together. */
export function drawFlow(
  pen: SvgPen,
  pieces: Piece[],
  { x, y, width }: { x: number; y: number; width: number },
): number {
  let [at, line] = [0, 0];
  for (const piece of pieces) {
    if (at > 0 && at + piece.gap + piece.width > width) [at, line] = [0, line + 1];
    const left = at === 0 ? 0 : at + piece.gap;
    pen.save();
    pen.translate(x + left, y + (line + 0.5) * LINE);
    piece.draw(pen);
    pen.restore();
    at = left + piece.width;
  }
  return pieces.length === 0 ? 0 : (line + 1) * LINE;
}

export function wide(pen: SvgPen, text: string, font: string): number {
  pen.font = font;
  return pen.measureText(text).width;
}

/** No line of a figure holds more. */
const MOST_UNITS = 2000;

/** The text as it is, or what fits of it and …, as the page cuts labels. */
export function cut(pen: SvgPen, text: string, room: number, font: string): string {
  if (wide(pen, text, font) <= room) return text;
  const segments = new Intl.Segmenter().segment(text.slice(0, MOST_UNITS));
  const letters = Array.from(segments, ({ segment }) => segment);
  let [low, high] = [0, letters.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (wide(pen, `${letters.slice(0, middle).join("")}…`, font) <= room) low = middle;
    else high = middle - 1;
  }
  return `${letters.slice(0, low).join("")}…`;
}

/** Thin line across. */
export function drawRule(pen: SvgPen, from: number, to: number, y: number, ink: Ink): void {
  pen.fillStyle = ink.line1;
  pen.fillRect(from, y, to - from, 1);
}
