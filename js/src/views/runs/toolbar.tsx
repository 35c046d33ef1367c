import { useComputed, useSignal } from "@preact/signals";
import { neighbour } from "../../arrays.ts";
import { ChoiceField, Field, Menu, type Option } from "../../controls/fields.tsx";
import { CountFromOne } from "../../controls/settings.tsx";
import { TwoWay } from "../../controls/two-way.tsx";
import type { Over, Parameters, Scale, Show } from "../../state/runs.ts";
import { setStep, showPart } from "./input.ts";
import { stepInWords } from "./numbers.ts";
import { Sample } from "./sample.tsx";
import type { RunsState } from "./state.ts";

const OVERS: Option<Over>[] = [
  { value: "step", label: "step" },
  { value: "time", label: "time" },
  { value: "epoch", label: "epoch" },
];
const SCALES: Option<Scale>[] = [
  { value: "linear", label: "linear" },
  { value: "log", label: "log" },
];
const PARAMETERS: Option<Parameters>[] = [
  { value: "none", label: "hidden" },
  { value: "table", label: "table" },
  { value: "lines", label: "lines" },
];
const SHOWS: Option<Show>[] = [
  { value: "head", label: "head view" },
  { value: "model", label: "model view" },
  { value: "neuron", label: "neuron view" },
  { value: "none", label: "nothing" },
];

const NO_SMOOTHING =
  "Smoothing needs Python: it is worked out of all points before curves are thinned";
const NO_AXIS = "Another axis needs Python: the curves over it are not stored here";

interface Props {
  state: RunsState;
  /** Whether Python answers: else curves can neither be smoothed otherwise nor drawn over something else. */
  alive: boolean;
  /** Whether any run has saved attention. */
  attention: boolean;
  reading: string;
  onCsv: () => void;
}

/** Runs, on and off: one Tab stop, the arrows go along. */
function Chips({ state }: { state: RunsState }) {
  const stop = useSignal(0);
  const { synced, spec } = state;
  const on = new Set(synced.selected_runs.value ?? []);
  const set = (names: string[]) => {
    const wanted = new Set(names);
    const all = spec.peek().runs.map(({ name }) => name);
    synced.set({ selected_runs: all.filter((name) => wanted.has(name)) });
  };
  const toggle = (name: string) =>
    set(on.has(name) ? [...on].filter((other) => other !== name) : [...on, name]);
  /** One run alone; where it is alone, all. */
  const alone = (name: string) =>
    set(on.size === 1 && on.has(name) ? spec.peek().runs.map((run) => run.name) : [name]);
  const last = spec.value.runs.length - 1;
  const go = (event: KeyboardEvent, to: number) => {
    const next = Math.max(0, Math.min(last, to));
    stop.value = next;
    const { children } = event.currentTarget as HTMLElement;
    (children[next] as HTMLElement | undefined)?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <fieldset
      class="hw-run-chips"
      aria-label="Runs"
      onKeyDown={(event) => {
        const at = Math.min(stop.value, last);
        const moves: Record<string, number> = {
          ArrowLeft: at - 1,
          ArrowUp: at - 1,
          ArrowRight: at + 1,
          ArrowDown: at + 1,
          Home: 0,
          End: last,
        };
        const to = moves[event.key];
        if (to !== undefined) go(event, to);
      }}
      onPointerLeave={() => {
        state.pointed.value = null;
      }}
    >
      {spec.value.runs.map(({ name, state: how, going }, run) => (
        <button
          key={name}
          type="button"
          class={`hw-run-chip${state.pointed.value === run ? " hw-pointed" : ""}`}
          aria-pressed={on.has(name)}
          tabIndex={run === Math.min(stop.value, last) ? 0 : -1}
          title={`${name}${how === "failed" ? ", failed" : going ? ", still going" : ""}: click turns it on or off, a double click shows it alone`}
          onFocus={() => {
            stop.value = run;
          }}
          onPointerEnter={() => {
            state.pointed.value = run;
          }}
          onClick={() => toggle(name)}
          onDblClick={() => alone(name)}
        >
          <Sample state={state} run={run} pointed={state.pointed.value === run} />
          <span class="hw-run-name" dir="auto">
            {name}
          </span>
          {going && <span class="hw-run-going" role="img" aria-label="still going" />}
        </button>
      ))}
    </fieldset>
  );
}

function Smooth({ state, alive }: { state: RunsState; alive: boolean }) {
  const { synced } = state;
  const value = synced.smooth.value ?? 0;
  return (
    <Field label="Smooth">
      <span
        class="hw-slider"
        title={alive ? "How much of the past is in each point" : NO_SMOOTHING}
      >
        <input
          type="range"
          min="0"
          max="0.999"
          step="0.001"
          aria-label="Smooth"
          disabled={!alive}
          value={value}
          style={{ "--hw-fill": `${100 * value}%` }}
          onInput={(event) => {
            const raw = Number(event.currentTarget.value);
            synced.set({ smooth: raw > 0.98 ? raw : Math.round(100 * raw) / 100 });
          }}
        />
        <span class="hw-smooth-value">{value.toFixed(value > 0.98 ? 3 : 2)}</span>
      </span>
    </Field>
  );
}

function Step({ state }: { state: RunsState }) {
  const stops = state.stops.value;
  const step = state.step.value;
  if (step === null || stops.length === 0) return null;
  const [before, after] = [neighbour(stops, step, -1), neighbour(stops, step, 1)];
  return (
    <Field label="Step">
      <span class="hw-stepper">
        <button
          type="button"
          aria-label="Previous step"
          disabled={before === step}
          onClick={() => setStep(state, before)}
        >
          ‹
        </button>
        <span class="hw-stepper-value hw-step-value">
          <span aria-hidden="true">{stepInWords(step)}</span>
          <select
            aria-label="Step"
            value={step}
            onChange={(event) => setStep(state, Number(event.currentTarget.value))}
          >
            {!stops.includes(step) && <option value={step}>{stepInWords(step)}</option>}
            {(stops.length > 500 ? [] : stops).map((stop) => (
              <option key={String(stop)} value={stop}>
                {stepInWords(stop)}
              </option>
            ))}
          </select>
        </span>
        <button
          type="button"
          aria-label="Next step"
          disabled={after === step}
          onClick={() => setStep(state, after)}
        >
          ›
        </button>
      </span>
    </Field>
  );
}

/** Tags that begin alike stand together. */
export function grouped(names: readonly string[]): [group: string, names: string[]][] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const at = name.lastIndexOf("/");
    const group = at > 0 ? name.slice(0, at) : "";
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b));
}

function Metrics({ state }: { state: RunsState }) {
  const { synced, spec } = state;
  const names = spec.value.metrics.map(({ name }) => name);
  const on = synced.metrics.value ?? [];
  const put = (wanted: string[], value: boolean) => {
    const rest = on.filter((name) => !wanted.includes(name));
    synced.set({ metrics: value ? [...rest, ...wanted] : rest });
  };
  return (
    <details
      class="hw-menu hw-metrics"
      onFocusOut={(event) => {
        const { currentTarget: details, relatedTarget } = event;
        if (!details.contains(relatedTarget as Node | null)) details.open = false;
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !event.currentTarget.open) return;
        event.currentTarget.open = false;
        event.stopPropagation();
      }}
    >
      <summary class="hw-button">
        Metrics {on.length} / {names.length}
      </summary>
      <div class="hw-menu-items" tabIndex={-1}>
        {grouped(names).map(([group, there]) => {
          const count = there.filter((name) => on.includes(name)).length;
          return (
            <fieldset key={group} class="hw-metric-group">
              <legend>
                <label class="hw-check">
                  <input
                    type="checkbox"
                    checked={count === there.length}
                    ref={(box) => {
                      if (box) box.indeterminate = count > 0 && count < there.length;
                    }}
                    onChange={(event) => put(there, event.currentTarget.checked)}
                  />
                  <b>{group || "without a group"}</b>
                </label>
              </legend>
              {there.map((name) => (
                <label key={name} class="hw-check" title={name}>
                  <input
                    type="checkbox"
                    checked={on.includes(name)}
                    onChange={(event) => put([name], event.currentTarget.checked)}
                  />
                  <span dir="auto">{group ? name.slice(group.length + 1) : name}</span>
                </label>
              ))}
            </fieldset>
          );
        })}
      </div>
    </details>
  );
}

function ShowAll({ state }: { state: RunsState }) {
  const zoomed = useComputed(() => state.zoom.value !== null);
  if (!zoomed.value) return null;
  return (
    <button type="button" class="hw-button" onClick={() => showPart(state, null)}>
      Show all
    </button>
  );
}

/** Over something else the part that was shown is another one. */
function changeOver(state: RunsState, over: Over): void {
  state.zoom.value = null;
  state.synced.set({ over, zoom: null });
}

/** What the file will hold. */
function csvInWords(state: RunsState, alive: boolean): string {
  if (alive) return "Save the points of the runs and metrics that are shown, as they were logged";
  const whole = state.charts.value.every(({ name }) => state.curves.isWhole(name));
  if (whole && (state.synced.smooth.value ?? 0) === 0)
    return "Save the points of the runs and metrics that are shown";
  return "Save the points that are drawn: smoothed as shown, and of long curves not all";
}

export function Toolbar({ state, alive, attention, reading, onCsv }: Props) {
  const { synced, spec } = state;
  const differ = Object.keys(spec.value.parameters).length > 0;
  return (
    <div class="hw-toolbar hw-runs-toolbar" role="toolbar" aria-label="Runs view">
      <Chips state={state} />
      <div class="hw-group">
        <Smooth state={state} alive={alive} />
        <Field label="Over">
          <TwoWay
            label="Over"
            value={synced.over.value ?? "step"}
            options={OVERS}
            frozen={alive ? "" : NO_AXIS}
            onChange={(over) => changeOver(state, over)}
          />
        </Field>
        <TwoWay
          label="Scale of the values"
          value={synced.scale.value ?? "linear"}
          options={SCALES}
          onChange={(scale) => synced.set({ scale })}
        />
        <Step state={state} />
        <Metrics state={state} />
        {differ && (
          <ChoiceField
            label="Hyperparameters"
            value={synced.parameters.value ?? "none"}
            options={PARAMETERS}
            onChange={(parameters) => synced.set({ parameters })}
          />
        )}
        {attention && (
          <ChoiceField
            label="Attention"
            value={synced.show.value ?? "head"}
            options={SHOWS}
            onChange={(show) => synced.set({ show })}
          />
        )}
        <ShowAll state={state} />
        <button type="button" class="hw-button" title={csvInWords(state, alive)} onClick={onCsv}>
          CSV
        </button>
        <Menu>
          <CountFromOne synced={synced} />
        </Menu>
        {reading && <span class="hw-label hw-reading">{reading}</span>}
      </div>
    </div>
  );
}
