import { computed, type ReadonlySignal } from "@preact/signals";
import { element } from "../../dom.ts";
import { rampGradient, weightRamp } from "../../ramps.ts";
import { oncePerFrame } from "../shell/frames.ts";
import type { MapOfHead } from "./data.ts";
import { setStep } from "./input.ts";
import { mapPitch, nearestIndex, stripSteps } from "./layout.ts";
import type { Maps, MapsOf } from "./maps.ts";
import { stepInWords } from "./numbers.ts";
import type { RunsState } from "./state.ts";

/** Between two maps. */
const GAP = 7;

/** One map a saved step of the head that is looked at; the step is where a person clicks or drags. */
export interface Strip {
  root: HTMLElement;
  title: HTMLElement;
  slider: HTMLElement;
  wanted: ReadonlySignal<MapsOf | null>;
  draw: () => void;
}

/** What is drawn. */
export interface StripOf {
  maps: Maps;
  place: ReadonlySignal<{ block: string; layer: number; head: number } | null>;
  /** How many queries and keys the text has. */
  size: ReadonlySignal<[number, number]>;
  /** Counts what the kernel does. */
  kernel: ReadonlySignal<number>;
}

export function stripIn(
  parent: HTMLElement,
  state: RunsState,
  { maps, place, size, kernel }: StripOf,
  scope: AbortSignal,
): Strip {
  const root = element("section", "hw-strip", parent);
  const title = element("div", "hw-strip-title", root);
  const slider = element("div", "hw-strip-maps", root);
  slider.tabIndex = 0;
  slider.setAttribute("role", "slider");
  slider.setAttribute("aria-label", "Saved step");
  const legend = element("div", "hw-legend hw-strip-legend", root);

  const laid = computed((): { of: MapsOf; pitch: number } | null => {
    const at = place.value;
    const saved = state.spec.value.runs[state.current.value]?.steps ?? [];
    if (!at || saved.length === 0) return null;
    const of = { run: state.current.value, probe: state.synced.probe.value ?? 0, ...at };
    void [kernel.value, state.arrivals.value];
    // Of a page without Python: the maps that it holds.
    const stored = maps.stalled ? saved.filter((step) => maps.of({ ...of, steps: [] }, step)) : [];
    const there = stored.length > 0 ? stored : saved;
    const { unit, width } = state.shell;
    const across = width.value + GAP * unit.value;
    const pitch = mapPitch(there.length, across, unit.value);
    return { of: { ...of, steps: stripSteps(there, across, pitch, state.step.value) }, pitch };
  });
  const wanted = computed(() => laid.value?.of ?? null);
  const pitch = () => laid.peek()?.pitch ?? 1;
  const now = () => {
    const at = state.step.peek();
    return at === null ? -1 : nearestIndex(wanted.peek()?.steps ?? [], at);
  };

  const draw = oncePerFrame(scope, () => {
    const of = wanted.peek();
    root.hidden = of === null;
    if (!of) return;
    const unit = state.shell.unit.peek();
    const ramp = weightRamp(state.shell.dark.peek());
    const current = now();
    root.style.setProperty("--hw-map", `${pitch() - GAP * unit}px`);
    root.style.setProperty("--hw-map-pitch", `${pitch()}px`);
    while (slider.children.length > of.steps.length) slider.lastElementChild?.remove();
    of.steps.forEach((step, i) => {
      const item = (slider.children[i] as HTMLElement | undefined) ?? itemIn(slider);
      item.classList.toggle("hw-strip-now", i === current);
      item.dataset.step = String(step);
      item.title = maps.isLost(of, step) ? `The trace of step ${step} cannot be read` : "";
      const [canvas, label] = item.children as unknown as [HTMLCanvasElement, HTMLElement];
      label.textContent = stepInWords(step);
      const map = maps.of(of, step);
      const key = map ? `${JSON.stringify({ ...of, steps: [] })} ${step} ${ramp.at(0)}` : "";
      if (item.dataset.key === key) return;
      item.dataset.key = key;
      if (map) paint(canvas, map, ramp);
      else canvas.width = canvas.height = 1;
    });
    const step = of.steps[current];
    const drawn = of.steps.map((at) => maps.of(of, at)).find((map) => map !== null) ?? null;
    slider.setAttribute("aria-valuemin", String(of.steps[0] ?? 0));
    slider.setAttribute("aria-valuemax", String(of.steps.at(-1) ?? 0));
    slider.setAttribute("aria-valuenow", String(state.step.peek() ?? step ?? 0));
    slider.setAttribute("aria-valuetext", `step ${stepInWords(step ?? 0)}`);
    showLegend(legend, state, mapsInWords(drawn, size.peek(), maps.stalled));
  });

  let dragging = false;
  const goTo = (event: PointerEvent) => {
    const box = slider.getBoundingClientRect();
    const { steps: there } = wanted.peek() ?? { steps: [] };
    const at = Math.floor((event.clientX - box.left) / pitch());
    const step = there[Math.max(0, Math.min(there.length - 1, at))];
    if (step !== undefined) setStep(state, step);
  };
  slider.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      dragging = true;
      slider.setPointerCapture(event.pointerId);
      goTo(event);
    },
    { signal: scope },
  );
  slider.addEventListener("pointermove", (event) => dragging && goTo(event), { signal: scope });
  for (const name of ["pointerup", "pointercancel"] as const)
    slider.addEventListener(
      name,
      () => {
        dragging = false;
      },
      { signal: scope },
    );
  return { root, title, slider, wanted, draw };
}

function itemIn(slider: HTMLElement): HTMLElement {
  const item = element("div", "hw-strip-item", slider);
  element("canvas", "", item).setAttribute("aria-hidden", "true");
  element("span", "", item);
  return item;
}

function paint(
  canvas: HTMLCanvasElement,
  { rows, columns, data }: { rows: number; columns: number; data: Uint8Array },
  ramp: Uint8Array,
): void {
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  for (let i = 0; i < rows * columns; i++) {
    const code = data[i] ?? 0;
    // Masked cells are not weight 0.
    if (code === 0) continue;
    const at = 3 * Math.min(255, Math.round(((code - 1) * 255) / 254));
    image.data.set([ramp[at] ?? 0, ramp[at + 1] ?? 0, ramp[at + 2] ?? 0, 255], 4 * i);
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

/** "47 × 47, not pooled", or what one dot of a map stands for. */
function mapsInWords(
  drawn: MapOfHead | null,
  [queries, keys]: readonly [number, number],
  stalled: boolean,
): string {
  if (!drawn) return stalled ? "no map of this head is stored here" : "";
  const { rows, columns } = drawn;
  if (rows === queries && columns === keys) return `${rows} × ${columns}, not pooled`;
  return `pooled by max: ${queries} × ${keys} drawn as ${rows} × ${columns}`;
}

function showLegend(legend: HTMLElement, state: RunsState, size: string): void {
  const dark = state.shell.dark.peek();
  const key = `${dark} ${size}`;
  if (legend.dataset.key === key) return;
  legend.dataset.key = key;
  const put = (text: string, parent: HTMLElement, name = "") => {
    element("span", name, parent).textContent = text;
  };
  legend.replaceChildren();
  put("weight", legend);
  const scale = element("span", "hw-strip-scale", legend);
  put("0", scale);
  element("span", "hw-ramp", scale).style.background = rampGradient(weightRamp(dark));
  put("1", scale);
  put("square-root scale", legend);
  if (size) put(size, legend, "hw-strip-size");
}
