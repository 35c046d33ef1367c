import type { AnyModel } from "@anywidget/types";
import { anywidgetHost } from "./host/anywidget.ts";
import { blobsOf } from "./host/blobs.ts";
import type { Host } from "./host/host.ts";
import { keepShown } from "./host/keep.ts";
import { linkedHighlights } from "./state/highlight.ts";
import type { Traits } from "./state/types.ts";
import { Loader } from "./store/loader.ts";
import type { View } from "./views/stage.ts";

interface Opened {
  host: Host;
  loader: Loader;
}

interface InitializeProps {
  model: AnyModel<Traits>;
  signal?: AbortSignal;
}

interface RenderProps extends InitializeProps {
  el: HTMLElement;
}

/** A scope that ends with the host's signal, or, under an anywidget that has none, with the returned clean-up. */
function scopeOf(signal: AbortSignal | undefined): AbortController {
  const controller = new AbortController();
  if (signal?.aborted) controller.abort();
  signal?.addEventListener("abort", () => controller.abort(), { once: true });
  return controller;
}

async function open(model: AnyModel<Traits>, signal: AbortSignal): Promise<Opened> {
  const host = anywidgetHost(model, signal, await blobsOf(model, signal));
  keepShown(host);
  return { host, loader: new Loader(host) };
}

/** The module that anywidget loads for a view. It is called once a model; what `initialize` opens, all renderings of that model share. */
export const widget = (view: View) => () => {
  let opening: Promise<Opened> | undefined;
  return {
    async initialize({ model, signal }: InitializeProps) {
      const scope = scopeOf(signal);
      opening = open(model, scope.signal);
      await opening;
      return () => scope.abort();
    },
    async render({ el, signal }: RenderProps) {
      if (!opening) throw new Error("headwise: render was called before initialize");
      const scope = scopeOf(signal);
      // Not every host waits for `initialize`.
      const opened = await opening;
      if (scope.signal.aborted) return () => {};
      const highlights = linkedHighlights(opened.host, scope.signal);
      view({ ...opened, el, scope: scope.signal, highlights });
      return () => {
        scope.abort();
        el.replaceChildren();
      };
    },
  };
};
