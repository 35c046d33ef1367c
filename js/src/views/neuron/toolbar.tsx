import type { ReadonlySignal } from "@preact/signals";
import { Menu, type Option, Stepper } from "../../controls/fields.tsx";
import {
  BlockChoice,
  CountFromOne,
  HideSpecial,
  SentencesChoice,
  SentencesField,
  Strongest,
} from "../../controls/settings.tsx";
import { TwoWay, TwoWayField } from "../../controls/two-way.tsx";
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
        <TwoWayField
          label="Neurons"
          value={synced.neurons.value}
          options={ORDERS}
          onChange={(neurons) => synced.set({ neurons })}
        />
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
  const place = { trace, block, synced };
  return (
    <div class="hw-toolbar" role="toolbar" aria-label="Neuron view">
      <div class="hw-group">
        <BlockChoice trace={trace} block={block} onChange={(next) => showBlock(state, next)} />
        <Stepper
          label="Layer"
          value={layer}
          count={block.layers}
          there={withShown(layersThere(block), layer)}
          base={base}
          onChange={(to) => showHead(state, to, state.head.peek())}
        />
        <Stepper
          label="Head"
          value={head}
          count={block.heads[layer] ?? 0}
          there={withShown(headsThere(block, layer), head)}
          base={base}
          onChange={(to) => showHead(state, state.layer.peek(), to)}
        />
        {!narrow.value && <SentencesChoice {...place} />}
      </div>
      <div class="hw-group">
        <NeuronForm synced={synced} />
        {synced.form.value === "lines" && <Strongest synced={synced} />}
        <HideSpecial synced={synced} />
        <Menu>
          {narrow.value && <SentencesField {...place} />}
          <CountFromOne synced={synced} />
        </Menu>
      </div>
    </div>
  );
}
