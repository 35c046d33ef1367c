import { describe, expect, it } from "vitest";
import type { VectorSpec } from "../src/state/types.ts";
import { columnsOf, formula } from "../src/views/neuron/columns.ts";
import {
  inFull,
  parsed,
  productInWords,
  scaleEnd,
  signed,
  signedPercent,
} from "../src/views/neuron/numbers.ts";
import { strongestKey } from "../src/views/neuron/pictures.ts";

const plain: VectorSpec = { size: 32, scale: 0.17677669, key_heads: 12, causal: false };
const titles = (vectors: VectorSpec, position: Parameters<typeof columnsOf>[1] = "") =>
  columnsOf(vectors, position).map(({ title }) => title);

describe("columns", () => {
  it("leave out what a model does not have", () => {
    expect(titles(plain)).toEqual(["q · k", "÷ √32", "score", "softmax"]);
    expect(titles({ ...plain, scale: 1 })).toEqual(["q · k", "score", "softmax"]);
    expect(titles({ ...plain, scale: 0.125 })).toEqual(["q · k", "× 0.125", "score", "softmax"]);
  });

  it("name the bias after how the model knows places", () => {
    const vectors = { ...plain, bias: true };
    const named = (["", "rotary", "alibi", "relative", "disentangled"] as const).map(
      (position) => titles(vectors, position)[2],
    );
    expect(named).toEqual(["bias", "bias", "ALiBi", "T5 bias", "relative bias"]);
  });

  it("have a mask where a key can be hidden", () => {
    expect(titles({ ...plain, causal: true })).toContain("mask");
    expect(titles({ ...plain, mask: true })).toContain("mask");
  });
});

describe("the formula", () => {
  it("has the terms of the layer", () => {
    expect(formula(plain, "")).toBe("weight = softmax(q · k ÷ √32)");
    expect(formula({ ...plain, causal: true, bias: true }, "alibi")).toBe(
      "weight = softmax(q · k ÷ √32 + ALiBi + mask)",
    );
    expect(formula({ ...plain, scale: 1, softcap: 50, sinks: [1] }, "")).toBe(
      "weight = softmax(50 · tanh(q · k ÷ 50)) over keys and sink",
    );
  });
});

describe("numbers", () => {
  it("have a sign and a true minus", () => {
    expect([30.656, -0.4, -0.04, 0].map((value) => signed(value, 1))).toEqual([
      "+30.7",
      "−0.4",
      "0.0",
      "0.0",
    ]);
    expect(signed(Number.NEGATIVE_INFINITY, 2)).toBe("−∞");
    expect(["+30.7", "−0.4", "−∞", "·"].map(parsed)).toEqual([
      30.7,
      -0.4,
      Number.NEGATIVE_INFINITY,
      0,
    ]);
    expect(inFull(-0.00039828)).toBe("−0.00039828");
    expect(productInWords(3.0411, 1.1064)).toBe("q +3.04 × k +1.11 = +3.36");
    expect(signedPercent(-0.05)).toBe("−5 %");
  });

  it("end a scale with as many figures as it needs", () => {
    expect([11.146, 4.514, 0.0314, 0].map(scaleEnd)).toEqual(["11.1", "4.5", "0.031", "0"]);
  });
});

describe("strongestKey", () => {
  it("is the largest weight in play, or none", () => {
    expect(strongestKey([0.1, 0.6, 0.3], [true, true, true])).toBe(1);
    expect(strongestKey([0.1, 0.6, 0.3], [true, false, true])).toBe(2);
    expect(strongestKey([0.9, 0.1], [true, true])).toBe(0);
    expect(strongestKey([0, 0], [true, true])).toBe(-1);
  });
});
