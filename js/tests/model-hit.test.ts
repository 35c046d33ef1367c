import { describe, expect, it } from "vitest";
import { hitTest } from "../src/views/model/hit.ts";
import { tileBox } from "../src/views/model/layout.ts";
import { layoutAt } from "./support/grid.ts";

const NONE = { top: 0, left: 0 };

describe("hitTest", () => {
  it("finds every thumbnail at its middle and its corners, an opened head or not", () => {
    for (const opened of [null, { row: 1, height: 400 }])
      for (const row of [0, 1, 2, 5])
        for (const column of [0, 1, 11]) {
          const layout = layoutAt({ opened });
          const { left, top, width, height } = tileBox(layout, row, column);
          const points = [
            [left, top],
            [left + width / 2, top + height / 2],
            [left + width - 1, top + height - 1],
          ];
          for (const [x = 0, y = 0] of points)
            expect(hitTest(layout, NONE, x, y)).toEqual({ row, column });
        }
  });

  it("gives half of each gap to the thumbnail beside it", () => {
    const layout = layoutAt();
    const { left, top, width } = tileBox(layout, 1, 3);
    expect(hitTest(layout, NONE, left + width + 2, top + 5)).toEqual({ row: 1, column: 3 });
    expect(hitTest(layout, NONE, left + width + 3, top + 5)).toEqual({ row: 1, column: 4 });
    expect(hitTest(layout, NONE, left + 5, top - 3)).toEqual({ row: 1, column: 3 });
    expect(hitTest(layout, NONE, left + 5, top - 4)).toEqual({ row: 0, column: 3 });
  });

  it("finds none on the labels, beyond the columns, and on the opened head", () => {
    const layout = layoutAt({ opened: { row: 1, height: 400 } });
    expect(hitTest(layout, NONE, 20, 30)).toBeNull();
    expect(hitTest(layout, NONE, 52 + 12 * 72, 30)).toBeNull();
    expect(hitTest(layout, NONE, 300, (layout.opened?.top ?? 0) + 5)).toBeNull();
    expect(hitTest(layout, NONE, 300, layout.viewport.height + 1)).toBeNull();
    expect(hitTest(layout, NONE, 300, -1)).toBeNull();
  });

  it("goes along with what is scrolled", () => {
    const layout = layoutAt({ width: 200 });
    expect(hitTest(layout, NONE, 60, 20)).toEqual({ row: 0, column: 0 });
    expect(hitTest(layout, { top: 28, left: 56 }, 60, 20)).toEqual({ row: 1, column: 2 });
    expect(hitTest(layout, { top: 0, left: 56 }, 40, 20)).toBeNull();
  });
});
