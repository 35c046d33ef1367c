import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { clickToken } from "../../state/selection.ts";
import { findTokens, type Haystack, type Match } from "./find.ts";
import type { SideName } from "./hit.ts";
import type { Scroller } from "./scroll.ts";
import { type HeadState, tokensOf } from "./state.ts";

/** Search for a token: what is typed, what matches, and what Enter does. */
export interface Finder {
  text: ReadonlySignal<string>;
  matches: ReadonlySignal<Match[]>;
  /** Place among the matches, from 0. */
  active: ReadonlySignal<number>;
  /** Whether the matches are listed. */
  open: ReadonlySignal<boolean>;
  /** What had the focus before the field, and gets it back. */
  from: EventTarget | null;
  type(text: string): void;
  step(by: number): void;
  choose(place: number): void;
  /** Shows the match; shown already, locks it; locked already, goes to the next one. */
  enter(): void;
  clear(): void;
  /** Takes the outline off. */
  leave(): void;
}

export function finderOf(state: HeadState, scroller: Scroller, scope: AbortSignal): Finder {
  const { local, synced } = state;
  const text = signal("");
  const place = signal(0);
  const open = signal(false);
  const lists = computed((): Haystack[] => {
    const { query, key } = state.axes.value;
    const { query_tokens, key_tokens } = state.block.value;
    const queries: Haystack = { side: "query", axis: query };
    return query_tokens === key_tokens ? [queries] : [queries, { side: "key", axis: key }];
  });
  const matches = computed(() => findTokens(lists.value, text.value, synced.index_base.value));
  const active = computed(() => Math.max(0, Math.min(place.value, matches.value.length - 1)));
  const leave = () => {
    open.value = false;
    local.found.value = null;
  };
  const show = (at: number) => {
    const match = matches.peek()[at];
    if (!match) return;
    const { side, item } = match;
    batch(() => {
      place.value = at;
      open.value = false;
      local.found.value = { side, item };
      if (!inSight(state, side, item)) scroller.centre(side, item);
    });
  };
  const isLocked = ({ side, item }: Match) => {
    const token = synced.selection.peek()[side];
    return token !== null && tokensOf(state, { side, item }).includes(token);
  };
  const stop = effect(() => {
    void state.axes.value;
    local.found.value = null;
  });
  scope.addEventListener("abort", stop, { once: true });
  return {
    text,
    matches,
    active,
    open,
    from: null,
    leave,
    type(next) {
      batch(() => {
        text.value = next;
        place.value = 0;
        leave();
        open.value = next.trim() !== "";
      });
    },
    step(by) {
      const count = matches.peek().length;
      if (count === 0) return;
      if (open.peek()) place.value = (active.peek() + by + count) % count;
      open.value = true;
    },
    choose: show,
    enter() {
      const match = matches.peek()[active.peek()];
      if (!match) return;
      const found = local.found.peek();
      if (found?.side !== match.side || found.item !== match.item) show(active.peek());
      else if (isLocked(match)) show((active.peek() + 1) % matches.peek().length);
      else {
        const tokens = tokensOf(state, match);
        synced.set({ selection: clickToken(synced.selection.peek(), match.side, tokens) });
      }
    },
    clear() {
      batch(() => {
        text.value = "";
        leave();
      });
    },
  };
}

/** Whether a whole row is in sight. */
function inSight(state: HeadState, side: SideName, item: number): boolean {
  const layout = state.layout.peek();
  if (!layout) return false;
  const above = item * layout.row - state.tops.peek()[side];
  return above >= 0 && above + layout.row <= layout.viewport;
}
