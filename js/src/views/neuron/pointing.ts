import type { Highlight } from "../../state/highlight.ts";
import { labelOf, type NeuronState } from "./state.ts";

/** What other views hear of the pointer in this one. */
export function pointedAt(state: NeuronState): Highlight | null {
  const pointed = state.hover.value ?? state.cursor.value;
  if (!pointed) return null;
  const side = pointed.key === null ? "query" : "key";
  const index = pointed.key ?? state.query.value;
  const token = { side, index, label: labelOf(state, side, index) } as const;
  return { block: state.block.value.name, token };
}

/** What of this view another one points at. */
export function heardHere(
  state: NeuronState,
  heard: Highlight | null,
): { key: number | null; query: boolean } {
  const nothing = { key: null, query: false };
  if (!heard?.token || heard.block !== state.block.value.name) return nothing;
  const { side, index, label } = heard.token;
  if (labelOf(state, side, index) !== label) return nothing;
  return side === "key"
    ? { key: index, query: false }
    : { key: null, query: index === state.query.value };
}
