import type { ReadonlySignal, Signal } from "@preact/signals";
import type { Host } from "../host/host.ts";
import type { Highlights } from "../state/highlight.ts";
import type { HeadOff } from "../state/live.ts";
import type { Loader } from "../store/loader.ts";

/** An item of one of the two lists. */
export interface Place {
  side: "query" | "key";
  item: number;
}

/** Shows in a row how its tokens differ from what was typed. */
export type Dress = (row: HTMLElement, tokens: number[], label: string) => void;

/** What a live view shares with the pictures in it, which come and go. */
export interface LiveHooks {
  hover: Signal<Place | null>;
  cursor: Signal<Place | null>;
  /** For the list of tokens with that name; null where nothing is said of its tokens. */
  dress: ReadonlySignal<(list: string) => Dress | null>;
  /** Heads that are switched off in the model. */
  off: ReadonlySignal<readonly HeadOff[]>;
}

/** Where a view is drawn: all that it is given. */
export interface Stage {
  host: Host;
  loader: Loader;
  el: HTMLElement;
  /** The view ends when this aborts. */
  scope: AbortSignal;
  highlights: Highlights;
  /** Set where the view is a part of another one, which has the toolbar and says what concerns both. */
  part?: boolean;
  /** The toolbar around this part, where its tools are shown and its keys work. */
  toolbar?: HTMLElement;
  /** A head that the toolbar around this part previews, or null. */
  preview?: ReadonlySignal<number | null>;
  /** Set in a live view. */
  live?: LiveHooks | undefined;
}

export type View = (stage: Stage) => void;
