import type { ReadonlySignal } from "@preact/signals";
import { ChoiceField, type Option } from "../../controls/fields.tsx";
import { TwoWay } from "../../controls/two-way.tsx";
import type { AnswerSpec, HeadOff, SaliencyMethod } from "../../state/live.ts";
import { sameHead } from "./gestures.ts";
import type { LiveState } from "./state.ts";

/** What differs from the plain run: each change is a chip that takes it back. */

export type Showing = "now" | "before" | "both";

const STANDS: Option<"zero" | "mean">[] = [
  { value: "zero", label: "zero" },
  { value: "mean", label: "mean" },
];

const SALIENCY: Option<SaliencyMethod | "none">[] = [
  { value: "none", label: "none" },
  { value: "gradient", label: "gradient × input" },
  { value: "values", label: "value zeroing" },
];

interface ChangesProps {
  live: LiveState;
  /** The answer in sight. */
  answer: ReadonlySignal<AnswerSpec>;
  base: ReadonlySignal<0 | 1>;
  /** The heads that are on, which the button switches. */
  on: ReadonlySignal<HeadOff[]>;
  onToggleHeads: () => void;
  showing: ReadonlySignal<Showing>;
  wide: ReadonlySignal<boolean>;
  onShow: (showing: Showing) => void;
}

interface Chip {
  key: string;
  text: string;
  struck?: boolean;
  label: string;
  undo: () => void;
}

/** Nothing that was changed is forgotten: each is named with its token or head. */
function chipsOf(answer: AnswerSpec, live: LiveState, base: number): Chip[] {
  const named = (token: number) => `${token + base} ${answer.typed[token] ?? ""}`;
  const without = <T,>(list: T[], gone: (entry: T) => boolean) =>
    list.filter((entry) => !gone(entry));
  return [
    ...answer.masked.map((token) => ({
      key: `m${token}`,
      text: named(token),
      label: `masked: ${named(token)}`,
      undo: () => live.change(({ masked }) => ({ masked: without(masked, (m) => m === token) })),
    })),
    ...answer.blocked.map((token) => ({
      key: `b${token}`,
      text: named(token),
      struck: true,
      label: `blocked: no other token attends to ${named(token)}`,
      undo: () => live.change(({ blocked }) => ({ blocked: without(blocked, (b) => b === token) })),
    })),
    ...answer.replaced.map(([token, text]) => ({
      key: `r${token}`,
      text: `${named(token)} → ${text}`,
      label: `replaced: ${named(token)} by ${text}`,
      undo: () =>
        live.change(({ replaced }) => ({ replaced: without(replaced, ([r]) => r === token) })),
    })),
    ...answer.ablated.map((head) => {
      const [layer, number, block] = head;
      const name = `${layer + base}.${number + base}${block ? ` ${block}` : ""}`;
      return {
        key: `h${name}`,
        text: `head ${name}`,
        struck: true,
        label: `switched off: head ${name}`,
        undo: () =>
          live.change(({ ablated }) => ({
            ablated: without(ablated, (other) => sameHead(other, head)),
          })),
      };
    }),
  ];
}

export function Changes(props: ChangesProps) {
  const { live, base, on, onToggleHeads, showing, wide, onShow } = props;
  const answer = props.answer.value;
  const chips = chipsOf(answer, live, base.value);
  const alive = live.alive.value;
  const heads = on.value;
  const off = heads.length > 0 && heads.every((a) => answer.ablated.some((b) => sameHead(a, b)));
  const views: Option<Showing>[] = [
    { value: "before", label: "Before" },
    { value: "now", label: "Now" },
    ...(wide.value ? [{ value: "both" as const, label: "Both" }] : []),
  ];
  const count = heads.length === 1 ? "the head" : `the ${heads.length} heads`;
  const why = answer.abilities.no_blocking || (heads.length === 0 ? "No head is on" : "");
  return (
    <div class="hw-live-changes" role="toolbar" aria-label="Changes">
      {alive && (
        <button
          type="button"
          class="hw-button"
          disabled={why !== ""}
          title={why || `Without ${count} whose lines are shown, in the model (x)`}
          onClick={onToggleHeads}
        >
          {off ? `Switch ${count} back on` : `Switch ${count} off`}
        </button>
      )}
      {alive && (answer.ablated.length > 0 || live.asked.ablation.value === "mean") && (
        <TwoWay
          label="What stands for a head that is off"
          value={live.asked.ablation.value}
          options={STANDS}
          onChange={(ablation) => live.change(() => ({ ablation }))}
        />
      )}
      {alive && (
        <ChoiceField
          label="Saliency"
          value={live.asked.saliency.value ?? "none"}
          options={SALIENCY}
          onChange={(method) =>
            live.change(() => ({ saliency: method === "none" ? null : method }))
          }
        />
      )}
      {chips.map(({ key, text, struck, label, undo }) => (
        <span key={key} class={`hw-live-chip${struck ? " hw-live-struck" : ""}`} title={label}>
          <span dir="auto">{text}</span>
          {alive && (
            <button type="button" aria-label={`Take back: ${label}`} onClick={undo}>
              ×
            </button>
          )}
        </span>
      ))}
      {alive && chips.length > 1 && (
        <button
          type="button"
          class="hw-button"
          onClick={() =>
            live.change(() => ({ masked: [], blocked: [], replaced: [], ablated: [] }))
          }
        >
          Clear
        </button>
      )}
      {alive && chips.length > 0 && (
        <TwoWay
          label="Before or after the changes"
          value={showing.value}
          options={views}
          onChange={onShow}
        />
      )}
    </div>
  );
}
