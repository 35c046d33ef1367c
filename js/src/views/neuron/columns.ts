import type { Position, VectorSpec } from "../../state/types.ts";

/** Which steps lead from q · k to the weight in a layer; a step that this model does not have is left out. */

export type ColumnId = "dot" | "scaled" | "softcap" | "bias" | "mask" | "score" | "weight";

export interface Column {
  id: ColumnId;
  title: string;
}

const BIAS: Record<Position, string> = {
  "": "bias",
  rotary: "bias",
  alibi: "ALiBi",
  relative: "T5 bias",
  disentangled: "relative bias",
};

/** "÷ √32" where the scale is the usual 1 / √d, "" where it is 1. */
export function scaleInWords({ scale, size }: VectorSpec): string {
  const near = (other: number) => Math.abs(scale - other) <= 1e-5 * other;
  if (near(1)) return "";
  if (near(1 / Math.sqrt(size))) return `÷ √${size}`;
  return `× ${Number(scale.toPrecision(4))}`;
}

/** Whether a key can be hidden from a query. */
export function canHide({ causal, mask }: VectorSpec): boolean {
  return causal || (mask ?? false);
}

export function columnsOf(vectors: VectorSpec, position: Position): Column[] {
  const scale = scaleInWords(vectors);
  const columns: Column[] = [{ id: "dot", title: "q · k" }];
  if (scale) columns.push({ id: "scaled", title: scale });
  if (vectors.softcap !== undefined)
    columns.push({ id: "softcap", title: `soft cap ${vectors.softcap}` });
  if (vectors.bias) columns.push({ id: "bias", title: BIAS[position] });
  if (canHide(vectors)) columns.push({ id: "mask", title: "mask" });
  columns.push({ id: "score", title: "score" }, { id: "weight", title: "softmax" });
  return columns;
}

/** "weight = softmax(q · k ÷ √32 + ALiBi + mask)", with the terms that this layer has. */
export function formula(vectors: VectorSpec, position: Position): string {
  const { softcap } = vectors;
  const scaled = ["q · k", scaleInWords(vectors)].filter(Boolean).join(" ");
  const capped = softcap === undefined ? scaled : `${softcap} · tanh(${scaled} ÷ ${softcap})`;
  const terms = [capped, vectors.bias ? BIAS[position] : "", canHide(vectors) ? "mask" : ""].filter(
    Boolean,
  );
  const sink = vectors.sinks ? " over keys and sink" : "";
  return `weight = softmax(${terms.join(" + ")})${sink}`;
}
