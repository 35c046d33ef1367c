import type { HeadsState } from "./state.ts";
import {
  absentInWords,
  missingInWords,
  rangeInWords,
  type Scale,
  sameInWords,
  scaleOf,
  stressInWords,
} from "./words.ts";

/** What stands below table and map, as values: the page and the figure show the same. */
export type LegendPart =
  | ({ kind: "ramp" } & Scale)
  | { kind: "clusters"; count: number }
  | { kind: "words"; text: string };

export function legendOf(state: HeadsState): LegendPart[] {
  const map = state.map.value !== null;
  const color = map ? state.synced.color.value : "metric";
  const words = (...texts: string[]) =>
    texts.filter(Boolean).map((text): LegendPart => ({ kind: "words", text }));
  const base = state.synced.index_base.value;
  const last = state.block.value.layers - 1 + base;
  const scale = scaleOf(state);
  const parts: LegendPart[] = [];
  if (color === "layer")
    parts.push({
      kind: "ramp",
      before: "layer",
      from: String(base),
      to: String(last),
      after: "",
      signed: false,
    });
  else if (color === "cluster") {
    parts.push({ kind: "clusters", count: state.mapFacts.value?.clusters ?? 0 });
    parts.push(...words("average linkage of the distances"));
  } else if (scale) {
    const alike = sameInWords(state);
    parts.push(...(alike ? words(alike) : [{ kind: "ramp", ...scale } as const]));
    parts.push(...words(state.column.value.about, rangeInWords(state)));
  }
  const measure = state.measure.value;
  if (color === "metric" && measure) parts.push(...words(missingInWords(measure)));
  parts.push(...(map ? words(...stressInWords(state)) : words(absentInWords(state))));
  return parts;
}
