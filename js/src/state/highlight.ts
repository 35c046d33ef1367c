import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Host } from "../host/host.ts";
import type { HeadPair } from "./types.ts";

/** What a person points at in one view, which other views then outline. */
export interface Highlight {
  block: string;
  /** A token, with its label: another text may have another token at that place. */
  token?: { side: "query" | "key"; index: number; label: string };
  head?: HeadPair;
}

/** One view's ear and mouth: it hears what the others point at, never itself. */
export interface Highlights {
  readonly heard: ReadonlySignal<Highlight | null>;
  say(highlight: Highlight | null): void;
}

const EVENT = "headwise:highlight";

interface Message {
  from: string;
  links: string[];
  highlight: Highlight | null;
}

function same(a: Highlight | null, b: Highlight | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Between linked views of one page, without Python. Views of a notebook may be separate bundles that share nothing but the document;
 * hosts that put each output into a frame of its own (Colab) deliver nothing.
 */
export function linkedHighlights(host: Host, scope: AbortSignal): Highlights {
  const heard = signal<Highlight | null>(null);
  const from = Math.random().toString(36).slice(2, 10);
  let said: Highlight | null = null;
  const links = () => host.get("_links") ?? [];
  document.addEventListener(
    EVENT,
    (event) => {
      const message = (event as CustomEvent<Message>).detail;
      if (message.from === from || !message.links.some((link) => links().includes(link))) return;
      if (!same(heard.peek(), message.highlight)) heard.value = message.highlight;
    },
    { signal: scope },
  );
  const say = (highlight: Highlight | null) => {
    if (links().length === 0 || same(said, highlight)) return;
    said = highlight;
    const detail: Message = { from, links: links(), highlight };
    document.dispatchEvent(new CustomEvent(EVENT, { detail }));
  };
  scope.addEventListener("abort", () => said && say(null), { once: true });
  return { heard, say };
}

/** For the parts of one view: each hears the other parts and what `outer` hears, and is heard by both. */
export function sharedHighlights(
  outer: Highlights,
  scope: AbortSignal,
  count: number,
): Highlights[] {
  const ears: Signal<Highlight | null>[] = Array.from({ length: count }, () => signal(null));
  const tell = (highlight: Highlight | null, except: number) => {
    ears.forEach((ear, i) => {
      if (i !== except && !same(ear.peek(), highlight)) ear.value = highlight;
    });
  };
  const stop = outer.heard.subscribe((highlight) => tell(highlight, -1));
  scope.addEventListener("abort", stop, { once: true });
  return ears.map((heard, i) => ({
    heard,
    say(highlight) {
      tell(highlight, i);
      outer.say(highlight);
    },
  }));
}
