import type { NeuronLayout, Span } from "./layout.ts";

/** What lies under the pointer: a neuron of a strip, or anything else of a key's row. */

export type StripName = "query" | "key" | "product";

export interface Hit {
  /** Null above the rows, where the query stands. */
  key: number | null;
  /** Place in the strip, from its left end, scrolled parts included. */
  place: number | null;
  strip: StripName | null;
}

function placeIn(layout: NeuronLayout, span: Span | null, first: number, x: number): number | null {
  if (!span || x < span.from || x >= span.to) return null;
  const place = first + Math.floor((x - span.from) / layout.cell);
  return place < layout.size ? place : null;
}

/** At a point of the rows' viewport. */
export function hitRow(
  layout: NeuronLayout,
  scrollTop: number,
  first: number,
  count: number,
  x: number,
  y: number,
): Hit | null {
  if (y < 0 || y >= layout.viewport || x < 0 || x >= layout.width) return null;
  const key = Math.floor((y + scrollTop) / layout.row);
  if (key >= count) return null;
  // Between the strips of two rows there is no neuron.
  const within = Math.abs(((y + scrollTop) % layout.row) - layout.row / 2) <= layout.strip / 2;
  for (const strip of ["key", "product"] as const) {
    const place = placeIn(layout, layout[strip], first, x);
    if (place !== null && within) return { key, place, strip };
  }
  return { key, place: null, strip: null };
}

/** At a point of the query's strip, which stands above that of the keys. */
export function hitQuery(layout: NeuronLayout, first: number, x: number): Hit | null {
  const place = placeIn(layout, layout.key, first, x);
  return place === null ? null : { key: null, place, strip: "query" };
}
