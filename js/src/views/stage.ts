import type { ReadonlySignal } from "@preact/signals";
import type { Host } from "../host/host.ts";
import type { Highlights } from "../state/highlight.ts";
import type { Loader } from "../store/loader.ts";

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
}

export type View = (stage: Stage) => void;
