import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { AnswerSpec } from "../../state/live.ts";
import type { TokenActions } from "./panel.tsx";
import { type Pointed, toggleMask } from "./pointed.ts";
import { type LiveState, typedOf } from "./state.ts";
import { maskingWords } from "./words.ts";

/** What can be done to the token that is looked at, by the buttons of the panel. */
export interface Actions {
  /** What is pointed at, or was last: a pointer on its way to the panel leaves the token. */
  at: ReadonlySignal<Pointed | null>;
  now: ReadonlySignal<TokenActions | null>;
  /** Opens the field in which the token is typed over; false where there is none. */
  replace(): boolean;
}

/** Where the focus is, and where it goes when that is not there any more. */
interface Focus {
  now(): HTMLElement | null;
  home(): HTMLElement | null;
}

export function actionsOf(
  live: LiveState,
  answer: ReadonlySignal<AnswerSpec>,
  pointed: ReadonlySignal<Pointed | null>,
  first: ReadonlySignal<Pointed | null>,
  focus: Focus,
  scope: AbortSignal,
): Actions {
  /** The token that is typed over, as it was typed. */
  const typing = signal<number | null>(null);
  const held = signal(pointed.peek());
  const follow = effect(() => {
    if (pointed.value) held.value = pointed.value;
  });
  let from: HTMLElement | null = null;
  let text: string | null = null;
  const forget = effect(() => {
    const shown = JSON.stringify([answer.value.text, answer.value.text_pair]);
    if (text !== null && text !== shown) typing.value = held.value = null;
    text = shown;
  });
  for (const stop of [follow, forget]) scope.addEventListener("abort", stop, { once: true });

  const target = computed(() => (typing.value === null ? pointed.value : null) ?? held.value);
  const now = computed((): TokenActions | null => {
    const said = answer.value;
    const at = target.value ?? first.value;
    if (!live.alive.value || at?.list !== said.source) return null;
    const typed = typing.value ?? typedOf(said, at.tokens[0] ?? 0);
    if (typed === null) return null;
    const words = maskingWords(said);
    const is = said.masked.includes(typed) || said.blocked.includes(typed);
    const label = said.typed[typed] ?? "";
    return {
      label,
      mask: words && (is ? words.undo : words.verb),
      masked: is,
      onMask: () => void toggleMask(live, at),
      typing: typing.value !== null,
      onTyping: () => {
        from = focus.now();
        typing.value = typed;
      },
      onReplace: (other) => {
        typing.value = null;
        const back = from?.isConnected && from.closest(".hw-live-panel") === null;
        (back ? from : focus.home())?.focus({ preventScroll: true });
        if (other === null) return;
        live.change(({ replaced, masked }) => ({
          replaced: [...replaced.filter(([token]) => token !== typed), [typed, other]],
          masked: masked.filter((token) => token !== typed),
        }));
      },
    };
  });
  return {
    at: target,
    now,
    replace() {
      const can = now.peek();
      can?.onTyping();
      return can !== null;
    },
  };
}
