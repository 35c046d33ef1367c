import { describe, expect, it } from "vitest";
import { type Hit, hitTest, type SideName, sideAt } from "../src/views/head/hit.ts";
import {
  barLeft,
  type HeadLayout,
  headLayout,
  rowCentre,
  rowsInSight,
} from "../src/views/head/layout.ts";

const COUNTS = { query: 60, key: 50 };

function layoutAt(width: number, heads: number): HeadLayout {
  return headLayout({
    width,
    queryItems: COUNTS.query,
    keyItems: COUNTS.key,
    queryText: 65,
    keyText: 65,
    numberText: 34,
    heads,
    height: 480,
    unit: 1,
  });
}

interface Target {
  x: number;
  y: number;
  expected: Hit;
}

/** Corners of everything that is drawn and in sight. */
function targets(layout: HeadLayout, heads: number, scrollTop: number): Target[] {
  const corners = (left: number, right: number, item: number, expected: Hit): Target[] => {
    const top = rowCentre(layout, scrollTop, item) - layout.row / 2;
    const ys = [Math.max(0, top), Math.min(layout.viewport, top + layout.row) - 0.01];
    return ys.flatMap((y) => [left, right - 0.01].map((x) => ({ x, y, expected })));
  };
  const rowTargets = (side: SideName, item: number): Target[] => {
    const [text, bars] =
      side === "query" ? [layout.queryText, layout.queryBars] : [layout.keyText, layout.keyBars];
    const slots = bars ? Array.from({ length: heads }, (_, head) => head) : [];
    return [
      ...corners(text.from, text.to, item, { kind: "token", side, item }),
      ...slots.flatMap((head) => {
        const left = barLeft(layout, bars ?? text, head);
        return corners(left, left + layout.bar.width, item, { kind: "bar", side, item, head });
      }),
    ];
  };
  const sides = ["query", "key"] as const;
  return sides.flatMap((side) => {
    const [from, to] = rowsInSight(layout, scrollTop, COUNTS[side]);
    return Array.from({ length: to - from }, (_, i) => rowTargets(side, from + i)).flat();
  });
}

describe.each([
  [1200, 12],
  [640, 32],
  [360, 1],
  [260, 12],
  [1600, 144],
])("hitTest at %i px with %i heads", (width, heads) => {
  const layout = layoutAt(width, heads);
  const hit = (scrollTop: number, x: number, y: number) =>
    hitTest(layout, { query: scrollTop, key: scrollTop }, COUNTS, heads, x, y);

  it.each([0, 7, 300])("finds all that is drawn, scrolled by %i", (scrollTop) => {
    const all = targets(layout, heads, scrollTop);
    expect(all.length).toBeGreaterThan(160);
    const found = all.map(({ x, y }) => hit(scrollTop, x, y));
    expect(found).toEqual(all.map(({ expected }) => expected));
  });

  it("finds the token behind its numbers", () => {
    const y = rowCentre(layout, 0, 3);
    for (const span of layout.keyWeights)
      expect(hit(0, (span.from + span.to) / 2, y)).toEqual({ kind: "token", side: "key", item: 3 });
    const left = layout.queryWeights;
    if (left)
      expect(hit(0, (left.from + left.to) / 2, y)).toEqual({
        kind: "token",
        side: "query",
        item: 3,
      });
  });

  it("finds each list where it stands when they are scrolled apart", () => {
    const tops = { query: 0, key: 10 * layout.row };
    const at = (x: number) => hitTest(layout, tops, COUNTS, heads, x, rowCentre(layout, 0, 3));
    expect(at(layout.queryText.from)).toMatchObject({ side: "query", item: 3 });
    expect(at(layout.keyText.from)).toMatchObject({ side: "key", item: 13 });
    if (layout.keyBars) expect(at(layout.keyBars.from)).toMatchObject({ side: "key", item: 13 });
    expect(sideAt(layout, layout.queryText.to)).toBe("query");
    expect(sideAt(layout, layout.keyText.from)).toBe("key");
  });

  it("finds nothing among the lines, outside, or beyond the shorter list", () => {
    const y = rowCentre(layout, 0, 3);
    if (layout.lines) expect(hit(0, (layout.lines.from + layout.lines.to) / 2, y)).toBeNull();
    expect(hit(0, -20, y)).toBeNull();
    expect(hit(0, layout.width + 1, y)).toBeNull();
    expect(hit(0, layout.queryText.from, -1)).toBeNull();
    expect(hit(0, layout.queryText.from, layout.viewport)).toBeNull();
    const end = layout.sheet - layout.viewport;
    const last = rowCentre(layout, end, 55);
    expect(hit(end, layout.queryText.from, last)).toMatchObject({ item: 55 });
    expect(hit(end, layout.keyText.from, last)).toBeNull();
  });
});
