import { describe, expect, it } from "vitest";
import { Thumbs } from "../src/store/thumbs.ts";
import { type LayerWeights, poolFactor, thumbsOf } from "../src/views/model/local.ts";
import {
  type ByteMap,
  byteOf,
  fitted,
  glyphLines,
  glyphShare,
  levelOf,
  mapOf,
  weightOf,
} from "../src/views/model/resample.ts";
import { gridJobs, type Wants } from "../src/views/model/wants.ts";
import { factRows, linesInWords, metricPlace } from "../src/views/model/words.ts";

const map = (rows: number[][]): ByteMap => ({
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
  data: Uint8Array.from(rows.flat()),
});

describe("bytes of thumbnails", () => {
  it("are weights on a square-root scale from 1 on, and none at 0", () => {
    expect([0, 1, 128, 255].map(weightOf)).toEqual([0, 0, 0.25, 1]);
    expect([0, 0.25, 1].map(byteOf)).toEqual([1, 128, 255]);
    expect([1, 128, 255].map(levelOf)).toEqual([0, 128, 255]);
  });

  it("of a head are its own", () => {
    const thumbs = { heads: 2, rows: 1, columns: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect([...mapOf(thumbs, 1).data]).toEqual([4, 5, 6]);
  });
});

describe("coarse thumbnails", () => {
  const tensor = (name: string, side: number) => ({
    name: `${name}/encoder/2/max,10000,all,0`,
    shape: [1, side, side],
    data: new Uint8Array(side * side).fill(side),
  });

  it("are drawn but asked for again, and give way to those that come", () => {
    const thumbs = new Thumbs();
    thumbs.add([tensor("coarse-thumb", 2)]);
    const place = ["encoder", 2, "max,10000,all,0"] as const;
    expect(thumbs.layer(...place)).toBeNull();
    expect(thumbs.coarse(...place)).toMatchObject({ heads: 1, rows: 2, columns: 2 });
    thumbs.add([tensor("thumb", 4)]);
    expect(thumbs.layer(...place)?.rows).toBe(4);
    expect(thumbs.coarse("encoder", 1, place[2])).toBeNull();
  });
});

describe("fitted", () => {
  it("leaves alone what fits", () => {
    const small = map([[1, 2]]);
    expect(fitted(small, 1, 2, "max")).toBe(small);
  });

  it("loses no large weight between two pixels", () => {
    for (let at = 0; at < 7; at++) {
      const row = Array<number>(7).fill(9);
      row[at] = 200;
      const small = fitted(map([row]), 1, 3, "max");
      expect([small.rows, small.columns]).toEqual([1, 3]);
      expect(Math.max(...small.data)).toBe(200);
    }
  });

  it("pools by the mean of what is in play, and leaves blank where nothing is", () => {
    const wide = map([
      [byteOf(0.5), byteOf(0.1), 0, 0],
      [byteOf(0.3), 0, 0, 0],
    ]);
    const [left = 0, right] = fitted(wide, 1, 2, "mean").data;
    expect(weightOf(left)).toBeCloseTo(0.3, 2);
    expect(right).toBe(0);
    expect([...fitted(wide, 1, 2, "max").data]).toEqual([byteOf(0.5), 0]);
  });
});

describe("thumbnails made in the page", () => {
  const all = (count: number) => Array<boolean>(count).fill(true);
  const weights = (rows: number[][], more: Partial<LayerWeights> = {}): LayerWeights => ({
    heads: 1,
    queries: rows.length,
    keys: rows[0]?.length ?? 0,
    row: (query) => ({ values: Float32Array.from(rows[query] ?? []), exact: true }),
    sees: () => true,
    ...more,
  });
  const made = (
    layer: LayerWeights,
    more: { pooling?: "max" | "mean"; strongest?: number } = {},
    play = { query: all(layer.queries), key: all(layer.keys) },
  ) => [...(thumbsOf(layer, play, { pooling: "max", strongest: 1, ...more })?.data ?? [])];
  const table = [
    [0.5, 0.3, 0.2],
    [0.1, 0.2, 0.7],
  ];
  const bytes = (...values: number[]) => values.map(byteOf);

  it("are the weights as bytes, 0 where a query does not see a key or either is filtered out", () => {
    expect(made(weights(table))).toEqual(bytes(0.5, 0.3, 0.2, 0.1, 0.2, 0.7));
    const causal = weights(table, { sees: (query, key) => key <= query });
    expect(made(causal)).toEqual([byteOf(0.5), 0, 0, ...bytes(0.1, 0.2), 0]);
    const play = { query: [true, false], key: [false, true, true] };
    expect(made(weights(table), {}, play)).toEqual([0, ...bytes(0.3, 0.2), 0, 0, 0]);
    expect(made(weights([[0, 1, Number.NaN]]))).toEqual([1, 255, 0]);
  });

  it("keep of each row the strongest that reach the share of what the filters leave", () => {
    expect(made(weights(table), { strongest: 0.6 })).toEqual([
      ...bytes(0.5, 0.3),
      0,
      0,
      0,
      byteOf(0.7),
    ]);
    const play = { query: all(2), key: [true, true, false] };
    expect(made(weights(table), { strongest: 0.6 }, play)).toEqual([
      byteOf(0.5),
      0,
      0,
      0,
      byteOf(0.2),
      0,
    ]);
    // As Python does: even a row of one key keeps none.
    expect(made(weights(table), { strongest: 0 })).toEqual([0, 0, 0, 0, 0, 0]);
    expect(made(weights([[1]]), { strongest: 0 })).toEqual([0]);
    // All that equal the cut stay.
    expect(made(weights([[0.4, 0.3, 0.3, 0]]), { strongest: 0.5 })).toEqual([
      ...bytes(0.4, 0.3, 0.3),
      0,
    ]);
  });

  it("pool from 65 tokens on, each cell over its pairs in play", () => {
    const row = Array.from({ length: 66 }, (_, key) => key / 100);
    const layer = weights([row], { sees: (_, key) => key !== 1 });
    const largest = made(layer);
    expect(largest).toHaveLength(33);
    expect(largest.slice(0, 2)).toEqual(bytes(0, 0.03));
    expect(made(layer, { pooling: "mean" }).slice(0, 2)).toEqual(bytes(0, 0.025));
    expect(poolFactor(64, 10)).toBe(1);
    expect(poolFactor(10, 239)).toBe(4);
  });

  it("do not come of a part of the rows", () => {
    const part = weights(table, { row: () => null });
    expect(
      thumbsOf(part, { query: all(2), key: all(3) }, { pooling: "max", strongest: 1 }),
    ).toBeNull();
  });
});

describe("glyphLines", () => {
  const whole = { strongest: 1, pooled: false };

  it("keeps the strongest half of each row, weak to strong", () => {
    const rows = map([
      [byteOf(0.2), byteOf(0.7), byteOf(0.1)],
      [byteOf(0.3), byteOf(0.3), byteOf(0.4)],
    ]);
    const places = glyphLines(rows, whole).map(({ row, column }) => [row, column]);
    expect(places).toEqual([
      [1, 0],
      [1, 2],
      [0, 1],
    ]);
    expect(glyphLines(map([[0, 0]]), whole)).toEqual([]);
  });

  it("show one share of a row, whatever the threshold has left of it", () => {
    expect([1, 0.8, 0.3, 0].map(glyphShare)).toEqual([0.5, 0.5, 0.3, 0]);
    const row = [0.27, 0.24, 0.19, 0.1, 0.1, 0.1];
    const drawn = (strongest: number) => {
      const layer = {
        heads: 1,
        queries: 1,
        keys: 6,
        row: () => ({ values: Float32Array.from(row), exact: true }),
        sees: () => true,
      };
      const play = { query: [true], key: row.map(() => true) };
      const thumbs = thumbsOf(layer, play, { pooling: "max", strongest });
      if (!thumbs) throw new Error("no thumbnail");
      return glyphLines(mapOf(thumbs, 0), { strongest, pooled: false }).length;
    };
    expect([1, 0.95, 0.8, 0.7, 0.5, 0.45, 0.2, 0].map(drawn)).toEqual([2, 2, 2, 2, 2, 2, 1, 0]);
    // Cells of a pooled map: 0.8 of the row are left, half of the row is five of the eight.
    const cells = map([Array<number>(8).fill(byteOf(0.3))]);
    expect(glyphLines(cells, { strongest: 0.8, pooled: true })).toHaveLength(5);
    expect(glyphLines(cells, { strongest: 0.3, pooled: true })).toHaveLength(8);
  });

  it("are told in one sentence", () => {
    expect(linesInWords(1, false, null)).toBe("the strongest 50 % of each row");
    expect(linesInWords(0.8, false, null)).toBe("the strongest 50 % of each row");
    expect(linesInWords(0.3, true, null)).toBe("the strongest 30 % of pooled weights in each row");
    expect(linesInWords(1, false, 145)).toBe(
      "the strongest 50 % of each row, at most the 145 strongest lines of a head",
    );
  });
});

describe("gridJobs", () => {
  const wants = (more: Partial<Wants> = {}): Wants => ({
    block: "encoder",
    filter: { pooling: "max", strongest: 0.5, sentences: "ab", hideSpecial: true },
    sight: [0, 1],
    all: [0, 1, 2, 3],
    told: null,
    allFacts: false,
    layerBytes: 100,
    layerWeights: 8_000_000,
    ...more,
  });
  const asked = (more: Partial<Wants>, thumbs = new Thumbs()) =>
    gridJobs(wants(more), thumbs).map(
      ({ method, params, later }) =>
        `${method} ${(params as { layer: number }).layer}${later ? " later" : ""}`,
    );

  it("wants the thumbnails in sight, then their facts, then thumbnails later", () => {
    expect(asked({ told: 1 })).toEqual([
      "thumbnails 0",
      "thumbnails 1",
      "facts 1",
      "facts 0",
      "thumbnails 2 later",
      "thumbnails 3 later",
    ]);
  });

  it("wants facts of heavy layers only where they are read", () => {
    const heavy = { layerWeights: 8_000_001, all: [0, 1, 2] };
    expect(asked(heavy)).toEqual(["thumbnails 0", "thumbnails 1", "thumbnails 2 later"]);
    expect(asked({ ...heavy, told: 1 })).toEqual([
      "thumbnails 0",
      "thumbnails 1",
      "facts 1",
      "thumbnails 2 later",
    ]);
    expect(asked({ ...heavy, told: 0, allFacts: true })).toEqual([
      "thumbnails 0",
      "thumbnails 1",
      "facts 0",
      "facts 1",
      "facts 2",
      "thumbnails 2 later",
    ]);
  });

  it("wants all facts at once for an order", () => {
    expect(asked({ allFacts: true }).slice(2, 6)).toEqual([
      "facts 0",
      "facts 1",
      "facts 2",
      "facts 3",
    ]);
  });

  it("says everything that the filter is", () => {
    const [job] = gridJobs(wants(), new Thumbs());
    expect(job).toEqual({
      name: "thumb/encoder/0/max,5000,ab,1",
      method: "thumbnails",
      params: {
        block: "encoder",
        layer: 0,
        pooling: "max",
        strongest: 0.5,
        sentences: "ab",
        hide_special: true,
      },
    });
  });

  it("does not want what is here under the same filter", () => {
    const thumbs = new Thumbs();
    const data = Uint8Array.of(1);
    thumbs.add([
      { name: "thumb/encoder/0/max,5000,ab,1", shape: [1, 1, 1], data },
      { name: "thumb/encoder/1/max,5000,ab,0", shape: [1, 1, 1], data },
      { name: "facts/encoder/0", shape: [1, 9], data: new Float32Array(9) },
    ]);
    expect(asked({ all: [0, 1] }, thumbs)).toEqual(["thumbnails 1", "facts 1"]);
  });

  it("fetches no more ahead than can be kept", () => {
    expect(asked({ layerBytes: 8_000_000 })).toEqual([
      "thumbnails 0",
      "thumbnails 1",
      "facts 0",
      "facts 1",
      "thumbnails 2 later",
    ]);
  });
});

describe("facts in words", () => {
  const facts = {
    entropy: 1.471,
    possible: 2.886,
    previous: 0.049,
    next: 0.031,
    first: 0.594,
    special: 0.608,
    pair: { query: 1, key: 0, weight: 0.2134 },
  };
  const labels = { query: ["cat", "it"], key: ["cat", "it"], special: true };

  it("are rounded as a person reads them", () => {
    expect(factRows(facts, labels).map(({ fact, value }) => `${fact}: ${value}`)).toEqual([
      "entropy: 1.47 nats of 2.89",
      "to previous token: 0.05",
      "to next token: 0.03",
      "to first token: 0.59",
      "to special tokens: 0.61",
      "strongest pair: it → cat 0.213",
    ]);
    expect(factRows(facts, labels).at(-1)?.pair).toEqual({
      query: "it",
      attended: "cat",
      weight: "0.213",
    });
    expect(factRows(facts, labels)[0]).toMatchObject({
      short: "entropy",
      brief: "1.47 of 2.89 nats",
    });
  });

  it("leave out what does not apply", () => {
    const cross = { ...facts, previous: Number.NaN, next: Number.NaN, pair: null };
    const rows = factRows(cross, { ...labels, special: false });
    expect(rows.map(({ fact }) => fact)).toEqual(["entropy", "to first token"]);
  });

  it("stand on the ramp as weights do, entropy along a straight scale", () => {
    expect(metricPlace({ ...facts, previous: 0.25 }, "previous", 3)).toBe(0.5);
    expect(metricPlace({ ...facts, entropy: 0.75 }, "entropy", 3)).toBe(0.25);
    expect(metricPlace({ ...facts, entropy: 9 }, "entropy", 3)).toBe(1);
    expect(metricPlace({ ...facts, next: Number.NaN }, "next", 3)).toBeNull();
    expect(metricPlace(null, "next", 3)).toBeNull();
  });
});
