import type { Host } from "../../host/host.ts";
import { decodeRuns, type MapOfHead, mapKey } from "./data.ts";

/** Which maps a strip shows. */
export interface MapsOf {
  run: number;
  probe: number;
  block: string;
  layer: number;
  head: number;
  steps: readonly number[];
}

const MOST = 2000;
const AT_ONCE = 12;

/** Maps of one head at saved steps: what has come, and one request at a time for what has not. */
export class Maps {
  readonly #kept = new Map<string, MapOfHead>();
  /** Asked for and not sent: Python cannot read them. */
  readonly #lost = new Set<string>();
  #wanted: MapsOf | null = null;
  #running = false;

  constructor(
    private readonly host: Host,
    private readonly changed: () => void,
  ) {}

  add(maps: Map<string, MapOfHead>): void {
    for (const [key, map] of maps) this.#kept.set(key, map);
    for (const key of this.#kept.keys()) {
      if (this.#kept.size <= MOST) break;
      this.#kept.delete(key);
    }
  }

  of({ run, probe, block, layer, head }: MapsOf, step: number): MapOfHead | null {
    return this.#kept.get(mapKey(run, probe, block, layer, head, step)) ?? null;
  }

  /** Whether Python could not read the trace of a step. */
  isLost({ run, probe, block, layer, head }: MapsOf, step: number): boolean {
    return this.#lost.has(mapKey(run, probe, block, layer, head, step));
  }

  need(wanted: MapsOf | null): void {
    this.#wanted = wanted;
    this.#next();
  }

  get idle(): boolean {
    return !this.#running && (this.stalled || this.#lacking().length === 0);
  }

  /** Nothing more will come. */
  get stalled(): boolean {
    return this.host.kernel === "none" || this.host.kernel === "gone";
  }

  #lacking(): number[] {
    const wanted = this.#wanted;
    if (!wanted) return [];
    const { run, probe, block, layer, head, steps } = wanted;
    return steps.filter((step) => {
      const key = mapKey(run, probe, block, layer, head, step);
      return !this.#kept.has(key) && !this.#lost.has(key);
    });
  }

  #next(): void {
    const wanted = this.#wanted;
    if (!wanted || this.#running || this.stalled || this.host.signal.aborted) return;
    const steps = this.#lacking().slice(0, AT_ONCE);
    if (steps.length === 0) return;
    this.#running = true;
    const { run, probe, block, layer, head } = wanted;
    const lose = () => {
      for (const step of steps) {
        const key = mapKey(run, probe, block, layer, head, step);
        if (!this.#kept.has(key)) this.#lost.add(key);
      }
    };
    this.host
      .request("strip", { run, probe, block, layer, head, steps })
      .then(({ buffers }) => {
        for (const buffer of buffers) this.add(decodeRuns(buffer).maps);
        lose();
      })
      .catch(lose)
      .finally(() => {
        this.#running = false;
        if (this.host.signal.aborted) return;
        this.changed();
        this.#next();
      });
  }
}
