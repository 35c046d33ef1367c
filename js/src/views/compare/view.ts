import { computed, signal } from "@preact/signals";
import { h } from "preact";
import { element } from "../../dom.ts";
import { type Highlights, sharedHighlights } from "../../state/highlight.ts";
import { headsThere } from "../../state/selection.ts";
import { Loader } from "../../store/loader.ts";
import { headPart } from "../head/part.ts";
import { Toolbar } from "../head/toolbar.tsx";
import { arrivalsOf } from "../shell/arrivals.ts";
import { showNotes } from "../shell/notes.ts";
import { openShell } from "../shell/shell.ts";
import { followParts, leaveOnEscape } from "../shell/whole.ts";
import type { Stage } from "../stage.ts";
import { mapData } from "./data.ts";
import { differenceMap } from "./map.ts";
import { highlightsOfB, hostOfA, hostOfB } from "./sides.ts";
import { compareState } from "./state.ts";
import { notesOf, sizeInWords } from "./words.ts";

/** Two traces side by side, and what the second gives more than the first. */
export function compareView(stage: Stage): void {
  const { host, loader, scope } = stage;
  const state = compareState(host, scope);
  const { synced } = state;
  const shell = openShell(stage, "compare", synced.theme);
  const [ofA, ofB, ofMap] = sharedHighlights(stage.highlights, scope, 3) as [
    Highlights,
    Highlights,
    Highlights,
  ];
  const second = hostOfB(host, state, scope);
  const loaderB = new Loader(second.host);
  const requests = loader.forView(scope);
  const fromA = arrivalsOf(requests, host, scope);
  const fromB = arrivalsOf(loaderB.forView(scope), second.host, scope);
  const arrivals = computed(() => fromA.value + fromB.value);
  const preview = signal<number | null>(null);

  shell.show(
    shell.toolbar,
    h(Toolbar, {
      label: "Comparison",
      trace: state.traces[0],
      synced,
      block: computed(() => state.blocks.value.a),
      shownLayer: state.layer,
      dark: shell.dark,
      heard: stage.highlights.heard,
      narrow: computed(() => shell.width.value < 600 * shell.unit.value),
      onPreview: (head) => {
        preview.value = head;
      },
    }),
  );

  const sides = element("div", "hw-sides", shell.body);
  shell.react(() => {
    sides.classList.toggle("hw-stacked", shell.width.value < 900 * shell.unit.value);
  });
  const openSide = (
    side: "a" | "b",
    own: Pick<Stage, "host" | "loader" | "highlights" | "toolbar">,
  ) => {
    const at = side === "a" ? 0 : 1;
    const root = element("section", "hw-side", sides);
    root.dataset.side = side;
    root.setAttribute("aria-label", state.names[at]);
    const title = element("div", "hw-title", root);
    const name = element("b", "hw-name", title);
    name.textContent = state.names[at];
    name.title = state.names[at];
    const size = element("span", "hw-size", title);
    shell.react(() => {
      size.textContent = sizeInWords(state, at);
    });
    const previewed = computed(() => {
      const there = headsThere(state.blocks.value[side], state.layer.value);
      return preview.value !== null && there.includes(preview.value) ? preview.value : null;
    });
    const el = element("div", "hw-pane", root);
    headPart({ ...own, el, scope, part: true, preview: previewed });
    return el;
  };
  const panes = [
    openSide("a", {
      host: hostOfA(host, state),
      loader,
      highlights: ofA,
      toolbar: shell.toolbar,
    }),
    openSide("b", {
      host: second.host,
      loader: loaderB,
      highlights: highlightsOfB(ofB, state.matching),
    }),
  ];
  const data = mapData(state, requests, loaderB.store.weights, arrivals);
  const map = differenceMap({ state, data, requests, shell, highlights: ofMap, scope }, shell.body);
  showNotes(
    stage,
    shell,
    arrivals,
    () =>
      map.dataset.state === "loading"
        ? `layer ${state.layer.value + synced.index_base.value}`
        : null,
    () => notesOf(state, second.lacking.value),
  );
  const roots = panes.flatMap((el) => [...el.querySelectorAll<HTMLElement>(".headwise")]);
  followParts(shell.root, [...roots, map], scope);
  leaveOnEscape(shell.root, synced, scope);
}
