import { computed, type ReadonlySignal } from "@preact/signals";
import type { Synced } from "../../state/synced.ts";
import type { BlockSpec, TraceSpec } from "../../state/types.ts";

export const NO_BLOCK: BlockSpec = {
  name: "",
  layers: 0,
  heads: [],
  query_tokens: "",
  key_tokens: "",
  causal: false,
};

/** The block and layer that are shown. */
export interface Shown {
  block: ReadonlySignal<BlockSpec>;
  layer: ReadonlySignal<number>;
}

export function blockNamed(trace: TraceSpec, name: string): BlockSpec {
  return trace.blocks.find((block) => block.name === name) ?? trace.blocks[0] ?? NO_BLOCK;
}

/** Python moves block and layer in turn: in between, the layer may be one that the block lacks. */
export function layerWithin(block: BlockSpec, layer: number): number {
  return Math.max(0, Math.min(layer, block.layers - 1));
}

export function shownPlace(trace: TraceSpec, synced: Synced<"layer">): Shown {
  const block = computed(() => blockNamed(trace, synced.block.value));
  return { block, layer: computed(() => layerWithin(block.value, synced.layer.value)) };
}
