/** Colours of maps: one ramp for weights, one for signed values; both as tables of 256 colours, [r, g, b] each. */

import { bytesOf, linearOfHex, linearOfOklab, oklabOf, type Triple } from "./color.ts";

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

function rampOf(stops: string): Ramp {
  const labs = stops.split(" ").map((hex) => oklabOf(linearOfHex(hex)));
  const table = new Uint8Array(3 * LEVELS);
  for (let level = 0; level < LEVELS; level++) {
    const at = (level / (LEVELS - 1)) * (labs.length - 1);
    const i = Math.min(labs.length - 2, Math.floor(at));
    const [from, to] = [labs[i] ?? [0, 0, 0], labs[i + 1] ?? [0, 0, 0]];
    const mix = from.map((value, part) => value + (at - i) * ((to[part] ?? 0) - value)) as Triple;
    table.set(bytesOf(linearOfOklab(mix)), 3 * level);
  }
  return table;
}
