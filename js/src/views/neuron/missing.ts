import type { NoteText } from "../../controls/note.tsx";
import { absence, headsThere, layersThere } from "../../state/selection.ts";
import { inRanges } from "../shell/status.ts";
import type { NeuronState } from "./state.ts";

/** What stands in the place of the columns where there are no queries and keys, and whether lines can be shown instead. */
export function missingNote(state: NeuronState): { note: NoteText; lines: boolean } {
  const block = state.block.value;
  const [layer, head] = [state.layer.value, state.head.value];
  const base = state.synced.index_base.value;
  const numbered = (word: string, numbers: number[]) =>
    `${word}${numbers.length === 1 ? "" : "s"} ${inRanges(numbers.map((number) => number + base)).replace(/, (?=[^,]*$)/, " and ")}`;
  const missing = (fact: string, sentence: string, lines: boolean) => ({
    note: { kind: "missing", fact, sentence } as const,
    lines,
  });
  const heads = headsThere(block, layer);
  if (heads.length === 0) {
    const why = block.heads[layer] === 0 ? "has no attention" : absence(block);
    const there = numbered("layer", layersThere(block));
    return missing(`Layer ${layer + base} ${why}`, `This trace has ${there}.`, false);
  }
  if (!heads.includes(head)) {
    const there = `${numbered("head", heads)} of layer ${layer + base}`;
    return missing(`Head ${head + base} ${absence(block)}`, `This trace has ${there}.`, false);
  }
  const others = layersThere(block).filter((other) => block.vectors?.[other]);
  if (others.length > 0) {
    const sentence = `This trace has those of ${numbered("layer", others)}.`;
    return missing(`No queries and keys of layer ${layer + base}`, sentence, true);
  }
  return missing(
    "No queries and keys in this trace",
    "It was made from weights only. Use `hw.trace(model, tokenizer, text)` to see neurons.",
    true,
  );
}
