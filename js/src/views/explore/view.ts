import { computed, signal } from "@preact/signals";
import { h } from "preact";
import { element } from "../../dom.ts";
import { type Highlights, sharedHighlights } from "../../state/highlight.ts";
import { syncedState } from "../../state/synced.ts";
import { headPart } from "../head/part.ts";
import { Toolbar } from "../head/toolbar.tsx";
import { modelView } from "../model/view.ts";
import { NeuronForm } from "../neuron/toolbar.tsx";
import { neuronView } from "../neuron/view.ts";
import { arrivalsOf } from "../shell/arrivals.ts";
import { showNotes } from "../shell/notes.ts";
import { shownPlace } from "../shell/place.ts";
import { openShell } from "../shell/shell.ts";
import { followParts, leaveOnEscape } from "../shell/whole.ts";
import type { Stage } from "../stage.ts";
import { divider } from "./divider.ts";
import { buildPane, setTitle } from "./pane.ts";
import { gridHost, headHost, neuronHost } from "./parts.ts";
import { neuronOf } from "./selection.ts";
import { GridSettings } from "./settings.tsx";
import { arrangementAt, heightRange, innerHeights, leftRange, leftWidth } from "./sizes.ts";
import { tabList } from "./tabs.ts";
import { gridTitle, HEAD_TITLE, neuronTitle } from "./words.ts";

const TRAITS = [
  "layer",
  "aggregate",
  "merge_words",
  "head",
  "form",
  "neurons",
  "glyph",
  "pooling",
  "order",
  "frame",
] as const;

/** The grid of all heads beside the lines of the chosen ones, and below why one attends as it does. */
export function exploreView(stage: Stage): void {
  const { host, loader, scope } = stage;
  const trace = host.get("_trace");
  const synced = syncedState(host, TRAITS, scope);
  const shell = openShell(stage, "explore", synced.theme);
  const { react, root, unit, width } = shell;
  const { block, layer } = shownPlace(trace, synced);
  const [ofGrid, ofHead, ofNeuron, ofToolbar] = sharedHighlights(stage.highlights, scope, 4) as [
    Highlights,
    Highlights,
    Highlights,
    Highlights,
  ];
  const arrangement = computed(() => arrangementAt(width.value, unit.value));
  const left = signal<number | null>(null);
  const height = signal<number | null>(null);
  const tab = signal(0);
  const preview = signal<number | null>(null);

  const tabs = element("div", "hw-tabs", shell.body);
  const upper = element("div", "hw-upper", shell.body);
  const grid = buildPane(upper, "Model");
  const beside = divider(
    upper,
    {
      orientation: "vertical",
      label: "Width of the grid",
      size: left,
      now: () => leftWidth(left.peek(), width.peek(), unit.peek()),
      range: () => leftRange(width.peek(), unit.peek()),
      unit: () => unit.peek(),
    },
    scope,
  );
  const head = buildPane(upper, "Head");
  const below = divider(
    shell.body,
    {
      orientation: "horizontal",
      label: "Height of the grid and the lines",
      size: height,
      now: () => upper.offsetHeight,
      range: () => heightRange(unit.peek()),
      unit: () => unit.peek(),
    },
    scope,
  );
  const neuron = buildPane(shell.body, "Neuron");
  const panes = [grid, head, neuron];

  const headHeight = signal(0);
  const resize = new ResizeObserver(() => {
    headHeight.value = head.mount.offsetHeight;
  });
  resize.observe(head.mount);
  scope.addEventListener("abort", () => resize.disconnect(), { once: true });
  const heights = computed(() => {
    const wide = arrangement.value === "wide";
    const beside = wide ? headHeight.value : 0;
    return innerHeights(wide ? height.value : null, synced.height.value, beside, unit.value);
  });
  const hosts = {
    grid: gridHost(host, heights.peek().grid),
    head: headHost(host, heights.peek().head),
    neuron: neuronHost(host, scope),
  };
  react(() => {
    hosts.grid.put({ height: heights.value.grid });
    hosts.head.put({ height: heights.value.head });
  });

  const shared = { loader, scope, part: true, live: stage.live };
  modelView({ ...shared, host: hosts.grid, el: grid.mount, highlights: ofGrid });
  const tools = headPart({
    ...shared,
    host: hosts.head,
    el: head.mount,
    highlights: ofHead,
    preview,
    toolbar: shell.toolbar,
  });
  neuronView({ ...shared, host: hosts.neuron, el: neuron.mount, highlights: ofNeuron });
  shell.show(
    shell.toolbar,
    h(Toolbar, {
      label: "Explore",
      trace,
      synced,
      block,
      shownLayer: layer,
      dark: shell.dark,
      heard: ofToolbar.heard,
      narrow: computed(() => width.value < 600 * unit.value),
      onPreview: (head) => {
        preview.value = head;
        ofToolbar.say(
          head === null ? null : { block: block.peek().name, head: [layer.peek(), head] },
        );
      },
      more: h(GridSettings, { synced }),
      tools,
      off: stage.live?.off,
    }),
  );
  shell.show(neuron.tools, h(NeuronForm, { synced }));
  const tell = followParts(
    root,
    panes.flatMap(({ mount }) => [...mount.querySelectorAll<HTMLElement>(":scope > .headwise")]),
    scope,
  );
  const arrivals = arrivalsOf(loader.forView(scope), host, scope);
  showNotes(
    stage,
    shell,
    arrivals,
    () => null,
    () => [],
  );
  leaveOnEscape(root, synced, scope);

  const showTab = tabList(tabs, panes, tab, scope);
  react(() => {
    const how = arrangement.value;
    shell.body.dataset.arrangement = how;
    tabs.hidden = how !== "tabs";
    panes.forEach(({ pane }, i) => {
      pane.hidden = how === "tabs" && tab.value !== i;
      pane.setAttribute("role", how === "tabs" ? "tabpanel" : "region");
    });
    upper.hidden = how === "tabs" && tab.value > 1;
    for (const rule of [beside.root, below.root]) rule.hidden = how === "tabs";
    showTab();
    tell();
  });
  react(() => {
    const wide = arrangement.value === "wide";
    upper.style.gridTemplateColumns = wide
      ? `${leftWidth(left.value, width.value, unit.value)}px auto minmax(0, 1fr)`
      : "";
    upper.style.height = wide && height.value !== null ? `${height.value}px` : "";
    for (const rule of [beside, below]) rule.tell(wide);
  });
  react(() => setTitle(grid, gridTitle(arrangement.value)));
  react(() => setTitle(head, HEAD_TITLE));
  react(() => {
    const selection = synced.selection.value;
    const shown = neuronOf({ layer: layer.value, selection }, block.value);
    const number = shown.head + synced.index_base.value;
    setTitle(neuron, neuronTitle(trace, block.value, selection, number));
  });
}
