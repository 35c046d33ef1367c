import { computed, signal } from "@preact/signals";
import { h } from "preact";
import { element } from "../../dom.ts";
import { headsThere } from "../../state/selection.ts";
import { asBytes } from "../../store/bytes.ts";
import { decodeTensors } from "../../store/decode.ts";
import { arrivalsOf } from "../shell/arrivals.ts";
import { showNotes } from "../shell/notes.ts";
import { blockNamed, layerWithin, listsOf } from "../shell/place.ts";
import { openShell } from "../shell/shell.ts";
import { leaveOnEscape } from "../shell/whole.ts";
import type { Stage } from "../stage.ts";
import { attentionIn } from "./attention.ts";
import { chartsIn } from "./charts.ts";
import { csvOf, download } from "./csv.ts";
import { Curves } from "./curves.ts";
import { decodeRuns } from "./data.ts";
import { listenToCharts, listenToStepKeys } from "./input.ts";
import { Maps } from "./maps.ts";
import { stepInWords } from "./numbers.ts";
import { ParametersOf } from "./parameters.tsx";
import { keepReading } from "./refresh.ts";
import { runsState, runsSynced, specOf } from "./state.ts";
import { carryStep, carryZoom } from "./steps.ts";
import { stripIn } from "./strip.ts";
import { StripTitle } from "./title.tsx";
import { Toolbar } from "./toolbar.tsx";
import { notesFor, readingInWords, savedNoteOf, spoken } from "./words.ts";

/** Draws a runs view until its scope aborts: curves, a map for each saved step, and the attention at the one that is looked at. */
export function runsView(stage: Stage): void {
  const { host, loader, scope } = stage;
  const synced = runsSynced(host, scope);
  const shell = openShell(stage, "runs", synced.theme);
  const { react, root } = shell;
  const spec = specOf(host, scope);
  const arrivals = signal(0);
  const came = () => {
    arrivals.value++;
  };
  const curves = new Curves(host, came);
  const maps = new Maps(host, came);
  const state = runsState(synced, { shell, spec, curves, arrivals });
  const take = (first: boolean) => {
    const found = decodeRuns(asBytes(host.get("tensors_b")));
    maps.add(found.maps);
    if (first) curves.open(found, state.how.peek());
  };
  take(true);
  host.onChange("tensors_b", () => take(false), scope);

  const charts = chartsIn(shell.body, state, scope);
  const parameters = element("div", "", shell.body);
  const alive = () => host.kernel !== "none" && host.kernel !== "gone";

  /** The trace in sight. */
  const shown = signal({ run: 0, step: null as number | null, trace: host.get("_trace") });
  const show = computed(() => synced.show.value ?? "none");
  const stripPlace = element("div", "", shell.body);
  const pictures = element("div", "hw-live-pictures hw-runs-attention", shell.body);
  const ofRun = () => host.get("_run") ?? { run: 0, tensors: 0 };
  const attention = attentionIn(pictures, stage, show, (run) => {
    shown.value = { run: run.number, step: ofRun().step ?? null, trace: run.trace };
  });
  react(() => {
    const run = attention.newest.value;
    if (show.value === "none") shown.value = { ...shown.peek(), run: run.number, trace: run.trace };
  });
  const runState = signal(ofRun());
  host.onChange(
    "_run",
    () => {
      runState.value = ofRun();
    },
    scope,
  );
  const has = computed(() => runState.value.run > 0 && (runState.value.step ?? null) !== null);
  react(() => {
    pictures.hidden = !has.value || show.value === "none";
  });
  const block = computed(() => blockNamed(attention.newest.value.trace, synced.block.value));
  const place = computed(() => {
    if (!has.value) return null;
    const layer = layerWithin(block.value, synced.layer.value);
    const on = synced.selection.value.heads.filter(([of]) => of === layer).map(([, head]) => head);
    const head = on.at(-1) ?? headsThere(block.value, layer)[0] ?? 0;
    return { block: block.value.name, layer, head };
  });
  const kernel = arrivalsOf(loader.forView(scope), host, scope);
  const size = computed((): [number, number] => {
    const { query, key } = listsOf(attention.newest.value.trace, block.value);
    return [query.labels.length, key.labels.length];
  });
  const strip = stripIn(stripPlace, state, { maps, place, size, kernel }, scope);
  const onHead = (layer: number, head: number) =>
    synced.set({
      layer,
      selection: {
        ...synced.selection.peek(),
        block: block.peek().name,
        heads: [[layer, head]],
      },
    });
  shell.show(
    strip.title,
    h(StripTitle, {
      state,
      block,
      place,
      steps: computed(() => strip.wanted.value?.steps ?? []),
      shown: computed(() => runState.value.step ?? null),
      onHead,
    }),
  );

  const csv = async () => {
    const runs = state.shown.peek().map(({ run }) => run);
    const metrics = state.charts.peek().map(({ name }) => name);
    const reply = alive() ? await host.request("csv", { runs, metrics }).catch(() => null) : null;
    const [found] = reply ? decodeTensors(reply.buffers[0] ?? new Uint8Array(0)) : [];
    if (scope.aborted) return;
    if (found) download("runs.csv", found.data as BlobPart, "text/csv");
    else download("runs-drawn.csv", csvOf(state), "text/csv");
  };
  react(() => {
    void kernel.value;
    // Only what is stored says what a file without Python holds.
    if (!alive()) void arrivals.value;
    shell.show(
      shell.toolbar,
      h(Toolbar, {
        state,
        alive: alive(),
        attention: spec.value.runs.some(({ steps }) => steps.length > 0),
        reading: readingInWords(spec.value, alive()),
        onCsv: () => void csv(),
      }),
    );
  });
  shell.show(parameters, h(ParametersOf, { state }));
  showNotes(
    stage,
    shell,
    kernel,
    () => null,
    () => {
      void arrivals.value;
      const saved = alive() ? [] : savedNoteOf(runState.value, state.step.value);
      return [...notesFor(state, curves.failure, runState.value), ...saved];
    },
  );

  carryStep(state, host, react);
  carryZoom(state, react, scope);
  listenToCharts(state, charts, scope);
  const open = () => {
    const first = pictures.querySelector<HTMLElement>('button, [tabindex="0"], select');
    first?.focus();
  };
  listenToStepKeys(state, [charts.slider, strip.slider], open, scope);
  leaveOnEscape(root, synced, scope);
  keepReading(root, host, spec, scope);

  react(() => {
    void kernel.value;
    curves.need(
      state.charts.value.map(({ name }) => name),
      state.how.value,
    );
  });
  react(() => {
    void kernel.value;
    maps.need(strip.wanted.value);
  });
  react(() => {
    void [
      state.layout.value,
      state.charts.value,
      state.shown.value,
      state.extent.value,
      arrivals.value,
      kernel.value,
      synced.scale.value,
      shell.theme.value,
      shell.font.value,
    ];
    charts.base();
  });
  react(() => {
    void [state.told.value, state.hover.value, state.pointed.value, state.current.value];
    charts.marks();
  });
  react(() => {
    void [strip.wanted.value, state.step.value, arrivals.value, shell.theme.value];
    void shell.unit.value;
    strip.draw();
  });
  react(() => {
    const stops = state.stops.value;
    const step = state.step.value;
    const { slider } = charts;
    slider.hidden = stops.length === 0;
    slider.setAttribute("aria-valuemin", String(stops[0] ?? 0));
    slider.setAttribute("aria-valuemax", String(stops.at(-1) ?? 0));
    slider.setAttribute("aria-valuenow", String(step ?? 0));
    slider.setAttribute("aria-valuetext", step === null ? "no step" : `step ${stepInWords(step)}`);
  });
  react(() => shell.speak(spoken(state)));
  const follow = () => {
    const { state: inner = "ready", idle = "true" } =
      pictures.querySelector<HTMLElement>(".hw-part")?.dataset ?? {};
    const waits = has.peek() && show.peek() !== "none" && shown.peek().run !== runState.peek().run;
    const loading =
      !charts.drawn.peek() || !curves.idle || (!pictures.hidden && inner === "loading") || waits;
    root.dataset.state = loading ? "loading" : curves.failure ? "error" : "ready";
    root.dataset.idle = String(!loading && maps.idle && idle === "true");
    root.dataset.run = String(shown.peek().run);
  };
  react(() => {
    void [arrivals.value, shown.value, runState.value, state.how.value, state.charts.value];
    void [show.value, kernel.value, charts.drawn.value];
    follow();
  });
  const watch = new MutationObserver(follow);
  const attributes = { attributes: true, attributeFilter: ["data-state", "data-idle"] };
  watch.observe(pictures, { subtree: true, childList: true, ...attributes });
  scope.addEventListener("abort", () => watch.disconnect(), { once: true });
}
