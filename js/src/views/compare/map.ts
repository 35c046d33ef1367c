import { computed } from "@preact/signals";
import { h } from "preact";
import { Note } from "../../controls/note.tsx";
import { canvasIn, element, measurer } from "../../dom.ts";
import { rampGradient, signedRamp } from "../../ramps.ts";
import type { Highlights } from "../../state/highlight.ts";
import type { Requests } from "../../store/loader.ts";
import { oncePerFrame } from "../shell/frames.ts";
import type { Shell } from "../shell/shell.ts";
import { markAxes, showAxes } from "./axes.ts";
import type { MapData } from "./data.ts";
import { drawCells } from "./draw.ts";
import { Largest } from "./largest.tsx";
import type { MapLayout } from "./layout.ts";
import { listenToMap } from "./map-input.ts";
import { cellNow, lockedCell, type MapState, mapState, noteNow } from "./map-state.ts";
import { type CompareState, labelsOf } from "./state.ts";
import { legendTexts, titleOfMap } from "./words.ts";

/** The map of differences under the two sides. */

interface Parts {
  root: HTMLElement;
  title: HTMLElement;
  note: HTMLElement;
  row: HTMLElement;
  map: HTMLElement;
  axes: HTMLElement;
  canvas: HTMLCanvasElement;
  pointed: HTMLElement;
  locked: HTMLElement;
  largest: HTMLElement;
  value: HTMLElement;
  legend: HTMLElement;
}

function buildParts(parent: HTMLElement): Parts {
  const root = element("section", "hw-diff-box", parent);
  const title = element("div", "hw-title", root);
  const note = element("div", "hw-diff-note", root);
  const row = element("div", "hw-diff-row", root);
  const left = element("div", "", row);
  const map = element("div", "hw-diff", left);
  const axes = element("div", "hw-diff-axes", map);
  const canvas = canvasIn("hw-difference", map);
  const pointed = element("div", "hw-diff-cell", map);
  const locked = element("div", "hw-diff-cell hw-diff-lock", map);
  const largest = element("div", "hw-diff-largest", row);
  const value = element("div", "hw-diff-value", left);
  const legend = element("div", "hw-legend", root);
  map.tabIndex = 0;
  map.setAttribute("role", "application");
  map.setAttribute("aria-roledescription", "map");
  axes.setAttribute("aria-hidden", "true");
  return { root, title, note, row, map, axes, canvas, pointed, locked, largest, value, legend };
}

interface MapStage {
  state: CompareState;
  data: MapData;
  requests: Requests;
  shell: Shell;
  highlights: Highlights;
  scope: AbortSignal;
}

/** Returns its root, whose `data-state` says how far it is. */
export function differenceMap(stage: MapStage, parent: HTMLElement): HTMLElement {
  const { state, data, requests, shell, highlights, scope } = stage;
  const parts = buildParts(parent);
  const local = mapState(state, data, shell, highlights.heard, measurer());
  listenToMap(state, local, parts, scope);
  const { react } = shell;

  react(() => data.ask());
  react(() => {
    const words = titleOfMap(state);
    parts.title.replaceChildren();
    element("b", "", parts.title).textContent = "Difference";
    for (const { text, name } of words) {
      const node = element("span", name ? "hw-name" : "", parts.title);
      node.textContent = text;
      if (name) node.title = text;
    }
    const said = words.map(({ text }) => text).join("");
    parts.map.setAttribute("aria-label", `Difference, ${said}. Arrow keys move from cell to cell.`);
  });

  const note = computed(() => noteNow(state, data, requests));
  react(() => {
    shell.show(parts.note, note.value && h(Note, { note: note.value }));
    const waits = state.want.value && !data.picture.value;
    parts.root.dataset.rows = String(local.size.value.rows);
    parts.root.dataset.state = waits ? (note.value ? "error" : "loading") : "ready";
    const empty = local.full.value === 0 && note.value !== null;
    parts.row.hidden = empty;
    parts.legend.hidden = local.full.value === 0;
  });

  const paint = oncePerFrame(scope, () => {
    const layout = local.layout.peek();
    const shown = local.shown.peek();
    if (!layout) return;
    arrange(parts, layout);
    showAxes(parts.axes, local.labels.peek(), layout.cell);
    if (shown)
      drawCells(parts.canvas, shown.difference, layout, {
        full: local.full.peek(),
        ramp: signedRamp(shell.dark.peek()),
        ratio: devicePixelRatio || 1,
      });
    point(parts, local);
  });
  react(() => {
    void [local.layout.value, local.shown.value, local.labels.value, shell.dark.value];
    paint();
  });
  react(() => {
    void [local.place.value, local.locked.value];
    point(parts, local);
  });

  react(() => {
    const words = cellNow(state, data, local);
    parts.value.textContent =
      words || "hover a cell for its numbers, click to lock its query and key";
    parts.value.classList.toggle("hw-quiet", !words);
    shell.speak(words);
  });
  react(() => {
    const rows = local.largest.value;
    shell.show(parts.largest, rows.length > 0 ? h(Largest, { names: state.names, rows }) : null);
  });
  react(() => {
    const { shown, full, factor } = local;
    const { texts, badge } = legendTexts(state, shown.value, full.value, factor.value);
    parts.legend.replaceChildren();
    const scale = element("span", "hw-legend-scale", parts.legend);
    element("span", "", scale).textContent = "−";
    element("span", "hw-signed", scale).style.background = rampGradient(
      signedRamp(shell.dark.value),
    );
    element("span", "", scale).textContent = "+";
    for (const text of texts) element("span", "", parts.legend).textContent = text;
    element("span", "hw-diff-badge", parts.legend).textContent = badge;
  });

  react(() => {
    const cell = local.place.value;
    const { a } = state.blocks.value;
    const index = cell && state.matching.value.query[0][cell.row * local.factor.value];
    const label = index === null ? "" : (labelsOf(state.traces[0], a, "query")[index ?? 0] ?? "");
    highlights.say(
      typeof index === "number" ? { block: a.name, token: { side: "query", index, label } } : null,
    );
  });
  return parts.root;
}

function arrange(parts: Parts, { left, top, width, height }: MapLayout): void {
  Object.assign(parts.map.style, { width: `${left + width}px`, height: `${top + height}px` });
  parts.map.style.setProperty("--hw-diff-left", `${left}px`);
  parts.map.style.setProperty("--hw-diff-top", `${top}px`);
  Object.assign(parts.canvas.style, { width: `${width}px`, height: `${height}px` });
}

/** Frames around the cell under the pointer and the locked one. */
function point(parts: Parts, local: MapState): void {
  const layout = local.layout.peek();
  if (!layout) return;
  const frames = [
    [parts.pointed, local.place.peek()],
    [parts.locked, lockedCell(local)],
  ] as const;
  for (const [node, cell] of frames) {
    node.hidden = !cell;
    if (cell)
      Object.assign(node.style, {
        left: `${layout.left + cell.column * layout.cell}px`,
        top: `${layout.top + cell.row * layout.cell}px`,
        width: `${layout.cell}px`,
        height: `${layout.cell}px`,
      });
  }
  markAxes(parts.axes, local.place.peek());
}
