import { computed, effect, signal } from "@preact/signals";
import { h, render } from "preact";
import { Note } from "../../controls/note.tsx";
import { measurer } from "../../dom.ts";
import type { Host } from "../../host/host.ts";
import type { Loader } from "../../store/loader.ts";
import { applyTheme, detectTheme, isDark, watchTheme } from "../../theme.ts";
import { frameOf } from "./frame.ts";
import { listenToKeys, listenToPointer } from "./input.ts";
import { legendView } from "./legend.ts";
import { tokenListView } from "./lists.ts";
import { Panel } from "./panel.tsx";
import { buildParts } from "./parts.ts";
import { askForWeights, picturesOf } from "./pictures.ts";
import { panelFor } from "./ranking.ts";
import { headState } from "./state.ts";
import { Toolbar } from "./toolbar.tsx";
import { notesFor, spoken, storedNote } from "./words.ts";

/** Draws a head view into `el` until `scope` aborts. */
export function headView(host: Host, loader: Loader, el: HTMLElement, scope: AbortSignal): void {
  const parts = buildParts(el);
  const state = headState(host, measurer(), scope);
  const { synced, local } = state;
  const requests = loader.forView(scope);
  const pictures = picturesOf(state, requests, host, scope);
  const legend = legendView(parts.root);
  parts.root.append(parts.saved);
  const id = `hw-${Math.random().toString(36).slice(2, 8)}`;
  const lists = {
    query: tokenListView("query", parts.sheet, id),
    key: tokenListView("key", parts.sheet, id),
  };
  const dark = computed(() => isDark(local.theme.value));
  const savedClosed = signal(false);

  const look = () => {
    const style = getComputedStyle(parts.root);
    local.font.value = { family: style.fontFamily, size: Number.parseFloat(style.fontSize) || 13 };
    local.theme.value = detectTheme(parts.root, synced.theme.peek());
  };
  const reveal = (item: number) => {
    const layout = state.layout.peek();
    if (!layout?.scrolls) return;
    const top = item * layout.row;
    const seen = parts.scroll.scrollTop;
    if (top < seen) parts.scroll.scrollTop = top;
    else if (top + layout.row > seen + layout.viewport)
      parts.scroll.scrollTop = top + layout.row - layout.viewport;
  };
  const centre = (item: number) => {
    const layout = state.layout.peek();
    if (layout) parts.scroll.scrollTop = item * layout.row - layout.viewport / 2;
  };

  for (const edge of [parts.topEdge, parts.bottomEdge]) {
    edge.addEventListener(
      "click",
      (event) => {
        const item = (event.target as HTMLElement).dataset.item;
        if (item !== undefined) centre(Number(item));
      },
      { signal: scope },
    );
  }

  // Reactive parts: each effect ends with the view.
  const react = (run: () => void) => scope.addEventListener("abort", effect(run), { once: true });
  const mount = (node: HTMLElement) =>
    scope.addEventListener("abort", () => render(null, node), { once: true });
  for (const node of [parts.toolbar, parts.notes, parts.panel, parts.saved]) mount(node);

  react(() => {
    void synced.theme.value;
    look();
  });
  react(() => applyTheme(parts.root, local.theme.value));
  watchTheme(look, scope);
  const resize = new ResizeObserver(() => {
    local.width.value = parts.root.clientWidth;
    look();
  });
  // As wide as the root, but never higher for what is drawn: an observer that changes what it observes is an error.
  resize.observe(parts.progress);
  scope.addEventListener("abort", () => resize.disconnect(), { once: true });
  parts.scroll.addEventListener(
    "scroll",
    () => {
      local.scrollTop.value = parts.scroll.scrollTop;
    },
    { signal: scope },
  );
  const inputs = {
    root: parts.root,
    scroll: parts.scroll,
    lists: { query: lists.query.root, key: lists.key.root },
    reveal,
  };
  listenToPointer(state, inputs, scope);
  listenToKeys(state, inputs, scope);

  const narrow = computed(() => local.width.value < 600 * (local.font.value.size / 13));
  const onPreview = (head: number | null) => {
    local.previewHead.value = head;
  };
  render(
    h(Toolbar, {
      trace: state.trace,
      synced,
      block: state.block,
      shownLayer: state.layer,
      dark,
      narrow,
      onPreview,
    }),
    parts.toolbar,
  );

  react(() => {
    void pictures.arrivals.value;
    askForWeights(state, pictures, requests);
  });
  react(() => {
    const notes = notesFor(state, pictures, requests, host);
    render(
      notes.map((note) => h(Note, { key: note.fact, note })),
      parts.notes,
    );
  });
  react(() => {
    const note = host.kernel === "none" ? storedNote(state, pictures, requests) : null;
    // Once read it may go; it stays while the layer asked for is not in the page.
    const needed = (pictures.rest.value?.missing ?? 0) > 0;
    const close = () => {
      savedClosed.value = true;
    };
    const shown = note && (needed || !savedClosed.value);
    render(shown ? h(Note, { note, onClose: needed ? undefined : close }) : null, parts.saved);
  });
  react(() => {
    const panel = panelFor(state, pictures.held.value);
    parts.panel.hidden = !panel;
    render(panel && h(Panel, panel), parts.panel);
  });
  react(() => {
    const text = spoken(state, pictures);
    if (parts.live.textContent !== text) parts.live.textContent = text;
  });

  const frame = frameOf({ state, pictures, parts, lists, legend, loader: requests }, scope);
  react(() => {
    void [
      state.layout.value,
      pictures.rest.value,
      pictures.shown.value,
      state.headsOn.value,
      local.theme.value,
      local.font.value,
      local.scrollTop.value,
    ];
    frame.rest();
    frame.held();
  });
  react(() => {
    void [
      state.held.value,
      pictures.held.value,
      local.hover.value,
      local.cursor.value,
      synced.selection.value,
      synced.index_base.value,
    ];
    frame.held();
  });
  // A token that Python locks far down comes into sight; a person who then scrolls away is left alone.
  const lockedAt = computed(() => {
    const held = state.held.value;
    return held?.locked ? `${held.side} ${held.item}` : null;
  });
  react(() => {
    if (lockedAt.value === null || !state.layout.value?.scrolls) return;
    const item = state.held.peek()?.item ?? 0;
    const [from, to] = pictures.sight.peek();
    // After the frame that gives the lists their height.
    if (item < from || item >= to) requestAnimationFrame(() => !scope.aborted && centre(item));
  });
  look();
}
