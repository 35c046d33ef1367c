import { computed, type ReadonlySignal } from "@preact/signals";
import { range } from "../../arrays.ts";
import type { Requests } from "../../store/loader.ts";
import { variantOf, weightJobs } from "../../store/plan.ts";
import type { MarginalName } from "../../store/weights.ts";
import type { Axis } from "./axis.ts";
import type { SideName } from "./hit.ts";
import { rowsInSight } from "./layout.ts";
import { type Marginals, marginalsOf } from "./marginals.ts";
import {
  type HeldPicture,
  heldPicture,
  type Known,
  nothingKnown,
  type RestPicture,
  restPicture,
  type Source,
} from "./picture.ts";
import type { HeadState, Pair } from "./state.ts";

/** Items in sight on each side, end exclusive. */
export type Sight = Pair<[number, number]>;

/** The two pictures as values that follow the state: the rest picture does not depend on what is held. */
export interface Pictures {
  sight: ReadonlySignal<Sight>;
  /** Of the layer that is asked for, as far as it has come. */
  rest: ReadonlySignal<RestPicture | null>;
  /** What is on screen: the layer asked for, or the one before it until all in sight has come. */
  shown: ReadonlySignal<Shown | null>;
  held: ReadonlySignal<HeldPicture | null>;
  /** Whether all rows in sight are here, and as finely as they are drawn while Python answers. */
  whole: ReadonlySignal<boolean>;
}

export function picturesOf(
  state: HeadState,
  loader: Requests,
  arrivals: ReadonlySignal<number>,
): Pictures {
  const { synced } = state;

  const rows = computed(() =>
    Math.max(state.axes.value.query.labels.length, state.axes.value.key.labels.length),
  );
  const sightOf = (side: SideName) => {
    const end = (at: 0 | 1) =>
      computed(() => {
        if (!state.layout.value) return 0;
        const found = rowsInSight(state.layout.value, state.tops.value[side], rows.value)[at];
        return Math.min(found, state.axes.value[side].labels.length);
      });
    const [from, to] = [end(0), end(1)];
    // Scrolling within a row changes nothing that follows from it.
    return computed((): [number, number] => [from.value, to.value]);
  };
  const [query, key] = [sightOf("query"), sightOf("key")];
  const sight = computed((): Sight => ({ query: query.value, key: key.value }));

  // Other layers and marginals, which come in many steps of a long text, change no line.
  const come = computed(() => {
    void arrivals.value;
    return loader.weights.arrivals(state.block.value.name, state.layer.value);
  });
  const place = computed(() => ({
    weights: loader.weights,
    block: state.block.value.name,
    layer: state.layer.value,
    heads: state.headCount.value,
    axes: state.axes.value,
    play: state.play.value,
  }));
  const source = computed((): Source => {
    void come.value;
    return { ...place.value, choice: state.choice.value };
  });
  const variant = computed(() => variantOf(synced.sentences.value, synced.hide_special.value));
  const told = (name: MarginalName) =>
    computed(() => {
      void arrivals.value;
      const { weights, block, layer } = place.value;
      const found = weights.marginal(name, block, layer, variant.value);
      return found ?? (weights.complete(block, layer) ? come.value : null);
    });
  const [received, strongest] = [told("received"), told("strongest")];
  const marginals = computed(() => {
    void [received.value, strongest.value];
    return marginalsOf({ ...place.value, variant: variant.value });
  });
  const known = computed((): Known => {
    void place.value;
    void state.choice.value;
    return nothingKnown();
  });
  const rest = computed(() => {
    if (!state.layout.value) return null;
    const { picture, sight } = known.value;
    // Behind a held token the picture is dimmed: finer weights of the same rows wait until it is let go.
    if (picture?.missing === 0 && sight === query.value && state.held.value) return picture;
    return restPicture(source.value, query.value, known.value);
  });

  let last: Shown | null = null;
  const shown = computed(() => {
    if (!rest.value) return null;
    const { block, layer, axes } = place.value;
    const sameLists = last?.axes === axes;
    if (
      rest.value.missing === 0 ||
      !last ||
      !sameLists ||
      (last.layer === layer && last.block === block)
    )
      last = { rest: rest.value, marginals: marginals.value, block, layer, axes };
    return last;
  });
  const held = computed(() =>
    state.held.value ? heldPicture(source.value, state.held.value) : null,
  );
  const whole = computed(() => {
    void come.value;
    const { weights, block, layer, axes } = place.value;
    return range(...query.value).every((item) =>
      axes.query.tokens[item]?.every((token) => weights.has(block, layer, "query", token, false)),
    );
  });
  return { sight, rest, shown, held, whole };
}

/** A picture at rest and where it is from. */
export interface Shown {
  rest: RestPicture;
  marginals: Marginals;
  block: string;
  layer: number;
  axes: Pair<Axis>;
}

/** Asks for what the view lacks: the rows and columns in sight and what is held. */
export function askForWeights(state: HeadState, pictures: Pictures, loader: Requests): void {
  const block = state.block.value;
  const { query, key } = state.axes.value;
  if (!state.layout.value || query.labels.length === 0) return;
  const sight = pictures.sight.value;
  const span = (axis: typeof query, [first, last]: [number, number]): [number, number] => {
    const tokens = axis.tokens.slice(first, Math.max(first + 1, last)).flat();
    return tokens.length > 0 ? [tokens[0] ?? 0, (tokens.at(-1) ?? 0) + 1] : [0, 1];
  };
  const held = state.held.value;
  const heldTokens = held ? state.axes.value[held.side].tokens[held.item] : undefined;
  const want = {
    block: block.name,
    layer: state.layer.value,
    heads: state.headCount.value,
    queryCount: query.itemOf.length,
    keyCount: key.itemOf.length,
    queries: span(query, sight.query),
    keys: span(key, sight.key),
    held:
      held && heldTokens?.length
        ? {
            axis: held.side,
            start: heldTokens[0] ?? 0,
            stop: (heldTokens.at(-1) ?? 0) + 1,
          }
        : null,
    pointed: state.local.pointed.value,
  };
  const { sentences, hide_special } = state.synced;
  const filter = { sentences: sentences.value, hideSpecial: hide_special.value };
  loader.need(weightJobs(loader.weights, want, filter));
}
