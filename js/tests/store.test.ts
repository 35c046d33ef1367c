import { describe, expect, it } from "vitest";
import { Rows } from "../src/store/rows.ts";
import { Store } from "../src/store/store.ts";
import { Thumbs } from "../src/store/thumbs.ts";
import { blob } from "./support/blob.ts";

const facts = (layer: number, entropy: number) => {
  const data = Float32Array.of(entropy, 1, 0, 0, 0, 0, -1, -1, 0);
  return blob([{ name: `facts/encoder/${layer}`, shape: [1, data.length], data }]);
};

describe("a kind of tensor", () => {
  it("is kept from its first use on, with what the view opened with", () => {
    const store = new Store(facts(0, 0.25));
    expect(store.of(Thumbs).facts("encoder", 0, 0)?.entropy).toBe(0.25);
    expect(store.add(facts(1, 0.5))).toBe(1);
    expect(store.of(Thumbs).facts("encoder", 1, 0)?.entropy).toBe(0.5);
  });

  it("begins with what the view would open with now", () => {
    const store = new Store(facts(0, 0.25));
    store.reopen(facts(0, 0.75));
    expect(store.of(Thumbs).facts("encoder", 0, 0)?.entropy).toBe(0.75);
  });

  it("has one store", () => {
    const store = new Store(blob([]));
    expect(store.of(Rows)).toBe(store.of(Rows));
    expect(store.of(Rows)).not.toBe(store.of(Thumbs));
  });
});
