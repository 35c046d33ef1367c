import { describe, expect, it } from "vitest";
import { rampColor, signedLevel, signedRamp, weightLevel, weightRamp } from "../src/ramps.ts";

const rgb = (hex: string) =>
  `rgb(${[1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(", ")})`;

describe("ramps", () => {
  it.each([
    [weightRamp(false), 0, "#f7fbfb"],
    [weightRamp(false), 255, "#2c1472"],
    [weightRamp(true), 0, "#181822"],
    [weightRamp(true), 255, "#c4fbfa"],
    [signedRamp(false), 0, "#a54b00"],
    [signedRamp(false), 255, "#1065cb"],
    [signedRamp(true), 255, "#80bcff"],
  ])("start and end at the colours of the design", (ramp, level, hex) => {
    expect(rampColor(ramp, level)).toBe(rgb(hex));
  });

  it("go through the stops in between", () => {
    const [r = 0, g = 0, b = 0] = weightRamp(false).subarray(3 * 127, 3 * 127 + 3);
    // Level 127 lies just before the middle stop #4893cf.
    expect([Math.abs(r - 0x48), Math.abs(g - 0x93), Math.abs(b - 0xcf)].every((d) => d < 3)).toBe(
      true,
    );
  });

  it("grow ever darker in light and lighter in dark", () => {
    const sums = (dark: boolean) =>
      Array.from({ length: 256 }, (_, i) =>
        weightRamp(dark)
          .subarray(3 * i, 3 * i + 3)
          .reduce((sum, channel, part) => sum + channel * ([0.2126, 0.7152, 0.0722][part] ?? 0), 0),
      );
    const rises = (values: number[]) =>
      values.every((v, i) => i === 0 || v >= (values[i - 1] ?? 0) - 1);
    expect(rises(sums(true))).toBe(true);
    expect(rises(sums(false).reverse())).toBe(true);
  });

  it("place signed values by the root of their share", () => {
    expect([-4, -1, 0, 1, 4, 9].map((value) => signedLevel(value, 4))).toEqual([
      0, 64, 128, 191, 255, 255,
    ]);
    expect(signedLevel(3, 0)).toBe(128);
  });

  it("place weights by their root", () => {
    expect([0, 0.25, 1, 2, -1].map(weightLevel)).toEqual([0, 128, 255, 255, 0]);
  });
});
