import { staticHost } from "./host/static.ts";
import { Loader } from "./store/loader.ts";
import { viewFor } from "./views/index.ts";

/** Entry of an exported page: the state stands in the page, there is no kernel. */
const source = document.getElementById("headwise-state");
const target = document.getElementById("headwise");
if (source && target) {
  const scope = new AbortController();
  const host = staticHost(source, scope.signal);
  viewFor(host.get("_view"))(host, new Loader(host), target, scope.signal);
}
