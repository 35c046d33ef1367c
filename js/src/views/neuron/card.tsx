import { productInWords, signed, signedPercent } from "./numbers.ts";
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
