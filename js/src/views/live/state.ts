import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Host } from "../../host/host.ts";
import type { AnswerSpec, Asked, LiveTraits, TextEntry } from "../../state/live.ts";

/** What a live view asks of its model and what it was answered, as signals over the traits. */

const ASKED = [
  "text",
  "text_pair",
  "target",
  "masked",
  "blocked",
  "ablated",
  "ablation",
  "replaced",
  "saliency",
] as const;

type Signals = { readonly [K in keyof Asked]: Signal<Asked[K]> };

export interface LiveState {
  asked: Signals;
  texts: ReadonlySignal<TextEntry[]>;
  answer: ReadonlySignal<AnswerSpec>;
  failure: ReadonlySignal<LiveTraits["_failure"]>;
  /** The model is asked, or Python has not heard of it yet. */
  computing: ReadonlySignal<boolean>;
  /** Whether anybody would answer. */
  alive: ReadonlySignal<boolean>;
  /** Asks; the same question once more where nothing differs. */
  ask(values: Partial<Asked>): void;
  /** What the picture shows with these changes: for gestures on it. */
  change(values: (from: Asked) => Partial<Asked>): void;
}

const EMPTY: AnswerSpec = {
  text: "",
  text_pair: null,
  target: null,
  masked: [],
  blocked: [],
  ablated: [],
  ablation: "zero",
  replaced: [],
  source: "",
  typed: [],
  places: [],
  abilities: { predicts: null, no_predictions: "", no_masking: "", no_blocking: "" },
  predictions: null,
  before: null,
  moved: [],
  saliency: null,
  notes: [],
  seconds: null,
};

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

export function liveState(host: Host, scope: AbortSignal): LiveState {
  const followed = <T>(read: () => T, names: (keyof LiveTraits)[]): Signal<T> => {
    const found = signal(read());
    const follow = () => {
      const now = read();
      if (!same(found.peek(), now)) found.value = now;
    };
    for (const name of names) host.onChange(name, follow, scope);
    return found;
  };
  const trait = <K extends keyof Asked>(name: K, absent: Asked[K]) =>
    followed((): Asked[K] => (host.get(name) as Asked[K] | undefined) ?? absent, [name]);
  const asked: Signals = {
    text: trait("text", ""),
    text_pair: trait("text_pair", null),
    target: trait("target", null),
    masked: trait("masked", []),
    blocked: trait("blocked", []),
    ablated: trait("ablated", []),
    ablation: trait("ablation", "zero"),
    replaced: trait("replaced", []),
    saliency: trait("saliency", null),
  };
  const answer = followed(() => host.get("_said") ?? EMPTY, ["_said"]);
  const failure = followed(() => host.get("_failure") ?? {}, ["_failure"]);
  const busy = followed(() => host.get("busy") ?? false, ["busy"]);
  const sent = signal(0);
  const alive = signal(true);
  const look = () => {
    alive.value = host.kernel !== "none" && host.kernel !== "gone";
  };
  look();
  host.onKernel(look, scope);
  const computing = computed(() => alive.value && (busy.value || sent.value > 0));

  const ask = (values: Partial<Asked>) => {
    if (!alive.peek()) return;
    const changed = Object.fromEntries(
      Object.entries(values).filter(([name, value]) => {
        return !same(asked[name as keyof Asked].peek(), value);
      }),
    ) as Partial<Asked>;
    const again = Object.keys(changed).length === 0;
    batch(() => {
      sent.value++;
      for (const [name, value] of Object.entries(changed))
        (asked[name as keyof Asked] as Signal<unknown>).value = value;
      if (!again) host.set(changed);
    });
    host
      .request("asked", { again })
      .catch(() => {})
      .finally(() => {
        sent.value--;
      });
  };
  const now = (): Asked => {
    const values = Object.fromEntries(ASKED.map((name) => [name, asked[name].peek()]));
    return values as unknown as Asked;
  };
  return {
    asked,
    texts: followed(() => host.get("texts") ?? [], ["texts"]),
    answer,
    failure,
    computing,
    alive,
    ask,
    change(values) {
      const [from, shown] = [now(), answer.peek()];
      if (computing.peek()) {
        // The tokens in sight are of another text than the one that is asked: a gesture on them says nothing of it.
        if (!same([from.text, from.text_pair], [shown.text, shown.text_pair])) return;
        ask(values(from));
        return;
      }
      const base: Asked = { ...pick(shown), saliency: from.saliency };
      const next = { ...base, ...values(base) };
      if (!same(next, from)) ask(next);
    },
  };
}

function pick({
  text,
  text_pair,
  target,
  masked,
  blocked,
  ablated,
  ablation,
  replaced,
}: AnswerSpec) {
  return { text, text_pair, target, masked, blocked, ablated, ablation, replaced };
}

/** The token of the text as it was typed that a token of the run stands for. */
export function typedOf({ places }: AnswerSpec, token: number): number | null {
  const found = places.findIndex((now) => now.includes(token));
  return found < 0 ? null : found;
}

/** Puts a number in, or takes it out. */
export function toggled(numbers: number[], number: number): number[] {
  return numbers.includes(number)
    ? numbers.filter((other) => other !== number)
    : [...numbers, number].sort((a, b) => a - b);
}
