import type { ReadonlySignal } from "@preact/signals";
import { range } from "../../arrays.ts";
import { Choice, Stepper } from "../../controls/fields.tsx";
import { headsThere } from "../../state/selection.ts";
import type { BlockSpec } from "../../state/types.ts";
import { stepInWords } from "./numbers.ts";
import type { RunsState } from "./state.ts";
import { everyInWords } from "./words.ts";

interface Props {
  state: RunsState;
  block: ReadonlySignal<BlockSpec>;
  place: ReadonlySignal<{ layer: number; head: number } | null>;
  /** Steps that have a map. */
  steps: ReadonlySignal<readonly number[]>;
  /** The step of the trace in sight. */
  shown: ReadonlySignal<number | null>;
  onHead: (layer: number, head: number) => void;
}

/** Above the strip: which head, of which run and text, and what a map is. */
export function StripTitle({ state, block, place, steps, shown, onHead }: Props) {
  const at = place.value;
  if (!at) return null;
  const { synced, spec } = state;
  const base = synced.index_base.value;
  const run = spec.value.runs[state.current.value];
  const withTraces = spec.value.runs.filter(({ steps }) => steps.length > 0);
  const { layers, heads } = block.value;
  const saved = shown.value;
  const differs = saved !== null && saved !== state.step.value;
  return (
    <>
      <b>
        layer {at.layer + base}, head {at.head + base}
      </b>
      <Stepper
        label="Layer"
        value={at.layer}
        count={layers}
        there={range(0, layers)}
        base={base}
        onChange={(layer) => {
          const there = headsThere(block.value, layer);
          onHead(layer, there.includes(at.head) ? at.head : (there[0] ?? 0));
        }}
      />
      <Stepper
        label="Head"
        value={at.head}
        count={heads[at.layer] ?? 1}
        there={headsThere(block.value, at.layer)}
        base={base}
        onChange={(head) => onHead(at.layer, head)}
      />
      {withTraces.length > 1 && (
        <span class="hw-field">
          <span class="hw-label" aria-hidden="true">
            run
          </span>
          <Choice
            label="Run whose attention is shown"
            value={synced.run.value ?? ""}
            options={withTraces.map(({ name }) => ({ value: name, label: name }))}
            onChange={(name) => synced.set({ run: name })}
          />
        </span>
      )}
      {(run?.probes ?? 1) > 1 && (
        <span class="hw-field">
          <span class="hw-label" aria-hidden="true">
            text
          </span>
          <Choice
            label="Probe text"
            value={String(synced.probe.value ?? 0)}
            options={range(0, run?.probes ?? 1).map((n) => ({
              value: String(n),
              label: String(n + base),
            }))}
            onChange={(probe) => synced.set({ probe: Number(probe) })}
          />
        </span>
      )}
      <span class="hw-label">
        {withTraces.length === 1 && (
          <>
            {"run "}
            <span class="hw-run-name" dir="auto" title={run?.name}>
              {run?.name}
            </span>
            {" · "}
          </>
        )}
        {everyInWords(steps.value, run?.steps.length ?? 0)} · drag to move the step
        {differs && ` · saved nearest: step ${stepInWords(saved)}`}
      </span>
    </>
  );
}
