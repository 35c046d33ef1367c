/** The synced traits as Python writes them (python/headwise/wire/protocol.py). */

export interface TokenList {
  labels: string[];
  words: number[];
  /** One for each word, its pieces joined. */
  word_labels: string[];
  segments: number[];
  special: boolean[];
}

export interface BlockSpec {
  name: string;
  layers: number;
  /** Number of heads of each layer; pruned models differ between layers. */
  heads: number[];
  /** Heads of each layer that the trace holds; absent where it holds all. */
  captured?: number[][];
  /** Part of each row goes to a sink that is no key (GPT-OSS): rows sum to less than one. */
  sinks?: boolean;
  query_tokens: string;
  key_tokens: string;
  causal: boolean;
}

export interface TraceSpec {
  version: number;
  model: string;
  blocks: BlockSpec[];
  tokens: Record<string, TokenList>;
}

export type HeadPair = [layer: number, head: number];

/** Query and key are token indices, also while words are merged on screen. */
export interface SelectionValue {
  block: string | null;
  heads: HeadPair[];
  query: number | null;
  key: number | null;
}

export type Aggregate = "each" | "sum" | "mean" | "max";
export type Sentences = "all" | "aa" | "ab" | "ba" | "bb";
export type ThemeSetting = "auto" | "light" | "dark" | "contrast";

export interface Traits {
  _view: string;
  _trace: TraceSpec;
  tensors: DataView | ArrayBuffer | Uint8Array;
  block: string;
  layer: number;
  selection: SelectionValue;
  aggregate: Aggregate;
  strongest: number;
  sentences: Sentences;
  hide_special: boolean;
  merge_words: boolean;
  index_base: 0 | 1;
  theme: ThemeSetting;
  height: number;
}

export type TraitName = keyof Traits;
