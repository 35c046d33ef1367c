import { describe, expect, it } from "vitest";
import { range } from "../src/arrays.ts";
import { Kept } from "../src/store/kept.ts";
import { nameOf, plan, type Want, weightJobs } from "../src/store/plan.ts";
import { Weights } from "../src/store/weights.ts";

/** What the page keeps, and that it never asks again for what it has just dropped. */

const LIMIT = 64_000_000;
const HEADS = 144;
const COUNT = 8192;
const ROW = HEADS * COUNT;

/** A layer of 144 heads over 8,192 tokens: a row is over 1 MB in bytes, 4.7 MB exact. */
function wide(first: number, rows: number, held: Want["held"] = null): Want {
  return {
    block: "encoder",
    layer: 0,
    heads: HEADS,
    queryCount: COUNT,
    keyCount: COUNT,
    queries: [first, first + rows],
    keys: [first, first + rows],
    held,
    pointed: true,
  };
}

const FILTER = { sentences: "all", hideSpecial: false } as const;

/** Answers one wish after another, as Python would, until there is none. Returns how many there were. */
function settle(weights: Weights, wants: Want[], most: number): number {
  for (let asked = 0; asked <= most; asked++) {
    const jobs = wants.flatMap((want) => weightJobs(weights, want, FILTER));
    const [job] = jobs;
    if (!job) return asked;
    if (job.method === "marginals") {
      const data = new Float32Array(ROW);
      const { layer } = job.params as { layer: number };
      const name = `received/encoder/${layer}`;
      weights.add([{ name, shape: [HEADS, COUNT], data }], job.variant);
      continue;
    }
    const { axis, layer, start, stop, dtype } = job.params as ReturnType<typeof plan>[number];
    const size = ROW * (stop - start);
    const data = dtype === "f32" ? new Float32Array(size) : new Uint8Array(size);
    const shape = axis === "query" ? [HEADS, stop - start, COUNT] : [HEADS, COUNT, stop - start];
    weights.add([
      { name: `${axis === "query" ? "q" : "k"}/encoder/${layer}/${start}`, shape, data },
    ]);
  }
  return Number.POSITIVE_INFINITY;
}

describe("144 heads over 8,192 tokens", () => {
  it.each([
    ["a view of 26 rows", 26],
    ["a view of 80 rows, more than the limit holds", 80],
  ])("%s comes to rest, and what is in sight stays", (_, rows) => {
    const weights = new Weights(LIMIT);
    expect(settle(weights, [wide(0, rows)], 4 * rows)).toBe(rows + 1);
    for (const row of range(0, rows))
      expect(weights.has("encoder", 0, "query", row, false)).toBe(true);
    expect(weights.bytes).toBeLessThanOrEqual(Math.max(LIMIT, (rows + 4) * ROW));
  });

  it("stays under the limit while a person scrolls", () => {
    const weights = new Weights(LIMIT);
    for (const first of [0, 26, 52, 78, 104]) {
      expect(settle(weights, [wide(first, 26)], 100)).toBeLessThanOrEqual(27);
      expect(weights.bytes).toBeLessThanOrEqual(LIMIT);
    }
  });

  it("stays under the limit while a person points at one row after another", () => {
    const weights = new Weights(LIMIT);
    for (const row of range(0, 20)) {
      const held = { axis: "query", start: row, stop: row + 1 } as const;
      expect(settle(weights, [wide(0, 26, held)], 100)).toBeLessThanOrEqual(28);
      expect(weights.has("encoder", 0, "query", row, true)).toBe(true);
      expect(weights.bytes).toBeLessThanOrEqual(LIMIT);
    }
  });

  it("two views of it that look at different parts both come to rest", () => {
    const weights = new Weights(LIMIT);
    const wants = [wide(0, 26), wide(4000, 26)];
    expect(settle(weights, wants, 300)).toBe(2 * 26 + 1);
  });

  it("stays under the limit over the figures of 30 layers", () => {
    const weights = new Weights(LIMIT);
    for (const layer of range(0, 30)) {
      settle(weights, [{ ...wide(0, 4), layer }], 100);
      expect(weights.marginal("received", "encoder", layer, "all")).not.toBeNull();
      expect(weights.bytes).toBeLessThanOrEqual(LIMIT);
    }
    expect(weights.marginal("received", "encoder", 0, "all")).toBeNull();
  });

  it("a column is asked for once it is pointed at, and no other", () => {
    const keys = (held: Want["held"]) =>
      plan(wide(0, 26, held), () => false)
        .filter(({ axis }) => axis === "key")
        .map(nameOf);
    expect(keys(null)).toEqual([]);
    expect(keys({ axis: "key", start: 7, stop: 8 })).toEqual(["encoder/0/key/7/8/f32"]);
  });
});

describe("what is kept", () => {
  const piece = (bytes: number) => ({ data: new Uint8Array(bytes) });

  it("goes when it was not looked at for two arrivals, and stays when it was", () => {
    const kept = new Kept<{ data: Uint8Array }>(25);
    for (const name of ["a", "b", "c", "d", "e"]) {
      kept.use("a");
      kept.put(name, piece(10));
      kept.trim();
    }
    expect([...kept].map(([name]) => name)).toEqual(["d", "a", "e"]);
  });

  it("goes at once where it was only read in passing", () => {
    const kept = new Kept<{ data: Uint8Array }>(25);
    for (const name of ["a", "b", "c", "d", "e"]) {
      kept.use("a", true);
      kept.put(name, piece(10));
      kept.trim();
    }
    expect([...kept].map(([name]) => name)).toEqual(["d", "e"]);
  });
});
