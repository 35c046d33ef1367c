import { Emitter } from "../host/emitter.ts";
import { type Host, HostError } from "../host/host.ts";
import type { Sentences } from "../state/types.ts";
import { asBytes } from "./bytes.ts";
import { nameOf, plan, type TileRequest, type Want } from "./plan.ts";
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

  /** Replaces the wishes not yet sent: a person who moved on does not wait for what they passed. */
  need(want: Want, filter: { sentences: Sentences; hideSpecial: boolean }): void {
    const { block, layer } = want;
    const wishes = plan(want, (axis, index, exact) =>
      this.weights.has(block, layer, axis, index, exact),
    );
    const jobs = wishes.map((params: TileRequest) => ({
      name: nameOf(params),
      method: "tile",
      params,
      variant: "",
    }));
    const variant = variantOf(filter.sentences, filter.hideSpecial);
    if (
      !this.weights.complete(block, layer) &&
      wishes[0]?.axis !== "all" &&
      !this.weights.marginal("received", block, layer, variant)
    ) {
      const params = {
        block,
        layer,
        sentences: filter.sentences,
        hide_special: filter.hideSpecial,
      };
      jobs.push({
        name: `received/${block}/${layer}/${variant}`,
        method: "marginals",
        params,
        variant,
      } as never);
    }
    this.#queue = jobs.filter((job) => !this.#running.has(job.name) && !this.#failed.has(job.name));
    for (const name of [...this.#failed.keys()])
      if (!jobs.some((job) => job.name === name)) this.#failed.delete(name);
    this.#next();
  }

  #next(): void {
    const { kernel, signal } = this.#host;
    if (kernel === "none" || kernel === "gone" || signal.aborted) return;
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
