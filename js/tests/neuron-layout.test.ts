import { describe, expect, it } from "vitest";
import type { VectorSpec } from "../src/state/types.ts";
import { cardPlace } from "../src/views/neuron/boxes.ts";
import { columnsOf } from "../src/views/neuron/columns.ts";
import { barOf } from "../src/views/neuron/draw.ts";
import { hitQuery, hitRow } from "../src/views/neuron/hit.ts";
import {
  cellLeft,
  type LayoutInput,
  neuronLayout,
  rowsInSight,
  zeroLine,
} from "../src/views/neuron/layout.ts";

const plain = (size: number): VectorSpec => ({
  size,
  scale: 1 / Math.sqrt(size),
  key_heads: 1,
  causal: false,
});

const input = (more: Partial<LayoutInput> & { vectors?: VectorSpec } = {}): LayoutInput => {
  const vectors = more.vectors ?? plain(more.size ?? 32);
  return {
    width: 1200,
    keys: 18,
    tokenText: 60,
    size: vectors.size,
    columns: columnsOf(vectors, ""),
    numberText: {},
    height: 480,
    unit: 1,
    ...more,
  };
};

const full: VectorSpec = { ...plain(32), softcap: 50, bias: true, mask: true };
const everyWidth = Array.from({ length: 131 }, (_, i) => 160 + 8 * i);

describe("at 1200 px", () => {
  const layout = neuronLayout(input());

  it("stands where the picture has it", () => {
    expect(layout.token).toEqual({ from: 0, to: 70 });
    expect(layout.key).toEqual({ from: 84, to: 308 });
    expect(layout.product).toEqual({ from: 332, to: 556 });
    expect(layout.columns.map(({ id, span }) => [id, span.from, span.to])).toEqual([
      ["dot", 580, 684],
      ["scaled", 708, 760],
      ["score", 784, 836],
      ["weight", 860, 992],
    ]);
    expect([layout.row, layout.strip, layout.cell, layout.gap]).toEqual([22, 16, 7, 1]);
    expect([layout.folded, layout.scrolls, layout.viewport]).toEqual([false, false, 18 * 22]);
  });

  it("has narrower cells for longer vectors, and scrolls beyond 128 values", () => {
    const of = (size: number) => {
      const { cell, gap, fitting, width } = neuronLayout(input({ size }));
      return { cell, gap, fitting, inside: width <= 1200 };
    };
    expect(of(64)).toEqual({ cell: 5, gap: 0, fitting: 64, inside: true });
    expect(of(128)).toEqual({ cell: 2, gap: 0, fitting: 128, inside: true });
    expect(of(256)).toEqual({ cell: 2, gap: 0, fitting: 164, inside: true });
    expect(of(16)).toEqual({ cell: 14, gap: 1, fitting: 16, inside: true });
    expect(of(1)).toEqual({ cell: 16, gap: 1, fitting: 1, inside: true });
  });

  it("gives every step a column", () => {
    expect(neuronLayout(input({ vectors: full })).columns.map(({ title }) => title)).toEqual([
      "q · k",
      "÷ √32",
      "soft cap 50",
      "bias",
      "mask",
      "score",
      "softmax",
    ]);
  });
});

describe("with less room", () => {
  const ids = (width: number) => neuronLayout(input({ width })).columns.map(({ id }) => id);

  it("folds columns below 900 px", () => {
    expect(ids(900)).toEqual(["dot", "scaled", "score", "weight"]);
    expect(ids(899)).toEqual(["dot", "weight"]);
    expect(neuronLayout(input({ width: 899 })).folded).toBe(true);
  });

  it("has thinner cells, then no q × k, then no strips", () => {
    const of = (width: number) => {
      const { cell, key, product } = neuronLayout(input({ width }));
      return [cell, key !== null, product !== null];
    };
    expect(of(640)).toEqual([4, true, true]);
    expect(of(599)).toEqual([3, true, true]);
    expect(of(419)).toEqual([3, true, false]);
    expect(of(200)).toEqual([0, false, false]);
  });

  it("fits into every width, with every step", () => {
    for (const vectors of [plain(32), plain(64), plain(128), plain(256), full])
      for (const width of everyWidth) {
        const layout = neuronLayout(input({ width, vectors, tokenText: 130 }));
        expect(layout.width, `${width} px, ${vectors.size} values`).toBeLessThanOrEqual(width);
        const spans = [
          layout.token,
          layout.key,
          layout.product,
          ...layout.columns.map((c) => c.span),
        ];
        const shown = spans.filter((span) => span !== null);
        shown.forEach((span, i) => {
          expect(span.to).toBeGreaterThan(span.from);
          expect(span.from).toBeGreaterThanOrEqual(shown[i - 1]?.to ?? 0);
        });
      }
  });

  it("scales with the host's font", () => {
    const large = neuronLayout(input({ unit: 2, width: 2400, tokenText: 120 }));
    expect([large.row, large.cell, large.columns.at(-1)?.span.to]).toEqual([44, 14, 1984]);
    expect(neuronLayout(input({ unit: 2, width: 1200 })).folded).toBe(true);
  });
});

describe("many keys", () => {
  const layout = neuronLayout(input({ keys: 5000 }));

  it("scroll within whole rows", () => {
    expect(layout.scrolls).toBe(true);
    expect([layout.viewport, layout.sheet]).toEqual([21 * 22, 5000 * 22]);
    expect(rowsInSight(layout, 0, 5000)).toEqual([0, 21]);
    expect(rowsInSight(layout, 33, 5000)).toEqual([1, 23]);
    expect(rowsInSight(layout, 1e9, 5000)).toEqual([4999, 5000]);
  });
});

describe("hits", () => {
  const layout = neuronLayout(input({ size: 256 }));
  const at = (x: number, y: number, scrollTop = 0, first = 0) =>
    hitRow(layout, scrollTop, first, 18, x, y);

  it("tell the neuron, the strip and the key", () => {
    const { key, product } = layout;
    if (!key || !product) throw new Error("the strips are gone");
    expect(at(key.from, 3)).toEqual({ key: 0, place: 0, strip: "key" });
    expect(at(product.to - 1, 25)).toEqual({ key: 1, place: 163, strip: "product" });
    expect(at(key.from + 5, 3, 44, 100)).toEqual({ key: 2, place: 102, strip: "key" });
    expect(at(key.from, 1)).toEqual({ key: 0, place: null, strip: null });
    expect(at(key.from - 1, 11)).toEqual({ key: 0, place: null, strip: null });
    expect(at(key.to, 11)).toEqual({ key: 0, place: null, strip: null });
  });

  it("end with the rows and with the neurons", () => {
    expect(at(10, 18 * 22)).toBeNull();
    expect(at(10, -1)).toBeNull();
    expect(at((layout.key?.to ?? 0) - 1, 11, 0, 200)).toEqual({ key: 0, place: null, strip: null });
    expect(hitQuery(layout, 3, layout.key?.from ?? 0)).toEqual({
      key: null,
      place: 3,
      strip: "query",
    });
    expect(hitQuery(layout, 0, 0)).toBeNull();
  });

  it("agree with where cells are drawn", () => {
    const strip = layout.product;
    if (!strip) throw new Error("the strip is gone");
    for (const place of [7, 50, 163]) {
      const x = cellLeft(layout, strip, place, 7);
      expect(at(x, 11, 0, 7)?.place).toBe(place);
      expect(at(x + layout.cell - 1, 11, 0, 7)?.place).toBe(place);
    }
  });
});

describe("bars of q · k", () => {
  it("fill their room from one side to the other", () => {
    const zero = zeroLine({ from: 100, to: 160 }, [30, -15, 0]);
    expect(zero).toEqual({ at: 120, perUnit: 60 / 45 });
    expect(barOf(zero, 30)).toEqual({ left: 121, width: 39 });
    expect(barOf(zero, -15)).toEqual({ left: 100, width: 20 });
    expect(barOf(zero, 0).width).toBe(0);
    expect(barOf(zero, 1e-9).width).toBe(1);
    expect(zeroLine({ from: 100, to: 160 }, [0, 0])).toEqual({ at: 100, perUnit: 0 });
    expect(zeroLine({ from: 100, to: 160 }, [-3]).at).toBe(160);
  });
});

describe("the card", () => {
  const bounds = { left: 0, top: 0, right: 600, bottom: 400 };
  const size = { width: 140, height: 60 };
  const box = (left: number, top: number, width: number, height: number) => ({
    left,
    top,
    right: left + width,
    bottom: top + height,
  });

  it("goes below and to the right", () => {
    expect(cardPlace(size, box(100, 100, 7, 22), [box(0, 100, 600, 22)], bounds)).toEqual({
      left: 117,
      top: 127,
    });
  });

  it("turns round at the edges, and stays inside", () => {
    expect(cardPlace(size, box(590, 100, 7, 22), [box(0, 100, 600, 22)], bounds).left).toBe(460);
    expect(cardPlace(size, box(100, 370, 7, 22), [box(0, 370, 600, 22)], bounds).top).toBe(305);
  });

  it("leaves what it describes alone", () => {
    const anchor = box(300, 100, 7, 22);
    const below = box(310, 125, 200, 30);
    expect(cardPlace(size, anchor, [anchor, below], bounds)).toEqual({ left: 150, top: 127 });
    const allBelow = box(0, 125, 600, 30);
    expect(cardPlace(size, anchor, [anchor, allBelow], bounds)).toEqual({ left: 317, top: 35 });
    const everything = cardPlace(size, anchor, [bounds], bounds);
    expect(everything.left).toBeGreaterThanOrEqual(0);
  });
});
