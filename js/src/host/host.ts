import type { TraitName, Traits } from "../state/types.ts";

/**
 * Where Python stands:
 * `live` answers, `waiting` has a request open for longer than a person notices,
 * `gone` will not answer again, `none` is a page without a kernel.
 */
export type KernelState = "live" | "waiting" | "gone" | "none";

export interface Reply {
  buffers: Uint8Array[];
}

/** Everything a view may know of the place it runs in. */
export interface Host {
  get<K extends TraitName>(name: K): Traits[K];
  /** Writes the values and sends them to Python as one message. */
  set(values: Partial<Traits>): void;
  onChange(name: TraitName, listener: () => void, signal: AbortSignal): void;
  /** Asks Python; rejects with a `HostError` when it answers with an error or cannot answer. */
  request(method: string, params: object): Promise<Reply>;
  readonly kernel: KernelState;
  onKernel(listener: () => void, signal: AbortSignal): void;
  /** Aborts when the model behind all views goes away. */
  readonly signal: AbortSignal;
}

export class HostError extends Error {
  constructor(
    readonly kind: string,
    message: string,
  ) {
    super(message);
    this.name = "HostError";
  }
}
