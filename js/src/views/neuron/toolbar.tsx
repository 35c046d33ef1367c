import type { ReadonlySignal } from "@preact/signals";
import { Field, Menu, type Option, Slider, Stepper } from "../../controls/fields.tsx";
import {
  BlockChoice,
  CountFromOne,
  HideSpecial,
  hasPairs,
  SentencesChoice,
} from "../../controls/settings.tsx";
import { TwoWay } from "../../controls/two-way.tsx";
import { headsThere, layersThere } from "../../state/selection.ts";
import type { Traits } from "../../state/types.ts";
import { type NeuronState, type NeuronSynced, showBlock, showHead } from "./state.ts";

const ORDERS: Option<Traits["neurons"]>[] = [
  { value: "index", label: "by index" },
  { value: "share", label: "by share" },
];
const FORMS: Option<Traits["form"]>[] = [
  { value: "lines", label: "lines" },
  { value: "columns", label: "columns" },
];

/** How the neuron view is drawn: the order of its neurons, and lines or columns. */
export function NeuronForm({ synced }: { synced: NeuronSynced }) {
  const form = synced.form.value;
  return (
    <>
      {form === "columns" && (
        <Field label="Neurons">
          <TwoWay
            label="Neurons"
            value={synced.neurons.value}
            options={ORDERS}
            onChange={(neurons) => synced.set({ neurons })}
          />
        </Field>
      )}
      <TwoWay
        label="Form"
        value={form}
        options={FORMS}
        onChange={(next) => synced.set({ form: next })}
      />
    </>
  );
}

/** What can be chosen, and what is shown although it was not captured: a list without it would stand empty. */
function withShown(there: number[], shown: number): number[] {
  return there.includes(shown) ? there : [...there, shown].sort((a, b) => a - b);
}

export interface ToolbarProps {
  state: NeuronState;
  narrow: ReadonlySignal<boolean>;
}

export function Toolbar({ state, narrow }: ToolbarProps) {
  const { trace, synced } = state;
  const block = state.block.value;
  const [layer, head] = [state.layer.value, state.head.value];
  const base = synced.index_base.value;
  const count = (words: string) => (base === 1 ? `${words} (from 1)` : words);
  const sentences = <SentencesChoice trace={trace} block={block} synced={synced} />;
  return (
    <div class="hw-toolbar" role="toolbar" aria-label="Neuron view">
      <div class="hw-group">
        <BlockChoice trace={trace} block={block} onChange={(next) => showBlock(state, next)} />
        <Field label={count("Layer")}>
          <Stepper
            label="Layer"
            value={layer}
            count={block.layers}
            there={withShown(layersThere(block), layer)}
            base={base}
            onChange={(to) => showHead(state, to, state.head.peek())}
          />
        </Field>
        <Field label={count("Head")}>
          <Stepper
            label="Head"
            value={head}
            count={block.heads[layer] ?? 0}
            there={withShown(headsThere(block, layer), head)}
            base={base}
            onChange={(to) => showHead(state, state.layer.peek(), to)}
          />
        </Field>
        {!narrow.value && sentences}
      </div>
      <div class="hw-group">
        <NeuronForm synced={synced} />
        {synced.form.value === "lines" && (
          <Field label="Strongest">
            <Slider
              label="Strongest"
              value={synced.strongest.value}
              onInput={(strongest) => synced.set({ strongest })}
            />
          </Field>
        )}
        <HideSpecial synced={synced} />
        <Menu>
          {narrow.value && hasPairs(trace, block) && <Field label="Sentences">{sentences}</Field>}
          <CountFromOne synced={synced} />
        </Menu>
      </div>
    </div>
  );
}
