import type { HeadPair, TokenList, Traits } from "../../src/state/types.ts";
import { blob, toByte } from "./blob.ts";

export type WeightAt = (layer: number, head: number, query: number, key: number) => number;

/** A small trace: one block over one list of tokens. */
export interface Sample {
  tokens: TokenList;
  layers: number;
  heads: number;
  weightAt: WeightAt;
}

export function tokenList(labels: string[], more: Partial<TokenList> = {}): TokenList {
  return {
    labels,
    words: labels.map((_, i) => i),
    word_labels: labels,
    segments: labels.map(() => 0),
    special: labels.map((label) => label.startsWith("[")),
    ...more,
  };
}

export const PAIR = tokenList(["[CLS]", "the", "cat", "##s", "[SEP]", "are", "sad", "[SEP]"], {
  words: [0, 1, 2, 2, 3, 4, 5, 6],
  word_labels: ["[CLS]", "the", "cats", "[SEP]", "are", "sad", "[SEP]"],
  segments: [0, 0, 0, 0, 0, 1, 1, 1],
});

/** Rows that sum to 1 and differ in every index: the key (query + head + layer) mod count takes 0.6. */
export function peaked(count: number): WeightAt {
  return (layer, head, query, key) =>
    (query + head + layer) % count === key ? 0.6 : 0.4 / (count - 1);
}

export function sampleOf(more: Partial<Sample> = {}): Sample {
  const tokens = more.tokens ?? PAIR;
  return { tokens, layers: 2, heads: 3, weightAt: peaked(tokens.labels.length), ...more };
}

export interface Piece {
  layer: number;
  axis: "all" | "query" | "key";
  start: number;
  stop: number;
  dtype: "f32" | "u8";
}

const LETTER = { all: "w", query: "q", key: "k" } as const;

/** What Python answers for a piece of a layer. */
export function pieceOf({ tokens, heads, weightAt }: Sample, piece: Piece) {
  const { layer, axis, start, stop, dtype } = piece;
  const indices = tokens.labels.map((_, i) => i);
  const queries = axis === "query" ? indices.slice(start, stop) : indices;
  const keys = axis === "key" ? indices.slice(start, stop) : indices;
  const values = Array.from({ length: heads }, (_, head) =>
    queries.map((query) => keys.map((key) => weightAt(layer, head, query, key))),
  ).flat(2);
  return {
    name: `${LETTER[axis]}/encoder/${layer}${axis === "all" ? "" : `/${start}`}`,
    shape: [heads, queries.length, keys.length],
    data: dtype === "f32" ? Float32Array.from(values) : Uint8Array.from(values, toByte),
  };
}

export function layerBlob(sample: Sample, layers: number[]): Uint8Array {
  const stop = sample.tokens.labels.length;
  return blob(
    layers.map((layer) => pieceOf(sample, { layer, axis: "all", start: 0, stop, dtype: "f32" })),
  );
}

export function pairsOf(layer: number, heads: number[]): HeadPair[] {
  return heads.map((head): HeadPair => [layer, head]);
}

/** Traits of a head view over the sample, its stored layers inside. */
export function traitsOf(
  sample: Sample,
  more: Partial<Traits> = {},
  stored: number[] = [...Array(sample.layers).keys()],
): Traits {
  return {
    _view: "head",
    _trace: {
      version: 1,
      model: "test",
      blocks: [
        {
          name: "encoder",
          layers: sample.layers,
          heads: Array.from({ length: sample.layers }, () => sample.heads),
          query_tokens: "0",
          key_tokens: "0",
          causal: false,
        },
      ],
      tokens: { "0": sample.tokens },
    },
    tensors: layerBlob(sample, stored),
    block: "encoder",
    layer: 0,
    selection: {
      block: null,
      heads: pairsOf(
        0,
        Array.from({ length: sample.heads }, (_, head) => head),
      ),
      query: null,
      key: null,
    },
    aggregate: "each",
    strongest: 1,
    sentences: "all",
    hide_special: false,
    merge_words: false,
    index_base: 0,
    theme: "light",
    height: 480,
    _links: [],
    _link_notes: [],
    opened: null,
    glyph: "map",
    pooling: "max",
    order: "layer",
    frame: "none",
    include_layers: null,
    include_heads: null,
    head: 0,
    form: "columns",
    neurons: "share",
    layers: [0],
    heads: [0],
    region: [0, sample.tokens.labels.length, 0, sample.tokens.labels.length],
    tool: "pan",
    _trace_b: { version: 1, model: "", blocks: [], tokens: {} },
    _pairs: {},
    tensors_b: new Uint8Array(0),
    names: ["a", "b"],
    _table: { columns: [], words: {}, heads: {}, maps: {} },
    metric: "",
    color: "metric",
    ranking: "largest",
    ...more,
  };
}
