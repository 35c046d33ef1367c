/** Counts what the page holds: listeners, timers, frames, observers and canvases that were made and not ended. */

/** Held weakly: what is watched can be thrown away. */
interface Listener {
  target: WeakRef<EventTarget>;
  signal: WeakRef<AbortSignal> | null;
}

/** A thing that no longer is on the page, or has ended, can be thrown away: what listens to it goes with it. */
function lives(target: EventTarget | undefined): boolean {
  if (!target) return false;
  if (target instanceof AbortSignal) return !target.aborted;
  return !(target instanceof Node) || target.isConnected;
}

export interface Held {
  listeners: number;
  timers: number;
  frames: number;
  observers: number;
  canvases: number;
  nodes: number;
}

export class Ledger {
  readonly #listeners = new Map<string, Listener>();
  readonly #ids = new WeakMap<object, number>();
  readonly #timers = new Set<unknown>();
  readonly #frames = new Set<number>();
  readonly #observers = new Set<object>();
  readonly #undo: (() => void)[] = [];
  #count = 0;

  constructor() {
    this.#watchListeners();
    this.#watchTimers();
    for (const name of ["ResizeObserver", "MutationObserver", "IntersectionObserver"] as const)
      this.#watchObserver(name);
  }

  get held(): Held {
    const listeners = [...this.#listeners.values()].filter(
      ({ target, signal }) => lives(target.deref()) && !signal?.deref()?.aborted,
    );
    return {
      listeners: listeners.length,
      timers: this.#timers.size,
      frames: this.#frames.size,
      observers: this.#observers.size,
      canvases: document.querySelectorAll("canvas").length,
      nodes: document.body.querySelectorAll("*").length,
    };
  }

  end(): void {
    for (const undo of this.#undo) undo();
  }

  #idOf(thing: object): number {
    const known = this.#ids.get(thing) ?? ++this.#count;
    this.#ids.set(thing, known);
    return known;
  }

  #watchListeners(): void {
    const proto = EventTarget.prototype;
    const { addEventListener, removeEventListener } = proto;
    const ledger = this;
    const keyOf = (target: EventTarget, type: string, listener: object, options: unknown) => {
      const capture =
        typeof options === "object" ? (options as EventListenerOptions)?.capture : options;
      return [ledger.#idOf(target), type, ledger.#idOf(listener), Boolean(capture)].join();
    };
    proto.addEventListener = function (type, listener, options) {
      if (!listener) return addEventListener.call(this, type, listener, options);
      const more = typeof options === "object" ? options : undefined;
      const { signal, once } = more ?? {};
      const key = keyOf(this, type, listener, options);
      if (!signal?.aborted)
        ledger.#listeners.set(key, {
          target: new WeakRef(this),
          signal: signal ? new WeakRef(signal) : null,
        });
      if (once)
        addEventListener.call(this, type, () => ledger.#listeners.delete(key), { once: true });
      return addEventListener.call(this, type, listener, options);
    };
    proto.removeEventListener = function (type, listener, options) {
      if (listener) ledger.#listeners.delete(keyOf(this, type, listener, options));
      return removeEventListener.call(this, type, listener, options);
    };
    this.#undo.push(() => Object.assign(proto, { addEventListener, removeEventListener }));
  }

  #watchTimers(): void {
    const { setTimeout, clearTimeout, setInterval, clearInterval } = window;
    const { requestAnimationFrame, cancelAnimationFrame } = window;
    const timers = this.#timers;
    const frames = this.#frames;
    Object.assign(window, {
      setTimeout(run: () => void, after?: number) {
        const id = setTimeout(() => {
          timers.delete(id);
          run();
        }, after);
        timers.add(id);
        return id;
      },
      setInterval(run: () => void, after?: number) {
        const id = setInterval(run, after);
        timers.add(id);
        return id;
      },
      clearTimeout(id: number) {
        timers.delete(id);
        clearTimeout(id);
      },
      clearInterval(id: number) {
        timers.delete(id);
        clearInterval(id);
      },
      requestAnimationFrame(run: FrameRequestCallback) {
        const id = requestAnimationFrame((time) => {
          frames.delete(id);
          run(time);
        });
        frames.add(id);
        return id;
      },
      cancelAnimationFrame(id: number) {
        frames.delete(id);
        cancelAnimationFrame(id);
      },
    });
    this.#undo.push(() =>
      Object.assign(window, {
        ...{ setTimeout, clearTimeout, setInterval, clearInterval },
        ...{ requestAnimationFrame, cancelAnimationFrame },
      }),
    );
  }

  #watchObserver(name: "ResizeObserver" | "MutationObserver" | "IntersectionObserver"): void {
    const { observe, disconnect } = window[name].prototype;
    const observers = this.#observers;
    Object.assign(window[name].prototype, {
      observe(this: object, ...args: unknown[]) {
        observers.add(this);
        return Reflect.apply(observe, this, args);
      },
      disconnect(this: object) {
        observers.delete(this);
        return Reflect.apply(disconnect, this, []);
      },
    });
    this.#undo.push(() => Object.assign(window[name].prototype, { observe, disconnect }));
  }
}
