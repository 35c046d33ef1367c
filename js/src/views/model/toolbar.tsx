import type { ReadonlySignal } from "@preact/signals";
import { Choice, Field, Menu, type Option, Slider } from "../../controls/fields.tsx";
import {
  BlockChoice,
  CountFromOne,
  HideSpecial,
  hasPairs,
  SentencesChoice,
} from "../../controls/settings.tsx";
import { TwoWay } from "../../controls/two-way.tsx";
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
      <Field label="Draw">
        <TwoWay
          label="Draw"
          value={synced.glyph.value}
          options={GLYPHS}
          onChange={(glyph) => synced.set({ glyph })}
        />
      </Field>
      <Field label="Order">
        <Choice
          label="Order"
          value={synced.order.value}
          options={ORDERS}
          onChange={(order) => synced.set({ order })}
        />
      </Field>
    </>
  );
}

export function FrameChoice({ synced }: { synced: Settings }) {
  return (
    <Field label="Frame">
      <Choice
        label="Frame"
        value={synced.frame.value}
        options={FRAMES}
        onChange={(frame) => synced.set({ frame })}
      />
    </Field>
  );
}

/** What a dot of a thumbnail shows where the text is too long for a dot a pair. */
export function PoolingChoice({ synced }: { synced: Settings }) {
  return (
    <Field label="Pooling">
      <Choice
        label="Pooling"
        value={synced.pooling.value}
        options={POOLINGS}
        onChange={(pooling) => synced.set({ pooling })}
      />
    </Field>
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
  const sentences = <SentencesChoice trace={trace} block={block} synced={synced} />;
  const strongest = (
    <Field label="Strongest">
      <Slider
        label="Strongest"
        value={synced.strongest.value}
        onInput={(value) => synced.set({ strongest: value })}
      />
    </Field>
  );
  return (
    <div class="hw-toolbar" role="toolbar" aria-label="Model view">
      <div class="hw-group">
        <BlockChoice trace={trace} block={block} onChange={(next) => showBlock(state, next)} />
        <GridForm synced={synced} />
        {!narrow.value && <FrameChoice synced={synced} />}
        {!narrow.value && strongest}
        {!narrow.value && sentences}
        <HideSpecial synced={synced} />
        <Menu>
          {narrow.value && <FrameChoice synced={synced} />}
          {narrow.value && strongest}
          {narrow.value && hasPairs(trace, block) && <Field label="Sentences">{sentences}</Field>}
          <PoolingChoice synced={synced} />
          <CountFromOne synced={synced} />
        </Menu>
        <Count state={state} />
      </div>
    </div>
  );
}
