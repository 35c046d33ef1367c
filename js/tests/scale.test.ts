import { describe, expect, it } from "vitest";
import {
  headColor,
  inkOn,
  lineAlpha,
  lineWidth,
  oklchToHex,
  powerFor,
  type Strength,
} from "../src/scale.ts";
import { INK, luminance } from "../src/theme.ts";

const channels = (hex: string) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
const rgb = (hex: string) => `rgb(${channels(hex).join(", ")})`;

function contrast(a: string, b: string): number {
  const [x = 0, y = 0] = [a, b].map((color) => luminance(rgb(color)) ?? Number.NaN);
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("headColor", () => {
  it("takes the palette up to 12 heads, in both themes", () => {
    expect(numbers(12).map((head) => headColor(head, 12, false))).toEqual(
      "#1452c3 #d46e8b #6d6701 #6b77fd #8e0a49 #8e9500 #107b5f #0a9dad #8a4a8f #6b8b55 #543497 #733e05".split(
        " ",
      ),
    );
    expect(numbers(12).map((head) => headColor(head, 12, true))).toEqual(
      "#9fc2ff #ca6883 #cbc015 #707def #ffb5ca #8a8d0c #64b99c #6aecfe #b36db8 #c5f16d #b098fa #df9657".split(
        " ",
      ),
    );
  });

  it("depends on the head's number alone", () => {
    expect(headColor(1, 4, false)).toBe(headColor(1, 12, false));
    for (const dark of [false, true])
      for (const head of [0, 5, 12, 31])
        expect(headColor(head, 16, dark)).toBe(headColor(head, 144, dark));
  });

  it("follows the formula beyond 12 heads", () => {
    const hue = 360 * ((0.65 + 0.7548776662 * 20) % 1);
    const u = (0.35 + 0.569840291 * 20) % 1;
    expect(headColor(20, 32, false)).toBe(oklchToHex(0.42 + 0.22 * u, 0.165, hue));
    expect(headColor(20, 32, true)).toBe(oklchToHex(0.62 + 0.28 * u, 0.135, hue));
  });

  it.each([
    [false, "#ffffff", 3],
    [true, "#1f1f1f", 4.3],
  ] as const)(
    "is a colour that is seen on the ground, up to 64 heads (dark %s)",
    (dark, ground, least) => {
      for (const count of [12, 64])
        for (const head of numbers(count)) {
          const color = headColor(head, count, dark);
          expect(color).toMatch(/^#[0-9a-f]{6}$/);
          expect(contrast(color, ground), `head ${head} of ${count}`).toBeGreaterThanOrEqual(least);
        }
    },
  );

  it("gives neighbours different colours in wide layers", () => {
    const colors = numbers(144).map((head) => headColor(head, 144, false));
    expect(new Set(colors).size).toBe(144);
  });
});

describe("oklchToHex", () => {
  it("knows black, white and the palette by its OKLCH coordinates", () => {
    expect(oklchToHex(0, 0, 0)).toBe("#000000");
    expect(oklchToHex(1, 0, 0)).toBe("#ffffff");
    const coordinates: [number, number, number, string][] = [
      [0.475, 0.187, 261, "#1452c3"],
      [0.667, 0.131, 3.7, "#d46e8b"],
      [0.519, 0.099, 169, "#107b5f"],
      [0.9, 0.166, 125, "#c5f16d"],
    ];
    for (const [lightness, chroma, hue, color] of coordinates) {
      const found = channels(oklchToHex(lightness, chroma, hue));
      channels(color).forEach((channel, i) => {
        expect(Math.abs((found[i] ?? 0) - channel), color).toBeLessThanOrEqual(4);
      });
    }
  });

  it("takes colour away, not lightness, until the colour exists", () => {
    const inside = oklchToHex(0.5, 0.4, 150);
    expect(inside).toMatch(/^#[0-9a-f]{6}$/);
    expect(inside).not.toBe(oklchToHex(0.5, 0.02, 150));
    expect(oklchToHex(0.5, 0.9, 150)).toBe(oklchToHex(0.5, 0.4, 150));
  });
});

describe("inkOn", () => {
  it("is black or white with a contrast of at least 4.5 on every head colour", () => {
    for (const dark of [false, true])
      for (const count of [12, 144])
        for (const head of numbers(count)) {
          const color = headColor(head, count, dark);
          const ink = inkOn(color);
          expect(contrast(color, ink), `${ink} on ${color}`).toBeGreaterThanOrEqual(4.5);
          const other = ink === "#000000" ? "#ffffff" : "#000000";
          expect(contrast(color, ink)).toBeGreaterThanOrEqual(contrast(color, other));
        }
  });
});

describe("line strength", () => {
  const plain: Strength = { power: 1, heads: 1, dark: false, contrast: false };

  it("is a₀ + √w for one head, whole for a weight of 1", () => {
    expect(lineAlpha(0.25, plain)).toBeCloseTo(0.05 + 0.5);
    expect(lineAlpha(1, plain)).toBe(1);
    expect(lineAlpha(0.25, { ...plain, dark: true })).toBeCloseTo(0.08 + 0.5);
  });

  it("falls with the number of heads and of lines", () => {
    expect(lineAlpha(0.25, { ...plain, heads: 16 })).toBeCloseTo((0.05 + 0.5) / 2);
    expect(lineAlpha(0.25, { ...plain, power: 2 })).toBeCloseTo(0.05 / 4 + 0.25);
    expect([1, 200, 201, 800, 801].map(powerFor)).toEqual([1, 1, 1.5, 1.5, 2]);
  });

  it("has a formula of its own in high contrast", () => {
    expect(lineAlpha(0.25, { ...plain, contrast: true, heads: 16, power: 2 })).toBeCloseTo(0.675);
  });

  it("never passes 1 and grows with the weight", () => {
    for (const dark of [false, true])
      for (const high of [false, true])
        for (const power of [1, 1.5, 2]) {
          const alphas = numbers(101).map((i) =>
            lineAlpha(i / 100, { power, heads: 1, dark, contrast: high }),
          );
          expect(Math.max(...alphas)).toBeLessThanOrEqual(1);
          expect(alphas).toEqual([...alphas].sort((a, b) => a - b));
        }
  });

  it("is 0.75 to 3.75 px wide, thinner with more than six heads", () => {
    expect(lineWidth(0, 1)).toBe(0.75);
    expect(lineWidth(1, 6)).toBe(3.75);
    expect(lineWidth(1, 7)).toBe(2.75);
    expect(lineWidth(0.25, 3)).toBe(2.25);
  });
});

describe("greys", () => {
  it.each([
    ["light", "#ffffff"],
    ["dark", "#1f1f1f"],
    ["contrast", "#1f1f1f"],
    ["contrast-light", "#ffffff"],
  ] as const)("are read in %s", (theme, ground) => {
    const ink = INK[theme];
    for (const text of [ink.ink1, ink.ink2, ink.ink3, ink.focus])
      expect(contrast(text, ground)).toBeGreaterThanOrEqual(4.5);
    if (theme.startsWith("contrast")) expect(contrast(ink.ink3, ground)).toBeGreaterThan(7);
  });
});
