import { computed, untracked } from "@preact/signals";
import { h } from "preact";
import { Note } from "../../controls/note.tsx";
import { element, measurer, newId } from "../../dom.ts";
import { Rows } from "../../store/rows.ts";
import { arrivalsOf } from "../shell/arrivals.ts";
import { showNotes } from "../shell/notes.ts";
import { openShell } from "../shell/shell.ts";
import type { Stage } from "../stage.ts";
import { Card } from "./card.tsx";
import { frameOf, pointedNeuron } from "./frame.ts";
import { listenToNeuronKeys, listenToPointer } from "./input.ts";
import { legendView } from "./legend.ts";
import { showLines } from "./lines-form.ts";
import { missingNote } from "./missing.ts";
import { buildParts } from "./parts.ts";
import { picturesOf } from "./pictures.ts";
import { heardHere, pointedAt } from "./pointing.ts";
import { queryPill } from "./query.ts";
import { jobsFor } from "./reading.ts";
import { rowsView } from "./rows.ts";
import { lockQuery, neuronState, neuronSynced } from "./state.ts";
import { Toolbar } from "./toolbar.tsx";
import { notesFor, spoken, storedNote, waitsFor } from "./words.ts";

/** Draws a neuron view until its scope aborts. */
export function neuronView(stage: Stage): void {
  const { host, loader, scope } = stage;
  const part = stage.part ?? false;
  const synced = neuronSynced(host, scope);
  const shell = openShell(stage, "neuron", synced.theme);
  const { root, react } = shell;
  const state = neuronState(host.get("_trace"), synced);
  const requests = loader.forView(scope);
  const arrivals = arrivalsOf(requests, host, scope);
  const measure = measurer();
  const pictures = picturesOf(state, shell, requests, arrivals, measure);
  const parts = buildParts(shell.body);
  const missing = element("div", "hw-neuron-missing", shell.body);
  const lines = element("div", "", shell.body);
  const legend = legendView(root);
  const saved = element("div", "hw-saved", root);
  const rows = rowsView(parts.sheet, newId());
  const pill = queryPill(parts.queryLine, (query) => lockQuery(state, query), scope);

  const asLines = computed(() => synced.form.value === "lines");
  const centre = (key: number) => {
    const layout = pictures.layout.peek();
    if (layout?.scrolls) parts.scroll.scrollTop = (key + 0.5) * layout.row - layout.viewport / 2;
  };
  const reveal = (key: number | null, at: number | null) => {
    const layout = pictures.layout.peek();
    if (!layout) return;
    if (key !== null && layout.scrolls) {
      const top = key * layout.row;
      const seen = parts.scroll.scrollTop;
      if (top < seen) parts.scroll.scrollTop = top;
      else if (top + layout.row > seen + layout.viewport)
        parts.scroll.scrollTop = top + layout.row - layout.viewport;
    }
    if (at !== null && !parts.pan.hidden) {
      const first = state.first.peek();
      const least = Math.max(0, at - layout.fitting + 1);
      parts.pan.scrollLeft = Math.min(Math.max(first, least), at) * layout.cell;
    }
  };
  parts.scroll.addEventListener(
    "scroll",
    () => {
      state.scrollTop.value = parts.scroll.scrollTop;
    },
    { signal: scope },
  );
  parts.pan.addEventListener(
    "scroll",
    () => {
      const layout = pictures.layout.peek();
      if (layout) state.first.value = Math.round(parts.pan.scrollLeft / layout.cell);
    },
    { signal: scope },
  );
  parts.edges.addEventListener(
    "click",
    (event) => {
      const { key } = (event.target as HTMLElement).dataset;
      if (key !== undefined) centre(Number(key));
    },
    { signal: scope },
  );
  const focusForm = () => {
    const rest = asLines.peek() ? lines.querySelector<HTMLElement>(".hw-tokens") : parts.table;
    rest?.focus({ preventScroll: true });
  };
  const inputs = { state, pictures, parts, root, reveal, focusForm };
  listenToPointer(inputs, scope);
  listenToNeuronKeys(inputs, part, scope);
  react(() => stage.highlights.say(pointedAt(state)));

  const narrow = computed(() => shell.width.value < 600 * shell.unit.value);
  react(() => root.classList.toggle("hw-tiny", shell.width.value < 420 * shell.unit.value));
  if (!part) shell.show(shell.toolbar, h(Toolbar, { state, narrow }));

  const noVectors = computed(() => !asLines.value && state.place.value === null);
  react(() => {
    void arrivals.value;
    // Looking for what is missing goes through every row of the head.
    const lacks = !asLines.value && !pictures.asked.value?.whole;
    const place = lacks ? state.place.value : null;
    requests.need(place ? jobsFor(requests.store.of(Rows), place) : []);
  });
  showNotes(
    stage,
    shell,
    arrivals,
    () => waitsFor(state, pictures),
    () => notesFor(state, pictures, requests),
  );
  react(() => {
    void arrivals.value;
    const note = host.kernel === "none" ? storedNote(state, pictures, requests) : null;
    shell.show(saved, note && h(Note, { note }));
  });
  react(() => {
    const columns = !asLines.value && !noVectors.value;
    parts.stage.hidden = !columns;
    legend.root.hidden = !columns || pictures.shown.value === null;
    missing.hidden = !noVectors.value;
    const toLines = () => synced.set({ form: "lines" });
    const button = h(
      "button",
      { type: "button", class: "hw-button", onClick: toLines },
      "Show lines",
    );
    const { note, lines } = missingNote(state);
    shell.show(missing, noVectors.value ? [h(Note, { note }), lines && button] : null);
  });
  react(() => {
    const shown = pictures.shown.value;
    const pointed = shown && !asLines.value ? pointedNeuron(state, shown) : null;
    if (!shown || !pointed) return;
    const { queryVector, keyVectors, scores, vectors } = shown.reading;
    const { neuron, key } = pointed;
    shell.show(
      parts.card,
      h(Card, {
        neuron: neuron + synced.index_base.value,
        q: queryVector[neuron] ?? 0,
        k: keyVectors[key * vectors.size + neuron] ?? 0,
        dot: scores.dot[key] ?? 0,
        label: state.axes.value.key.labels[key] ?? "",
      }),
    );
  });
  react(() => shell.speak(asLines.value ? "" : spoken(state, pictures)));

  const frame = frameOf(
    {
      state,
      pictures,
      shell,
      parts,
      rows,
      pill,
      legend,
      requests,
      measure,
      heard: () => heardHere(state, stage.highlights.heard.peek()),
    },
    scope,
  );
  react(() => {
    void [
      arrivals.value,
      asLines.value,
      pictures.shown.value,
      pictures.asked.value,
      pictures.layout.value,
      pictures.look.value,
      state.play.value,
      synced.index_base.value,
      synced.selection.value,
    ];
    frame.rest();
  });
  react(() => {
    void state.scrollTop.value;
    frame.scrolled();
  });
  react(() => {
    // With the neurons in sight goes what is said of them.
    void state.first.value;
    frame.rest();
  });
  react(() => {
    void [state.hover.value, state.cursor.value, stage.highlights.heard.value];
    frame.marks();
  });
  let endLines: (() => void) | null = null;
  react(() => {
    if (asLines.value) endLines ??= untracked(() => showLines(stage, shell, state, lines));
    else {
      endLines?.();
      endLines = null;
    }
  });
  // A key that Python locks far down comes into sight; a person who then scrolls away is left alone.
  const lockedKey = computed(() => synced.selection.value.key);
  const scrolls = computed(() => pictures.layout.value?.scrolls ?? false);
  react(() => {
    const key = lockedKey.value;
    if (key === null || !scrolls.value) return;
    const [from, to] = pictures.sight.peek();
    // After the frame that gives the rows their height.
    if (key < from || key >= to) requestAnimationFrame(() => !scope.aborted && centre(key));
  });
}
