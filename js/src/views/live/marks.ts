import { maxOf } from "../../arrays.ts";
import { rampColor, signedLevel, signedRamp, weightLevel, weightRamp } from "../../ramps.ts";
import type { AnswerSpec, SaliencySpec } from "../../state/live.ts";
import type { Dress } from "../stage.ts";

/** How a token differs from what was typed, and what is said of it. */
export interface Mark {
  kind: "masked" | "blocked" | "replaced" | "";
  title: string;
  /** Of its saliency; "" for none. */
  color: string;
}

const KINDS = ["masked", "blocked", "replaced"] as const;

/** Shows the marks in the rows of the list that was typed. */
export function dressOf(answer: AnswerSpec, dark: boolean): (list: string) => Dress | null {
  const marks = marksOf(answer, dark);
  const dress: Dress = (row, tokens, label) => {
    const mark = tokens.map((token) => marks.get(token)).find(Boolean);
    for (const kind of KINDS) row.classList.toggle(`hw-${kind}`, mark?.kind === kind);
    if (mark?.kind) row.setAttribute("aria-description", mark.title);
    else row.removeAttribute("aria-description");
    if (tokens.length > 0) row.title = mark?.title ?? label;
    row.style.boxShadow = mark?.color ? `inset 0 -0.28em ${mark.color}` : "";
  };
  return (list) => (list === answer.source ? dress : null);
}

/** What is said of tokens whose text or attention is not as it was typed, and how much they matter. */
export function marksOf(answer: AnswerSpec, dark: boolean): Map<number, Mark> {
  const marks = new Map<number, Mark>();
  const color = saliencyColor(answer.saliency, dark);
  const put = (typed: number, kind: Mark["kind"], title: string) => {
    for (const token of answer.places[typed] ?? [])
      marks.set(token, { kind, title, color: color(token) });
  };
  for (const token of answer.saliency?.shares.keys() ?? []) {
    const title = saliencyTitle(answer, token);
    marks.set(token, { kind: "", title, color: color(token) });
  }
  for (const [typed] of answer.replaced) put(typed, "replaced", `was ${answer.typed[typed] ?? ""}`);
  for (const typed of answer.masked) put(typed, "masked", `masked: ${answer.typed[typed] ?? ""}`);
  for (const typed of answer.blocked)
    put(typed, "blocked", `${answer.typed[typed] ?? ""}, blocked: no other token attends to it`);
  return marks;
}

/** The saliency that takes the full colour. */
export function fullScale({ shares }: SaliencySpec): number {
  return maxOf(shares.map((share) => Math.abs(share ?? 0)));
}

function saliencyColor(saliency: SaliencySpec | null, dark: boolean): (token: number) => string {
  if (!saliency) return () => "";
  const full = fullScale(saliency);
  const signed = saliency.method === "gradient";
  const ramp = signed ? signedRamp(dark) : weightRamp(dark);
  return (token) => {
    const share = saliency.shares[token];
    if (share === null || share === undefined || full === 0) return "";
    return rampColor(ramp, signed ? signedLevel(share, full) : weightLevel(share / full));
  };
}

function saliencyTitle({ saliency, places, typed }: AnswerSpec, token: number): string {
  const share = saliency?.shares[token];
  const at = places.findIndex((now) => now.includes(token));
  const value = share === null || share === undefined ? "no saliency" : share.toFixed(3);
  return `${typed[at] ?? ""}: saliency ${value}`;
}
