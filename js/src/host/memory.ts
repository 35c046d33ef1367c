import type { TraitName, Traits } from "../state/types.ts";
import { Emitter } from "./emitter.ts";
import { type Host, HostError, type KernelState, type Reply } from "./host.ts";

export type Handler = (method: string, params: object) => Promise<Reply>;

/** Keeps the traits in the page. Tests drive views with it; the exported page builds on it. */
export class MemoryHost implements Host {
  readonly signal: AbortSignal;
  readonly #traits: Traits;
  readonly #changed = new Map<TraitName, Emitter>();
  readonly #kernelChanged = new Emitter();
  readonly #handler: Handler | undefined;
  #kernel: KernelState;

  constructor(traits: Traits, signal: AbortSignal, handler?: Handler) {
    this.#traits = { ...traits };
    this.signal = signal;
    this.#handler = handler;
    this.#kernel = handler ? "live" : "none";
  }

  get kernel(): KernelState {
    return this.#kernel;
  }

  /** Plays a kernel that stops or comes back. */
  setKernel(state: KernelState): void {
    this.#kernel = state;
    this.#kernelChanged.emit();
  }

  get<K extends TraitName>(name: K): Traits[K] {
    return this.#traits[name];
  }

  set(values: Partial<Traits>): void {
    this.receive(values);
  }

  /** Plays Python setting traits. */
  receive(values: Partial<Traits>): void {
    const names = Object.keys(values) as TraitName[];
    Object.assign(this.#traits, values);
    for (const name of names) this.#changed.get(name)?.emit();
  }

  onChange(name: TraitName, listener: () => void, signal: AbortSignal): void {
    const emitter = this.#changed.get(name) ?? new Emitter();
    this.#changed.set(name, emitter);
    emitter.on(listener, signal);
  }

  get listeners(): number {
    return [...this.#changed.values()].reduce(
      (sum, emitter) => sum + emitter.size,
      this.#kernelChanged.size,
    );
  }

  request(method: string, params: object): Promise<Reply> {
    if (this.#handler) return this.#handler(method, params);
    return Promise.reject(new HostError("NoKernel", "This page has no kernel."));
  }

  onKernel(listener: () => void, signal: AbortSignal): void {
    this.#kernelChanged.on(listener, signal);
  }
}
