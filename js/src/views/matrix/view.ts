import { computed, signal } from "@preact/signals";
import { h } from "preact";
import { Note } from "../../controls/note.tsx";
import { element, measurer } from "../../dom.ts";
import { fullWeight, Matrix } from "../../store/matrix.ts";
import { arrivalsOf } from "../shell/arrivals.ts";
import { showNotes } from "../shell/notes.ts";
import { openShell } from "../shell/shell.ts";
import type { Stage } from "../stage.ts";
import { showsTokens } from "./axes.ts";
import { frameOf } from "./frame.ts";
import { listenToPointer, type Moves, sightFor } from "./input.ts";
import { listenToMapKeys } from "./keys.ts";
import { Legend } from "./legend.tsx";
import { buildParts } from "./parts.ts";
import { drawnLevel, matrixJobs } from "./pictured.ts";
import { type Box, regionOf, within } from "./region.ts";
import { matrixState, matrixSynced } from "./state.ts";
import { Toolbar } from "./toolbar.tsx";
import {
  legendSentences,
  mapInWords,
  notesFor,
  poolingInWords,
  receivedInWords,
  savedNote,
  spoken,
  waitsFor,
} from "./words.ts";

/** A person who zooms has come to rest after this many milliseconds. */
const REST = 150;

/** Draws a matrix view until its scope aborts. */
export function matrixView(stage: Stage): void {
  const { host, loader, scope } = stage;
  const synced = matrixSynced(host, scope);
  const shell = openShell(stage, "matrix", synced.theme);
  const parts = buildParts(shell.root, shell.body);
  element("b", "", parts.card);
  element("span", "hw-card-share", parts.card);
  const state = matrixState(host.get("_trace"), synced, shell, measurer());
  const requests = loader.forView(scope);
  const arrivals = arrivalsOf(requests, host, scope);
  const { react } = shell;
  const { heard } = stage.highlights;
  const frame = frameOf({ state, parts, requests, arrivals, heard }, scope);

  let resting: ReturnType<typeof setTimeout> | undefined;
  scope.addEventListener("abort", () => clearTimeout(resting), { once: true });
  const moves: Moves = {
    look(sight) {
      const box = state.layout.peek()?.box;
      if (box) state.sight.value = within(box, sight);
    },
    settle() {
      clearTimeout(resting);
      resting = setTimeout(() => {
        const [box, sight] = [state.layout.peek()?.box, state.sight.peek()];
        if (box && sight) synced.set({ region: regionOf(box, sight) });
      }, REST);
    },
  };
  // What a person is looking at stays where it is while the region that Python knows is the same.
  let shown: Box | null = null;
  react(() => {
    const [box, next] = [state.layout.value?.box ?? null, sightFor(state)];
    const now = state.sight.peek();
    const sameBox = JSON.stringify(box) === JSON.stringify(shown);
    const told = box && now && String(regionOf(box, now)) === String(synced.region.value);
    if (next && !(sameBox && told)) state.sight.value = next;
    shown = box;
  });
  listenToPointer(state, parts, moves, scope);
  listenToMapKeys(state, parts, moves, stage.part ?? false, scope);
  react(() => {
    const cell = state.hover.value ?? state.cursor.value;
    const label = cell && state.lists.value.query.labels[cell.query];
    stage.highlights.say(
      cell && {
        block: state.block.value.name,
        token: { side: "query", index: cell.query, label: label ?? "" },
      },
    );
  });
  if (!stage.part) shell.show(shell.toolbar, h(Toolbar, { state, moves }));

  react(() => {
    void [arrivals.value, state.sight.value];
    requests.need(matrixJobs(state, requests));
  });
  showNotes(
    stage,
    shell,
    arrivals,
    () => waitsFor(state, requests),
    () => notesFor(state, requests),
  );
  const closed = signal("");
  react(() => {
    void arrivals.value;
    const note = host.kernel === "none" ? savedNote(state, requests) : null;
    const close = () => {
      closed.value = note?.sentence ?? "";
    };
    const open = note && closed.value !== note.sentence;
    shell.show(parts.saved, open ? h(Note, { note, onClose: close }) : null);
  });
  react(() => {
    const [layout, sight] = [state.layout.value, state.sight.value];
    if (!layout || !sight) return;
    void arrivals.value;
    const level = drawnLevel(state, requests);
    const props = {
      dark: shell.dark.value,
      full: fullWeight(state.want.value),
      pooling: poolingInWords(level, layout.box),
      sentences: legendSentences(state, level),
    };
    shell.show(parts.legend, h(Legend, props));
    parts.map.setAttribute(
      "aria-label",
      `Weights of ${mapInWords(state)}: ${layout.box.queries} queries by ${layout.box.keys} keys, ${props.pooling}`,
    );
    parts.map.dataset.tool = synced.tool.value;
    parts.root.dataset.region = regionOf(layout.box, sight).join(",");
  });
  react(() => {
    void arrivals.value;
    shell.speak(spoken(state, requests));
  });
  const received = computed(() => {
    void arrivals.value;
    return requests.store.of(Matrix).marginal("received", state.block.value.name, state.map.value);
  });
  react(() => {
    parts.said.textContent = receivedInWords(
      received.value,
      state.lists.value.key.labels,
      synced.index_base.value,
    );
  });
  react(() => {
    void [arrivals.value, state.layout.value, state.sight.value, state.map.value];
    void [shell.theme.value, shell.font.value, state.lists.value, synced.selection.value];
    void synced.index_base.value;
    frame.base();
    frame.marks();
  });
  react(() => {
    void [heard.value, state.brush.value, state.hover.value, state.cursor.value];
    frame.marks();
    // Labels of what is pointed at are bold.
    const [layout, sight] = [state.layout.peek(), state.sight.peek()];
    if (layout && sight && showsTokens(layout, sight)) frame.base();
  });
}
