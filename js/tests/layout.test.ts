import { describe, expect, it } from "vitest";
import {
  barLeft,
  fan,
  type HeadLayout,
  headLayout,
  type LayoutInput,
  rowCentre,
  rowsInSight,
  type Span,
} from "../src/views/head/layout.ts";

function layoutAt(more: Partial<LayoutInput> = {}): HeadLayout {
  return headLayout({
    width: 1200,
    queryItems: 18,
    keyItems: 18,
    queryText: 65,
    keyText: 65,
    numberText: 34,
    heads: 12,
    height: 480,
    unit: 1,
    ...more,
  });
}

function spansOf(layout: HeadLayout): Span[] {
  const { queryWeights, queryText, queryBars, lines, keyBars, keyText, keyWeights } = layout;
  const left = [queryWeights, queryText, queryBars, lines, keyBars, keyText];
  const all = [...left, ...keyWeights, layout.minimap, layout.panel];
  return all.filter((span) => span !== null);
}

const width = (span: Span | null | undefined) => (span ? span.to - span.from : 0);
const WIDTHS = Array.from({ length: 145 }, (_, i) => 160 + 10 * i);

describe("headLayout", () => {
  it.each([1, 12, 32, 144])("puts nothing over anything from 160 to 1600 px, %i heads", (heads) => {
    for (const text of [10, 65, 300])
      for (const px of WIDTHS) {
        const input = { width: px, heads, queryText: text, keyText: text };
        const spans = spansOf(layoutAt({ ...input, queryItems: px % 20 === 0 ? 18 : 239 }));
        const at = `${px} px, labels of ${text} px`;
        expect(spans[0]?.from, at).toBeGreaterThanOrEqual(0);
        spans.forEach((span, i) => {
          expect(width(span), at).toBeGreaterThan(0);
          expect(span.from, at).toBeGreaterThanOrEqual(spans[i - 1]?.to ?? 0);
        });
      }
  });

  it.each([1, 12])("keeps within the width at hand, %i heads", (heads) => {
    for (const text of [10, 65, 300])
      for (const px of WIDTHS) {
        const input = { width: px, heads, queryText: text, keyText: text };
        const layout = layoutAt({ ...input, queryItems: px % 20 === 0 ? 18 : 239 });
        const at = `${px} px, labels of ${text} px`;
        expect(layout.width, at).toBeLessThanOrEqual(px);
        expect(layout.panel?.to ?? 0, at).toBeLessThanOrEqual(px);
        expect(layout.minimap?.to ?? 0, at).toBeLessThanOrEqual(px);
      }
  });

  it("leaves out what has no room, by width", () => {
    const parts = (px: number) => {
      const { lines, queryBars, keyBars, queryWeights, keyWeights, panel } = layoutAt({
        width: px,
        queryText: 40,
        keyText: 40,
      });
      return [lines, queryBars, keyBars, queryWeights, panel]
        .map(Boolean)
        .map(Number)
        .concat(keyWeights.length)
        .join("");
    };
    expect(parts(319)).toBe("000001");
    expect(parts(320)).toBe("101001");
    expect(parts(419)).toBe("101001");
    expect(parts(420)).toBe("111001");
    expect(parts(599)).toBe("111001");
    expect(parts(600)).toBe("111002");
    expect(parts(759)).toBe("111002");
    expect(parts(760)).toBe("111102");
    expect(parts(959)).toBe("111102");
    expect(parts(960)).toBe("111113");
  });

  it("gives the lines 160 to 400 px, and the panel its 260", () => {
    for (const px of WIDTHS.filter((value) => value >= 600)) {
      const layout = layoutAt({ width: px });
      expect(width(layout.lines)).toBeGreaterThanOrEqual(160);
      expect(width(layout.lines)).toBeLessThanOrEqual(400);
      if (px >= 1000) expect(width(layout.panel)).toBe(260);
    }
    expect(width(layoutAt({ width: 3000 }).lines)).toBe(400);
    expect(layoutAt({ width: 3000 })).toEqual(layoutAt({ width: 2000 }));
  });

  it("puts the minimap 16 px right of the columns, 44 px wide, where lists scroll from 600 px on", () => {
    const long = (px: number) => layoutAt({ width: px, queryItems: 239, keyItems: 239 });
    expect(layoutAt({ width: 1200 }).minimap).toBeNull();
    expect(long(599).minimap).toBeNull();
    for (const px of WIDTHS.filter((value) => value >= 600)) {
      const { minimap, width: columns, keyWeights, panel } = long(px);
      expect(minimap?.from).toBe(columns + 16);
      expect(columns).toBeGreaterThanOrEqual(keyWeights.at(-1)?.to ?? 0);
      expect(width(minimap)).toBe(44);
      expect(minimap?.to).toBeLessThanOrEqual(px);
      if (panel) expect(panel.from).toBe((minimap?.to ?? 0) + 28);
    }
  });

  it.each([
    [1, 5, 1],
    [12, 5, 1],
    [13, 4, 1],
    [16, 4, 1],
    [17, 3, 1],
    [32, 3, 1],
    [64, 1, 1],
    [144, 1, 0],
  ])("draws %i bars %i px wide with a gap of %i", (heads, barWidth, gap) => {
    const { bar, keyBars } = layoutAt({ heads });
    expect(bar).toMatchObject({ width: barWidth, gap });
    expect(width(keyBars)).toBe(heads * (barWidth + gap) - gap);
  });

  it("shortens the wider labels, not below 40 px, where the lines would get too narrow", () => {
    const texts = (px: number, query: number, key: number) => {
      const { queryText, keyText, lines } = layoutAt({
        width: px,
        queryText: query,
        keyText: key,
      });
      return [width(queryText), width(keyText), width(lines)];
    };
    expect(texts(320, 50, 100)).toEqual([50, 69, 60]);
    expect(texts(320, 100, 100)).toEqual([59, 59, 61]);
    expect(texts(160, 100, 100)).toEqual([45, 45, 0]);
    expect(texts(420, 120, 40)).toEqual([100, 40, 60]);
  });

  it("holds labels of 40 to 120 px", () => {
    const texts = (text: number) => {
      const { queryText, keyText } = layoutAt({ queryText: text, keyText: text / 2 });
      return [width(queryText), width(keyText)];
    };
    expect(texts(10)).toEqual([40, 40]);
    expect(texts(90.2)).toEqual([91, 46]);
    expect(texts(500)).toEqual([120, 120]);
  });

  it.each([
    [1, 22],
    [30, 22],
    [31, 16],
    [45, 16],
    [46, 18],
    [500, 18],
  ])("with %i rows makes them %i px high", (rows, px) => {
    expect(layoutAt({ queryItems: rows, keyItems: 1 }).row).toBe(px);
    expect(layoutAt({ queryItems: 1, keyItems: rows }).row).toBe(px);
  });

  it("scrolls only what is higher than one and a half times the height asked for", () => {
    const short = layoutAt({ queryItems: 32 });
    expect(short).toMatchObject({ scrolls: false, sheet: 32 * 16, viewport: 32 * 16 });
    const long = layoutAt({ queryItems: 239 });
    expect(long).toMatchObject({ scrolls: true, sheet: 239 * 18, viewport: 26 * 18 });
    expect(long.viewport).toBeLessThanOrEqual(480);
  });

  it("grows with the host's font", () => {
    const layout = layoutAt({ width: 2400, unit: 2, numberText: 68, queryText: 130, keyText: 130 });
    expect(layout.row).toBe(44);
    expect(width(layout.queryWeights)).toBe(92);
    expect(width(layout.panel)).toBe(520);
    expect(layoutAt({ width: 1199, unit: 2 }).keyWeights).toHaveLength(1);
  });
});

describe("rows", () => {
  const layout = layoutAt({ queryItems: 239, keyItems: 239 });

  it("in sight follow the scroll position, half rows included", () => {
    expect(rowsInSight(layout, 0, 239)).toEqual([0, 26]);
    expect(rowsInSight(layout, 9, 239)).toEqual([0, 27]);
    expect(rowsInSight(layout, 36, 239)).toEqual([2, 28]);
    expect(rowsInSight(layout, layout.sheet - layout.viewport, 239)).toEqual([213, 239]);
  });

  it("in sight stay within the list, also a short one beside a long one", () => {
    expect(rowsInSight(layout, 4000, 10)).toEqual([9, 10]);
    expect(rowsInSight(layout, 0, 0)).toEqual([0, 0]);
    expect(rowsInSight(layout, 1e6, 239)[1]).toBe(239);
  });

  it("have their centre where they are", () => {
    expect(rowCentre(layout, 0, 0)).toBe(9);
    expect(rowCentre(layout, 100, 10)).toBe(89);
  });
});

describe("fan and bars", () => {
  const layout = layoutAt();

  it("spreads line ends evenly about the middle, inside the row", () => {
    expect(fan(layout, 0, 1)).toBe(0);
    expect([0, 1, 2].map((i) => fan(layout, i, 3))).toEqual([-2.5, 0, 2.5]);
    const many = Array.from({ length: 12 }, (_, i) => fan(layout, i, 12));
    expect(many[0]).toBeCloseTo(-(many[11] ?? 0));
    expect(Math.max(...many)).toBeLessThan((layout.row - 8) / 2);
    expect((many[1] ?? 0) - (many[0] ?? 0)).toBeCloseTo((22 - 8) / 12);
  });

  it("puts bars side by side from the left edge to the right", () => {
    const span = layout.keyBars ?? { from: 0, to: 0 };
    expect(barLeft(layout, span, 0)).toBe(span.from);
    expect(barLeft(layout, span, 1)).toBe(span.from + 6);
    expect(barLeft(layout, span, 11) + layout.bar.width).toBe(span.to);
  });
});
