import { computed, signal } from "@preact/signals";
import { type ComponentChildren, type FunctionComponent, h } from "preact";
import { Note } from "../../controls/note.tsx";
import { element, measurer, newId } from "../../dom.ts";
import { arrivalsOf } from "../shell/arrivals.ts";
import { showNotes } from "../shell/notes.ts";
import { openShell } from "../shell/shell.ts";
import type { Stage } from "../stage.ts";
import { farSide, jumpOf, minimapOf } from "./beyond.ts";
import { finderOf } from "./finder.ts";
import { frameOf } from "./frame.ts";
import { listenToHeadKeys, listenToPointer, returnFocus } from "./input.ts";
import { legendView } from "./legend.ts";
import { tokenListView } from "./lists.ts";
import { focusFind, LongTools } from "./long.tsx";
import { minimapView } from "./minimap-view.ts";
import { Panel } from "./panel.tsx";
import { buildParts } from "./parts.ts";
import { askForWeights, picturesOf } from "./pictures.ts";
import { pointedAt } from "./pointing.ts";
import { panelFor } from "./ranking.ts";
import { linesInWords } from "./said.ts";
import { scrollerOf } from "./scroll.ts";
import { headState, headSynced } from "./state.ts";
import type { ToolbarProps } from "./toolbar.tsx";
import { notesFor, spoken, storedNote, waitsFor } from "./words.ts";

/**
 * Draws a head view until its scope aborts, under the toolbar that is given. Returns its tools, which a part leaves to the toolbar around it.
 * Views that have a head view as a part take this one, and carry no toolbar that they never show.
 */
export function headPart(
  stage: Stage,
  toolbar?: FunctionComponent<ToolbarProps>,
): ComponentChildren {
  const { host, loader, scope } = stage;
  const part = !toolbar;
  const synced = headSynced(host, scope);
  const shell = openShell(stage, "head", synced.theme);
  const measure = measurer();
  const parts = buildParts(shell.root, shell.body);
  const state = headState(host.get("_trace"), synced, shell, measure, stage.live);
  const { local } = state;
  const requests = loader.forView(scope);
  const arrivals = arrivalsOf(requests, host, scope);
  const pictures = picturesOf(state, requests, arrivals);
  const legend = legendView(parts.root);
  parts.root.append(parts.saved);
  const id = newId();
  const lists = {
    query: tokenListView("query", parts.sheet, id),
    key: tokenListView("key", parts.sheet, id),
  };
  const savedClosed = signal(false);
  const { react } = shell;

  const scroller = scrollerOf(state, parts.scroll, scope);
  const finder = finderOf(state, scroller, scope);
  const mass = minimapOf(state, pictures);
  const minimap = minimapView(
    parts.stage,
    `${id}-query ${id}-key`,
    () => {
      const [layout, side] = [state.layout.peek(), farSide(state)];
      return layout && { layout, side, top: state.tops.peek()[side] };
    },
    scroller,
    scope,
  );

  for (const edge of [parts.topEdge, parts.bottomEdge]) {
    edge.addEventListener(
      "click",
      (event) => {
        const item = (event.target as HTMLElement).dataset.item;
        if (item !== undefined) scroller.centre(farSide(state), Number(item));
      },
      { signal: scope },
    );
  }
  const inputs = {
    root: parts.root,
    scroll: parts.scroll,
    lists: { query: lists.query.root, key: lists.key.root },
    scroller,
    toolbar: stage.toolbar,
    find: () => focusFind(stage.toolbar ?? shell.toolbar),
  };
  listenToPointer(state, inputs, scope);
  listenToHeadKeys(state, inputs, part, scope);
  react(() => stage.highlights.say(pointedAt(state)));

  const narrow = computed(() => local.width.value < 600 * shell.unit.value);
  const onPreview = (head: number | null) => {
    local.previewHead.value = head;
  };
  const { preview } = stage;
  if (preview) react(() => onPreview(preview.value));
  const tools = h(LongTools, {
    shown: computed(() => state.layout.value?.scrolls ?? false),
    finder,
    jump: jumpOf(state, pictures),
    onJump: ({ side, item, arrow }) => arrow !== "" && scroller.centre(side, item),
    id,
    onReturn: (to) => returnFocus(state, inputs, to),
  });
  if (toolbar)
    shell.show(
      shell.toolbar,
      h(toolbar, {
        trace: state.trace,
        synced,
        block: state.block,
        shownLayer: state.layer,
        dark: shell.dark,
        heard: stage.highlights.heard,
        narrow,
        onPreview,
        tools,
        off: stage.live?.off,
      }),
    );

  react(() => {
    void arrivals.value;
    askForWeights(state, pictures, requests);
  });
  showNotes(
    stage,
    shell,
    arrivals,
    () => waitsFor(state, pictures),
    () => notesFor(state, pictures, requests),
  );
  react(() => {
    const note = host.kernel === "none" ? storedNote(state, pictures, requests) : null;
    // Once read it may go; it stays while the layer asked for is not in the page.
    const needed = (pictures.rest.value?.missing ?? 0) > 0;
    const close = () => {
      savedClosed.value = true;
    };
    const shown = note && (needed || !savedClosed.value);
    shell.show(parts.saved, shown ? h(Note, { note, onClose: needed ? undefined : close }) : null);
  });
  react(() => {
    const panel = panelFor(state, pictures.held.value);
    parts.panel.hidden = !panel;
    shell.show(parts.panel, panel && h(Panel, panel));
  });
  react(() => shell.speak(spoken(state, pictures)));
  const said = element("div", "hw-said", parts.root);
  react(() => {
    const held = state.held.value;
    // A pointer that passes is nothing to read.
    if (local.hover.value && !held?.locked) return;
    const [picture, shown] = [pictures.held.value, pictures.shown.value];
    const exact = picture?.strip.exact ?? shown?.rest.exact ?? true;
    const lines = (picture ?? shown?.rest)?.lines ?? [];
    shell.show(said, linesInWords(state, lines, exact));
  });

  const frame = frameOf(
    {
      state,
      pictures,
      parts,
      lists,
      legend,
      minimap,
      mass,
      measure,
      loader: requests,
      heard: stage.highlights.heard,
    },
    scope,
  );
  react(() => {
    void [
      arrivals.value,
      state.layout.value,
      pictures.rest.value,
      pictures.shown.value,
      state.headsOn.value,
      local.theme.value,
      local.font.value,
      state.tops.value,
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
      local.found.value,
      synced.selection.value,
      synced.index_base.value,
      stage.highlights.heard.value,
      stage.live?.dress.value,
    ];
    frame.held();
  });
  react(() => {
    void [mass.value, state.layout.value, local.theme.value];
    frame.mass();
  });
  // A token that Python locks far down comes into sight; a person who then scrolls away is left alone.
  const lockedAt = computed(() => {
    const held = state.held.value;
    return held?.locked ? `${held.side} ${held.item}` : null;
  });
  react(() => {
    if (lockedAt.value === null || !state.layout.value?.scrolls) return;
    const { side, item } = state.held.peek() ?? { side: "query", item: 0 };
    const [from, to] = pictures.sight.peek()[side];
    // After the frame that gives the lists their height.
    if (item < from || item >= to)
      requestAnimationFrame(() => !scope.aborted && scroller.centre(side, item));
  });
  return tools;
}
