import type { TraitName } from "../state/types.ts";
import type { Host } from "./host.ts";

/** Traits that say what a view shows first, and so what a saved notebook has to hold of it; a view has some of them. */
const SHOWN: TraitName[] = [
  ...(["block", "layer", "head", "layers", "heads", "aggregate", "pooling"] as const),
  ...(["sentences", "hide_special", "include_layers", "include_heads"] as const),
];

/** A person who goes through layers is not kept up with. */
const AFTER = 2000;

/** Asks Python, some time after a view has come to show something else, to put that into what a notebook saves. */
export function keepShown(host: Host): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => clearTimeout(timer);
  const ask = () => {
    if (host.kernel === "waiting") changed();
    // Nothing is lost where it fails: the saved view shows what it had.
    else if (host.kernel === "live") host.request("keep", {}).catch(() => {});
  };
  const changed = () => {
    stop();
    timer = setTimeout(ask, AFTER);
  };
  for (const name of SHOWN) host.onChange(name, changed, host.signal);
  host.signal.addEventListener("abort", stop, { once: true });
}
