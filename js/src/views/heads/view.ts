import { signal } from "@preact/signals";
import { h } from "preact";
import type { Host } from "../../host/host.ts";
import type { HeadPair } from "../../state/types.ts";
import { asBytes } from "../../store/bytes.ts";
import { cellsView } from "../model/cells.ts";
import { showNotes } from "../shell/notes.ts";
import { openShell } from "../shell/shell.ts";
import type { Stage } from "../stage.ts";
import { Card } from "./card.tsx";
import { pointsView } from "./cells.ts";
import { frameOf } from "./frame.ts";
import { listenToHeadKeys, listenToPointer } from "./input.ts";
import { Legend } from "./legend.tsx";
import { List } from "./list.tsx";
import { Numbers } from "./numbers.ts";
import { buildHeadsParts } from "./parts.ts";
import { legendOf } from "./scene.ts";
import { headsState, headsSynced } from "./state.ts";
import { Toolbar } from "./toolbar.tsx";
import { notesFor, spoken, toldOf } from "./words.ts";

/** Draws a heads view until its scope aborts. */
export function headsView(stage: Stage): void {
  const { host, scope } = stage;
  const synced = headsSynced(host, scope);
  const shell = openShell(stage, "heads", synced.theme);
  const parts = buildHeadsParts(shell.root, shell.body);
  const cells = cellsView(parts.sheet);
  const points = pointsView(parts.map);
  const { numbers, arrivals } = numbersOf(host, scope);
  const state = headsState(host, synced, {
    shell,
    numbers,
    arrivals,
    heard: stage.highlights.heard,
  });
  const { react } = shell;
  const frame = frameOf({ state, parts, cells, points }, scope);
  const { words } = host.get("_table");

  parts.scroll.addEventListener(
    "scroll",
    () => {
      const { scrollTop: top, scrollLeft: left } = parts.scroll;
      state.scroll.value = { top, left };
    },
    { signal: scope },
  );
  const focus = (head: HeadPair) => {
    state.cursor.value = head;
    frame.cells();
    const cell = state.map.peek() ? points.pointOf(head) : cells.cellOf(head);
    cell?.focus({ preventScroll: true });
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  listenToPointer(state, parts, scope);
  listenToHeadKeys(state, parts, focus, scope);
  react(() => {
    const head = state.pointed.value;
    stage.highlights.say(head && { block: state.block.value.name, head });
  });
  shell.show(shell.toolbar, h(Toolbar, { state }));
  shell.show(parts.list, h(List, { state }));
  showNotes(
    stage,
    shell,
    arrivals,
    () => (state.values.value ? null : state.column.value.name),
    () => notesFor(state),
  );
  react(() => {
    const form = state.layout.value?.facts ?? "lines";
    const told = toldOf(state, words);
    shell.show(parts.facts, h(Card, { form, told }));
    shell.speak(spoken(state, told));
  });
  react(() => {
    shell.show(parts.legend, h(Legend, { dark: shell.dark.value, parts: legendOf(state) }));
  });
  react(() => {
    void [
      state.layout.value,
      state.map.value,
      state.grid.value,
      state.values.value,
      state.measure.value,
      state.selected.value,
      synced.color.value,
      synced.index_base.value,
      state.scroll.value,
      shell.theme.value,
      shell.font.value,
    ];
    frame.base();
    frame.marks();
  });
  react(() => {
    void [state.hover.value, state.cursor.value, state.ring.value, state.heard.value];
    frame.marks();
  });
}

/** The numbers that travel with the view, and those that Python is asked for. */
function numbersOf(host: Host, scope: AbortSignal) {
  const numbers = new Numbers();
  const arrivals = signal(0);
  const take = (blob: Uint8Array) => {
    numbers.add(blob);
    arrivals.value++;
  };
  take(asBytes(host.get("tensors")));
  host.onChange("tensors", () => take(asBytes(host.get("tensors"))), scope);
  const { columns, heads } = host.get("_table");
  const lacks = () =>
    Object.keys(heads).some((block) => columns.some(({ name }) => !numbers.column(block, name)));
  let asked = false;
  const ask = () => {
    if (asked || host.kernel === "none" || host.kernel === "gone" || !lacks()) return;
    asked = true;
    host
      .request("table", {})
      .then(({ buffers }) => {
        if (!scope.aborted) for (const buffer of buffers) take(buffer);
      })
      .catch(() => {
        asked = false;
      });
  };
  ask();
  host.onKernel(ask, scope);
  return { numbers, arrivals };
}
