import type { ReadonlySignal } from "@preact/signals";
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { range } from "../../arrays.ts";
import { rampGradient, signedRamp, weightRamp } from "../../ramps.ts";
import { inkOn } from "../../scale.ts";
import type { AnswerSpec, SaliencySpec } from "../../state/live.ts";
import { fullScale } from "./marks.ts";
import type { Said } from "./pointed.ts";
import { beforeInWords, probability } from "./words.ts";

/** Beside the picture: what the model says at the token that is looked at, and what a change did. */

const TOP = 5;

/** Five bars, and their room while there are none. */
export function Bars({ said }: { said: Said | null }) {
  return (
    <table class="hw-live-bars">
      <tbody>
        {range(0, Math.max(TOP, said?.rows.length ?? 0)).map((i) => {
          const [label, p] = said?.rows[i] ?? ["", null];
          return (
            <tr key={String(i)}>
              <td class="hw-live-label" dir="auto" title={label}>
                {label}
              </td>
              <td class="hw-panel-bar">
                {label !== "" && (
                  <div>
                    <span style={{ width: `${100 * (p ?? 0)}%` }} />
                  </div>
                )}
              </td>
              <td class="hw-live-p">{label === "" ? "" : probability(p)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

interface ReplaceProps {
  label: string;
  onDone: (text: string | null) => void;
}

/** Typed over a token: Enter takes it, Escape leaves it. */
function Replace({ label, onDone }: ReplaceProps) {
  const text = useSignal("");
  const box = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => box.current?.focus(), []);
  return (
    <form
      class="hw-live-replace"
      onSubmit={(event) => {
        event.preventDefault();
        onDone(text.value || null);
      }}
    >
      <input
        ref={box}
        type="text"
        class="hw-live-text"
        aria-label={`Instead of ${label}`}
        placeholder={`instead of ${label}`}
        dir="auto"
        spellcheck={false}
        autocomplete="off"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          onDone(null);
        }}
      />
      <button type="submit" class="hw-button">
        Replace
      </button>
    </form>
  );
}

export interface TokenActions {
  /** What the token is called. */
  label: string;
  /** What masking it is called; null where the model cannot. */
  mask: string | null;
  masked: boolean;
  onMask: () => void;
  onReplace: (text: string | null) => void;
  onTyping: () => void;
  typing: boolean;
}

interface PanelProps {
  answer: ReadonlySignal<AnswerSpec>;
  said: ReadonlySignal<Said | null>;
  /** Of the token that is looked at; null where there is none, or nobody to ask. */
  actions: ReadonlySignal<TokenActions | null>;
  base: ReadonlySignal<0 | 1>;
  dark: ReadonlySignal<boolean>;
  colorOf: (layer: number, head: number, block: string) => string;
  onHead: (block: string, layer: number, head: number) => void;
}

function SaliencyLegend({ saliency, dark }: { saliency: SaliencySpec; dark: boolean }) {
  const signed = saliency.method === "gradient";
  const full = fullScale(saliency).toFixed(2);
  const what = signed
    ? `gradient × input of ${saliency.prediction || "the prediction"}, nats`
    : "value zeroing, share";
  return (
    <div
      class="hw-live-saliency hw-label"
      title="How much a token matters for one prediction, by one method. Neither this nor attention is an explanation by itself: another method may say otherwise (Jain and Wallace 2019; Wiegreffe and Pinter 2019)."
    >
      {signed ? `−${full}` : "0"}
      <span
        class="hw-live-ramp"
        style={{ background: rampGradient(signed ? signedRamp(dark) : weightRamp(dark)) }}
      />
      {signed ? `+${full}` : full}
      <span>saliency: {what}. Not an explanation by itself.</span>
    </div>
  );
}

type MovedProps = Pick<PanelProps, "answer" | "base" | "colorOf" | "onHead">;

/** Heads whose attention the changes moved: each shows itself. */
function Moved({ answer, base, colorOf, onHead }: MovedProps) {
  const { moved, notes } = answer.value;
  if (moved === null && notes.length > 0)
    return (
      <p class="hw-quiet">
        How far the attention of the heads moved is not worked out here: the text is long, or a
        token was replaced by several.
      </p>
    );
  if (!moved || moved.length === 0) return null;
  const several = new Set(moved.map(([block]) => block)).size > 1;
  return (
    <div class="hw-live-moved">
      <p class="hw-panel-title">attention that changed most</p>
      {moved.map(([block, layer, head, change]) => {
        const color = colorOf(layer, head, block);
        const name = `${layer + base.value}.${head + base.value}${several ? ` ${block}` : ""}`;
        return (
          <button
            key={`${block} ${name}`}
            type="button"
            class="hw-live-head"
            title={`Show head ${name}: ${change.toFixed(3)} of its weight went elsewhere, on average over the queries`}
            onClick={() => onHead(block, layer, head)}
          >
            <span class="hw-badge" style={{ background: color, color: inkOn(color) }}>
              {name}
            </span>
            {change.toFixed(2)}
          </button>
        );
      })}
    </div>
  );
}

/** What stands under the bars: what came first before, or how probable the token itself is. */
function factOf(said: Said | null): string {
  if (said?.before) return beforeInWords(said.before);
  return said && said.own !== null ? `what stands there: ${probability(said.own)}` : "";
}

export function LivePanel({ answer, said, actions, base, dark, colorOf, onHead }: PanelProps) {
  const { abilities, predictions, saliency } = answer.value;
  const now = said.value;
  const act = actions.value;
  return (
    <>
      {abilities.no_predictions !== "" && <p class="hw-quiet">{abilities.no_predictions}</p>}
      {predictions && (
        <>
          <p class="hw-panel-title">
            {now ? (
              <>
                {predictions.kind !== "classes" && (
                  <>
                    <b dir="auto">{now.label}</b> {now.token + base.value}:{" "}
                  </>
                )}
                {predictions.kind === "classes" ? "class of the text" : now.words}
              </>
            ) : (
              `Point at a token: what the model ${predictions.words}`
            )}
          </p>
          <Bars said={now} />
          <p class="hw-live-fact hw-quiet">{factOf(now)}</p>
        </>
      )}
      <div class="hw-live-actions">
        {act?.typing ? (
          <Replace label={act.label} onDone={act.onReplace} />
        ) : (
          act && (
            <>
              {act.mask && (
                <button type="button" class="hw-button" onClick={act.onMask}>
                  {act.mask}
                </button>
              )}
              <button type="button" class="hw-button" onClick={act.onTyping}>
                Replace
              </button>
            </>
          )
        )}
      </div>
      <Moved {...{ answer, base, colorOf, onHead }} />
      {saliency && <SaliencyLegend saliency={saliency} dark={dark.value} />}
    </>
  );
}
