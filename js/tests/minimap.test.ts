import { describe, expect, it } from "vitest";
import { barLength, minimapBars, sightFrame, topAt } from "../src/views/head/minimap.ts";

const N = 8192;
const HEIGHT = 468;
const all = (count: number) => Array.from({ length: count }, () => true);
const rowsWith = (values: Float32Array) =>
  [...values].flatMap((value, y) => (value > 0 ? [[y, value]] : []));

describe("minimapBars", () => {
  it("lets a single strong key of 8,192 survive, 2 px high, at its place", () => {
    for (const key of [0, 1, 4095, 4096, 8190, 8191]) {
      const values = new Float32Array(N);
      values[key] = 0.5;
      const bars = minimapBars([{ head: 3, values }], all(N), N, HEIGHT);
      const found = rowsWith(bars.values);
      expect(found.map(([, value]) => value)).toEqual([0.5, 0.5]);
      const [first = 0, second = 0] = found.map(([y = 0]) => y);
      expect(second).toBe(first + 1);
      expect(Math.abs(first + 1 - ((key + 0.5) / N) * HEIGHT)).toBeLessThanOrEqual(1);
      expect([bars.heads[first], bars.pooled]).toEqual([3, true]);
    }
  });

  it("keeps the largest where several tokens meet in a pixel row, whichever comes first", () => {
    const values = new Float32Array(N).fill(0.001);
    values[4000] = 0.9;
    values[4001] = 0.2;
    const { values: rows } = minimapBars([{ head: 0, values }], all(N), N, HEIGHT);
    expect([...rows].filter((value) => value === Math.fround(0.9))).toHaveLength(2);
    expect([...rows].filter((value) => value === Math.fround(0.2))).toHaveLength(0);
    expect([...rows].every((value) => value > 0)).toBe(true);
  });

  it("takes the strongest head of each token, and no token out of play", () => {
    const a = Float32Array.of(0.5, 0.1, Number.NaN, 0.9);
    const b = Float32Array.of(0.2, 0.3, 0.4, 0.95);
    const strips = [
      { head: 0, values: a },
      { head: 7, values: b },
    ];
    const bars = minimapBars(strips, [true, true, true, false], 4, 40);
    // Bands of 10 px, bars of 5 px in their middle.
    expect(rowsWith(bars.values).map(([y]) => y)).toEqual([
      3, 4, 5, 6, 7, 13, 14, 15, 16, 17, 23, 24, 25, 26, 27,
    ]);
    expect([5, 15, 25].map((y) => bars.values[y])).toEqual([0.5, 0.3, 0.4].map(Math.fround));
    expect([5, 15, 25].map((y) => bars.heads[y])).toEqual([0, 7, 7]);
    expect(bars.pooled).toBe(false);
  });

  it("leaves the rest empty where the list is shorter than the other", () => {
    const values = Float32Array.of(1, 1);
    const { values: rows } = minimapBars([{ head: 0, values }], all(2), 100, 100);
    expect(rowsWith(rows).every(([y = 100]) => y < 3)).toBe(true);
  });
});

describe("barLength", () => {
  it("is the root of the share of the scale, whole pixels, never longer than the room", () => {
    expect([1, 0.25, 0.01, 0.0001, 0, 2].map((value) => barLength(value, 1, 40))).toEqual([
      40, 20, 4, 0, 0, 40,
    ]);
    expect(barLength(1, 4, 40)).toBe(20);
    expect(barLength(1, 0, 40)).toBe(0);
  });
});

describe("the frame around what is in sight", () => {
  const layout = { sheet: 18 * 200, viewport: 18 * 20 };

  it("has the share of the sheet that is in sight", () => {
    expect(sightFrame(layout, 0, 400)).toEqual({ top: 0, height: 40 });
    expect(sightFrame(layout, 18 * 90, 400)).toEqual({ top: 180, height: 40 });
    expect(sightFrame(layout, 18 * 180, 400)).toEqual({ top: 360, height: 40 });
  });

  it("stays high enough to take hold of, and inside, at 8,192 tokens", () => {
    const long = { sheet: 18 * N, viewport: HEIGHT };
    expect(sightFrame(long, 0, HEIGHT)).toEqual({ top: 0, height: 10 });
    expect(sightFrame(long, long.sheet - HEIGHT, HEIGHT)).toEqual({ top: 458, height: 10 });
  });

  it("goes where it is dragged, not beyond the ends", () => {
    expect(topAt(layout, 200, 400)).toBe(18 * 90);
    expect(topAt(layout, -50, 400)).toBe(0);
    expect(topAt(layout, 900, 400)).toBe(18 * 180);
    for (const top of [0, 500, 1777, 3240]) {
      const { top: y, height } = sightFrame(layout, top, 400);
      expect(topAt(layout, y + height / 2, 400)).toBeCloseTo(top, 6);
    }
  });
});
