import type { ReadonlySignal } from "@preact/signals";
import { ChoiceField, Menu, type Option } from "../../controls/fields.tsx";
import {
  BlockChoice,
  CountFromOne,
  HideSpecial,
  SentencesChoice,
  SentencesField,
  Strongest,
} from "../../controls/settings.tsx";
import { TwoWayField } from "../../controls/two-way.tsx";
import { moveBlock } from "../../state/selection.ts";
import type { BlockSpec, Metric, Pooling, Traits } from "../../state/types.ts";
import type { ModelState, ModelSynced } from "./state.ts";
import { METRICS } from "./words.ts";

const GLYPHS: Option<Traits["glyph"]>[] = [
  { value: "map", label: "map" },
  { value: "lines", label: "lines" },
];
const POOLINGS: Option<Pooling>[] = [
  { value: "max", label: "largest weight" },
  { value: "mean", label: "mean weight" },
];
const metrics = (before: string): Option<Metric>[] =>
  (Object.keys(METRICS) as Metric[]).map((value) => ({
    value,
    label: `${before}${METRICS[value].choice}`,
  }));
const ORDERS: Option<Traits["order"]>[] = [
  { value: "layer", label: "by layer" },
  ...metrics("by "),
];
const FRAMES: Option<Traits["frame"]>[] = [{ value: "none", label: "none" }, ...metrics("")];

type Settings = Pick<ModelSynced, "glyph" | "order" | "frame" | "pooling" | "set">;

/** How the grid is drawn. */
export function GridForm({ synced }: { synced: Settings }) {
  return (
    <>
      <TwoWayField
        label="Draw"
        value={synced.glyph.value}
        options={GLYPHS}
        onChange={(glyph) => synced.set({ glyph })}
      />
      <ChoiceField
        label="Order"
        value={synced.order.value}
        options={ORDERS}
        onChange={(order) => synced.set({ order })}
      />
    </>
  );
}

export function FrameChoice({ synced }: { synced: Settings }) {
  return (
    <ChoiceField
      label="Frame"
      value={synced.frame.value}
      options={FRAMES}
      onChange={(frame) => synced.set({ frame })}
    />
  );
}

/** What a dot of a thumbnail shows where the text is too long for a dot a pair. */
export function PoolingChoice({ synced }: { synced: Settings }) {
  return (
    <ChoiceField
      label="Pooling"
      value={synced.pooling.value}
      options={POOLINGS}
      onChange={(pooling) => synced.set({ pooling })}
    />
  );
}

function Count({ state }: { state: ModelState }) {
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
export function showBlock({ synced, block }: ModelState, next: BlockSpec): void {
  const [from, selection] = [block.peek(), synced.selection.peek()];
  const nowhere = { from: -1, to: -1 };
  synced.set({
    block: next.name,
    selection: moveBlock(selection, from, next, nowhere),
    opened: null,
  });
}

export interface ToolbarProps {
  state: ModelState;
  narrow: ReadonlySignal<boolean>;
}

export function Toolbar({ state, narrow }: ToolbarProps) {
  const { trace, synced } = state;
  const block = state.block.value;
  const place = { trace, block, synced };
  return (
    <div class="hw-toolbar" role="toolbar" aria-label="Model view">
      <div class="hw-group">
        <BlockChoice trace={trace} block={block} onChange={(next) => showBlock(state, next)} />
        <GridForm synced={synced} />
        {!narrow.value && <FrameChoice synced={synced} />}
        {!narrow.value && <Strongest synced={synced} />}
        {!narrow.value && <SentencesChoice {...place} />}
        <HideSpecial synced={synced} />
        <Menu>
          {narrow.value && <FrameChoice synced={synced} />}
          {narrow.value && <Strongest synced={synced} />}
          {narrow.value && <SentencesField {...place} />}
          <PoolingChoice synced={synced} />
          <CountFromOne synced={synced} />
        </Menu>
        <Count state={state} />
      </div>
    </div>
  );
}
