import type { AnswerSpec, LiveTraits } from "../../src/state/live.ts";
import type { Traits } from "../../src/state/types.ts";
import { OpenView, ready } from "./page.ts";
import { layerBlob, type Sample, sampleOf, tokenList, traitsOf } from "./sample.ts";

/** A live view whose Python is played by the test. */

export const LABELS = ["[CLS]", "the", "cat", "is", "sad", "[SEP]"];

const PREDICTIONS = (labels: string[]): NonNullable<AnswerSpec["predictions"]> => ({
  kind: "masked",
  words: "would put here",
  tokens: "0",
  rows: labels.map((label, i) => [
    [label, 0.5],
    ["dog", 0.25 - i / 100],
    ["food", 0.1],
    ["eat", 0.05],
    ["</script>", 0.0001],
  ]),
  own: labels.map(() => 0.5),
});

export function answerOf(labels: string[] = LABELS, more: Partial<AnswerSpec> = {}): AnswerSpec {
  return {
    text: "the cat is sad",
    text_pair: null,
    target: null,
    masked: [],
    blocked: [],
    ablated: [],
    ablation: "zero",
    replaced: [],
    source: "0",
    typed: LABELS,
    places: LABELS.map((_, i) => [i]),
    abilities: { predicts: "masked", no_predictions: "", no_masking: "", no_blocking: "" },
    predictions: PREDICTIONS(labels),
    before: null,
    moved: [],
    saliency: null,
    notes: [],
    seconds: 0.01,
    ...more,
  };
}

/** What Python adds to an answer in which something is changed. */
export function changedBy(more: Partial<AnswerSpec>, labels: string[] = LABELS): AnswerSpec {
  return answerOf(labels, {
    notes: ["something was changed"],
    before: labels.map((label) => [label, 0.5, 0.2, 0.61]),
    moved: [
      ["encoder", 1, 2, 0.4],
      ["encoder", 0, 0, 0.1],
    ],
    ...more,
  });
}

export function liveSample(labels: string[] = LABELS): Sample {
  return sampleOf({ tokens: tokenList(labels) });
}

export class OpenLive extends OpenView {
  /** Plays Python answering with a new run: everything in one message. */
  reply(said: AnswerSpec, labels: string[] = LABELS, more: Partial<Traits> = {}): void {
    const sample = liveSample(labels);
    const { run, tensors } = this.host.get("_run") ?? { run: 0, tensors: 0 };
    const { _trace } = traitsOf(sample);
    this.host.receive({
      _trace,
      _trace_b: traitsOf(liveSample())._trace,
      _said: said,
      _run: { run: run + 1, tensors: tensors + 1 },
      _failure: {},
      busy: false,
      tensors: layerBlob(sample, [0, 1]),
      ...more,
    });
  }

  get now(): HTMLElement {
    return this.find('.hw-live-pictures[data-side="now"] > .hw-live-run:not(.hw-live-next)');
  }

  /** Labels of the list of queries in sight. */
  get queries(): string[] {
    return [...this.now.querySelectorAll(".hw-tokens-query .hw-token")].map(
      (node) => node.textContent ?? "",
    );
  }

  query(index: number): HTMLElement {
    const found = this.now.querySelector<HTMLElement>(
      `[role=option][data-side="query"][data-index="${index}"]`,
    );
    if (!found) throw new Error(`there is no query ${index}`);
    return found;
  }

  get text(): HTMLInputElement {
    return this.find('input[aria-label="Text"]') as HTMLInputElement;
  }

  get predicted(): string[] {
    return this.texts(".hw-live-bars .hw-live-label");
  }

  /** What the view says beside what its picture says. */
  get spoken(): string {
    return this.find(':scope > [data-view="live"] > .hw-live').textContent ?? "";
  }

  get chips(): string[] {
    return this.texts(".hw-live-chip > span");
  }

  /** The last values that were sent to Python, but for selections. */
  get asked(): Partial<Traits>[] {
    return this.host.sent.filter((values) => !("selection" in values));
  }

  named(name: string): HTMLButtonElement {
    const found = this.all("button").find(
      (node) => (node.getAttribute("aria-label") ?? node.textContent) === name,
    );
    if (!found) throw new Error(`there is no button ${name}`);
    return found as HTMLButtonElement;
  }
}

interface Options {
  traits?: Partial<Traits>;
  said?: AnswerSpec;
  width?: number;
  ground?: string;
  kernel?: "live" | "none";
}

export function liveTraits(said: AnswerSpec, more: Partial<Traits> = {}): Traits {
  const sample = liveSample();
  const traits = traitsOf(sample, { _view: "live", _trace_b: traitsOf(sample)._trace });
  // Of the answer, only what is asked is a trait of its own.
  const { text, text_pair, target, masked, blocked, ablated, ablation, replaced } = said;
  const asked = { text, text_pair, target, masked, blocked, ablated, ablation, replaced };
  const live: LiveTraits = {
    ...asked,
    saliency: null,
    texts: [],
    busy: false,
    _said: said,
    _failure: {},
    _run: { run: 0, tensors: 0 },
  };
  return { ...traits, ...live, ...more };
}

export async function openLive(options: Options = {}): Promise<OpenLive> {
  const { said = answerOf(), traits, ...rest } = options;
  const view = new OpenLive({
    ...rest,
    sample: liveSample(),
    traits: liveTraits(said, traits),
  });
  await ready(view);
  return view;
}
