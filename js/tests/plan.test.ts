import { describe, expect, it } from "vitest";
import { type Has, nameOf, plan, TILE_BYTES, type Want } from "../src/store/plan.ts";

const nothing: Has = () => false;

function want(count: number, more: Partial<Want> = {}): Want {
  return {
    block: "encoder",
    layer: 3,
    heads: 12,
    queryCount: count,
    keyCount: count,
    queries: [0, Math.min(count, 26)],
    keys: [0, Math.min(count, 26)],
    held: null,
    pointed: true,
    ...more,
  };
}

function covered(requests: ReturnType<typeof plan>, axis: string): number[] {
  const tokens = requests
    .filter((request) => request.axis === axis)
    .flatMap(({ start, stop }) => Array.from({ length: stop - start }, (_, i) => start + i));
  return [...new Set(tokens)].sort((a, b) => a - b);
}

describe("plan", () => {
  it("asks for a whole layer, exactly, when it fits one message", () => {
    expect(plan(want(18), nothing)).toEqual([
      { block: "encoder", layer: 3, axis: "all", start: 0, stop: 18, dtype: "f32" },
    ]);
    const largest = Math.floor(Math.sqrt(TILE_BYTES / 48));
    expect(plan(want(largest), nothing)[0]?.axis).toBe("all");
    expect(plan(want(largest + 1), nothing)[0]?.axis).toBe("query");
  });

  it("takes bytes of the rows in sight, and no columns, until a person points at the picture", () => {
    const rest = { pointed: false };
    expect(plan(want(18, rest), nothing)).toEqual([
      { block: "encoder", layer: 3, axis: "all", start: 0, stop: 18, dtype: "u8" },
    ]);
    const held: Want["held"] = { axis: "query", start: 4, stop: 5 };
    expect(plan(want(18, { ...rest, held }), nothing)[0]?.dtype).toBe("f32");
    const inSight = plan(want(512, rest), nothing).map(nameOf);
    expect(inSight).toEqual(["encoder/3/query/0/64/u8"]);
    expect(plan(want(512, { ...rest, held }), nothing).map(nameOf)).toEqual([
      "encoder/3/query/0/40/f32",
      ...inSight,
    ]);
  });

  it("asks for nothing that is here", () => {
    for (const count of [18, 512, 8192]) expect(plan(want(count), () => true)).toEqual([]);
  });

  it("takes exact bands of about one megabyte for 512 tokens", () => {
    const requests = plan(want(512, { queries: [100, 126], keys: [200, 226] }), nothing);
    for (const { start, stop, dtype } of requests) {
      expect(dtype).toBe("f32");
      expect(12 * 512 * 4 * (stop - start)).toBeLessThanOrEqual(TILE_BYTES);
    }
    expect(covered(requests, "query")).toEqual(
      expect.arrayContaining(Array.from({ length: 26 }, (_, i) => 100 + i)),
    );
    expect(covered(requests, "key")).toEqual(
      expect.arrayContaining(Array.from({ length: 26 }, (_, i) => 200 + i)),
    );
    expect(requests.length).toBeLessThanOrEqual(4);
  });

  it("takes byte-sized bands for 8192 tokens", () => {
    const requests = plan(want(8192, { queries: [4000, 4026], keys: [0, 26] }), nothing);
    expect(new Set(requests.map(({ dtype }) => dtype))).toEqual(new Set(["u8"]));
    for (const { start, stop } of requests)
      expect(12 * 8192 * (stop - start)).toBeLessThanOrEqual(TILE_BYTES);
    expect(covered(requests, "query")).toEqual(
      expect.arrayContaining(Array.from({ length: 26 }, (_, i) => 4000 + i)),
    );
  });

  it("asks for what is held first, exactly, also when bytes of it are here", () => {
    const held = { axis: "query", start: 4010, stop: 4011 } as const;
    const bytesOnly: Has = (_axis, _index, exact) => !exact;
    const [first, ...rest] = plan(want(8192, { queries: [4000, 4026], held }), bytesOnly);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ axis: "query", dtype: "f32" });
    expect(first?.start).toBeLessThanOrEqual(4010);
    expect(first?.stop).toBeGreaterThan(4010);

    const all = plan(
      want(8192, { queries: [4000, 4026], held: { ...held, axis: "key" } }),
      nothing,
    );
    expect(all[0]).toMatchObject({ axis: "key", dtype: "f32" });
    expect(all.slice(1).every(({ dtype }) => dtype === "u8")).toBe(true);
  });

  it("asks only for bands that lack a token in sight", () => {
    const size = Math.floor(TILE_BYTES / (12 * 512 * 4));
    const has: Has = (axis, index) => axis === "key" || index < size;
    const requests = plan(want(512, { queries: [size - 3, size + 3] }), has);
    expect(requests).toEqual([
      { block: "encoder", layer: 3, axis: "query", start: size, stop: 2 * size, dtype: "f32" },
    ]);
  });

  it("ends the last band at the last token and never asks twice for one", () => {
    const held = { axis: "query", start: 511, stop: 512 } as const;
    const requests = plan(want(512, { queries: [500, 512], held }), nothing);
    expect(Math.max(...requests.map(({ stop }) => stop))).toBe(512);
    const names = requests.map(nameOf);
    expect(new Set(names).size).toBe(names.length);
  });

  it("asks for single rows when even one is larger than a message", () => {
    const wide = want(8192, { heads: 64, queries: [5, 7], keys: [0, 1] });
    const rows = plan(wide, nothing).filter(({ axis }) => axis === "query");
    expect(rows.every(({ start, stop }) => stop - start >= 1)).toBe(true);
    expect(covered(rows, "query")).toEqual(expect.arrayContaining([5, 6]));
  });
});
