import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { VectorSpec } from "../../src/state/types.ts";

/** Rows worked out by `AttentionRecord` in Python, numbers rounded to five decimals. */
export interface ScoreCase {
  vectors: VectorSpec;
  head: number;
  heads: number;
  at: number;
  query: number[];
  keys: number[];
  bias: number[] | null;
  mask: number[] | null;
  /** Null where the key is not seen. */
  score: (number | null)[];
  weight: number[];
  sink: number;
}

interface File {
  /** Layer 3, head 1 of MiniLM: query 9, "it", and all keys. */
  minilm: {
    labels: string[];
    query: number[];
    queries_largest: number;
    keys: number[];
    scale: number;
    weight: number[];
  };
  [name: string]: unknown;
}

const file = JSON.parse(
  readFileSync(join(import.meta.dirname, "neuron-cases.json"), "utf8"),
) as File;

const { minilm: found, ...others } = file;
export const minilm = found;
export const cases = Object.entries(others) as [string, ScoreCase][];

export const minilmVectors: VectorSpec = {
  size: 32,
  scale: minilm.scale,
  key_heads: 12,
  causal: false,
};
