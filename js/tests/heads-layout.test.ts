import { describe, expect, it } from "vitest";
import {
  type HeatInput,
  heatLayout,
  labelsOf,
  mapLayout,
  mapSize,
  pointAt,
  pointBeside,
} from "../src/views/heads/layout.ts";
import { tileBox } from "../src/views/model/layout.ts";

const input = (more: Partial<HeatInput> = {}): HeatInput => ({
  width: 1200,
  unit: 1,
  rows: 6,
  columns: 12,
  height: 480,
  ...more,
});
const SIZES = [
  [1, 1],
  [6, 12],
  [12, 12],
  [30, 9],
  [48, 64],
] as const;

describe("heatLayout", () => {
  it("gives 12 heads at 1,200 px list and card, and cells with room for numbers", () => {
    const { tile, gap, listed, facts, numbered, main } = heatLayout(input());
    // 1200 − 60 − 260 list − 284 card = 596 for 12 columns 49 apart.
    expect({ tile, gap }).toEqual({ tile: { width: 45, height: 26 }, gap: 4 });
    expect({ listed, facts, numbered }).toEqual({ listed: true, facts: "card", numbered: true });
    expect(main).toBe(52 + 12 * 49 - 4 + 8);
  });

  it.each([
    [1079, true, "lines"],
    [640, true, "lines"],
    [639, false, "lines"],
    [599, false, "table"],
  ])("at %i px: list beside %s, facts as %s", (width, listed, facts) => {
    expect(heatLayout(input({ width }))).toMatchObject({ listed, facts });
  });

  it("puts the list below rather than make cells tiny", () => {
    expect(heatLayout(input({ columns: 64 }))).toMatchObject({ listed: false, facts: "lines" });
  });

  describe.each(SIZES)("%i layers of %i heads", (rows, columns) => {
    it.each([200, 320, 640, 900, 1200, 2000])("fit %i px or scroll", (width) => {
      for (const unit of [11 / 13, 1, 16 / 13]) {
        const layout = heatLayout(input({ width, unit, rows, columns }));
        const last = tileBox(layout, rows - 1, columns - 1);
        expect(last.left + last.width).toBeLessThanOrEqual(layout.sheet.width);
        expect(last.top + last.height).toBeLessThanOrEqual(layout.sheet.height);
        expect(layout.viewport.width).toBeLessThanOrEqual(width);
        expect(layout.scrolls.across).toBe(layout.sheet.width > layout.viewport.width);
        if (layout.scrolls.down)
          expect(layout.viewport.height).toBe(Math.round(480 * Math.max(1, unit)));
        expect(layout.tile.width).toBeGreaterThanOrEqual(8);
        expect(layout.tile.height).toBeGreaterThanOrEqual(10);
      }
    });
  });
});

describe("mapLayout", () => {
  const places = Float32Array.from([0, 0, 0, 4, 0, 0, 0, 1, 1, Number.NaN, Number.NaN, Number.NaN]);
  const size = { width: 444, height: 300 };

  it("has one scale for both axes, and y upwards", () => {
    const { points } = mapLayout(places, size, 1);
    // (444 − 2 · 22) / 4 = 100 px for 1.
    expect(points).toEqual([{ x: 22, y: 200 }, { x: 422, y: 200 }, { x: 22, y: 100 }, null]);
  });

  it("puts heads that are all alike into the middle", () => {
    const { points } = mapLayout(new Float32Array(6), size, 1);
    expect(points).toEqual([
      { x: 222, y: 150 },
      { x: 222, y: 150 },
    ]);
  });

  it.each([200, 320, 640, 900, 1200])("fits %i px", (width) => {
    const found = mapSize(input({ width }));
    expect(found.width).toBeLessThanOrEqual(width);
    expect(found.width).toBeGreaterThanOrEqual(180);
    expect(found.height).toBeLessThanOrEqual(480);
  });

  it("finds the point under a pointer, and the next one in a direction", () => {
    const layout = mapLayout(places, size, 1);
    expect(pointAt(layout, 25, 196)).toBe(0);
    expect(pointAt(layout, 222, 150)).toBeNull();
    expect(pointBeside(layout, 0, 1, 0)).toBe(1);
    expect(pointBeside(layout, 0, 0, -1)).toBe(2);
    expect(pointBeside(layout, 0, -1, 0)).toBe(0);
  });

  it("reaches every point by arrows", () => {
    const random = Float32Array.from({ length: 3 * 72 }, (_, at) => ((at * 7919) % 101) / 10);
    const layout = mapLayout(random, { width: 600, height: 400 }, 1);
    const reached = new Set([0]);
    const todo = [0];
    for (let from = todo.pop(); from !== undefined; from = todo.pop())
      for (const [dx, dy] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ] as const) {
        const to = pointBeside(layout, from, dx, dy);
        if (!reached.has(to)) todo.push(to);
        reached.add(to);
      }
    expect(reached.size).toBe(72);
  });

  it("names points where no name covers another one", () => {
    const layout = mapLayout(places, size, 1);
    const how = { wide: (text: string) => 6 * text.length, high: 12 };
    const labels = labelsOf(layout, ["0·0", "0·1", "0·2", "0·3"], [1], how);
    expect(labels.map(({ row }) => row)).toEqual([1, 0, 2]);
    const alike = mapLayout(new Float32Array(30), size, 1);
    const names = Array.from({ length: 10 }, (_, at) => `0·${at}`);
    expect(labelsOf(alike, names, [7], how).map(({ row }) => row)).toEqual([7, 0, 1, 2]);
  });
});
