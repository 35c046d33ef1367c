import { computed } from "@preact/signals";
import { clamp } from "../arrays.ts";
import { LEVELS, type Ramp } from "../ramps.ts";
import type { Failure } from "../store/loader.ts";
import { isDark } from "../theme.ts";
import type { Showing } from "../views/shell/shell.ts";
import { FAMILY, type Figure, type FigureStage, inkOf, lookOf, SIZE, SMALL } from "./figure.ts";
import { cut, type Piece, textPieces, wide } from "./flow.ts";
import { SvgPen } from "./svg.ts";

/** What several figures have: how they are shown, ramps and badges of legends, notes, figures within figures. */

export const MARGIN = 4;
/** Between the pieces of a legend, as on the page. */
export const LEGEND_GAP = 20;

export function showingOf(stage: FigureStage): Showing {
  const look = lookOf(stage);
  return {
    ...look,
    dark: computed(() => isDark(look.theme.value)),
    unit: computed(() => look.font.value.size / SIZE),
  };
}

/** What Python refused, of any of the figures in one. */
export function failureOf(...of: { failure: Failure | null }[]): { failure: Failure | null } {
  return {
    get failure() {
      return of.find(({ failure }) => failure)?.failure ?? null;
    },
  };
}

/** How high a figure will be. */
export function heightOf(figure: Figure, { measure }: FigureStage): number {
  const widths = (text: string, bold: boolean, size: number) =>
    measure([text], `${bold ? "bold " : ""}${size}px ${FAMILY}`);
  return figure.draw(new SvgPen(widths, () => ""));
}

/** A figure within another one, at a place. */
export function drawWithin(pen: SvgPen, figure: Figure, name: string, x: number, y: number) {
  let height = 0;
  pen.group(name, () => {
    pen.translate(x, y);
    height = figure.draw(pen);
  });
  return height;
}

const [RAMP_WIDTH, LEAST_RAMP, RAMP_HEIGHT] = [110, 16, 8];

/** A sample of a ramp between words. */
export function rampPiece(
  pen: SvgPen,
  ramp: Ramp,
  words: { before: string; from: string; to: string; after?: string },
  { theme, width }: Pick<FigureStage, "theme" | "width">,
): Piece {
  const font = `${SIZE}px ${FAMILY}`;
  const ink = inkOf(theme);
  const between = 10;
  const data = new Uint8ClampedArray(4 * LEVELS);
  for (let level = 0; level < LEVELS; level++)
    data.set([...ramp.subarray(3 * level, 3 * level + 3), 255], 4 * level);
  const told = [words.before, words.from, null, words.to, words.after ?? ""].filter(
    (word) => word !== "",
  );
  const gaps = between * (told.length - 1);
  const texts = told.map((word) => (word === null ? 0 : wide(pen, word, font)));
  const taken = texts.reduce((sum, each) => sum + each, gaps);
  const sample = clamp(width - taken, LEAST_RAMP, RAMP_WIDTH);
  const widths = told.map((word, i) => (word === null ? sample : (texts[i] ?? 0)));
  return {
    width: taken + sample,
    gap: LEGEND_GAP,
    draw(on) {
      let x = 0;
      told.forEach((word, i) => {
        if (word === null) {
          const top = -RAMP_HEIGHT / 2;
          on.drawImage({ width: LEVELS, height: 1, data }, x, top, sample, RAMP_HEIGHT);
          Object.assign(on, { strokeStyle: ink.line2, lineWidth: 1 });
          on.strokeRect(x, top, sample, RAMP_HEIGHT);
        } else {
          const how = { font, fillStyle: ink.ink2, textAlign: "left", textBaseline: "middle" };
          Object.assign(on, how);
          on.fillText(word, x, 0.5);
        }
        x += (widths[i] ?? 0) + between;
      });
    },
  };
}

/** Between the border of a badge and its words. */
const BADGE_PAD = 7;

/** A sentence with a border. */
export function badgePiece(
  pen: SvgPen,
  text: string,
  { theme, width: room }: Pick<FigureStage, "theme" | "width">,
): Piece {
  const font = `${SIZE}px ${FAMILY}`;
  const ink = inkOf(theme);
  const said = cut(pen, text, room - 2 * BADGE_PAD, font);
  const width = wide(pen, said, font) + 2 * BADGE_PAD;
  return {
    width,
    gap: LEGEND_GAP,
    draw(on) {
      on.beginPath();
      on.roundRect(0.5, -8.5, width - 1, 17, 8);
      Object.assign(on, { strokeStyle: ink.line2, lineWidth: 1 });
      on.stroke();
      const how = { font, fillStyle: ink.ink2, textAlign: "left", textBaseline: "middle" };
      Object.assign(on, how);
      on.fillText(said, BADGE_PAD, 0.5);
    },
  };
}

/** A fact and what it means, in the place of what cannot be drawn. */
export function notePieces(
  pen: SvgPen,
  { fact, sentence }: { fact: string; sentence: string },
  { theme, width }: Pick<FigureStage, "theme" | "width">,
): Piece[] {
  const ink = inkOf(theme);
  return [
    ...textPieces(pen, fact, { color: ink.ink1, width, bold: true }),
    ...textPieces(pen, sentence, { color: ink.ink2, width, gap: 10 }),
  ];
}

/** One line of text, with y at its middle. */
export function drawWords(
  pen: SvgPen,
  text: string,
  { x, y, color, align = "left", size = SMALL, bold = false }: WordPlace,
): void {
  pen.font = `${bold ? "bold " : ""}${size}px ${FAMILY}`;
  pen.fillStyle = color;
  pen.textAlign = align;
  pen.textBaseline = "middle";
  pen.fillText(text, x, y + 0.5);
}

interface WordPlace {
  x: number;
  y: number;
  color: string;
  align?: "left" | "right" | "center";
  size?: number;
  bold?: boolean;
}
