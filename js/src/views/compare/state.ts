import { computed, type ReadonlySignal } from "@preact/signals";
import type { Host } from "../../host/host.ts";
import { headsOf } from "../../state/selection.ts";
import type { BlockSpec, TraceSpec } from "../../state/types.ts";
import type { DifferenceWant } from "../../store/differences.ts";
import { type HeadSynced, headSynced } from "../head/state.ts";
import { blockNamed, listsOf, shownPlace } from "../shell/place.ts";
import { commonTraces, headsInBoth, type Matching, matchingOf } from "./matching.ts";

/** What the two sides and the map of differences follow from. */
export interface CompareState {
  synced: HeadSynced;
  names: [string, string];
  /** Cut to the blocks and layers that both have, and as they are. */
  traces: [TraceSpec, TraceSpec];
  whole: [TraceSpec, TraceSpec];
  blocks: ReadonlySignal<{ a: BlockSpec; b: BlockSpec }>;
  layer: ReadonlySignal<number>;
  matching: ReadonlySignal<Matching>;
  /** Heads that are on and that both have: those that are subtracted. */
  heads: ReadonlySignal<number[]>;
  /** Null where there is nothing to subtract: no head is on in both, or no token matches. */
  want: ReadonlySignal<DifferenceWant | null>;
}

export function compareState(host: Host, scope: AbortSignal): CompareState {
  const synced = headSynced(host, scope);
  const whole: [TraceSpec, TraceSpec] = [host.get("_trace"), host.get("_trace_b")];
  const traces = commonTraces(...whole);
  const pairs = host.get("_pairs");
  const place = shownPlace(traces[0], synced);
  const { layer } = place;
  const blocks = computed(() => ({
    a: place.block.value,
    b: blockNamed(traces[1], place.block.value.name),
  }));
  const matching = computed(() => matchingOf(pairs, blocks.value.a.name));
  const heads = computed(() => {
    const { a, b } = blocks.value;
    return headsInBoth(synced.selection.value, layer.value, a, b);
  });
  const want = computed((): DifferenceWant | null => {
    const { a } = blocks.value;
    const { query, key } = matching.value;
    if (heads.value.length === 0 || query[0].length === 0 || key[0].length === 0) return null;
    const aggregate = synced.aggregate.value;
    return {
      block: a.name,
      layer: layer.value,
      heads: headsOf(synced.selection.value, layer.value),
      aggregate: aggregate === "each" ? "mean" : aggregate,
      sentences: synced.sentences.value,
      hideSpecial: synced.hide_special.value,
    };
  });
  return { synced, names: host.get("names"), traces, whole, blocks, layer, matching, heads, want };
}

/** Labels of one side of a block. */
export function labelsOf(trace: TraceSpec, block: BlockSpec, side: "query" | "key"): string[] {
  return listsOf(trace, block)[side].labels;
}
