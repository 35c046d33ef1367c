import type { Highlight } from "../../state/highlight.ts";
import { type HeadState, labelOf, type Place, tokenOf } from "./state.ts";

/** What other views hear of the pointer in this one. */
export function pointedAt(state: HeadState): Highlight | null {
  const block = state.block.value.name;
  const head = state.local.previewHead.value;
  if (head !== null) return { block, head: [state.layer.value, head] };
  const place = state.local.hover.value ?? state.local.cursor.value;
  if (!place) return null;
  const token = { side: place.side, index: tokenOf(state, place), label: labelOf(state, place) };
  return { block, token };
}

/** The item that another view points at, where this one has the same token at that place. */
export function heardPlace(state: HeadState, heard: Highlight | null): Place | null {
  if (!heard?.token || heard.block !== state.block.value.name) return null;
  const { side, index, label } = heard.token;
  const item = state.axes.value[side].itemOf[index];
  if (item === undefined) return null;
  const place = { side, item };
  return labelOf(state, place) === label ? place : null;
}
