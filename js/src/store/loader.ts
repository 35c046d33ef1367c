import { Emitter } from "../host/emitter.ts";
import { type Host, HostError } from "../host/host.ts";
import type { Sentences } from "../state/types.ts";
import { asBytes } from "./bytes.ts";
import { nameOf, plan, type Want } from "./plan.ts";
import { Weights } from "./weights.ts";

interface Job {
  name: string;
  method: string;
  params: object;
  variant: string;
}

export interface Failure {
  kind: string;
  message: string;
}

export interface Filter {
  sentences: Sentences;
  hideSpecial: boolean;
}

/** Name of a filter, under which the marginals made with it are kept. */
export function variantOf(sentences: Sentences, hideSpecial: boolean): string {
  return hideSpecial ? `${sentences} without special` : sentences;
}

/** Keeps the weights of one model of the page, asks Python for what is missing, newest wish first. */
export class Loader {
  readonly weights = new Weights();
  readonly #host: Host;
  readonly #changed = new Emitter();
  readonly #failed = new Map<string, Failure>();
  #queue: Job[] = [];
  #running = new Set<string>();

  constructor(host: Host) {
    this.#host = host;
    this.weights.add(asBytes(host.get("tensors")));
    host.onChange("tensors", () => this.#accept(asBytes(host.get("tensors")), "all"), host.signal);
    host.onKernel(() => this.#next(), host.signal);
  }

  onChange(listener: () => void, signal: AbortSignal): void {
    this.#changed.on(listener, signal);
  }

  /** Something the view asked for has not come yet. */
  get pending(): boolean {
    return this.#running.size + this.#queue.length > 0;
  }

  /** Why the last wish could not be met, or null. */
  get failure(): Failure | null {
    return this.#failed.values().next().value ?? null;
  }

  /** Nobody will answer: the page has no kernel, or its kernel is gone. */
  get stalled(): boolean {
    return this.#host.kernel === "none" || this.#host.kernel === "gone";
  }

  /** Replaces the wishes not yet sent: a person who moved on does not wait for what they passed. */
  need(want: Want, filter: Filter): void {
    const jobs = this.#jobsFor(want, filter);
    const wanted = new Set(jobs.map(({ name }) => name));
    for (const name of [...this.#failed.keys()]) if (!wanted.has(name)) this.#failed.delete(name);
    this.#queue = jobs.filter(({ name }) => !this.#running.has(name) && !this.#failed.has(name));
    this.#next();
  }

  #jobsFor(want: Want, { sentences, hideSpecial }: Filter): Job[] {
    const { block, layer } = want;
    const pieces = plan(want, (axis, index, exact) =>
      this.weights.has(block, layer, axis, index, exact),
    );
    const jobs = pieces.map(
      (params): Job => ({ name: nameOf(params), method: "tile", params, variant: "" }),
    );
    const variant = variantOf(sentences, hideSpecial);
    const wholeLayer = this.weights.complete(block, layer) || pieces[0]?.axis === "all";
    if (!wholeLayer && !this.weights.marginal("received", block, layer, variant)) {
      const params = { block, layer, sentences, hide_special: hideSpecial };
      const name = `received/${block}/${layer}/${variant}`;
      jobs.push({ name, method: "marginals", params, variant });
    }
    return jobs;
  }

  #next(): void {
    if (this.stalled || this.#host.signal.aborted) return;
    while (this.#running.size < 2) {
      const job = this.#queue.shift();
      if (!job) return;
      this.#running.add(job.name);
      this.#host
        .request(job.method, job.params)
        .then((reply) => {
          // Asking again would go on for ever where a host drops binary buffers.
          if (reply.buffers.length === 0)
            throw new HostError("NoData", "Python's answer came without weights");
          for (const buffer of reply.buffers) this.weights.add(buffer, job.variant);
        })
        .catch((error: unknown) => {
          const kind = error instanceof HostError ? error.kind : "Error";
          if (kind !== "NoKernel" && kind !== "Closed")
            this.#failed.set(job.name, { kind, message: String((error as Error).message) });
        })
        .finally(() => {
          this.#running.delete(job.name);
          this.#changed.emit();
          this.#next();
        });
    }
  }

  #accept(blob: Uint8Array, variant: string): void {
    this.weights.add(blob, variant);
    this.#changed.emit();
  }
}
