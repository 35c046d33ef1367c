import { describe, expect, it } from "vitest";
import { rampColor, signedRamp, weightRamp } from "../src/ramps.ts";
import { headColor, inkOn, lineAlpha, type Strength } from "../src/scale.ts";
import {
  DARK_ENOUGH,
  GROUND,
  INK,
  isContrast,
  isDark,
  LIGHT_ENOUGH,
  type ThemeName,
} from "../src/theme.ts";
import { contrast, luminanceOfHex, mixed, ratioOf } from "./support/contrast.ts";

const THEMES = Object.keys(INK) as ThemeName[];
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const hexOf = (rgb: string) =>
  `#${(rgb.match(/\d+/g) ?? []).map((c) => Number(c).toString(16).padStart(2, "0")).join("")}`;

/** Grounds of hosts: JupyterLab, VS Code, marimo, Solarized, Quiet Light, One Dark, Monokai. */
const HOSTS = {
  light: ["#ffffff", "#fdf6e3", "#f8f8f8"],
  dark: ["#000000", "#111111", "#1e1e1e", "#1f1f1f", "#181c1a", "#272822", "#282c34"],
};

describe.each(THEMES)("in the theme %s", (theme) => {
  const ink = INK[theme];
  const dark = isDark(theme);
  const own = GROUND[dark ? "dark" : "light"];
  /** The faintest ground of the host that is kept, as a luminance; the view's own; and that of panels. */
  const edge = dark ? DARK_ENOUGH : LIGHT_ENOUGH;
  const grounds = [edge, luminanceOfHex(own), luminanceOfHex(ink.panel)];
  const least = (color: string) =>
    Math.min(...grounds.map((ground) => ratioOf(luminanceOfHex(color), ground)));

  it("text has 4.5 : 1 on every ground that it can stand on", () => {
    const { ink1, ink2, ink3 } = ink;
    for (const [name, color] of Object.entries({ ink1, ink2, ink3 }))
      expect(least(color), name).toBeGreaterThanOrEqual(4.5);
    if (isContrast(theme))
      for (const color of [ink1, ink2, ink3]) expect(least(color)).toBeGreaterThanOrEqual(7);
  });

  it("text on inverse grounds has 4.5 : 1: locked tokens, pressed buttons", () => {
    expect(contrast(own, ink.ink1)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(own, ink.ink2)).toBeGreaterThanOrEqual(4.5);
  });

  it("numbers on chips and badges have 4.5 : 1", () => {
    for (const head of numbers(64)) {
      const fill = headColor(head, head < 12 ? 12 : 64, dark);
      expect(contrast(inkOn(fill), fill), `head ${head}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("the focus ring, icons, frames and the slider have 3 : 1", () => {
    const { focus, warn, error, ink1, ink2 } = ink;
    // ink1: outlines of cells and thumbnails; ink2: frame of the minimap, thumb and fill of the slider.
    for (const [name, color] of Object.entries({ focus, warn, error, ink1, ink2 }))
      expect(least(color), name).toBeGreaterThanOrEqual(3);
  });

  it("lines, bars and chips of heads have 3 : 1, up to 64 heads", () => {
    for (const count of [12, 64])
      for (const head of numbers(count))
        expect(
          least(headColor(head, count, dark)),
          `head ${head} of ${count}`,
        ).toBeGreaterThanOrEqual(3);
  });

  it("a line at full strength keeps it", () => {
    for (const [power, head] of [1, 1.5, 2].flatMap((p) =>
      numbers(12).map((h) => [p, h] as const),
    )) {
      const how: Strength = { power, heads: 1, dark, contrast: isContrast(theme) };
      const alpha = lineAlpha(1, how);
      const color = headColor(head, 12, dark);
      expect(contrast(mixed(color, alpha, own), own), `head ${head}`).toBeGreaterThanOrEqual(3);
    }
  });

  it("cells of maps end at 3 : 1, of both signs", () => {
    const [weights, signs] = [weightRamp(dark), signedRamp(dark)];
    for (const color of [rampColor(weights, 255), rampColor(signs, 0), rampColor(signs, 255)])
      expect(least(hexOf(color))).toBeGreaterThanOrEqual(3);
    // A weight of a quarter is half way.
    expect(contrast(hexOf(rampColor(weights, 128)), own)).toBeGreaterThanOrEqual(3);
  });

  it("marks over cells are seen on every weight, by themselves or by their edge", () => {
    const mark = dark ? "#ffffff" : "#000000";
    for (const level of numbers(256)) {
      const cell = hexOf(rampColor(weightRamp(dark), level));
      const seen = Math.max(contrast(mark, cell), contrast(own, cell));
      expect(seen, `level ${level}`).toBeGreaterThanOrEqual(3);
    }
    for (const color of [mark, ink.focus]) expect(contrast(color, own)).toBeGreaterThanOrEqual(3);
  });

  it("grounds of hosts that are kept are within what is promised", () => {
    const kept = HOSTS[dark ? "dark" : "light"].map(luminanceOfHex);
    for (const ground of kept)
      if (dark) expect(ground).toBeLessThanOrEqual(DARK_ENOUGH);
      else expect(ground).toBeGreaterThanOrEqual(LIGHT_ENOUGH);
  });
});
