import { effect, type ReadonlySignal, untracked } from "@preact/signals";
import type { Host } from "../../host/host.ts";
import type { Show } from "../../state/runs.ts";
import { Loader } from "../../store/loader.ts";
import { gridHost } from "../explore/parts.ts";
import { headView } from "../head/view.ts";
import { type Mounts, mountsIn } from "../live/mounts.ts";
import { type Run, runHost, runsOf } from "../live/runs.ts";
import { modelView } from "../model/view.ts";
import { neuronView } from "../neuron/view.ts";
import type { Stage, View } from "../stage.ts";

/** The attention at a step: a picture for each trace that Python sends, the old one in sight until the next is drawn. */

const VIEWS: Record<Exclude<Show, "none">, View> = {
  head: headView,
  model: modelView,
  neuron: neuronView,
};

export interface Attention {
  mounts: Mounts;
  /** The trace that came last. */
  newest: ReadonlySignal<Run>;
}

export function attentionIn(
  parent: HTMLElement,
  stage: Stage,
  show: ReadonlySignal<Show>,
  onShown: (run: Run) => void,
): Attention {
  const { host, scope, highlights } = stage;
  const newest = runsOf(host, scope);
  let drawn = newest.peek();
  const mounts = mountsIn(parent, scope, () => onShown(drawn));
  const open = (run: Run, view: View, hostOf: (own: Host) => Host) =>
    mounts.open((mount) => {
      drawn = run;
      const own = hostOf(runHost(host, run, mount.scope.signal));
      view({
        host: own,
        loader: new Loader(own),
        el: mount.el,
        scope: mount.scope.signal,
        highlights,
        part: true,
      });
    });
  const stop = effect(() => {
    const run = newest.value;
    const kind = show.value;
    untracked(() => {
      if (run.number === 0 || kind === "none") mounts.close();
      else if (kind === "model") open(run, VIEWS.model, (own) => gridHost(own, host.get("height")));
      else open(run, VIEWS[kind], (own) => own);
    });
  });
  scope.addEventListener("abort", stop, { once: true });
  return { mounts, newest };
}
