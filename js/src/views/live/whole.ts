import { computed, signal } from "@preact/signals";
import { h } from "preact";
import { element } from "../../dom.ts";
import { headColor } from "../../scale.ts";
import { syncedState } from "../../state/synced.ts";
import type { HeadPair } from "../../state/types.ts";
import { arrivalsOf } from "../shell/arrivals.ts";
import { focusedIn } from "../shell/keys.ts";
import { showNotes } from "../shell/notes.ts";
import { blockNamed } from "../shell/place.ts";
import { openShell } from "../shell/shell.ts";
import { leaveOnEscape } from "../shell/whole.ts";
import type { Stage, View } from "../stage.ts";
import { actionsOf } from "./actions.ts";
import { TextBar } from "./bar.tsx";
import { Changes, type Showing } from "./changes.tsx";
import { headsOn, listenToGestures, toggleHeads } from "./gestures.ts";
import { dressOf } from "./marks.ts";
import { LivePanel } from "./panel.tsx";
import { picturesOf } from "./pictures.ts";
import { firstPointed, pointedIn, pointing, saidAt } from "./pointed.ts";
import { liveState } from "./state.ts";
import { failedNote, recordedNote, saidInWords } from "./words.ts";

/** Room for the panel beside the picture, from this width on. */
const PANEL = 232;
const BESIDE = 900;

/**
 * A view with a model behind it: text and changes above, predictions beside, and a picture of the last good answer.
 * `sides`: the picture is narrow enough to stand there twice.
 */
export function liveOver(
  stage: Stage,
  name: string,
  picture: View,
  { sides = true }: { sides?: boolean } = {},
): void {
  const { host, loader, scope } = stage;
  const live = liveState(host, scope);
  const synced = syncedState(host, ["layer", "merge_words"] as const, scope);
  const shell = openShell(stage, name, synced.theme);
  const { react, root, unit, width } = shell;
  const showing = signal<Showing>("now");

  const bar = element("div", "hw-live-top", shell.toolbar);
  const changes = element("div", "hw-live-changes-mount", shell.toolbar);
  shell.body.classList.add("hw-live-body");
  const pictures = picturesOf({ stage, shell, live, picture, showing });
  const { answer, shown } = pictures;
  const panel = element("aside", "hw-live-panel", shell.body);
  panel.setAttribute("aria-label", "Predictions");
  const beside = computed(() => width.value >= BESIDE * unit.value);
  react(() => {
    shell.body.classList.toggle("hw-live-beside", beside.value);
    panel.style.width = beside.value ? `${PANEL * unit.value}px` : "";
  });

  const places = pointing();
  const trace = computed(() => shown.value.trace);
  const pointed = pointedIn(trace, synced, places);
  const focus = {
    now: () => focusedIn(root),
    home: () => pictures.place.querySelector<HTMLElement>(".hw-tokens-query"),
  };
  const first = computed(() => firstPointed(answer.value, trace.value));
  const actions = actionsOf(live, answer, pointed, first, focus, scope);
  const said = computed(() => saidAt(answer.value, trace.value, actions.at.value));
  pictures.open({
    ...places,
    dress: computed(() => dressOf(answer.value, shell.dark.value)),
    off: computed(() => answer.value.ablated),
  });
  react(() => {
    const nothing = answer.value.notes.length === 0;
    if (nothing || (showing.value === "both" && !beside.value)) showing.value = "now";
  });

  shell.show(bar, h(TextBar, { live }));
  shell.show(
    changes,
    h(Changes, {
      live,
      answer,
      base: synced.index_base,
      on: computed(() => headsOn({ synced, trace })),
      onToggleHeads: () => toggleHeads({ live, synced, trace }),
      showing,
      wide: computed(() => sides && beside.value),
      onShow: (next) => {
        showing.value = next;
      },
    }),
  );
  shell.show(
    panel,
    h(LivePanel, {
      answer,
      said,
      actions: actions.now,
      base: synced.index_base,
      dark: shell.dark,
      colorOf: (layer, head, block) =>
        headColor(head, blockNamed(trace.value, block).heads[layer] ?? 1, shell.dark.value),
      onHead: (block, layer, head) => {
        const heads: HeadPair[] = [[layer, head]];
        synced.set({ block, layer, selection: { ...synced.selection.peek(), block, heads } });
      },
    }),
  );
  const arrivals = arrivalsOf(loader.forView(scope), host, scope);
  showNotes(
    stage,
    shell,
    arrivals,
    () => null,
    () => [
      ...failedNote(live.failure.value),
      ...(live.alive.value ? [] : [recordedNote(host.kernel === "gone")]),
    ],
  );
  react(() => {
    // A pointer that passes is nothing to read.
    if (said.value && !pointed.value?.passing) shell.speak(saidInWords(said.value));
  });
  listenToGestures(
    { root, pictures: pictures.place, live, synced, pointed, trace, replace: actions.replace },
    scope,
  );
  leaveOnEscape(root, synced, scope);
}
