import { computed, effect, signal } from "@preact/signals";
import { h, render } from "preact";
import { Note, type NoteText } from "../../controls/note.tsx";
import { element, measurer } from "../../dom.ts";
import type { Host } from "../../host/host.ts";
import { inkOn } from "../../scale.ts";
import type { Loader } from "../../store/loader.ts";
import { applyTheme, detectTheme, isDark, watchTheme } from "../../theme.ts";
import { heldInWords, ranked } from "./a11y.ts";
import type { WeightColumn } from "./cells.ts";
import { colorOf } from "./draw.ts";
import { edgeSummary, showEdge } from "./edges.ts";
import { listenToKeys, listenToPointer } from "./input.ts";
import type { HeadLayout } from "./layout.ts";
import { legendView } from "./legend.ts";
import { massInWords } from "./lines.ts";
import { listState, tokenListView } from "./lists.ts";
import { lookNow, paintHeld, paintRest, styleFor } from "./paint.ts";
import { Panel } from "./panel.tsx";
import { askForWeights, type Pictures, picturesOf } from "./pictures.ts";
import { panelFor } from "./ranking.ts";
import { type HeadState, headState } from "./state.ts";
import { failureNote, kernelNote, NO_HEAD, savedNote } from "./status.ts";
import { Toolbar } from "./toolbar.tsx";

/** The parts of the document that a head view is made of. */
interface Parts {
  root: HTMLElement;
  toolbar: HTMLElement;
  notes: HTMLElement;
  progress: HTMLElement;
  stage: HTMLElement;
  heads: HTMLElement;
  topEdge: HTMLElement;
  scroll: HTMLElement;
  canvases: HTMLElement;
  base: HTMLCanvasElement;
  overlay: HTMLCanvasElement;
  sheet: HTMLElement;
  bottomEdge: HTMLElement;
  panel: HTMLElement;
  live: HTMLElement;
  saved: HTMLElement;
}

function buildParts(el: HTMLElement): Parts {
  const root = element("div", "headwise", el);
  root.dataset.view = "head";
  root.dataset.state = "loading";
  // JupyterLab's command mode gives A and H another meaning.
  root.dataset.lmSuppressShortcuts = "true";
  const toolbar = element("div", "hw-toolbar-mount", root);
  const notes = element("div", "hw-notes", root);
  const progress = element("div", "hw-progress", root);
  const body = element("div", "hw-body", root);
  const stage = element("div", "hw-stage", body);
  const heads = element("div", "hw-heads", stage);
  const topEdge = element("div", "hw-edge", heads);
  const scroll = element("div", "hw-scroll", stage);
  const canvases = element("div", "hw-canvases", scroll);
  const base = element("canvas", "hw-lines", canvases);
  const overlay = element("canvas", "hw-overlay", canvases);
  for (const canvas of [base, overlay]) canvas.setAttribute("aria-hidden", "true");
  const sheet = element("div", "hw-sheet", scroll);
  const bottomEdge = element("div", "hw-edge hw-edge-bottom", stage);
  const panel = element("aside", "hw-panel", body);
  const live = element("div", "hw-live", root);
  live.setAttribute("aria-live", "polite");
  return {
    root,
    toolbar,
    notes,
    progress,
    stage,
    heads,
    topEdge,
    scroll,
    canvases,
    base,
    overlay,
    sheet,
    bottomEdge,
    panel,
    live,
    saved: element("div", "hw-saved"),
  };
}

/** Draws a head view into `el` until `scope` aborts. */
export function headView(host: Host, loader: Loader, el: HTMLElement, scope: AbortSignal): void {
  const parts = buildParts(el);
  const state = headState(host, measurer(), scope);
  const { synced, local } = state;
  const pictures = picturesOf(state, loader, host, scope);
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
  resize.observe(parts.root);
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
    h(Toolbar, { trace: state.trace, synced, block: state.block, dark, narrow, onPreview }),
    parts.toolbar,
  );

  react(() => {
    void pictures.arrivals.value;
    askForWeights(state, pictures, loader);
  });
  react(() => render(notesFor(state, pictures, loader, host), parts.notes));
  react(() => {
    const note = host.kernel === "none" && !savedClosed.value ? storedNote(state, loader) : null;
    render(
      note &&
        h(Note, {
          note,
          onClose: () => {
            savedClosed.value = true;
          },
        }),
      parts.saved,
    );
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

  const drawRest = frame(scope, () => {
    const layout = state.layout.peek();
    const rest = pictures.rest.peek();
    if (!layout || !rest) return;
    arrange(parts, layout, state);
    const surface = { base: parts.base, overlay: parts.overlay, ratio: devicePixelRatio || 1 };
    paintRest(state, layout, rest, surface);
    const ready = rest.missing === 0;
    parts.root.dataset.state = loader.failure ? "error" : ready ? "ready" : "loading";
    parts.root.dataset.layer = String(synced.layer.peek());
  });
  const drawHeld = frame(scope, () => {
    const layout = state.layout.peek();
    const rest = pictures.rest.peek();
    if (!layout || !rest) return;
    const held = state.held.peek();
    const picture = pictures.held.peek();
    const surface = { base: parts.base, overlay: parts.overlay, ratio: devicePixelRatio || 1 };
    const columns = paintHeld(state, layout, rest, picture, surface, pictures.sight.peek());
    showHeads(parts, layout, state, columns);
    const lines = picture?.lines ?? rest.lines;
    const reached = new Set(
      (picture?.lines ?? []).map((line) => (held?.side === "query" ? line.key : line.query)),
    );
    for (const side of ["query", "key"] as const)
      lists[side].update(layout, listState(state, side, held?.side === side ? null : reached));
    parts.root.classList.toggle("hw-holding", held !== null && picture !== null);
    parts.root.dataset.drawn = String(lines.length);
    const side = held?.side === "key" ? "query" : "key";
    const labels = state.axes.peek()[side].labels;
    for (const [edge, node] of [
      ["top", parts.topEdge],
      ["bottom", parts.bottomEdge],
    ] as const) {
      node.classList.toggle("hw-edge-left", side === "query");
      const summary = edgeSummary(
        layout.scrolls ? lines : [],
        side,
        labels,
        pictures.sight.peek(),
        edge,
        held,
      );
      showEdge(node, summary, side, synced.index_base.peek(), centre);
    }
    const power = picture?.power ?? rest.power;
    const style = styleFor(state, power, picture !== null);
    const first = style.heads[0] ?? -1;
    legend.update(style, first, layout.unit, surface.ratio, legendText(state, pictures, layout));
  });

  react(() => {
    void [
      state.layout.value,
      pictures.rest.value,
      state.headsOn.value,
      local.theme.value,
      local.font.value,
      local.scrollTop.value,
    ];
    drawRest();
    drawHeld();
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
    drawHeld();
  });
  look();
}

/** Runs at most once a frame, and not after the view has gone. */
function frame(scope: AbortSignal, run: () => void): () => void {
  let asked = 0;
  scope.addEventListener("abort", () => cancelAnimationFrame(asked), { once: true });
  return () => {
    if (asked !== 0 || scope.aborted) return;
    asked = requestAnimationFrame(() => {
      asked = 0;
      run();
    });
  };
}

/** Sizes the boxes to the layout. */
function arrange(parts: Parts, layout: HeadLayout, state: HeadState): void {
  parts.stage.style.width = `${layout.width}px`;
  parts.scroll.style.height = `${layout.viewport}px`;
  parts.scroll.classList.toggle("hw-scrolls", layout.scrolls);
  parts.root.classList.toggle("hw-scrolling", layout.scrolls);
  parts.sheet.style.height = `${layout.sheet}px`;
  parts.root.classList.toggle("hw-no-lines", layout.lines === null);
  parts.panel.style.width = layout.panel ? `${layout.panel.to - layout.panel.from}px` : "";
  parts.panel.style.maxHeight = layout.panel ? `${layout.viewport + 24 * layout.unit}px` : "";
  const { from, to } = layout.lines ?? layout.keyText;
  for (const edge of [parts.topEdge, parts.bottomEdge]) {
    edge.style.left = `${from}px`;
    edge.style.width = `${to - from}px`;
  }
  parts.root.dataset.rows = String(
    Math.max(state.axes.peek().query.labels.length, state.axes.peek().key.labels.length),
  );
}

/** The words above the lists, and the chips above the columns of numbers. */
function showHeads(
  parts: Parts,
  layout: HeadLayout,
  state: HeadState,
  columns: WeightColumn[],
): void {
  for (const node of [...parts.heads.children]) if (node !== parts.topEdge) node.remove();
  const { query_tokens, key_tokens } = state.block.peek();
  const cross = query_tokens !== key_tokens;
  const label = (text: string, left: number, width: number, align: string) => {
    const node = element("span", "hw-head-label", parts.heads);
    node.textContent = text;
    Object.assign(node.style, { left: `${left}px`, width: `${width}px`, textAlign: align });
    return node;
  };
  const pad = 5 * layout.unit;
  label(
    cross ? "decoder query" : "query",
    layout.queryText.from,
    layout.queryText.to - layout.queryText.from - pad,
    "right",
  );
  label(
    cross ? "encoder key" : "key",
    layout.keyText.from + pad,
    layout.keyText.to - layout.keyText.from,
    "left",
  );
  const base = state.synced.index_base.peek();
  for (const { span, head, title } of columns) {
    const node = label("", span.from, span.to - span.from - 6 * layout.unit, "right");
    const wide = state.local.width.peek() >= 600 * layout.unit;
    if (head < 0 || !wide) {
      node.textContent = title;
      continue;
    }
    const badge = element("span", "hw-badge", node);
    const color = colorOf(head, lookNow(state));
    badge.textContent = String(head + base);
    Object.assign(badge.style, { background: color, color: inkOn(color) });
  }
}

function notesFor(state: HeadState, pictures: Pictures, loader: Loader, host: Host) {
  void pictures.arrivals.value;
  const rest = pictures.rest.value;
  const missing =
    rest && rest.missing > 0
      ? `layer ${state.synced.layer.value + state.synced.index_base.value}`
      : null;
  const notes: NoteText[] = [];
  const kernel = kernelNote(host, missing);
  if (kernel) notes.push(kernel);
  if (loader.failure) notes.push(failureNote(loader.failure));
  if (state.headsOn.value.length === 0 && state.headCount.value > 0) notes.push(NO_HEAD);
  return notes.map((note) => h(Note, { key: note.fact, note }));
}

function storedNote(state: HeadState, loader: Loader): NoteText | null {
  const block = state.block.value;
  const layers = Array.from({ length: block.layers }, (_, layer) => layer);
  const stored = layers.filter((layer) => loader.weights.complete(block.name, layer));
  return stored.length === block.layers ? null : savedNote(stored, state.synced.index_base.value);
}

function spoken(state: HeadState, pictures: Pictures): string {
  const held = state.held.value;
  const picture = pictures.held.value;
  if (!held || !picture) return "";
  const other = held.side === "query" ? "key" : "query";
  const labels = state.axes.value[other].labels;
  const { strip } = picture;
  const heads = state.headsOn.value.map((head) => {
    const values = strip.values.subarray(head * strip.length, (head + 1) * strip.length);
    return { head, strongest: ranked(values, labels, strip.exact, 3) };
  });
  const label = state.axes.value[held.side].labels[held.item] ?? "";
  return heldInWords(
    { side: held.side, item: held.item, label },
    heads,
    state.synced.index_base.value,
  );
}

function legendText(state: HeadState, pictures: Pictures, layout: HeadLayout) {
  const held = state.held.value;
  const picture = pictures.held.value;
  const rest = pictures.rest.value;
  const { aggregate, heads } = state.choice.value;
  const colour =
    aggregate === "each" ? "colour: head" : `lines: ${aggregate} over ${heads.length} heads`;
  if (held && picture) {
    const label = state.axes.value[held.side].labels[held.item] ?? "";
    const where = held.side === "query" ? "" : " received";
    return {
      colour,
      bars: `bars: weight ${held.side === "query" ? "from" : "to"} ${label}, one bar a head`,
      mass: massInWords(picture.mass, where),
      state: held.locked ? "locked: click again or Esc to release" : "",
    };
  }
  if (!rest) return { colour, bars: "", mass: "", state: "" };
  const tall = (value: number) => `(tallest ${value.toFixed(2)})`;
  const left = layout.queryBars
    ? `left strongest weight of the row ${tall(rest.tallest.query)}, right `
    : "";
  const received = rest.received
    ? `mean weight received ${tall(rest.tallest.key)}`
    : "mean weight received: not computed yet";
  return {
    colour,
    bars: `bars: ${left}${received}`,
    mass: massInWords(rest.mass, layout.scrolls ? " in sight" : ""),
    state: "",
  };
}
