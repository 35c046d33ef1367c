import { describe, expect, it } from "vitest";
import { decodeTensors } from "../src/store/decode.ts";
import { Weights } from "../src/store/weights.ts";
import { blob, floats, type NamedTensor, toByte } from "./support/blob.ts";
import { type Piece, pieceOf, sampleOf, tokenList } from "./support/sample.ts";

const COUNT = 6;
const sample = sampleOf({
  tokens: tokenList(["a", "b", "c", "d", "e", "f"]),
  heads: 2,
  weightAt: (layer, head, query, key) => layer / 2 + head / 4 + query / 64 + key / 1024,
});

function piece(more: Partial<Piece>): NamedTensor {
  return pieceOf(sample, { layer: 0, axis: "all", start: 0, stop: COUNT, dtype: "f32", ...more });
}

function rowValues(layer: number, query: number): Float32Array {
  return Float32Array.from({ length: 2 * COUNT }, (_, i) =>
    sample.weightAt(layer, Math.floor(i / COUNT), query, i % COUNT),
  );
}

function columnValues(layer: number, key: number): Float32Array {
  return Float32Array.from({ length: 2 * COUNT }, (_, i) =>
    sample.weightAt(layer, Math.floor(i / COUNT), i % COUNT, key),
  );
}

function holding(...tensors: NamedTensor[]): Weights {
  const weights = new Weights();
  for (const tensor of tensors) weights.add(decodeTensors(blob([tensor])));
  return weights;
}

describe("Weights", () => {
  it("reads rows and columns of a whole layer by head", () => {
    const weights = holding(piece({}), piece({ layer: 1 }));
    expect(weights.row("encoder", 0, 4)).toEqual({ values: rowValues(0, 4), exact: true });
    expect(weights.row("encoder", 1, 0)).toEqual({ values: rowValues(1, 0), exact: true });
    expect(weights.column("encoder", 1, 5)).toEqual({ values: columnValues(1, 5), exact: true });
    expect(weights.complete("encoder", 0)).toBe(true);
    expect(weights.complete("encoder", 2)).toBe(false);
    expect(weights.row("decoder", 0, 0)).toBeNull();
  });

  it("reads bands where they are and nothing beside them", () => {
    const weights = holding(
      piece({ axis: "query", start: 2, stop: 4 }),
      piece({ axis: "key", start: 4, stop: 6 }),
    );
    expect(weights.row("encoder", 0, 2)?.values).toEqual(rowValues(0, 2));
    expect(weights.row("encoder", 0, 3)?.values).toEqual(rowValues(0, 3));
    expect(weights.row("encoder", 0, 1)).toBeNull();
    expect(weights.row("encoder", 0, 4)).toBeNull();
    expect(weights.column("encoder", 0, 4)?.values).toEqual(columnValues(0, 4));
    expect(weights.column("encoder", 0, 5)?.values).toEqual(columnValues(0, 5));
    expect(weights.column("encoder", 0, 3)).toBeNull();
    expect(weights.complete("encoder", 0)).toBe(false);
  });

  it("turns bytes back into weights and says that they are not exact", () => {
    const strip = holding(piece({ dtype: "u8" })).row("encoder", 0, 5);
    expect(strip?.exact).toBe(false);
    const expected = Array.from(rowValues(0, 5), (w) => (toByte(w) / 255) ** 2);
    expect(Array.from(strip?.values ?? [])).toEqual(expected.map(Math.fround));
  });

  it("prefers exact rows to byte-sized ones, whichever came first", () => {
    const exact = piece({ axis: "query", start: 1, stop: 2 });
    const bytes = piece({ dtype: "u8" });
    for (const weights of [holding(exact, bytes), holding(bytes, exact)]) {
      expect(weights.row("encoder", 0, 1)).toEqual({ values: rowValues(0, 1), exact: true });
      expect(weights.row("encoder", 0, 2)?.exact).toBe(false);
      expect(weights.has("encoder", 0, "query", 1, true)).toBe(true);
      expect(weights.has("encoder", 0, "query", 2, true)).toBe(false);
      expect(weights.has("encoder", 0, "query", 2, false)).toBe(true);
      expect(weights.has("encoder", 0, "key", 2, false)).toBe(true);
    }
  });

  it("keeps a short exact band beside a long byte-sized one that starts at the same token", () => {
    const exact = piece({ axis: "query", start: 0, stop: 1 });
    const bytes = piece({ axis: "query", start: 0, stop: 5, dtype: "u8" });
    for (const weights of [holding(exact, bytes), holding(bytes, exact)]) {
      expect(weights.row("encoder", 0, 0)).toEqual({ values: rowValues(0, 0), exact: true });
      expect(weights.has("encoder", 0, "query", 4, false)).toBe(true);
    }
  });

  it("replaces a whole layer of bytes by the exact one and never the other way", () => {
    const weights = holding(piece({ dtype: "u8" }));
    expect(weights.bytes).toBe(2 * COUNT * COUNT);
    weights.add(decodeTensors(blob([piece({})])));
    expect(weights.bytes).toBe(4 * 2 * COUNT * COUNT);
    weights.add(decodeTensors(blob([piece({ dtype: "u8" })])));
    expect(weights.row("encoder", 0, 3)?.exact).toBe(true);
  });

  it("evicts the least recently used beyond its limit, never the newest", () => {
    const layer = 4 * 2 * COUNT * COUNT;
    const weights = new Weights(2 * layer);
    weights.add(decodeTensors(blob([piece({})])));
    weights.add(decodeTensors(blob([piece({ layer: 1 })])));
    expect(weights.bytes).toBe(2 * layer);
    // What other stores receive counts as an arrival: a view has looked at what it shows.
    for (let arrivals = 0; arrivals < 2; arrivals++) {
      weights.has("encoder", 0, "query", 0, true);
      weights.add([]);
    }
    weights.row("encoder", 0, 0);
    weights.add(decodeTensors(blob([piece({ layer: 2 })])));
    expect(weights.bytes).toBe(2 * layer);
    expect(weights.complete("encoder", 0)).toBe(true);
    expect(weights.complete("encoder", 1)).toBe(false);
    expect(weights.complete("encoder", 2)).toBe(true);

    const tiny = new Weights(1);
    tiny.add(decodeTensors(blob([piece({})])));
    expect(tiny.complete("encoder", 0)).toBe(true);
  });

  it("keeps the band with more rows where one with fewer comes after it", () => {
    const band = (stop: number, dtype: "f32" | "u8") => piece({ axis: "query", stop, dtype });
    const weights = holding(band(4, "u8"), band(2, "u8"));
    expect(weights.has("encoder", 0, "query", 3, false)).toBe(true);
    for (const more of [band(6, "u8"), band(1, "f32")]) weights.add(decodeTensors(blob([more])));
    expect(weights.has("encoder", 0, "query", 5, false)).toBe(true);
    expect(weights.has("encoder", 0, "query", 0, true)).toBe(true);
  });

  it("keeps marginals apart by the filter that they were made with", () => {
    const weights = new Weights();
    const received = (value: number) =>
      blob([{ name: "received/encoder/0", shape: [1, 2], data: floats(value, 0.5) }]);
    weights.add(decodeTensors(received(0.1)));
    weights.add(decodeTensors(received(0.2)), "ab");
    expect(weights.marginal("received", "encoder", 0, "all")).toEqual(floats(0.1, 0.5));
    expect(weights.marginal("received", "encoder", 0, "ab")).toEqual(floats(0.2, 0.5));
    expect(weights.marginal("received", "encoder", 0, "ba")).toBeNull();
    expect(weights.marginal("strongest", "encoder", 0, "all")).toBeNull();
    expect(weights.bytes).toBe(16);
  });

  it("draws with coarse weights until better ones come, and asks for these all the same", () => {
    const bytes = piece({ dtype: "u8" });
    const coarse = { ...bytes, name: `coarse-${bytes.name}` };
    const weights = holding(coarse);
    expect(weights.row("encoder", 0, 4)?.exact).toBe(false);
    expect(weights.complete("encoder", 0)).toBe(true);
    expect(weights.complete("encoder", 0, false)).toBe(false);
    expect(weights.complete("encoder", 1)).toBe(false);
    for (const exact of [true, false])
      expect(weights.has("encoder", 0, "query", 4, exact)).toBe(false);

    const other = { ...bytes, data: (bytes.data as Uint8Array).map((byte) => byte ^ 1) };
    weights.add(decodeTensors(blob([other])));
    expect(weights.has("encoder", 0, "query", 4, false)).toBe(true);
    expect(weights.row("encoder", 0, 4)).toEqual(holding(other).row("encoder", 0, 4));
    weights.add(decodeTensors(blob([coarse])));
    expect(weights.row("encoder", 0, 4)).toEqual(holding(other).row("encoder", 0, 4));
    weights.add(decodeTensors(blob([piece({})])));
    expect(weights.row("encoder", 0, 4)).toEqual({ values: rowValues(0, 4), exact: true });
  });
});
