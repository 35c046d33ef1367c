import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Host } from "../../host/host.ts";
import { type PartHost, partHost } from "../../host/part.ts";
import type { Highlight, Highlights } from "../../state/highlight.ts";
import { sameSelection } from "../../state/selection.ts";
import type { SelectionValue } from "../../state/types.ts";
import {
  type Lacking,
  type Matching,
  NOTHING_LACKING,
  selectionFromB,
  selectionInB,
} from "./matching.ts";
import type { CompareState } from "./state.ts";

/** The hosts of the two head views. */

export function hostOfA(host: Host, state: CompareState): PartHost {
  return partHost(host, { own: { _trace: state.traces[0] } });
}

export interface SecondSide {
  host: PartHost;
  /** What was chosen here and is not in the first trace. */
  lacking: ReadonlySignal<Lacking>;
}

function sameChoice(a: SelectionValue, b: SelectionValue): boolean {
  return sameSelection({ ...a, block: null }, { ...b, block: null });
}

/** The second side reads the second trace, and shows the one selection as far as its trace has it. */
export function hostOfB(host: Host, state: CompareState, scope: AbortSignal): SecondSide {
  const lacking = signal(NOTHING_LACKING);
  let told: SelectionValue | null = null;
  const shownOf = (outer: SelectionValue) =>
    selectionInB(outer, state.blocks.peek().b, state.matching.peek());
  let shown = shownOf(host.get("selection"));
  const show = (outer: SelectionValue) => {
    shown = shownOf(outer);
    part.put({ selection: shown });
  };
  const part = partHost(host, {
    own: { _trace: state.traces[1], selection: shown },
    renamed: { tensors: "tensors_b" },
    params: { trace: "b" },
    signal: scope,
    translate({ selection, ...rest }) {
      if (!selection) return rest;
      const outer = host.get("selection");
      const matching = state.matching.peek();
      const moved = selectionFromB(outer, shown, selection, state.blocks.peek(), matching);
      lacking.value = moved.lacking;
      told = moved.selection;
      show(told);
      return sameSelection(told, outer) ? rest : { ...rest, selection: told };
    },
  });
  const forget = () => {
    told = null;
    lacking.value = NOTHING_LACKING;
  };
  const follow = () => {
    const outer = host.get("selection");
    if (told && !sameChoice(told, outer)) forget();
    show(outer);
  };
  host.onChange("selection", follow, scope);
  // Numbers of another block are of other tokens.
  host.onChange(
    "block",
    () => {
      forget();
      follow();
    },
    scope,
  );
  return { host: part, lacking };
}

/** What is pointed at, in token numbers of the second trace. */
export function highlightsOfB(
  highlights: Highlights,
  matching: ReadonlySignal<Matching>,
): Highlights {
  const moved = (
    highlight: Highlight | null,
    to: (side: "query" | "key", token: number) => number | null,
  ): Highlight | null => {
    if (!highlight?.token) return highlight;
    const index = to(highlight.token.side, highlight.token.index);
    return index === null ? null : { ...highlight, token: { ...highlight.token, index } };
  };
  return {
    heard: computed(() => moved(highlights.heard.value, matching.value.toB)),
    say: (highlight) => highlights.say(moved(highlight, matching.peek().toA)),
  };
}
