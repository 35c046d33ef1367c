import { batch, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import { element } from "../../dom.ts";
import type { Host } from "../../host/host.ts";
import type { AnswerSpec } from "../../state/live.ts";
import { Loader } from "../../store/loader.ts";
import type { Shell } from "../shell/shell.ts";
import type { LiveHooks, Stage, View } from "../stage.ts";
import type { Showing } from "./changes.tsx";
import { type Mount, mountsIn } from "./mounts.ts";
import { pointing } from "./pointed.ts";
import { plainHost, type Run, runHost, runsOf } from "./runs.ts";
import type { LiveState } from "./state.ts";

/** The picture of the last good answer, and where it is wanted that of the run before the changes. */

export interface Pictures {
  /** The run in sight; a newer one comes into sight when it is drawn. */
  shown: ReadonlySignal<Run>;
  /** The answer in sight. */
  answer: ReadonlySignal<AnswerSpec>;
  /** Where they are drawn. */
  place: HTMLElement;
}

interface Input {
  stage: Stage;
  shell: Shell;
  live: LiveState;
  picture: View;
  showing: ReadonlySignal<Showing>;
}

export interface Opened extends Pictures {
  /** Draws; `hooks` are made of what is in sight. */
  open(hooks: LiveHooks): void;
}

export function picturesOf({ stage, shell, live, picture, showing }: Input): Opened {
  const { host, scope, highlights } = stage;
  const { react, root } = shell;
  const runs = runsOf(host, scope);
  const shown = signal<Run>(runs.peek());
  const answer = signal(live.answer.peek());
  const sides = element("div", "hw-live-sides", shell.body);
  const placeFor = (side: Showing) => {
    const place = element("div", "hw-live-pictures", sides);
    place.dataset.side = side;
    element("b", "", element("div", "hw-title", place)).textContent =
      side === "now" ? "Now" : "Before";
    return place;
  };
  const [before, now] = [placeFor("before"), placeFor("now")];

  const isCurrent = (run: Run) => (host.get("_run")?.run ?? 0) === run.number;
  const drawIn = ({ el, scope: own }: Mount, inner: Host, hooks: LiveHooks) =>
    picture({
      host: inner,
      loader: new Loader(inner),
      el,
      scope: own.signal,
      highlights,
      part: true,
      live: hooks,
    });

  const open = (hooks: LiveHooks) => {
    let drawn = shown.peek();
    const follow = () => tell(root, mounts.shown, shown, live);
    const mounts = mountsIn(now, scope, () => {
      batch(() => {
        shown.value = drawn;
        answer.value = isCurrent(drawn) ? live.answer.peek() : (drawn.answer ?? answer.peek());
      });
      // The first one is shown while it is opened.
      queueMicrotask(follow);
    });
    const plains = mountsIn(before, scope, () => {});
    react(() => {
      const run = runs.value;
      // What a picture reads is its own affair: it follows it by itself.
      untracked(() =>
        mounts.open((mount) => {
          drawn = run;
          drawIn(mount, runHost(host, run, mount.scope.signal), hooks);
        }),
      );
    });
    // Before the changes nothing is marked and no head is off.
    const plain: LiveHooks = { ...pointing(), dress: signal(() => null), off: signal([]) };
    react(() => {
      const run = shown.value;
      const wanted = showing.value !== "now" && answer.value.notes.length > 0;
      untracked(() => {
        if (!wanted) plains.close();
        else plains.open((mount) => drawIn(mount, plainHost(host, run, mount.scope.signal), plain));
      });
    });
    react(() => {
      void [live.computing.value, live.failure.value];
      follow();
    });
    const watch = new MutationObserver(follow);
    watch.observe(now, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ["data-state", "data-idle"],
    });
    scope.addEventListener("abort", () => watch.disconnect(), { once: true });
  };
  // The same run with another answer: what is said of it changes, not the picture.
  react(() => {
    const next = live.answer.value;
    if (isCurrent(shown.peek())) answer.value = next;
  });
  react(() => {
    sides.dataset.showing = showing.value;
    before.classList.toggle("hw-live-aside", showing.value === "now");
    now.classList.toggle("hw-live-aside", showing.value === "before");
  });
  return { shown, answer, place: now, open };
}

/** What others can see of a live view: whether it computes, and which run is in sight. */
function tell(root: HTMLElement, mount: Mount | null, shown: Signal<Run>, live: LiveState): void {
  const part = mount?.el.querySelector<HTMLElement>(".hw-part");
  const { state = "loading", idle = "true" } = part?.dataset ?? {};
  const computing = live.computing.peek();
  const settled = live.failure.peek().message ? "error" : state;
  Object.assign(root.dataset, {
    state: computing ? "loading" : settled,
    idle,
    busy: String(computing),
    run: String(shown.peek().number),
  });
}
