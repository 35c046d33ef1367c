import type { ReadonlySignal } from "@preact/signals";
import { Chips } from "../../controls/chips.tsx";
import {
  Check,
  Choice,
  Field,
  Menu,
  type Option,
  Slider,
  Stepper,
} from "../../controls/fields.tsx";
import { headColor } from "../../scale.ts";
import {
  headsOf,
  headsThere,
  isolateHead,
  layersThere,
  moveBlock,
  moveLayer,
  toggleHead,
} from "../../state/selection.ts";
import type { Synced } from "../../state/synced.ts";
import type { Aggregate, BlockSpec, Sentences, TraceSpec } from "../../state/types.ts";

const DRAW: Option<Aggregate>[] = [
  { value: "each", label: "each head" },
  { value: "sum", label: "sum" },
  { value: "mean", label: "mean" },
  { value: "max", label: "max" },
];

const SENTENCES: Option<Sentences>[] = [
  { value: "all", label: "A and B" },
  { value: "aa", label: "A → A" },
  { value: "ab", label: "A → B" },
  { value: "ba", label: "B → A" },
  { value: "bb", label: "B → B" },
];

export interface ToolbarProps {
  trace: TraceSpec;
  synced: Synced;
  block: ReadonlySignal<BlockSpec>;
  /** The layer that is asked for, which the block has. */
  shownLayer: ReadonlySignal<number>;
  dark: ReadonlySignal<boolean>;
  narrow: ReadonlySignal<boolean>;
  onPreview: (head: number | null) => void;
}

/** What the block's token lists have, which decides the controls that make sense. */
function listsOf(trace: TraceSpec, block: BlockSpec) {
  const lists = [trace.tokens[block.query_tokens], trace.tokens[block.key_tokens]];
  return {
    pair: lists.every((list) => list?.segments.some((segment) => segment > 0)),
    pieces: lists.some((list) =>
      list?.words.some((word, i) => i > 0 && word === list.words[i - 1]),
    ),
  };
}

export function Toolbar({
  trace,
  synced,
  block,
  shownLayer,
  dark,
  narrow,
  onPreview,
}: ToolbarProps) {
  const layer = shownLayer.value;
  const selection = synced.selection.value;
  const base = synced.index_base.value;
  const spec = block.value;
  const count = spec.heads[layer] ?? 0;
  const there = headsThere(spec, layer);
  const { pair, pieces } = listsOf(trace, spec);
  const setBlock = (name: string) => {
    const next = trace.blocks.find((other) => other.name === name) ?? spec;
    const to = Math.min(layer, next.layers - 1);
    const moved = moveBlock(selection, spec, next, { from: layer, to });
    synced.set({ block: name, layer: to, selection: moved });
  };
  const isolate = (head: number) => {
    // The first of the two clicks has switched the head: what counts is how it was before.
    const before = toggleHead(synced.selection.peek(), layer, head);
    synced.set({ selection: isolateHead(before, layer, head, there) });
  };
  const draw = (
    <Choice
      label="Draw"
      value={synced.aggregate.value}
      options={DRAW}
      onChange={(aggregate) => synced.set({ aggregate })}
    />
  );
  const sentences = pair && (
    <Choice
      label="Sentences"
      value={synced.sentences.value}
      options={SENTENCES}
      onChange={(value) => synced.set({ sentences: value })}
    />
  );
  return (
    <div class="hw-toolbar" role="toolbar" aria-label="Head view">
      <div class="hw-group">
        {trace.blocks.length > 1 && (
          <Choice
            label="Block"
            value={spec.name}
            options={trace.blocks.map(({ name }) => ({ value: name, label: name }))}
            onChange={setBlock}
          />
        )}
        <Field label={base === 1 ? "Layer (from 1)" : "Layer"}>
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
        </Field>
        <Field label="Heads">
          <Chips
            count={count}
            there={new Set(there)}
            on={new Set(headsOf(selection, layer))}
            base={base}
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
        {!narrow.value && <Field label="Draw">{draw}</Field>}
        <Field label="Strongest">
          <Slider
            label="Strongest"
            value={synced.strongest.value}
            onInput={(strongest) => synced.set({ strongest })}
          />
        </Field>
        {!narrow.value && sentences}
        <Check
          label="Hide special"
          value={synced.hide_special.value}
          onChange={(value) => synced.set({ hide_special: value })}
        />
        {pieces && (
          <Check
            label="Merge words"
            title="Attention to a word is the sum over its pieces, attention from a word their mean"
            value={synced.merge_words.value}
            onChange={(value) => synced.set({ merge_words: value })}
          />
        )}
        <Menu>
          {narrow.value && <Field label="Draw">{draw}</Field>}
          {narrow.value && sentences && <Field label="Sentences">{sentences}</Field>}
          <Check
            label="Count from 1"
            value={base === 1}
            onChange={(value) => synced.set({ index_base: value ? 1 : 0 })}
          />
        </Menu>
      </div>
    </div>
  );
}
