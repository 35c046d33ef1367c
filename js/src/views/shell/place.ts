import { computed, type ReadonlySignal } from "@preact/signals";
import type { Synced } from "../../state/synced.ts";
import type { BlockSpec, TokenList, TraceSpec } from "../../state/types.ts";

const NO_BLOCK: BlockSpec = {
  name: "",
  layers: 0,
  heads: [],
  query_tokens: "",
  key_tokens: "",
  causal: false,
};
const NO_TOKENS: TokenList = { labels: [], words: [], word_labels: [], segments: [], special: [] };

/** The block and layer that are shown. */
export interface Shown {
  block: ReadonlySignal<BlockSpec>;
  layer: ReadonlySignal<number>;
}

export function blockNamed(trace: TraceSpec, name: string): BlockSpec {
  return trace.blocks.find((block) => block.name === name) ?? trace.blocks[0] ?? NO_BLOCK;
}

/** The tokens of both sides of a block. */
export function listsOf(
  { tokens }: TraceSpec,
  { query_tokens, key_tokens }: BlockSpec,
): { query: TokenList; key: TokenList } {
  return { query: tokens[query_tokens] ?? NO_TOKENS, key: tokens[key_tokens] ?? NO_TOKENS };
}

/** Python moves block and layer in turn: in between, the layer may be one that the block lacks. */
export function layerWithin(block: BlockSpec, layer: number): number {
  return Math.max(0, Math.min(layer, block.layers - 1));
}

export function shownPlace(trace: TraceSpec, synced: Synced<"layer">): Shown {
  const block = computed(() => blockNamed(trace, synced.block.value));
  return { block, layer: computed(() => layerWithin(block.value, synced.layer.value)) };
}
