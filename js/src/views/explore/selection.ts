import { headsOf, headsThere, sameHead } from "../../state/selection.ts";
import type { BlockSpec, HeadPair, SelectionValue, Traits } from "../../state/types.ts";

/** What a part's changes mean for the whole, and the whole's for a part. Pure. */

export interface Shown {
  layer: number;
  selection: SelectionValue;
}

export interface Neuron extends Shown {
  head: number;
}

/** The grid selects; the layer follows the head that was clicked. */
export function fromGrid(values: Partial<Traits>, outer: Shown): Partial<Traits> {
  const { opened: _opened, selection, ...told } = values;
  if (!selection) return told;
  const { heads } = selection;
  const added = heads.findLast((head) => !outer.selection.heads.some((old) => sameHead(head, old)));
  const inLayer = heads.some(([layer]) => layer === outer.layer);
  const layer = added?.[0] ?? (inLayer ? undefined : heads.at(-1)?.[0]);
  return layer === undefined || layer === outer.layer
    ? { ...told, selection }
    : { ...told, selection, layer };
}

/** The neuron view shows the head of the layer that was switched on last. */
export function neuronOf({ layer, selection }: Shown, block: BlockSpec): Neuron {
  const there = headsThere(block, layer);
  const on = headsOf(selection, layer).filter((head) => there.includes(head));
  const head = on.at(-1) ?? there[0] ?? 0;
  return { layer, head, selection: { ...selection, heads: [[layer, head]] } };
}

/** A head that the neuron view moves to is the one that is on; its locks are the locks. */
export function fromNeuron(values: Partial<Traits>, outer: Shown, shown: Neuron): Partial<Traits> {
  const { layer, head, selection, ...told } = values;
  const moved = layer !== undefined || head !== undefined;
  if (!moved && !selection) return told;
  const to = layer ?? outer.layer;
  const { block, query, key } = selection ?? outer.selection;
  const heads: HeadPair[] = moved ? [[to, head ?? shown.head]] : outer.selection.heads;
  return {
    ...told,
    ...(to !== outer.layer && { layer: to }),
    selection: { block: moved ? block : outer.selection.block, heads, query, key },
  };
}
