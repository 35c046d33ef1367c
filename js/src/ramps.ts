/** Colours of maps: one ramp for weights, one for signed values; both as tables of 256 colours, [r, g, b] each. */

const WEIGHT = {
  light: "#f7fbfb #c4e4ed #93cce3 #68b0da #4893cf #3775c0 #3255ab #313590 #2c1472",
  dark: "#181822 #262d4f #29457c #1d63a5 #0284c1 #1ea4d4 #5cc3de #91e0ea #c4fbfa",
};
const SIGNED = {
  light: "#a54b00 #c17549 #d6a285 #e9cebf #f9f9fa #c3d6f1 #8cb1e6 #548cd9 #1065cb",
  dark: "#f3a262 #b87e52 #805c41 #4c3c30 #1e1f1f #344150 #4b6788 #6291c5 #80bcff",
};

export const LEVELS = 256;

export type Ramp = Uint8Array;

/** Table for √weight: entry round(255 · √w). */
export function weightRamp(dark: boolean): Ramp {
  return rampOf(dark ? WEIGHT.dark : WEIGHT.light);
}

/** Table from −1 (entry 0, orange) over 0 to +1 (entry 255, blue). */
export function signedRamp(dark: boolean): Ramp {
  return rampOf(dark ? SIGNED.dark : SIGNED.light);
}

/** Place of a value on the signed ramp, sign · √(|value| / full). */
export function signedLevel(value: number, full: number): number {
  if (full <= 0) return LEVELS / 2;
  const share = Math.min(1, Math.abs(value) / full);
  return Math.round(((Math.sign(value) * Math.sqrt(share) + 1) / 2) * (LEVELS - 1));
}

/** Place of a weight on the weight ramp. */
export function weightLevel(weight: number): number {
  return Math.round(Math.sqrt(Math.min(1, Math.max(0, weight))) * (LEVELS - 1));
}

/** A colour of a ramp as CSS. */
export function rampColor(ramp: Ramp, level: number): string {
  const [r = 0, g = 0, b = 0] = ramp.subarray(3 * level, 3 * level + 3);
  return `rgb(${r}, ${g}, ${b})`;
}

/** A ramp as a CSS gradient, for the sample in a legend. */
export function rampGradient(ramp: Ramp): string {
  const stops = Array.from({ length: 17 }, (_, i) => rampColor(ramp, Math.round((i * 255) / 16)));
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

type Lab = [number, number, number];

function rampOf(stops: string): Ramp {
  const labs = stops.split(" ").map(toLab);
  const table = new Uint8Array(3 * LEVELS);
  for (let level = 0; level < LEVELS; level++) {
    const at = (level / (LEVELS - 1)) * (labs.length - 1);
    const i = Math.min(labs.length - 2, Math.floor(at));
    const [from, to] = [labs[i] ?? [0, 0, 0], labs[i + 1] ?? [0, 0, 0]];
    const mix = from.map((value, part) => value + (at - i) * ((to[part] ?? 0) - value)) as Lab;
    table.set(toRgb(mix), 3 * level);
  }
  return table;
}

const toLinear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const toGamma = (c: number) => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);

/** sRGB to OKLab (Ottosson 2020). */
function toLab(hex: string): Lab {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) =>
    toLinear(Number.parseInt(hex.slice(at, at + 2), 16) / 255),
  );
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function toRgb([lightness, a, b]: Lab): number[] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map((channel) => Math.round(255 * toGamma(Math.min(1, Math.max(0, channel)))));
}
