import { headsThere, layersThere } from "../../state/selection.ts";
import type { Job } from "../../store/loader.ts";
import {
  factsJob,
  type ThumbFilter,
  type Thumbs,
  thumbJob,
  thumbVariant,
} from "../../store/thumbs.ts";
import { poolFactor } from "./local.ts";
import { layersOf, type ModelState } from "./state.ts";

/** What the grid asks Python for. Pure, so that the order of the wishes can be tested by value. */

export interface Wants {
  block: string;
  filter: ThumbFilter;
  /** Layers in sight, and all that could be, in the order of the rows. */
  sight: number[];
  all: number[];
  /** The layer of the head whose facts are told. */
  told: number | null;
  /** Weights of a layer, the largest. */
  layerWeights: number;
  /** An order or frames by a metric need the facts of all. */
  allFacts: boolean;
  /** Bytes of the thumbnails of a layer, the largest. */
  layerBytes: number;
}

/** Thumbnails that are fetched before they are in sight; the store keeps more than this. */
const AHEAD_BYTES = 24_000_000;

/** Facts of a layer cost Python twice its thumbnails: of larger ones they are asked for only where they are read. */
const HEAVY_WEIGHTS = 8_000_000;

/** Thumbnails in sight, then the facts a person is about to read, then thumbnails out of sight, which wait for what other views lack. */
export function gridJobs(wants: Wants, thumbs: Thumbs): Job[] {
  const { block, filter, sight, all, told, allFacts } = wants;
  const variant = thumbVariant(filter);
  const unseen = all.filter((layer) => !sight.includes(layer));
  const ahead = Math.max(0, Math.floor(AHEAD_BYTES / Math.max(1, wants.layerBytes)) - sight.length);
  const later = (job: Job): Job => ({ ...job, later: true });
  const thumbsOf = (layers: number[]) =>
    layers
      .filter((layer) => !thumbs.layer(block, layer, variant))
      .map((layer) => thumbJob(block, layer, filter));
  const factsOf = (layers: number[]) =>
    layers.filter((layer) => !thumbs.hasFacts(block, layer)).map((layer) => factsJob(block, layer));
  const first = told === null ? [] : [told];
  const others = (layers: number[]) => layers.filter((layer) => layer !== told);
  const light = wants.layerWeights <= HEAVY_WEIGHTS;
  return [
    ...thumbsOf(sight),
    ...factsOf(first),
    ...(allFacts || light ? factsOf(others(sight)) : []),
    ...(allFacts ? factsOf(others(unseen)) : []),
    ...thumbsOf(unseen.slice(0, ahead)).map(later),
  ];
}

/** What a view as it stands would ask for; reads signals. */
export function wantsOf(state: ModelState): Wants {
  const block = state.block.value;
  const { query, key } = state.lists.value;
  const [queries, keys] = [query.labels.length, key.labels.length];
  const factor = poolFactor(queries, keys);
  const cells = Math.ceil(queries / factor) * Math.ceil(keys / factor);
  const { order, frame } = state.synced;
  return {
    block: block.name,
    filter: state.filter.value,
    sight: layersOf(state.grid.value, state.sight.value),
    all: layersOf(state.grid.value, [0, state.grid.value.rows.length]),
    told: state.told.value?.[0] ?? null,
    allFacts: order.value !== "layer" || frame.value !== "none",
    layerBytes: cells * Math.max(0, ...block.heads),
    layerWeights:
      queries *
      keys *
      Math.max(0, ...layersThere(block).map((layer) => headsThere(block, layer).length)),
  };
}
