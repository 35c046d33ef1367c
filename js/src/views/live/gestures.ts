import type { ReadonlySignal } from "@preact/signals";
import type { HeadOff } from "../../state/live.ts";
import type { Synced } from "../../state/synced.ts";
import type { SelectionValue, TraceSpec } from "../../state/types.ts";
import { keyName, listenToKeys } from "../shell/keys.ts";
import { blockNamed } from "../shell/place.ts";
import { type Pointed, toggleMask } from "./pointed.ts";
import type { LiveState } from "./state.ts";

interface Parts {
  root: HTMLElement;
  pictures: HTMLElement;
  live: LiveState;
  synced: Synced<"layer">;
  pointed: ReadonlySignal<Pointed | null>;
  trace: ReadonlySignal<TraceSpec>;
  /** Opens the field in which a token is typed over; false where there is none. */
  replace: () => boolean;
}

/** A double click masks; what was locked before its first click is locked after it. */
export function listenToGestures(parts: Parts, signal: AbortSignal): void {
  const { root, pictures, live, synced, pointed } = parts;
  const isToken = ({ target }: Event) => (target as Element).closest(".hw-token") !== null;
  let before: SelectionValue | null = null;
  pictures.addEventListener(
    "mousedown",
    // The second press of a double click would select the word.
    (event) => event.detail > 1 && isToken(event) && event.preventDefault(),
    { signal },
  );
  pictures.addEventListener(
    "click",
    (event) => {
      if (event.detail === 1) before = synced.selection.peek();
    },
    { signal, capture: true },
  );
  pictures.addEventListener(
    "dblclick",
    (event) => {
      if (!isToken(event)) return;
      if (before) synced.set({ selection: before });
      toggleMask(live, pointed.peek());
    },
    { signal },
  );
  const act: Record<string, () => boolean> = {
    m: () => toggleMask(live, pointed.peek()),
    x: () => toggleHeads(parts),
    r: parts.replace,
  };
  listenToKeys(root, (event) => act[keyName(event)], signal);
}

/** The heads of the shown layer that are on, as the model knows them. */
export function headsOn({ synced, trace }: Pick<Parts, "synced" | "trace">): HeadOff[] {
  const { blocks } = trace.value;
  const block = blockNamed(trace.value, synced.block.value);
  const { heads } = synced.selection.value;
  return heads.map(
    ([layer, head]): HeadOff => (blocks.length > 1 ? [layer, head, block.name] : [layer, head]),
  );
}

export function sameHead(a: HeadOff, b: HeadOff): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** Switches the heads that are on off in the model; where they all are off, back on. */
export function toggleHeads({ live, synced, trace }: Pick<Parts, "live" | "synced" | "trace">) {
  const heads = headsOn({ synced, trace });
  if (heads.length === 0 || live.answer.peek().abilities.no_blocking) return false;
  live.change(({ ablated }) => {
    const isOff = (head: HeadOff) => ablated.some((other) => sameHead(other, head));
    const left = ablated.filter((other) => !heads.some((head) => sameHead(other, head)));
    return { ablated: heads.every(isOff) ? left : [...left, ...heads] };
  });
  return true;
}
