import { HostError, type Reply } from "../host/host.ts";
import { asBytes, type Binary } from "./bytes.ts";

const PROTOCOL = 1;
/** Look §9: a person is told that Python is busy after this many milliseconds. */
const BUSY_AFTER = 400;

interface Pending {
  resolve: (reply: Reply) => void;
  reject: (error: Error) => void;
  timer: ReturnType<typeof setTimeout>;
}

interface Answer {
  v: number;
  id: string;
  ok: boolean;
  error?: { type: string; message: string };
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === "object" && value !== null && "id" in value && "ok" in value;
}

/**
 * Requests over custom messages. Each carries all its parameters, since hosts may reorder a message and a trait;
 * answers with an unknown id belong to another client of the same kernel and are ignored.
 */
export class RpcClient {
  readonly #pending = new Map<string, Pending>();
  readonly #late = new Set<string>();
  // crypto.randomUUID is missing on pages served over plain http.
  readonly #client = Math.random().toString(36).slice(2, 10);
  #count = 0;

  constructor(
    private readonly send: (message: object) => void,
    private readonly onWaiting: () => void,
    signal: AbortSignal,
  ) {
    signal.addEventListener(
      "abort",
      () => this.rejectAll(new HostError("Closed", "The view was closed.")),
      {
        once: true,
      },
    );
  }

  /** Whether an answer is overdue. */
  get waiting(): boolean {
    return this.#late.size > 0;
  }

  request(method: string, params: object): Promise<Reply> {
    const id = `${this.#client}-${this.#count++}`;
    return new Promise<Reply>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#late.add(id);
        this.onWaiting();
      }, BUSY_AFTER);
      this.#pending.set(id, { resolve, reject, timer });
      try {
        this.send({ v: PROTOCOL, id, method, params });
      } catch (error) {
        this.#settle(id)?.reject(error as Error);
      }
    });
  }

  receive(content: unknown, buffers: Binary[]): void {
    if (!isAnswer(content)) return;
    const pending = this.#settle(content.id);
    if (!pending) return;
    if (content.ok) pending.resolve({ buffers: buffers.map(asBytes) });
    else {
      const { type, message } = content.error ?? {
        type: "Error",
        message: "Python gave no reason.",
      };
      pending.reject(new HostError(type, message));
    }
  }

  rejectAll(error: HostError): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(error);
  }

  #settle(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    if (!pending) return undefined;
    clearTimeout(pending.timer);
    this.#pending.delete(id);
    if (this.#late.delete(id)) this.onWaiting();
    return pending;
  }
}
