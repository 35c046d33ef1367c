import { describe, expect, it } from "vitest";
import {
  cardTop,
  type GridInput,
  type GridLayout,
  rankedColumns,
  rowAt,
  rowsInSight,
  rowTop,
  scrollTo,
  tileBox,
} from "../src/views/model/layout.ts";
import { layoutAt } from "./support/grid.ts";

const leastSide = ({ scrolls }: GridLayout) => (scrolls.across ? 24 : 22);
const WIDTHS = Array.from({ length: 60 }, (_, i) => 200 + 25 * i);

describe("gridLayout", () => {
  it("gives 12 heads at 1,200 px a card and thumbnails of 66 px, 6 px apart", () => {
    const { side, gap, left, facts, card, viewport } = layoutAt();
    // 1200 - 52 labels - 8 edge - 28 - 240 card - 10 scroll bar = 862; (862 - 11 · 6) / 12.
    expect({ side, gap, left, facts }).toEqual({ side: 66, gap: 6, left: 52, facts: "card" });
    const end = 52 + 12 * 66 + 11 * 6;
    expect(card).toEqual({ from: end + 28, to: end + 268 });
    expect(viewport).toEqual({ width: 1200, height: 8 + 6 * 66 + 5 * 6 + 8 });
  });

  it.each([
    [1119, "lines", 72],
    [640, "lines", 42],
    [599, "table", 39],
    [400, "table", 24],
  ] as const)("has %i px: %s, %i px", (width, facts, side) => {
    const layout = layoutAt({ width });
    expect([layout.facts, layout.side]).toEqual([facts, side]);
    expect(layout.card).toBeNull();
  });

  it("is a little smaller rather than scroll sideways for a few pixels", () => {
    const fits = (width: number, more: Partial<GridInput> = {}) => {
      const { side, scrolls, sheet } = layoutAt({ width, ...more });
      expect(sheet.width <= width).toBe(!scrolls.across);
      return [side, scrolls.across];
    };
    // 52 labels + 12 · 24 + 11 · 4 + 8.
    expect(fits(392)).toEqual([24, false]);
    expect(fits(391)).toEqual([23, false]);
    expect(fits(368)).toEqual([22, false]);
    expect(fits(367)).toEqual([24, true]);
    // Beside a scroll bar.
    expect(fits(392, { rows: 100 })).toEqual([23, false]);
  });

  it("keeps 72 px where there is more room, and 24 px where there is less, and then scrolls", () => {
    expect(layoutAt({ width: 2000 }).side).toBe(72);
    const narrow = layoutAt({ width: 200 });
    expect([narrow.side, narrow.gap, narrow.scrolls.across]).toEqual([24, 4, true]);
    expect(narrow.sheet.width).toBe(52 + 12 * 24 + 11 * 4 + 8);
    expect(layoutAt({ width: 640 }).scrolls.across).toBe(false);
  });

  it.each([1, 2, 12, 32, 64])(
    "keeps %i columns inside the width where it does not scroll",
    (columns) => {
      const shapes = [false, true].flatMap((framed) =>
        [1, 6, 32].flatMap((rows) => WIDTHS.map((width) => ({ framed, rows, width, columns }))),
      );
      for (const shape of shapes) {
        const layout = layoutAt(shape);
        const last = tileBox(layout, shape.rows - 1, columns - 1);
        expect(layout.side).toBeGreaterThanOrEqual(leastSide(layout));
        expect(layout.side).toBeLessThanOrEqual(72);
        const [small, wide] = shape.framed ? [8, 12] : [4, 6];
        expect(layout.gap).toBe(layout.side < 32 ? small : wide);
        const end = layout.scrolls.across ? Number.MAX_VALUE : (layout.card?.from ?? shape.width);
        expect(last.left + last.width + 8).toBeLessThanOrEqual(end);
        expect(layout.card?.to ?? 0).toBeLessThanOrEqual(shape.width);
      }
    },
  );

  it("leaves the card out where the rows beside it are too few to hold it", () => {
    expect(layoutAt({ rows: 6 }).facts).toBe("card");
    expect(layoutAt({ rows: 5 }).facts).toBe("lines");
    expect(layoutAt({ columns: 32, rows: 32 }).facts).toBe("lines");
  });

  it("grows with the font of the host", () => {
    const { side, left, pad, gap } = layoutAt({ unit: 2, width: 2400 });
    // The room for a scroll bar does not grow.
    expect({ side, left, pad, gap }).toEqual({ side: 133, left: 104, pad: 16, gap: 12 });
  });

  it("draws few queries over many keys as a flat map, and never thinner than a pointer needs", () => {
    const tileOf = (queries: number, keys: number) => layoutAt({ rows: 30, queries, keys }).tile;
    expect(tileOf(9, 18)).toEqual({ width: 66, height: 33 });
    expect(tileOf(18, 6)).toEqual({ width: 22, height: 66 });
    expect(tileOf(1, 300)).toEqual({ width: 66, height: 10 });
    expect(tileOf(1, 1)).toEqual({ width: 66, height: 66 });
  });

  it("puts a narrow map into the middle of its column", () => {
    const layout = layoutAt({ queries: 180, keys: 18 });
    expect(layout.tile.width).toBe(10);
    expect(layout.slot).toBe(24);
    expect(tileBox(layout, 0, 1).left).toBe(52 + 24 + 6 + 7);
  });

  it("scrolls inside only beyond one and a half times its height", () => {
    const whole = layoutAt({ rows: 12 });
    expect([whole.scrolls.down, whole.viewport.height]).toEqual([false, 16 + 12 * 66 + 11 * 6]);
    const long = layoutAt({ rows: 24 });
    expect([long.scrolls.down, long.viewport.height]).toEqual([true, 720]);
    expect(long.sheet.height).toBe(16 + 24 * 66 + 23 * 6);
  });
});

describe("rows", () => {
  const opened = { row: 2, height: 300 };

  it("below an opened head move down by its height and two gaps of 8 px, and nothing else moves", () => {
    const [before, after] = [layoutAt(), layoutAt({ opened })];
    for (const row of [0, 1, 2]) expect(rowTop(after, row)).toBe(rowTop(before, row));
    for (const row of [3, 4, 5])
      expect(rowTop(after, row)).toBe(rowTop(before, row) + 300 + 16 - 6);
    expect(after.opened).toEqual({ row: 2, top: rowTop(before, 2) + 66 + 8, height: 300 });
    expect(after.sheet.height).toBe(before.sheet.height + 310);
    expect(after.side).toBe(before.side);
  });

  it("stay where they are while the head is about to open", () => {
    const [before, after] = [layoutAt(), layoutAt({ opened: { row: 2, height: 0 } })];
    expect(rowTop(after, 5)).toBe(rowTop(before, 5));
    expect(after.sheet).toEqual(before.sheet);
  });

  it("are found again at their own heights, with and without an opened head", () => {
    for (const layout of [layoutAt(), layoutAt({ opened }), layoutAt({ captioned: true, opened })])
      for (let row = 0; row < 6; row++)
        for (const inside of [0, layout.pitch.y - layout.gap - 1])
          expect(rowAt(layout, rowTop(layout, row) + inside)).toBe(row);
    const layout = layoutAt({ opened });
    expect(rowAt(layout, rowTop(layout, 2) + 66 + 150)).toBe(2);
    expect(rowAt(layout, 0)).toBe(-1);
  });

  it("in sight are those that the viewport meets", () => {
    const layout = layoutAt({ rows: 24 });
    expect(rowsInSight(layout, 0)).toEqual([0, 10]);
    expect(rowsInSight(layout, 8 + 72 * 3)).toEqual([3, 13]);
    expect(rowsInSight(layout, 99999)).toEqual([23, 24]);
    expect(rowsInSight(layoutAt({ rows: 0 }), 0)).toEqual([0, 0]);
    const shut = layoutAt({ rows: 24, opened: { row: 1, height: 480 } });
    expect(rowsInSight(shut, 0)).toEqual([0, 4]);
    expect(rowsInSight(shut, 300)).toEqual([1, 8]);
  });
});

describe("scrollTo", () => {
  it("moves as little as it must", () => {
    expect(scrollTo(100, 200, 50, 400)).toBe(50);
    expect(scrollTo(100, 200, 150, 400)).toBe(100);
    expect(scrollTo(500, 600, 50, 400)).toBe(200);
    expect(scrollTo(500, 1000, 450, 400)).toBe(500);
  });
});

describe("cardTop", () => {
  const height = 170;

  it("stands beside its row, and inside the grid", () => {
    const layout = layoutAt();
    expect(cardTop(layout, 0, 1, height)).toBe(rowTop(layout, 1));
    expect(cardTop(layout, 0, 5, height)).toBe(layout.viewport.height - height);
    expect(cardTop(layout, 40, 1, height)).toBe(rowTop(layout, 1) - 40);
  });

  it("never lies over the opened head", () => {
    for (let row = 0; row < 6; row++)
      for (let pointed = 0; pointed < 6; pointed++) {
        const layout = layoutAt({ opened: { row, height: 480 } });
        const top = cardTop(layout, 0, pointed, height);
        const from = layout.opened?.top ?? 0;
        expect(top + height <= from || top >= from + 480).toBe(true);
      }
  });
});

describe("rankedColumns", () => {
  it("keeps as many as there are heads in a layer while the names fit", () => {
    expect(rankedColumns(1200, 1, 12, false)).toBe(12);
    // (400 - 52 - 8 + 6) / (36 + 6)
    expect(rankedColumns(400, 1, 12, false)).toBe(8);
    expect(rankedColumns(80, 1, 12, false)).toBe(1);
  });

  it("never scrolls sideways", () => {
    for (const width of WIDTHS)
      for (const framed of [false, true]) {
        const columns = rankedColumns(width, 1, 32, framed);
        const layout = layoutAt({ width, columns, rows: 40, captioned: true, framed });
        expect(layout.scrolls.across, `${width}`).toBe(false);
      }
  });
});
