import { ChoiceField, Menu, type Option } from "../../controls/fields.tsx";
import { BlockChoice, CountFromOne } from "../../controls/settings.tsx";
import { TwoWayField } from "../../controls/two-way.tsx";
import { moveBlock } from "../../state/selection.ts";
import type { BlockSpec, Traits } from "../../state/types.ts";
import type { HeadsState } from "./state.ts";

const FORMS: Option<Traits["form"]>[] = [
  { value: "table", label: "table" },
  { value: "map", label: "map" },
];
const COLORS: Option<Traits["color"]>[] = [
  { value: "metric", label: "metric" },
  { value: "layer", label: "layer" },
  { value: "cluster", label: "cluster" },
];

function Count({ state }: { state: HeadsState }) {
  const { synced } = state;
  const count = state.selected.value.length;
  if (count === 0) return null;
  const clear = () => synced.set({ selection: { ...synced.selection.peek(), heads: [] } });
  return (
    <span class="hw-field">
      <span class="hw-count">{count === 1 ? "1 head selected" : `${count} heads selected`}</span>
      <button type="button" class="hw-button" onClick={clear}>
        Clear
      </button>
    </span>
  );
}

/** Another block: the selection keeps what the other one has too. */
function showBlock({ synced, block }: HeadsState, next: BlockSpec): void {
  const nowhere = { from: -1, to: -1 };
  const selection = moveBlock(synced.selection.peek(), block.peek(), next, nowhere);
  synced.set({ block: next.name, selection });
}

export function Toolbar({ state }: { state: HeadsState }) {
  const { trace, synced, columns } = state;
  const map = synced.form.value === "map";
  const metrics = columns.map(({ name }) => ({ value: name, label: name }));
  return (
    <div class="hw-toolbar" role="toolbar" aria-label="Heads view">
      <div class="hw-group">
        <BlockChoice
          trace={trace}
          block={state.block.value}
          onChange={(next) => showBlock(state, next)}
        />
        <ChoiceField
          label="Metric"
          value={synced.metric.value}
          options={metrics}
          onChange={(metric) => synced.set({ metric })}
        />
        {state.mapFacts.value && (
          <TwoWayField
            label="Draw"
            value={synced.form.value}
            options={FORMS}
            onChange={(form) => synced.set({ form })}
          />
        )}
        {map && (
          <ChoiceField
            label="Colour"
            value={synced.color.value}
            options={COLORS}
            onChange={(color) => synced.set({ color })}
          />
        )}
        <Menu>
          <CountFromOne synced={synced} />
        </Menu>
        <Count state={state} />
      </div>
    </div>
  );
}
