import { describe, expect, it } from "vitest";
import {
  afterKey,
  arrangementAt,
  clampTo,
  innerHeights,
  leftRange,
  leftWidth,
} from "../src/views/explore/sizes.ts";

describe("the arrangement of the parts", () => {
  it("is side by side from 900 px, stacked from 600 px, tabs below", () => {
    expect([1200, 900, 899, 600, 599].map((width) => arrangementAt(width, 1))).toEqual([
      "wide",
      "wide",
      "stacked",
      "stacked",
      "tabs",
    ]);
  });

  it("follows the size of the host's font", () => {
    expect(arrangementAt(1200, 2.5)).toBe("tabs");
    expect(arrangementAt(1200, 1.5)).toBe("stacked");
  });
});

describe("the divider between grid and lines", () => {
  it("starts so that the grid has 404 px, and leaves each part 200", () => {
    expect(leftRange(1200, 1)).toEqual({ least: 200, most: 951 });
    expect(leftWidth(null, 1200, 1)).toBe(404);
    expect([50, 500, 5000].map((asked) => leftWidth(asked, 1200, 1))).toEqual([200, 500, 951]);
  });

  it("keeps what was asked within a page that became narrow", () => {
    expect(leftWidth(900, 1000, 1)).toBe(751);
  });

  it("moves by 16 px along its own axis, and to its ends", () => {
    const range = { least: 200, most: 951 };
    const moved = (key: string, now = 404) => afterKey(key, "vertical", now, range, 1);
    expect(["ArrowLeft", "ArrowRight", "Home", "End"].map((key) => moved(key))).toEqual([
      388, 420, 200, 951,
    ]);
    expect([moved("ArrowLeft", 205), moved("ArrowRight", 950)]).toEqual([200, 951]);
    expect([moved("ArrowUp"), moved("a")]).toEqual([null, null]);
    expect(afterKey("ArrowDown", "horizontal", 500, { least: 200, most: 1600 }, 1)).toBe(516);
    expect(afterKey("ArrowLeft", "horizontal", 500, range, 1)).toBeNull();
  });

  it("rounds to whole pixels", () => {
    expect(clampTo(300.4, { least: 200, most: 951 })).toBe(300);
  });
});

describe("the heights at which grid and lines scroll", () => {
  it("are the view's own until a person drags", () => {
    expect(innerHeights(null, 480, 0, 1)).toEqual({ grid: 320, head: 480 });
  });

  it("let the grid be as high as the lines beside it", () => {
    expect(innerHeights(null, 480, 800, 1)).toEqual({ grid: 580, head: 480 });
  });

  it("are what a dragged part has room for", () => {
    expect(innerHeights(600, 480, 800, 1)).toEqual({ grid: 360, head: 490 });
    expect(innerHeights(200, 480, 800, 1)).toEqual({ grid: 100, head: 100 });
    expect(innerHeights(600, 480, 800, 2)).toEqual({ grid: 100, head: 190 });
  });
});
