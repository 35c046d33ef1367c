import { describe, expect, it } from "vitest";
import { luminance } from "../src/theme.ts";

describe("luminance", () => {
  it("is 0 for black, 1 for white and weighted between", () => {
    expect(luminance("rgb(0, 0, 0)")).toBe(0);
    expect(luminance("rgb(255, 255, 255)")).toBeCloseTo(1);
    expect(luminance("rgb(255, 0, 0)")).toBeCloseTo(0.2126);
    expect(luminance("rgb(0, 255, 0)")).toBeCloseTo(0.7152);
    expect(luminance("rgb(0, 0, 255)")).toBeCloseTo(0.0722);
    expect(luminance("rgb(119, 119, 119)")).toBeCloseTo(0.1845, 3);
  });

  it("is unknown where the ground shines through", () => {
    expect(luminance("rgba(0, 0, 0, 0)")).toBeNull();
    expect(luminance("rgba(255, 255, 255, 0.2)")).toBeNull();
    expect(luminance("transparent")).toBeNull();
    expect(luminance("")).toBeNull();
    expect(luminance("oklch(0.97 0.01 250)")).toBeNull();
    expect(luminance("rgba(255, 255, 255, 0.8)")).toBeCloseTo(1);
  });
});
