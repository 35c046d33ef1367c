import { describe, expect, it } from "vitest";
import { bytesOf, linearOf, linearOfHex, oklabOf, type Triple } from "../src/color.ts";
import { signedRamp, weightRamp } from "../src/ramps.ts";
import { headColor } from "../src/scale.ts";
import { barLeft, fan, headLayout } from "../src/views/head/layout.ts";

/**
 * Machado, Oliveira and Fernandes 2009, "A physiologically-based model for simulation of color vision deficiency", IEEE TVCG 15 (6), table of
 * matrices at severity 1, for linear sRGB.
 */
const EYES: Record<string, Triple[]> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/**
 * A difference that is just seen, OKLab distance × 100 (CSS Color 4, "JND" of its gamut mapping: 0.02). Patches as small as a chip or a bar
 * need several of it: any two heads three, neighbours, which stand side by side, six.
 */
const SEEN = 2;

type Eye = keyof typeof EYES;

function seen(linear: Triple, eye: Eye): Triple {
  const rows = EYES[eye] ?? [];
  const through = rows.map((row) => row.reduce((sum, m, i) => sum + m * (linear[i] ?? 0), 0));
  return oklabOf(linearOf(bytesOf(through as Triple)));
}

const distance = (a: Triple, b: Triple) =>
  100 * Math.hypot(...a.map((value, i) => value - (b[i] ?? 0)));

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

function palette(dark: boolean, eye: Eye): Triple[] {
  return numbers(12).map((head) => seen(linearOfHex(headColor(head, 12, dark)), eye));
}

function leastPair(colors: Triple[]): number {
  const pairs = colors.flatMap((a, i) => colors.slice(i + 1).map((b) => distance(a, b)));
  return Math.min(...pairs);
}

describe.each([false, true])("heads, dark %s", (dark) => {
  it.each(["full", "protanopia", "deuteranopia"])("any two of 12 are told apart by %s", (eye) => {
    expect(leastPair(palette(dark, eye))).toBeGreaterThanOrEqual(3 * SEEN);
  });

  it("blue-blind eyes tell any two apart as well", () => {
    expect(leastPair(palette(dark, "tritanopia"))).toBeGreaterThanOrEqual(2.5 * SEEN);
  });

  it.each(Object.keys(EYES))("neighbours are far apart for %s", (eye) => {
    const colors = palette(dark, eye);
    const steps = colors.slice(1).map((color, i) => distance(color, colors[i] ?? [0, 0, 0]));
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(6 * SEEN);
  });

  it("of 32 heads colour-blind eyes cannot tell some: there the number carries identity", () => {
    const colors = numbers(32).map((head) =>
      seen(linearOfHex(headColor(head, 32, dark)), "protanopia"),
    );
    expect(leastPair(colors)).toBeLessThan(SEEN);
  });
});

const at = (ramp: Uint8Array, level: number): Triple =>
  linearOf([...ramp.subarray(3 * level, 3 * level + 3)]);

describe.each([false, true])("ramps, dark %s", (dark) => {
  it.each(Object.keys(EYES))("plus and minus of the same size are told apart by %s", (eye) => {
    const ramp = signedRamp(dark);
    const apart = (step: number) =>
      distance(seen(at(ramp, 128 - step), eye), seen(at(ramp, 127 + step), eye));
    // A fiftieth of the full scale stands a seventh of the way out, and has a sign already.
    expect(apart(18)).toBeGreaterThanOrEqual(SEEN);
    expect(apart(127)).toBeGreaterThanOrEqual(20);
    const steps = numbers(128).map(apart);
    expect(steps.every((value, i) => i === 0 || value >= (steps[i - 1] ?? 0) - 1)).toBe(true);
  });

  it.each(Object.keys(EYES))("lightness runs one way on either side of zero for %s", (eye) => {
    const ramp = signedRamp(dark);
    const light = numbers(256).map((level) => seen(at(ramp, level), eye)[0]);
    const rises = (values: number[]) =>
      values.every((value, i) => i === 0 || value >= (values[i - 1] ?? 0) - 0.004);
    const [minus, plus] = [light.slice(0, 128), light.slice(128)];
    const outward = dark ? [minus.reverse(), plus] : [minus, plus.reverse()];
    for (const side of outward) expect(rises(side)).toBe(true);
  });

  it.each(Object.keys(EYES))("weights get ever darker, or lighter, for %s", (eye) => {
    const ramp = weightRamp(dark);
    const light = numbers(256).map((level) => seen(at(ramp, level), eye)[0]);
    const steps = light.slice(1).map((value, i) => (value - (light[i] ?? 0)) * (dark ? 1 : -1));
    expect(Math.min(...steps)).toBeGreaterThan(-0.004);
    expect(steps.reduce((sum, step) => sum + step, 0)).toBeGreaterThan(0.6);
  });
});

describe("the second code of a head, its place", () => {
  it.each([12, 32])("bars of %i heads stand apart, each in a slot of its own", (heads) => {
    const layout = headLayout({
      width: 1100,
      queryItems: 8,
      keyItems: 8,
      queryText: 60,
      keyText: 60,
      numberText: 34,
      heads,
      height: 480,
      unit: 1,
    });
    const bars = layout.keyBars ?? { from: 0, to: 0 };
    const lefts = numbers(heads).map((head) => barLeft(layout, bars, head));
    const steps = lefts.slice(1).map((left, i) => left - (lefts[i] ?? 0));
    expect(Math.min(...steps)).toBeGreaterThan(layout.bar.width);
    expect((lefts.at(-1) ?? 0) + layout.bar.width).toBeLessThanOrEqual(bars.to);
    const ends = numbers(heads).map((head) => fan(layout, head, heads));
    expect(new Set(ends).size).toBe(heads);
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
  });
});
