/** Colour of heads and strength of lines: one function for the picture and for its legend. */

/** Heads 0 to 11, chosen for distance under full and colour-blind vision. */
const LIGHT_HEADS = [
  "#1452c3",
  "#d76f8c",
  "#6d6701",
  "#6b77fd",
  "#8e0a49",
  "#949809",
  "#107b5f",
  "#3e9fab",
  "#8a4a8f",
  "#718747",
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
  const lightness = dark ? 0.62 + 0.28 * u : 0.42 + 0.24 * u;
  return oklchToHex(lightness, dark ? 0.135 : 0.165, hue);
}

/** OKLCH to sRGB (Ottosson 2020), the chroma lowered in steps of 0.002 until the colour exists. */
export function oklchToHex(lightness: number, chroma: number, hue: number): string {
  for (let c = chroma; c > 0; c -= 0.002) {
    const rgb = oklchToLinear(lightness, c, hue);
    if (rgb.every((channel) => channel >= 0 && channel <= 1)) return hex(rgb);
  }
  return hex(oklchToLinear(lightness, 0, hue).map((channel) => Math.min(1, Math.max(0, channel))));
}

function oklchToLinear(lightness: number, chroma: number, hue: number): number[] {
  const radians = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(radians);
  const b = chroma * Math.sin(radians);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function hex(linear: number[]): string {
  const byte = (channel: number) => {
    const srgb = channel <= 0.0031308 ? 12.92 * channel : 1.055 * channel ** (1 / 2.4) - 0.055;
    return Math.round(255 * srgb)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${linear.map(byte).join("")}`;
}

/** Black or white, whichever contrasts more with the colour (WCAG relative luminance). */
export function inkOn(color: string): "#000000" | "#ffffff" {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
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

export function lineAlpha(weight: number, { power, heads, dark, contrast }: Strength): number {
  const s = Math.sqrt(weight);
  if (contrast) return Math.min(1, 0.35 + 0.6 * s);
  const faintest = dark ? 0.08 : 0.05;
  return Math.min(1, (faintest / power ** 2 + 0.85 * s ** power) * heads ** -0.25);
}

export function lineWidth(weight: number, headsOn: number): number {
  return 0.75 + (headsOn > 6 ? 2 : 3) * Math.sqrt(weight);
}
