import { describe, expect, it } from "vitest";
import {
  carriedBy,
  firstNeurons,
  neuronOrder,
  products,
  shareOf,
} from "../src/views/neuron/shares.ts";
import { minilm } from "./support/neuron-cases.ts";

const parts = (...values: number[]) => Float64Array.from(values);

describe("MiniLM's it · cat", () => {
  const cat = products(minilm.query, minilm.keys.slice(2 * 32, 3 * 32));

  it("is carried by its first 8 neurons for 79 %", () => {
    const { share, first, others } = carriedBy(cat, 8);
    expect(Math.round(100 * (share ?? 0))).toBe(79);
    expect(first + others).toBeCloseTo(30.656, 2);
  });

  it("has neuron 10 with 11 %", () => {
    expect(cat[10]).toBeCloseTo(3.365, 2);
    expect(Math.round(100 * (shareOf(cat[10] ?? 0, 30.656) ?? 0))).toBe(11);
    expect(neuronOrder(cat, "share").indexOf(10)).toBe(2);
  });
});

describe("the order of neurons", () => {
  it("goes from what carries q · k to what works against it", () => {
    expect(neuronOrder(parts(1, -2, 4, 0), "share")).toEqual([2, 0, 3, 1]);
    expect(neuronOrder(parts(-1, 2, -4, 0), "share")).toEqual([2, 0, 3, 1]);
  });

  it("keeps equals by number, and is that of the model by index", () => {
    expect(neuronOrder(parts(1, 1, 3, 1), "share")).toEqual([2, 0, 1, 3]);
    expect(neuronOrder(parts(1, -2, 4), "index")).toEqual([0, 1, 2]);
  });
});

describe("what is carried", () => {
  it("is the sum of the first shares", () => {
    expect(carriedBy(parts(6, 1, 3), 1)).toEqual({ count: 1, first: 6, others: 4, share: 0.6 });
    expect(carriedBy(parts(-6, -1, -3), 2)).toEqual({
      count: 2,
      first: -9,
      others: -1,
      share: 0.9,
    });
  });

  it("is no share where the others take it away again", () => {
    expect(carriedBy(parts(6, -1, -4.5), 1)).toEqual({
      count: 1,
      first: 6,
      others: -5.5,
      share: null,
    });
    expect(carriedBy(parts(0, 0), 1).share).toBeNull();
    expect(shareOf(1, 0)).toBeNull();
    expect(shareOf(-1, 4)).toBe(-0.25);
  });

  it("counts eight neurons, or a quarter of a short vector", () => {
    expect([1, 4, 16, 32, 64, 256].map(firstNeurons)).toEqual([1, 1, 4, 8, 8, 8]);
  });
});
