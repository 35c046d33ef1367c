import { percent } from "../../format.ts";
import { signed } from "./numbers.ts";
import { shareOf } from "./shares.ts";

export interface CardProps {
  neuron: number;
  q: number;
  k: number;
  /** q · k of the key. */
  dot: number;
  label: string;
}

/** What a neuron adds to q · k with a key. */
export function Card({ neuron, q, k, dot, label }: CardProps) {
  const share = shareOf(q * k, dot);
  return (
    <>
      <b>neuron {neuron}</b>
      <span class="hw-card-sum">{productInWords(q, k)}</span>
      <span class="hw-card-share">
        {share === null
          ? `of q · k ${signed(dot, 2)} with `
          : `${signedPercent(share)} of q · k with `}
        <b dir="auto">{label}</b>
      </span>
    </>
  );
}

/** "q +3.04 × k +1.11 = +3.36" */
export function productInWords(q: number, k: number): string {
  return `q ${signed(q, 2)} × k ${signed(k, 2)} = ${signed(q * k, 2)}`;
}

export function signedPercent(share: number): string {
  return percent(share).replace("-", "−");
}
