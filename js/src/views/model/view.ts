import { computed, signal, untracked } from "@preact/signals";
import { h } from "preact";
import { Note } from "../../controls/note.tsx";
import { sharedHighlights } from "../../state/highlight.ts";
import type { HeadPair } from "../../state/types.ts";
import { Thumbs } from "../../store/thumbs.ts";
import { arrivalsOf } from "../shell/arrivals.ts";
import { showNotes } from "../shell/notes.ts";
import { openShell } from "../shell/shell.ts";
import type { Stage } from "../stage.ts";
import { cellsView } from "./cells.ts";
import { Facts } from "./facts.tsx";
import { frameOf } from "./frame.ts";
import { listenToGridKeys, listenToPointer } from "./input.ts";
import { rowTop, scrollTo } from "./layout.ts";
import { Legend } from "./legend.tsx";
import { type OpenedHead, openHead } from "./open.ts";
import { buildParts } from "./parts.ts";
import { RankStrip } from "./rank.tsx";
import { legendOf } from "./scene.ts";
import { modelState, modelSynced } from "./state.ts";
import { Toolbar } from "./toolbar.tsx";
import { unfolding } from "./unfold.ts";
import { gridJobs, wantsOf } from "./wants.ts";
import { notesFor, spoken, storedNote, toldFacts, waitsFor } from "./words.ts";

/** Draws a model view until its scope aborts. */
export function modelView(stage: Stage): void {
  const { host, loader, scope } = stage;
  const part = stage.part ?? false;
  const synced = modelSynced(host, scope);
  const shell = openShell(stage, "model", synced.theme);
  const parts = buildParts(shell.root, shell.body);
  const cells = cellsView(parts.sheet);
  const requests = loader.forView(scope);
  const arrivals = arrivalsOf(requests, host, scope);
  const [own = stage.highlights, inner = stage.highlights] = sharedHighlights(
    stage.highlights,
    scope,
    2,
  );
  const state = modelState(synced, {
    trace: host.get("_trace"),
    shell,
    requests,
    arrivals,
    heard: own.heard,
    opens: !part,
  });
  const { local } = state;
  const { react } = shell;
  let opened: OpenedHead | null = null;
  const { progress } = shell;
  const frame = frameOf({ state, parts, cells, requests, progress, opened: () => opened }, scope);

  parts.scroll.addEventListener(
    "scroll",
    () => {
      const { scrollTop: top, scrollLeft: left } = parts.scroll;
      local.scroll.value = { top, left };
    },
    { signal: scope },
  );
  const focus = (head: HeadPair) => {
    local.cursor.value = head;
    frame.cells();
    const cell = cells.cellOf(head);
    cell?.focus({ preventScroll: true });
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const inputs = { root: parts.root, scroll: parts.scroll, focus };
  listenToPointer(state, inputs, scope);
  listenToGridKeys(state, inputs, part, scope);
  react(() => {
    const head = state.pointed.value;
    own.say(head && { block: state.block.value.name, head });
  });

  const narrow = computed(() => shell.width.value < 600 * shell.unit.value);
  if (!part) shell.show(shell.toolbar, h(Toolbar, { state, narrow }));

  if (!part) showRank();

  react(() => {
    void arrivals.value;
    const jobs = gridJobs(wantsOf(state), requests.store.of(Thumbs));
    if (state.layout.value) requests.need(jobs);
  });
  showNotes(
    stage,
    shell,
    arrivals,
    () => waitsFor(state, requests),
    () => notesFor(state, requests),
  );
  showSaved();
  react(() => {
    void arrivals.value;
    const form = state.layout.value?.facts ?? "lines";
    const told = toldFacts(state, requests);
    const hint = state.opens
      ? "click opens · Shift+click selects"
      : "click shows it · Shift+click adds it";
    parts.facts.hidden = !told && (form === "card" || state.grid.value.rows.length === 0);
    shell.show(parts.facts, h(Facts, { form, told, hint }));
  });
  react(() => {
    void arrivals.value;
    const legend = legendOf(state, requests);
    parts.legend.hidden = state.grid.value.rows.length === 0;
    const dark = shell.dark.value;
    if (legend) shell.show(parts.legend, h(Legend, { dark, parts: legend }));
  });
  react(() => {
    void arrivals.value;
    shell.speak(spoken(state, requests));
  });
  followOpened();

  react(() => {
    void [
      arrivals.value,
      state.layout.value,
      state.grid.value,
      state.block.value,
      state.variant.value,
      state.opened.value,
      state.selected.value,
      synced.glyph.value,
      synced.frame.value,
      synced.order.value,
      synced.index_base.value,
      local.scroll.value,
      shell.theme.value,
    ];
    frame.base();
    frame.marks();
  });
  react(() => {
    void [local.hover.value, local.cursor.value, local.ring.value, state.heard.value];
    void state.told.value;
    frame.marks();
  });

  /** The strip of ranked heads, while the block that they are of is shown. */
  function showRank(): void {
    const given = signal(host.get("rank"));
    host.onChange(
      "rank",
      () => {
        given.value = host.get("rank");
      },
      scope,
    );
    react(() => {
      const rank = given.value;
      const shown = rank?.block === state.block.value.name;
      parts.rank.hidden = !shown;
      shell.show(parts.rank, rank && shown ? h(RankStrip, { rank, state }) : null);
    });
  }

  /** What a page without a kernel lacks; once read it may go, unless something in sight is missing. */
  function showSaved(): void {
    const closed = signal(false);
    react(() => {
      void arrivals.value;
      const note = host.kernel === "none" ? storedNote(state, requests) : null;
      const needed = waitsFor(state, requests) !== null;
      const close = () => {
        closed.value = true;
      };
      const shown = note && (needed || !closed.value);
      shell.show(
        parts.saved,
        shown ? h(Note, { note, onClose: needed ? undefined : close }) : null,
      );
    });
  }

  /** Opens the head view in place, and anew when what the grid shows changes. */
  function followOpened(): void {
    if (!state.opens) return;
    const unfold = unfolding(local.openHeight, scope);
    const shown = computed(() => (state.opened.value ? state.layers.value : null));
    react(() => {
      if (!shown.value) return;
      const life = new AbortController();
      const end = () => life.abort();
      scope.addEventListener("abort", end, { once: true, signal: life.signal });
      const close = () => {
        const head = state.opened.peek();
        synced.set({ opened: null });
        if (head) focus(head);
      };
      untracked(() => {
        opened = openHead(stage, state, inner, parts.sheet, life.signal, close);
      });
      return () => {
        opened = null;
        end();
        unfold.shut();
      };
    });
    react(() => {
      const height = local.openFull.value;
      if (height > 0) unfold.to(height);
    });
    // The row and the head under it come into sight while it unfolds, and when another one is opened.
    const target = computed(() => state.opened.value?.join("·") ?? null);
    react(() => {
      if (target.value === null || local.openHeight.value === 0) return;
      requestAnimationFrame(() => !scope.aborted && revealOpened());
    });
  }

  function revealOpened(): void {
    const layout = state.layout.peek();
    const box = layout?.opened;
    if (!layout?.scrolls.down || !box) return;
    const top = rowTop(layout, box.row) - layout.pad;
    const { scrollTop } = parts.scroll;
    const to = scrollTo(top, box.top + box.height, scrollTop, layout.viewport.height);
    if (to !== scrollTop) parts.scroll.scrollTop = to;
  }
}
