import type { Requests } from "../../store/loader.ts";
import { type LayerThumbs, Thumbs } from "../../store/thumbs.ts";
import { inPlay, tokenAxis } from "../head/axis.ts";
import { thumbsOf } from "./local.ts";
import type { ModelState } from "./state.ts";

/** Whether the thumbnails of a layer are here, or can be made of weights that are while nobody answers. */
export function hasThumbs(state: ModelState, requests: Requests, layer: number): boolean {
  const { name } = state.block.value;
  const thumbs = requests.store.of(Thumbs);
  const variant = state.variant.value;
  return (
    thumbs.layer(name, layer, variant) !== null ||
    thumbs.coarse(name, layer, variant) !== null ||
    (requests.stalled && requests.weights.complete(name, layer))
  );
}

/** The thumbnails of a layer as the settings want them; a page without Python makes them itself where it has the weights. */
export function layerThumbs(
  state: ModelState,
  requests: Requests,
  layer: number,
): LayerThumbs | null {
  const block = state.block.value;
  const variant = state.variant.value;
  const thumbs = requests.store.of(Thumbs);
  const found =
    thumbs.layer(block.name, layer, variant) ?? thumbs.coarse(block.name, layer, variant);
  if (found || !hasThumbs(state, requests, layer)) return found;
  const { query, key } = state.lists.value;
  const filter = state.filter.value;
  const vectors = block.vectors?.[layer];
  const causal = vectors?.causal ?? block.causal;
  const made = thumbsOf(
    {
      heads: block.heads[layer] ?? 0,
      queries: query.labels.length,
      keys: key.labels.length,
      row: (token) => requests.weights.row(block.name, layer, token),
      // What else a mask hides is not known here, but its weights are exactly 0.
      sees: (from, to, weight) => (!causal || to <= from) && (weight > 0 || !vectors?.mask),
    },
    inPlay(tokenAxis(query), tokenAxis(key), filter.sentences, filter.hideSpecial),
    filter,
  );
  if (!made) return null;
  const { heads, rows, columns, data } = made;
  thumbs.add([
    { name: `thumb/${block.name}/${layer}/${variant}`, shape: [heads, rows, columns], data },
  ]);
  return made;
}
