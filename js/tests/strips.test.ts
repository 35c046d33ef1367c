import { describe, expect, it } from "vitest";
import { range } from "../src/arrays.ts";
import type { Strip } from "../src/store/weights.ts";
import { tokenAxis, withSink, wordAxis } from "../src/views/head/axis.ts";
import { columnOf, combine, rowOf, sinkColumn, sinkOf } from "../src/views/head/strips.ts";
import { PAIR, peaked, tokenList } from "./support/sample.ts";

const HEADS = 3;

function reader(count: number, at: (head: number, token: number, other: number) => number) {
  return (token: number): Strip => ({
    values: Float32Array.from({ length: HEADS * count }, (_, i) =>
      at(Math.floor(i / count), token, i % count),
    ),
    exact: true,
  });
}

const list = tokenList(["a", "##b", "c", "d", "##e", "##f"], { words: [0, 0, 1, 2, 2, 2] });
const weight = (head: number, query: number, key: number) =>
  (1 + head) * 100 + (1 + query) * 10 + (1 + key);
const rows = reader(6, (head, query, key) => weight(head, query, key));
const columns = reader(6, (head, key, query) => weight(head, query, key));
const words = wordAxis(list);
const tokens = tokenAxis(list);

describe("rowOf", () => {
  it("is the row itself while tokens are shown", () => {
    const strip = rowOf(rows, HEADS, tokens, tokens, 4);
    expect(strip?.values).toEqual(rows(4).values);
    expect(strip?.length).toBe(6);
  });

  it("takes the mean over the pieces of the word and the sum over the pieces of each key", () => {
    const strip = rowOf(rows, HEADS, words, words, 2);
    const mean = (head: number, keys: number[]) =>
      keys
        .flatMap((key) => [3, 4, 5].map((query) => weight(head, query, key)))
        .reduce((a, b) => a + b) / 3;
    expect(strip?.length).toBe(3);
    for (let head = 0; head < HEADS; head++) {
      expect(strip?.values[head * 3]).toBeCloseTo(mean(head, [0, 1]), 3);
      expect(strip?.values[head * 3 + 1]).toBeCloseTo(mean(head, [2]), 3);
      expect(strip?.values[head * 3 + 2]).toBeCloseTo(mean(head, [3, 4, 5]), 3);
    }
  });

  it("keeps rows that sum to 1 summing to 1", () => {
    const at = peaked(PAIR.labels.length);
    const read = reader(PAIR.labels.length, (head, query, key) => at(0, head, query, key));
    const axis = wordAxis(PAIR);
    axis.labels.forEach((_, item) => {
      const strip = rowOf(read, HEADS, axis, axis, item);
      for (let head = 0; head < HEADS; head++) {
        const row = strip?.values.subarray(
          head * axis.labels.length,
          (head + 1) * axis.labels.length,
        );
        expect(row?.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      }
    });
  });

  it("merges one side only when the other list has other tokens", () => {
    const strip = rowOf(rows, HEADS, tokens, words, 0);
    expect(strip?.values[0]).toBeCloseTo(weight(0, 0, 0) + weight(0, 0, 1), 3);
  });

  it("is missing while one piece is, and inexact when one piece is", () => {
    expect(rowOf((token) => (token === 4 ? null : rows(token)), HEADS, words, words, 2)).toBeNull();
    const rough = (token: number) => ({ ...rows(token), exact: token !== 1 });
    expect(rowOf(rough, HEADS, words, words, 0)?.exact).toBe(false);
    expect(rowOf(rough, HEADS, words, words, 2)?.exact).toBe(true);
  });
});

describe("columnOf", () => {
  it.each([
    ["tokens", tokens],
    ["words", words],
  ])("holds the same numbers as the rows, over %s", (_name, axis) => {
    const count = axis.labels.length;
    for (let key = 0; key < count; key++) {
      const column = columnOf(columns, HEADS, axis, axis, key);
      for (let query = 0; query < count; query++) {
        const row = rowOf(rows, HEADS, axis, axis, query);
        for (let head = 0; head < HEADS; head++)
          expect(column?.values[head * count + query]).toBeCloseTo(
            row?.values[head * count + key] ?? Number.NaN,
            3,
          );
      }
    }
  });
});

describe("combine", () => {
  const strip = { values: Float32Array.of(1, 2, 30, 40, 500, 600), exact: true, length: 2 };

  it.each([
    ["sum", [501, 602]],
    ["mean", [250.5, 301]],
    ["max", [500, 600]],
  ] as const)("takes the %s over the heads that are on", (how, expected) => {
    expect(Array.from(combine(strip, [0, 2], how))).toEqual(expected);
  });

  it("is nothing over no heads", () => {
    for (const how of ["sum", "mean", "max"] as const)
      expect(Array.from(combine(strip, [], how))).toEqual([0, 0]);
  });
});

describe("a sink", () => {
  const half = reader(6, (head, query) => (query === 5 ? 0 : (head + 1) / 24));
  const [query, key] = [tokenAxis(list), withSink(tokenAxis(list))];

  it("takes what a row lacks to one; a row that sees nothing lacks nothing", () => {
    const strip = rowOf(half, HEADS, query, key, 0);
    expect(strip?.length).toBe(7);
    expect(range(0, HEADS).map((head) => strip?.values[head * 7 + 6])).toEqual([0.75, 0.5, 0.25]);
    expect(rowOf(half, HEADS, query, key, 5)?.values[6]).toBe(0);
    expect(sinkOf(Float32Array.of(0.25, 0.5))).toBe(0.25);
  });

  it("has a column over the queries", () => {
    const strip = sinkColumn(half, HEADS, query, key);
    expect(Array.from(strip?.values.subarray(0, 6) ?? [])).toEqual([
      0.75, 0.75, 0.75, 0.75, 0.75, 0,
    ]);
    expect(sinkColumn(() => null, HEADS, query, key)).toBeNull();
  });

  it("is averaged with the pieces of a merged word", () => {
    const graded = reader(6, (_, query) => (query + 1) / 12);
    const strip = rowOf(graded, HEADS, words, withSink(wordAxis(list)), 0);
    expect(strip?.values[3]).toBeCloseTo((0.5 + 0) / 2, 6);
  });
});
