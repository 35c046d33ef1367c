import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Host } from "../host/host.ts";
import { sameSelection } from "./selection.ts";
import type { SelectionValue, TraitName, Traits } from "./types.ts";

const SHOWN = [
  "block",
  "layer",
  "selection",
  "aggregate",
  "strongest",
  "sentences",
  "hide_special",
  "merge_words",
  "index_base",
  "theme",
  "height",
] as const satisfies readonly TraitName[];

export type ShownName = (typeof SHOWN)[number];
type Shown = Pick<Traits, ShownName>;
type Signals = { readonly [K in ShownName]: ReadonlySignal<Traits[K]> };

/** Values that travel: a signal for each trait a person can change, compared by value in both directions. */
export interface Synced extends Signals {
  /** Changes the view at once and sends Python one message; equal values send nothing. */
  set(values: Partial<Shown>): void;
}

function same(name: ShownName, a: unknown, b: unknown): boolean {
  if (name !== "selection") return a === b;
  return sameSelection(a as SelectionValue, b as SelectionValue);
}

export function syncedState(host: Host, scope: AbortSignal): Synced {
  const signals = Object.fromEntries(SHOWN.map((name) => [name, signal(host.get(name))])) as Record<
    ShownName,
    Signal<unknown>
  >;
  for (const name of SHOWN) {
    host.onChange(
      name,
      () => {
        const value = host.get(name);
        if (!same(name, signals[name].peek(), value)) signals[name].value = value;
      },
      scope,
    );
  }
  const set = (values: Partial<Shown>) => {
    const changed = Object.entries(values).filter(
      ([name, value]) => !same(name as ShownName, signals[name as ShownName].peek(), value),
    );
    if (changed.length === 0) return;
    batch(() => {
      for (const [name, value] of changed) signals[name as ShownName].value = value;
    });
    host.set(Object.fromEntries(changed));
  };
  return { ...(signals as unknown as Signals), set };
}
