/** Colour arithmetic: sRGB, OKLab (Ottosson 2020) and relative luminance (WCAG 2). */

export type Triple = [number, number, number];

const toLinear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const toGamma = (c: number) => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);

/** Linear channels, 0 to 1, of channels that are bytes. */
export function linearOf(bytes: number[]): Triple {
  return bytes.map((byte) => toLinear(byte / 255)) as Triple;
}

/** Linear channels of "#rrggbb". */
export function linearOfHex(hex: string): Triple {
  return linearOf([1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));
}

/** Bytes of linear channels; what sRGB does not have is cut. */
export function bytesOf(linear: Triple): Triple {
  return linear.map((c) => Math.round(255 * toGamma(Math.min(1, Math.max(0, c))))) as Triple;
}

export function luminanceOf([r, g, b]: Triple): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function oklabOf([r, g, b]: Triple): Triple {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

export function linearOfOklab([lightness, a, b]: Triple): Triple {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}
