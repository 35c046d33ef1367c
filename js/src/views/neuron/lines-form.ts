import { element } from "../../dom.ts";
import { type PartHost, partHost } from "../../host/part.ts";
import { headsOf } from "../../state/selection.ts";
import type { Traits } from "../../state/types.ts";
import { headPart } from "../head/part.ts";
import type { Shell } from "../shell/shell.ts";
import type { Stage } from "../stage.ts";
import { linesTraits, linesValues, type NeuronState, releaseLock, showHead } from "./state.ts";

/** The same head as lines: a head view of this head alone, with the same lock. */
export function showLines(
  stage: Stage,
  shell: Shell,
  state: NeuronState,
  mount: HTMLElement,
): () => void {
  const scope = new AbortController();
  const end = () => {
    scope.abort();
    mount.replaceChildren();
  };
  stage.scope.addEventListener("abort", end, { once: true, signal: scope.signal });
  const el = element("div", "hw-neuron-lines", mount);
  const host: PartHost = partHost(stage.host, {
    own: linesTraits(state),
    translate: (values) => {
      const told = outward(state, values);
      // What is not one head of its own makes no difference here: the part shows this head again.
      queueMicrotask(() => scope.signal.aborted || host.put(linesValues(state)));
      return told;
    },
  });
  const follow = state.synced.selection.subscribe(() => host.put(linesValues(state)));
  const place = state.head.subscribe(() => host.put(linesValues(state)));
  const layer = state.layer.subscribe(() => host.put(linesValues(state)));
  for (const stop of [follow, place, layer])
    scope.signal.addEventListener("abort", stop, { once: true });
  releaseKeyFirst(state, el, scope.signal);
  headPart({ ...stage, host, el, scope: scope.signal, part: true });
  watchState(el, shell.root, scope.signal);
  return end;
}

/** The head view knows one lock and lets go of all; here a key may be locked beside the query, and goes first, as in the columns. */
function releaseKeyFirst(state: NeuronState, el: HTMLElement, signal: AbortSignal): void {
  const release = (event: KeyboardEvent) => {
    const { query, key } = state.synced.selection.peek();
    const typing = (event.target as Element).matches("input, select, summary");
    if (event.key !== "Escape" || typing || query === null || key === null) return;
    releaseLock(state);
    event.stopPropagation();
    event.preventDefault();
  };
  el.addEventListener("keydown", release, { signal, capture: true });
}

/** What the part's changes mean for the whole: its lock is the lock, and a head that is switched on is the head to show. */
function outward(state: NeuronState, values: Partial<Traits>): Partial<Traits> {
  const { layer: _layer, selection, aggregate: _aggregate, merge_words: _merge, ...told } = values;
  const [layer, head] = [state.layer.peek(), state.head.peek()];
  const to = values.layer ?? layer;
  const on = selection ? headsOf(selection, to) : [];
  const wanted = on.length <= 2 ? on.find((other) => other !== head) : undefined;
  if (to !== layer || wanted !== undefined) {
    showHead(state, to, wanted ?? head);
    return told;
  }
  if (!selection) return told;
  const { query, key } = selection;
  return { ...told, selection: { ...state.synced.selection.peek(), query, key } };
}

/** The whole is as far as its part is. */
function watchState(el: HTMLElement, root: HTMLElement, signal: AbortSignal): void {
  const part = el.querySelector<HTMLElement>(".headwise");
  if (!part) return;
  const copy = () => {
    root.dataset.state = part.dataset.state ?? "loading";
    root.dataset.idle = part.dataset.idle ?? "false";
  };
  const observer = new MutationObserver(copy);
  observer.observe(part, { attributes: true, attributeFilter: ["data-state", "data-idle"] });
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  copy();
}
