import type { RunState } from "./runs.ts";

/** What a view with a model behind it has beside the traits of a recorded one. */

export type HeadOff = [layer: number, head: number] | [layer: number, head: number, block: string];
export type Replacement = [token: number, text: string | number];
/** A text, or a pair of texts. */
export type TextEntry = string | [string, string];
export type SaliencyMethod = "gradient" | "values";

/** What a person can ask. Token numbers are those of the text as it was typed. */
export interface Asked {
  text: string;
  text_pair: string | null;
  target: string | null;
  masked: number[];
  blocked: number[];
  ablated: HeadOff[];
  ablation: "zero" | "mean";
  replaced: Replacement[];
  saliency: SaliencyMethod | null;
}

/** A label with its probability; null where the model gave no number. */
export type Prediction = [label: string, probability: number | null];

/** What came first in the plain run, its probability then and now, and the divergence in nats. */
export type BeforeRow = [
  label: string,
  before: number | null,
  now: number | null,
  kl: number | null,
];

export interface PredictionSpec {
  kind: "masked" | "next" | "target" | "tags" | "classes";
  /** "would put here". */
  words: string;
  /** The list of tokens that the rows stand for; null for classes, which have one row. */
  tokens: string | null;
  rows: Prediction[][];
  /** Of the token that stands there. */
  own: (number | null)[];
}

export interface SaliencySpec {
  shares: (number | null)[];
  method: SaliencyMethod;
  about: number | null;
  prediction: string;
}

export interface Abilities {
  predicts: PredictionSpec["kind"] | null;
  no_predictions: string;
  no_masking: string;
  no_blocking: string;
}

/** The answer that is on screen (python/headwise/widgets/_live_answer.py). */
export interface AnswerSpec extends Omit<Asked, "saliency"> {
  /** The list of tokens that the text became. */
  source: string;
  /** Labels of the text as it was typed, and where each token of it is in this run. */
  typed: string[];
  places: number[][];
  abilities: Abilities;
  predictions: PredictionSpec | null;
  /** By row of this run; null where nothing was changed. */
  before: (BeforeRow | null)[] | null;
  /** Heads whose attention changed the most; null where that is not known. */
  moved: [block: string, layer: number, head: number, change: number][] | null;
  saliency: SaliencySpec | null;
  notes: string[];
  seconds: number | null;
}

export interface LiveTraits extends Asked {
  texts: TextEntry[];
  busy: boolean;
  _said: AnswerSpec;
  _failure: { kind?: string; message?: string };
  /** Number of the run on screen, and how often `tensors` has changed. */
  _run: RunState;
}
