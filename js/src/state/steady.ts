import { computed, type ReadonlySignal } from "@preact/signals";

/** A list that stays the same object while its values are the same, so that nothing follows from a list that is only made anew. */
export function steady<T>(read: () => T[]): ReadonlySignal<T[]> {
  let last: T[] = [];
  return computed(() => {
    const now = read();
    const same = now.length === last.length && now.every((value, i) => value === last[i]);
    if (!same) last = now;
    return last;
  });
}
