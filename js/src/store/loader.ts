import { Emitter } from "../host/emitter.ts";
import { type Host, HostError } from "../host/host.ts";
import { asBytes } from "./bytes.ts";
import { Store } from "./store.ts";
import type { Weights } from "./weights.ts";

/** One request to Python; two with the same name are the same. */
export interface Job {
  name: string;
  method: string;
  params: object;
  /** Filter that the answer's marginals are kept under. */
  variant?: string;
  /** Not in sight: waits until no view lacks anything that is. */
  later?: boolean;
}

export interface Failure {
  kind: string;
  message: string;
}

const AT_ONCE = 2;

/** What has come of one model of the page and the requests under way; each view has wishes of its own. */
export class Loader {
  readonly store: Store;
  readonly #host: Host;
  readonly #changed = new Emitter();
  readonly #running = new Set<string>();
  readonly #views = new Set<Requests>();

  constructor(host: Host) {
    this.#host = host;
    const opening = () => asBytes(host.get("tensors"));
    this.store = new Store(opening());
    host.onChange(
      "tensors",
      () => {
        this.store.reopen(opening());
        this.#changed.emit();
      },
      host.signal,
    );
    host.onKernel(() => this.next(), host.signal);
  }

  /** The wishes of a view, until `scope` aborts. */
  forView(scope: AbortSignal): Requests {
    const requests = new Requests(this);
    this.#views.add(requests);
    scope.addEventListener("abort", () => this.#views.delete(requests), { once: true });
    return requests;
  }

  onChange(listener: () => void, signal: AbortSignal): void {
    this.#changed.on(listener, signal);
  }

  /** Nobody will answer: the page has no kernel, or its kernel is gone. */
  get stalled(): boolean {
    return this.#host.kernel === "none" || this.#host.kernel === "gone";
  }

  /** Python lets a person wait. */
  get late(): boolean {
    return this.#host.kernel === "waiting";
  }

  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** Sends what the views wish, a few at a time; the view that was opened last is what a person waits for. */
  next(): void {
    if (this.stalled || this.#host.signal.aborted) return;
    for (const later of [false, true]) {
      for (const view of [...this.#views].reverse()) {
        while (this.#running.size < AT_ONCE) {
          const job = view.take(this.#running, later);
          if (!job) break;
          this.#send(job);
        }
      }
    }
  }

  #send(job: Job): void {
    this.#running.add(job.name);
    let unfinished = false;
    this.#host
      .request(job.method, job.params)
      .then((reply) => {
        // Asking again would go on for ever where a host drops binary buffers.
        if (reply.buffers.length === 0)
          throw new HostError("NoData", "Python's answer came without data");
        const came = reply.buffers.map((buffer) => this.store.add(buffer, job.variant));
        // Python works in steps, so that it can answer others between them, and sends nothing until the last.
        unfinished = came.every((tensors) => tensors === 0);
      })
      .catch((error: unknown) => {
        const kind = error instanceof HostError ? error.kind : "Error";
        if (kind === "NoKernel" || kind === "Closed") return;
        const failure = { kind, message: String((error as Error).message) };
        for (const view of this.#views) view.fail(job.name, failure);
      })
      .finally(() => {
        this.#running.delete(job.name);
        for (const view of this.#views) {
          if (unfinished) view.unfinished(job);
          else view.settled(job.name);
        }
        if (!unfinished) this.#changed.emit();
        this.next();
      });
  }
}

/** What one view wishes, newest wish only, and what of it Python refused. */
export class Requests {
  #wanted = new Map<string, Job>();
  /** Of the same wishes, those that were sent. */
  readonly #sent = new Set<string>();
  readonly #failed = new Map<string, Failure>();

  constructor(private readonly loader: Loader) {}

  get store(): Store {
    return this.loader.store;
  }

  get weights(): Weights {
    return this.loader.store.weights;
  }

  get stalled(): boolean {
    return this.loader.stalled;
  }

  /** What is asked for comes before a person notices that it lacks. */
  get soon(): boolean {
    return !this.idle && !this.loader.late;
  }

  /** Nothing is to come: all in sight is here, was refused, or nobody is there to send it. */
  get idle(): boolean {
    if (this.stalled) return true;
    return !this.loader.busy && [...this.#wanted.keys()].every((name) => this.#failed.has(name));
  }

  /** Why the last wish could not be met, or null. */
  get failure(): Failure | null {
    return this.#failed.values().next().value ?? null;
  }

  onChange(listener: () => void, signal: AbortSignal): void {
    this.loader.onChange(listener, signal);
  }

  /** Replaces the wishes not yet sent: a person who moved on does not wait for what they passed. */
  need(jobs: Job[]): void {
    this.#wanted = new Map(jobs.map((job) => [job.name, job]));
    this.#sent.clear();
    for (const name of [...this.#failed.keys()]) {
      if (!this.#wanted.has(name)) this.#failed.delete(name);
    }
    this.loader.next();
  }

  /** The next wish that is neither under way nor refused. */
  take(running: ReadonlySet<string>, later: boolean): Job | null {
    for (const job of this.#wanted.values()) {
      if (running.has(job.name) || this.#failed.has(job.name)) continue;
      if (Boolean(job.later) !== later) continue;
      this.#wanted.delete(job.name);
      this.#sent.add(job.name);
      return job;
    }
    return null;
  }

  fail(name: string, failure: Failure): void {
    this.#failed.set(name, failure);
  }

  /** There is more to compute: the same wish again, before all others. Who wished anew meanwhile has it there or has dropped it. */
  unfinished(job: Job): void {
    if (this.#sent.delete(job.name)) this.#wanted = new Map([[job.name, job], ...this.#wanted]);
  }

  /** Another view may have had the same wish: it is not sent twice. */
  settled(name: string): void {
    this.#wanted.delete(name);
  }
}
