import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { Chips } from "../../controls/chips.tsx";
import { Check, ChoiceField, Field, Menu, type Option, Stepper } from "../../controls/fields.tsx";
import {
  BlockChoice,
  CountFromOne,
  HideSpecial,
  SentencesChoice,
  SentencesField,
  Strongest,
} from "../../controls/settings.tsx";
import { headColor } from "../../scale.ts";
import type { Highlight } from "../../state/highlight.ts";
import type { HeadOff } from "../../state/live.ts";
import {
  absence,
  headsOf,
  headsThere,
  isolateHead,
  layersThere,
  moveBlock,
  moveLayer,
  toggleHead,
} from "../../state/selection.ts";
import type { Aggregate, BlockSpec, TraceSpec } from "../../state/types.ts";
import type { HeadSynced } from "./state.ts";

const DRAW: Option<Aggregate>[] = [
  { value: "each", label: "each head" },
  { value: "sum", label: "sum" },
  { value: "mean", label: "mean" },
  { value: "max", label: "max" },
];

export interface ToolbarProps {
  trace: TraceSpec;
  synced: HeadSynced;
  block: ReadonlySignal<BlockSpec>;
  /** The layer that is asked for, which the block has. */
  shownLayer: ReadonlySignal<number>;
  dark: ReadonlySignal<boolean>;
  /** What another view points at. */
  heard: ReadonlySignal<Highlight | null>;
  narrow: ReadonlySignal<boolean>;
  onPreview: (head: number | null) => void;
  /** Name for screen readers. */
  label?: string;
  /** Further settings, behind ⋯. */
  more?: ComponentChildren;
  /** Further controls, before ⋯. */
  tools?: ComponentChildren;
  /** Heads that are switched off in the model. */
  off?: ReadonlySignal<readonly HeadOff[]> | undefined;
}

/** Whether a word of the block has several pieces, so that merging does something. */
function hasPieces(trace: TraceSpec, block: BlockSpec): boolean {
  return [trace.tokens[block.query_tokens], trace.tokens[block.key_tokens]].some((list) =>
    list?.words.some((word, i) => i > 0 && word === list.words[i - 1]),
  );
}

function offIn(
  off: readonly HeadOff[],
  block: BlockSpec,
  trace: TraceSpec,
  layer: number,
): ReadonlySet<number> {
  const here = off.filter(
    ([at, , name]) => at === layer && (name ?? trace.blocks[0]?.name) === block.name,
  );
  return new Set(here.map(([, head]) => head));
}

export function Toolbar({
  trace,
  synced,
  block,
  shownLayer,
  dark,
  heard,
  narrow,
  onPreview,
  label = "Head view",
  more,
  tools,
  off,
}: ToolbarProps) {
  const layer = shownLayer.value;
  const selection = synced.selection.value;
  const base = synced.index_base.value;
  const spec = block.value;
  const count = spec.heads[layer] ?? 0;
  const there = headsThere(spec, layer);
  const [pointedLayer, pointedHead] = heard.value?.head ?? [];
  const pointed = pointedLayer === layer && heard.value?.block === spec.name ? pointedHead : null;
  const setBlock = (next: BlockSpec) => {
    const to = Math.min(layer, next.layers - 1);
    const moved = moveBlock(selection, spec, next, { from: layer, to });
    synced.set({ block: next.name, layer: to, selection: moved });
  };
  const isolate = (head: number) => {
    // The first of the two clicks has switched the head: what counts is how it was before.
    const before = toggleHead(synced.selection.peek(), layer, head);
    synced.set({ selection: isolateHead(before, layer, head, there) });
  };
  const draw = (
    <ChoiceField
      label="Draw"
      value={synced.aggregate.value}
      options={DRAW}
      onChange={(aggregate) => synced.set({ aggregate })}
    />
  );
  const place = { trace, block: spec, synced };
  return (
    <div class="hw-toolbar" role="toolbar" aria-label={label}>
      <div class="hw-group">
        <BlockChoice trace={trace} block={spec} onChange={setBlock} />
        <Stepper
          label="Layer"
          value={layer}
          count={spec.layers}
          there={layersThere(spec)}
          base={base}
          onChange={(to) =>
            synced.set({ layer: to, selection: moveLayer(selection, layer, to, spec) })
          }
        />
        <Field label="Heads">
          <Chips
            count={count}
            there={new Set(there)}
            absence={absence(spec)}
            on={new Set(headsOf(selection, layer))}
            base={base}
            pointed={pointed}
            off={offIn(off?.value ?? [], spec, trace, layer)}
            color={(head) => headColor(head, count, dark.value)}
            onToggle={(head) =>
              synced.set({ selection: toggleHead(synced.selection.peek(), layer, head) })
            }
            onIsolate={(head) => isolate(head)}
            onPreview={onPreview}
          />
        </Field>
      </div>
      <div class="hw-group">
        {!narrow.value && draw}
        <Strongest synced={synced} />
        {!narrow.value && <SentencesChoice {...place} />}
        <HideSpecial synced={synced} />
        {hasPieces(trace, spec) && (
          <Check
            label="Merge words"
            title="Attention to a word is the sum over its pieces, attention from a word their mean"
            value={synced.merge_words.value}
            onChange={(value) => synced.set({ merge_words: value })}
          />
        )}
        <div class="hw-group">
          {tools}
          <Menu>
            {narrow.value && draw}
            {narrow.value && <SentencesField {...place} />}
            {more}
            <CountFromOne synced={synced} />
          </Menu>
        </div>
      </div>
    </div>
  );
}
