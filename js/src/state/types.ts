import type { LiveTraits } from "./live.ts";
import type { RunsTraits } from "./runs.ts";

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
  /** In a saved page that was limited to some layers or heads: `captured` lists these. */
  limited?: boolean;
  /** Part of each row goes to a sink that is no key (GPT-OSS): rows sum to less than one. */
  sinks?: boolean;
  query_tokens: string;
  key_tokens: string;
  causal: boolean;
  /** One entry a layer; null where the trace holds weights only. */
  vectors?: (VectorSpec | null)[];
}

/** How a layer makes scores of its query and key vectors. */
export interface VectorSpec {
  /** Length of a vector. */
  size: number;
  scale: number;
  /** Fewer than heads under grouped-query attention: head h reads key head floor(h · key_heads / heads). */
  key_heads: number;
  /** No query sees a later key. */
  causal: boolean;
  softcap?: number;
  /** Something is added to the scores, such as ALiBi or T5's position bias. */
  bias?: boolean;
  /** Pairs are hidden beyond what `causal` hides. */
  mask?: boolean;
  /** A score for each head that takes part in the softmax and belongs to no key (GPT-OSS). */
  sinks?: number[];
}

/** How the model tells positions apart inside attention; "" where it does not, or it is not known. */
export type Position = "" | "rotary" | "alibi" | "relative" | "disentangled";

export interface TraceSpec {
  version: number;
  model: string;
  position?: Position;
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
  /** A brushed part of the map, [start, stop), absent for none. */
  query_range?: TokenRange;
  key_range?: TokenRange;
}

export type TokenRange = [start: number, stop: number];

export type Aggregate = "each" | "sum" | "mean" | "max";
export type Sentences = "all" | "aa" | "ab" | "ba" | "bb";
export type ThemeSetting = "auto" | "light" | "dark" | "contrast";

export type Metric = "entropy" | "previous" | "next" | "first" | "special";
export type Pooling = "max" | "mean";

/** What a link between views could not carry over, in words. */
export interface LinkNote {
  fact: string;
  sentence: string;
}

/** A column of numbers of a table of heads. */
export interface ColumnSpec {
  name: string;
  unit: string;
  /** What it means; "" where headwise did not make it. */
  about: string;
  /** The column of its standard errors. */
  error: string | null;
}

/** A table of heads but for its numbers, which are tensors: "table/BLOCK/COLUMN", "map/BLOCK". */
export interface TableSpec {
  columns: ColumnSpec[];
  /** What is no number, by column and block. */
  words: Record<string, Record<string, string[]>>;
  /** By block the heads that have a row, in the order of the rows. */
  heads: Record<string, HeadPair[]>;
  maps: Record<string, MapSpec>;
}

export interface MapSpec {
  /** Kruskal's stress-1. */
  stress: number;
  clusters: number;
  /** Heads without distances. */
  left_out: number;
}

/** Heads in an order of their own, each with a value. */
export interface RankSpec {
  /** What the value is. */
  name: string;
  block: string;
  rows: [layer: number, head: number, value: number][];
  /** How many there are in all. */
  of: number;
}

/** For each block that both traces have: tokens of the one and of the other that match, pair by pair. */
export type TokenPairs = Record<string, Record<"query" | "key", [number[], number[]]>>;

/** All traits of all views; each view has those that its Python class has. */
export interface Traits extends Partial<LiveTraits>, Partial<RunsTraits> {
  _view: string;
  _trace: TraceSpec;
  _links: string[];
  _link_notes: LinkNote[];
  tensors: DataView | ArrayBuffer | Uint8Array;
  block: string;
  selection: SelectionValue;
  sentences: Sentences;
  hide_special: boolean;
  strongest: number;
  index_base: 0 | 1;
  theme: ThemeSetting;
  height: number;
  /** Head, neuron, explore, compare. */
  layer: number;
  /** Head, explore, compare. */
  aggregate: Aggregate;
  merge_words: boolean;
  /** Model, explore. */
  opened: HeadPair | null;
  glyph: "map" | "lines";
  pooling: Pooling;
  order: "layer" | Metric;
  frame: "none" | Metric;
  include_layers: number[] | null;
  include_heads: number[] | null;
  /** Neuron, explore. */
  head: number;
  form: "columns" | "lines" | "table" | "map";
  neurons: "share" | "index";
  /** Matrix: what is shown is layers × heads, and of it the region [q0, q1, k0, k1] in tokens. */
  layers: number[];
  heads: number[];
  region: number[];
  tool: "pan" | "brush";
  /** Model: heads in a strip above the grid. */
  rank?: RankSpec | null;
  /** Heads. */
  _table: TableSpec;
  metric: string;
  color: "metric" | "layer" | "cluster";
  ranking: "largest" | "smallest";
  /** Compare. */
  _trace_b: TraceSpec;
  _pairs: TokenPairs;
  tensors_b: DataView | ArrayBuffer | Uint8Array;
  names: [string, string];
}

export type TraitName = keyof Traits;
