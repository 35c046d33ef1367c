import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Strip } from "../src/store/weights.ts";
import { wordAxis } from "../src/views/head/axis.ts";
import { strongest } from "../src/views/head/cut.ts";
import { columnOf, combine, rowOf } from "../src/views/head/strips.ts";
import { tokenList } from "./support/sample.ts";

/** What reduce.py makes of the same weights, `[head][query][key]`. */
interface Reductions {
  top_share: { rows: number[][]; share: number; kept: boolean[][] }[];
  aggregate: { how: "sum" | "mean" | "max"; heads: number[]; result: number[][] }[];
  merge_words: { query_words: number[]; key_words: number[]; result: number[][][] };
  weights: number[][][];
}

const EXPECTED = join(import.meta.dirname, "../../tests/contract/golden/expected.json");

function reductions(): Reductions {
  if (!existsSync(EXPECTED))
    throw new Error(
      "tests/contract/golden/expected.json is missing: run `python -m pytest tests/contract` first, or `make test`, which does",
    );
  return (JSON.parse(readFileSync(EXPECTED, "utf8")) as { reductions: Reductions }).reductions;
}

const strip = (perHead: number[][]): Strip => ({
  values: Float32Array.from(perHead.flat()),
  exact: true,
});

const axisOf = (words: number[]) =>
  wordAxis(
    tokenList(
      words.map((word, i) => (words[i - 1] === word ? `##${i}` : `t${i}`)),
      { words, word_labels: [...new Set(words)].map((word) => `word ${word}`) },
    ),
  );

function expectClose(found: ArrayLike<number> | undefined, wanted: number[], what: string): void {
  expect(found?.length, what).toBe(wanted.length);
  wanted.forEach((value, i) => {
    expect(found?.[i], `${what}, place ${i}`).toBeCloseTo(value, 6);
  });
}

describe("the browser reduces weights as Python does", () => {
  it("keeps the same strongest weights of each row, ties included", () => {
    const { top_share } = reductions();
    expect(top_share.map(({ share }) => share)).toEqual([0, 0.25, 0.5, 0.8, 1]);
    for (const { rows, share, kept } of top_share) {
      expect(rows.length).toBeGreaterThan(5);
      rows.forEach((row, i) => {
        const indices = strongest(
          Float32Array.from(row),
          row.map(() => true),
          share,
        );
        const mask = row.map((_, key) => indices.includes(key));
        expect(mask, `row ${i}, share ${share}`).toEqual(kept[i]);
      });
    }
  });

  it("lays heads over each other to the same numbers", () => {
    const { aggregate, weights } = reductions();
    expect(aggregate.map(({ how }) => how)).toEqual(["sum", "mean", "max"]);
    for (const { how, heads, result } of aggregate) {
      result.forEach((wanted, query) => {
        const rows = weights.map((head) => head[query] ?? []);
        const found = combine({ ...strip(rows), length: wanted.length }, heads, how);
        expectClose(found, wanted, `${how}, query ${query}`);
      });
    }
  });

  it("merges pieces to words with the same sums and means, from both sides", () => {
    const { merge_words, weights } = reductions();
    const query = axisOf(merge_words.query_words);
    const key = axisOf(merge_words.key_words);
    const row = (token: number) => strip(weights.map((head) => head[token] ?? []));
    const column = (token: number) =>
      strip(weights.map((head) => head.map((of) => of[token] ?? Number.NaN)));
    const { result } = merge_words;
    const heads = result.length;
    query.labels.forEach((_, item) => {
      const wanted = result.flatMap((head) => head[item] ?? []);
      expectClose(rowOf(row, heads, query, key, item)?.values, wanted, `query word ${item}`);
    });
    key.labels.forEach((_, item) => {
      const wanted = result.flatMap((head) => head.map((of) => of[item] ?? Number.NaN));
      expectClose(columnOf(column, heads, query, key, item)?.values, wanted, `key word ${item}`);
    });
    expect([query.labels.length, key.labels.length]).toEqual([3, 3]);
  });
});
