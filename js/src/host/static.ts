import type { Traits } from "../state/types.ts";
import { bytesFromBase64, inflate } from "../store/bytes.ts";
import type { Host } from "./host.ts";
import { MemoryHost } from "./memory.ts";

interface SavedState {
  traits: Omit<Traits, "tensors" | "tensors_b">;
  /** Deflated, as base64. */
  tensors: string;
  /** Of a comparison. */
  tensors_b?: string;
}

/** A host over the state that `to_html` wrote into the page. */
export async function staticHost(source: HTMLElement, signal: AbortSignal): Promise<Host> {
  const saved = JSON.parse(source.textContent ?? "") as SavedState;
  const tensors = await inflate(bytesFromBase64(saved.tensors));
  const tensors_b = await inflate(bytesFromBase64(saved.tensors_b ?? ""));
  return new MemoryHost({ ...saved.traits, tensors, tensors_b }, signal);
}
