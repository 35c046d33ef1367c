import type { Synced } from "../state/synced.ts";
import type { BlockSpec, Sentences, TraceSpec } from "../state/types.ts";
import { Check, Choice, Field, type Option, Slider } from "./fields.tsx";

/** Controls of settings that several views share, each the same in all of them. */

const SENTENCES: Option<Sentences>[] = [
  { value: "all", label: "A and B" },
  { value: "aa", label: "A → A" },
  { value: "ab", label: "A → B" },
  { value: "ba", label: "B → A" },
  { value: "bb", label: "B → B" },
];

interface Place {
  trace: TraceSpec;
  block: BlockSpec;
}

/** Which block; nothing where there is one only. */
export function BlockChoice({
  trace,
  block,
  onChange,
}: Place & { onChange: (block: BlockSpec) => void }) {
  if (trace.blocks.length < 2) return null;
  return (
    <Choice
      label="Block"
      value={block.name}
      options={trace.blocks.map(({ name }) => ({ value: name, label: name }))}
      onChange={(name) => {
        const next = trace.blocks.find((other) => other.name === name);
        if (next) onChange(next);
      }}
    />
  );
}

/** Whether both sides of a block have a second sentence. */
function hasPairs(trace: TraceSpec, block: BlockSpec): boolean {
  return [trace.tokens[block.query_tokens], trace.tokens[block.key_tokens]].every((list) =>
    list?.segments.some((segment) => segment > 0),
  );
}

/** Which sentence looks at which; nothing where there is one only. */
export function SentencesChoice({ trace, block, synced }: Place & { synced: Synced }) {
  if (!hasPairs(trace, block)) return null;
  return (
    <Choice
      label="Sentences"
      value={synced.sentences.value}
      options={SENTENCES}
      onChange={(sentences) => synced.set({ sentences })}
    />
  );
}

/** The same with its name before it, for a menu. */
export function SentencesField(props: Place & { synced: Synced }) {
  if (!hasPairs(props.trace, props.block)) return null;
  return (
    <Field label="Sentences">
      <SentencesChoice {...props} />
    </Field>
  );
}

/** Share of each row that is shown. */
export function Strongest({ synced }: { synced: Synced }) {
  return (
    <Field label="Strongest">
      <Slider
        label="Strongest"
        value={synced.strongest.value}
        onInput={(strongest) => synced.set({ strongest })}
      />
    </Field>
  );
}

export function HideSpecial({ synced }: { synced: Synced }) {
  return (
    <Check
      label="Hide special"
      value={synced.hide_special.value}
      onChange={(hide_special) => synced.set({ hide_special })}
    />
  );
}

export function CountFromOne({ synced }: { synced: Synced }) {
  return (
    <Check
      label="Count from 1"
      value={synced.index_base.value === 1}
      onChange={(on) => synced.set({ index_base: on ? 1 : 0 })}
    />
  );
}
