/** Colour of heads and strength of lines: one function for the picture and for its legend. */

import { bytesOf, linearOfHex, linearOfOklab, luminanceOf, type Triple } from "./color.ts";

/** Heads 0 to 11, chosen for distance under full and colour-blind vision. */
const LIGHT_HEADS = [
  "#1452c3",
  "#d46e8b",
  "#6d6701",
  "#6b77fd",
  "#8e0a49",
  "#8e9500",
  "#107b5f",
  "#0a9dad",
  "#8a4a8f",
  "#6b8b55",
  "#543497",
  "#733e05",
] as const;
const DARK_HEADS = [
  "#9fc2ff",
  "#ca6883",
  "#cbc015",
  "#707def",
  "#ffb5ca",
  "#8a8d0c",
  "#64b99c",
  "#6aecfe",
  "#b36db8",
  "#c5f16d",
  "#b098fa",
  "#df9657",
] as const;

const fraction = (x: number) => x - Math.floor(x);

/**
 * Colour of a head, by its number alone, so that it looks the same whatever else is on.
 * Layers of up to 12 heads take the palette; wider ones a two-dimensional low-discrepancy sequence over hue and lightness.
 */
export function headColor(head: number, count: number, dark: boolean): string {
  if (count <= 12) return (dark ? DARK_HEADS : LIGHT_HEADS)[head] ?? "#808080";
  const hue = 360 * fraction(0.65 + 0.7548776662 * head);
  const u = fraction(0.35 + 0.569840291 * head);
  const lightness = dark ? 0.62 + 0.28 * u : 0.42 + 0.22 * u;
  return oklchToHex(lightness, dark ? 0.135 : 0.165, hue);
}

/** OKLCH to sRGB (Ottosson 2020), the chroma lowered in steps of 0.002 until the colour exists. */
export function oklchToHex(lightness: number, chroma: number, hue: number): string {
  const radians = (hue * Math.PI) / 180;
  let linear: Triple = [0, 0, 0];
  for (let c = chroma; c > -0.002; c -= 0.002) {
    const grey = Math.max(0, c);
    linear = linearOfOklab([lightness, grey * Math.cos(radians), grey * Math.sin(radians)]);
    if (linear.every((channel) => channel >= 0 && channel <= 1)) break;
  }
  return `#${bytesOf(linear)
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("")}`;
}

/** Black or white, whichever contrasts more with the colour (WCAG relative luminance). */
export function inkOn(color: string): "#000000" | "#ffffff" {
  const luminance = luminanceOf(linearOfHex(color));
  return (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) ? "#000000" : "#ffffff";
}

/** Lines below this weight are not drawn and count as hidden. */
export const LEAST_DRAWN = 0.004;

export interface Strength {
  /** Grows with the number of lines, so that many lines do not fill the picture. */
  power: number;
  /** Heads drawn together; 1 while a token is held. */
  heads: number;
  dark: boolean;
  contrast: boolean;
}

export function powerFor(lines: number): number {
  if (lines <= 200) return 1;
  return lines <= 800 ? 1.5 : 2;
}

/** A weight of 1 has the whole colour, so that a line of one head keeps the contrast of its head. */
export function lineAlpha(weight: number, { power, heads, dark, contrast }: Strength): number {
  const s = Math.sqrt(weight);
  if (contrast) return Math.min(1, 0.35 + 0.65 * s);
  const faintest = dark ? 0.08 : 0.05;
  return Math.min(1, (faintest / power ** 2 + s ** power) * heads ** -0.25);
}

export function lineWidth(weight: number, headsOn: number): number {
  return 0.75 + (headsOn > 6 ? 2 : 3) * Math.sqrt(weight);
}
