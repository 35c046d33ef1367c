import { linearOfHex, luminanceOf } from "../../src/color.ts";
import { luminance } from "../../src/theme.ts";

/** Contrast of two luminances (WCAG 2.2, relative luminance and contrast ratio). */
export function ratioOf(a: number, b: number): number {
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

export const luminanceOfHex = (hex: string) => luminanceOf(linearOfHex(hex));

/** Contrast of two colours as #rrggbb. */
export function contrast(a: string, b: string): number {
  return ratioOf(luminanceOfHex(a), luminanceOfHex(b));
}

/** Contrast of two computed colours, rgb(…). */
export function computedContrast(a: string, b: string): number {
  const [x = Number.NaN, y = Number.NaN] = [a, b].map((color) => luminance(color) ?? Number.NaN);
  return ratioOf(x, y);
}

/** `over` with an opacity on `ground`, mixed as canvases do, #rrggbb. */
export function mixed(over: string, opacity: number, ground: string): string {
  const at = (hex: string, place: number) => Number.parseInt(hex.slice(place, place + 2), 16);
  const channel = (place: number) =>
    Math.round(opacity * at(over, place) + (1 - opacity) * at(ground, place));
  return `#${[1, 3, 5].map((place) => channel(place).toString(16).padStart(2, "0")).join("")}`;
}
