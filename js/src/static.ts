import { staticHost } from "./host/static.ts";
import { linkedHighlights } from "./state/highlight.ts";
import { Loader } from "./store/loader.ts";
import { viewFor } from "./views/index.ts";

/** Entry of an exported page: the state stands in the page, there is no kernel. */
const source = document.getElementById("headwise-state");
const target = document.getElementById("headwise");
if (source && target) {
  const scope = new AbortController();
  const host = staticHost(source, scope.signal);
  viewFor(host.get("_view"))({
    host,
    loader: new Loader(host),
    el: target,
    scope: scope.signal,
    highlights: linkedHighlights(host, scope.signal),
  });
}
