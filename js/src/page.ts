import { staticHost } from "./host/static.ts";
import { linkedHighlights } from "./state/highlight.ts";
import { Loader } from "./store/loader.ts";
import type { View } from "./views/stage.ts";

/** Draws a view in a saved page: the state stands in the page, there is no kernel. */
export function page(view: View): void {
  const source = document.getElementById("headwise-state");
  const el = document.getElementById("headwise");
  if (!source || !el) return;
  open(view, source, el).catch((error: unknown) => {
    el.textContent = `This page cannot be drawn: ${String(error)}. It needs a browser of 2023 or newer.`;
    throw error;
  });
}

async function open(view: View, source: HTMLElement, el: HTMLElement): Promise<void> {
  const { signal: scope } = new AbortController();
  const host = await staticHost(source, scope);
  // What stands there says that the script did not run.
  el.replaceChildren();
  view({ host, loader: new Loader(host), el, scope, highlights: linkedHighlights(host, scope) });
}
