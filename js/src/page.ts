import { staticHost } from "./host/static.ts";
import { linkedHighlights } from "./state/highlight.ts";
import { Loader } from "./store/loader.ts";
import type { View } from "./views/stage.ts";

/** Draws a view in a saved page: the state stands in the page, there is no kernel. */
export function page(view: View): void {
  const source = document.getElementById("headwise-state");
  const el = document.getElementById("headwise");
  if (!source || !el) return;
  const { signal: scope } = new AbortController();
  const host = staticHost(source, scope);
  view({ host, loader: new Loader(host), el, scope, highlights: linkedHighlights(host, scope) });
}
