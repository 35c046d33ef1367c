import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Host } from "../host/host.ts";
import { sameSelection } from "./selection.ts";
import type { SelectionValue, TraitName, Traits } from "./types.ts";

/** Traits that every view has and a person can change. */
const COMMON = [
  "block",
  "selection",
  "sentences",
  "hide_special",
  "strongest",
  "index_base",
  "theme",
  "height",
] as const satisfies readonly TraitName[];

type Common = (typeof COMMON)[number];
type Signals<K extends TraitName> = { readonly [Name in K]: ReadonlySignal<Traits[Name]> };

/** Values that travel: a signal for each trait a person can change, compared by value in both directions. */
export type Synced<K extends TraitName = Common> = Signals<K | Common> & {
  /** Changes the view at once and sends Python one message; equal values send nothing. */
  set(values: Partial<Pick<Traits, K | Common>>): void;
};

function same(name: TraitName, a: unknown, b: unknown): boolean {
  if (name === "selection") return sameSelection(a as SelectionValue, b as SelectionValue);
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((value, i) => value === b[i]);
  return a === b;
}

/** The common traits and those that a view names. */
export function syncedState<K extends TraitName>(
  host: Host,
  names: readonly K[],
  scope: AbortSignal,
): Synced<K> {
  const all: TraitName[] = [...COMMON, ...names];
  const signals = Object.fromEntries(all.map((name) => [name, signal(host.get(name))])) as Record<
    TraitName,
    Signal<unknown>
  >;
  for (const name of all) {
    host.onChange(
      name,
      () => {
        const value = host.get(name);
        if (!same(name, signals[name].peek(), value)) signals[name].value = value;
      },
      scope,
    );
  }
  const set = (values: Partial<Traits>) => {
    const changed = Object.entries(values).filter(
      ([name, value]) => !same(name as TraitName, signals[name as TraitName].peek(), value),
    );
    if (changed.length === 0) return;
    batch(() => {
      for (const [name, value] of changed) signals[name as TraitName].value = value;
      // Some hosts tell of one trait after the other: the other views of this one see the change as a whole.
      host.set(Object.fromEntries(changed));
    });
  };
  return { ...signals, set } as unknown as Synced<K>;
}
