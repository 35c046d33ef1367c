import type { Host } from "../../host/host.ts";
import { HostError } from "../../host/host.ts";
import type { Over } from "../../state/runs.ts";
import type { Failure } from "../../store/loader.ts";
import { type Best, type Curve, curveKey, type Decoded, type Drawn, decodeRuns } from "./data.ts";

/** How curves are drawn: what Python is asked. */
export interface How {
  over: Over;
  smooth: number;
  zoom: readonly [number, number] | null;
  runs: readonly number[];
  points: number;
  version: number;
}

interface Kept extends Drawn {
  how: How;
  /** The runs that were asked for, whether they have the metric or not. */
  asked: Set<number>;
  /** Not all points came. */
  thinned: boolean;
}

const AT_ONCE = 2;
/** Beyond either side of what is in sight, as a share of it. */
const MARGIN = 0.5;

/** The curves that have come, by metric; what is not as it is wanted is asked for, the newest wish only. */
export class Curves {
  readonly #kept = new Map<string, Kept>();
  readonly #running = new Set<string>();
  /** From where to where there are points, by what they are over. */
  readonly #ends = new Map<Over, [number, number]>();
  #wanted: readonly string[] = [];
  #how: How | null = null;
  readonly #failed = new Map<string, { how: How; failure: Failure }>();

  constructor(
    private readonly host: Host,
    private readonly changed: () => void,
  ) {}

  /** What travels with the view. */
  open({ drawn, points }: Decoded, how: How): void {
    for (const [key, { curves, best }] of drawn) {
      const [metric, over, smooth] = JSON.parse(key) as [string, Over, number];
      const thinned = [...curves.values()].some(({ x }) => x.length >= points - 2);
      const asked = new Set(how.runs);
      const kept = { ...how, over, smooth, zoom: null, points };
      this.#keep(metric, { curves, best, how: kept, asked, thinned });
    }
  }

  #keep(metric: string, kept: Kept): void {
    this.#kept.set(metric, kept);
    const { over } = kept.how;
    let [from, to] = this.#ends.get(over) ?? [Infinity, -Infinity];
    for (const { x } of kept.curves.values()) {
      from = Math.min(from, x[0] ?? Infinity);
      to = Math.max(to, x[x.length - 1] ?? -Infinity);
    }
    if (from <= to) this.#ends.set(over, [from, to]);
  }

  /** From where to where any curve has gone so far, zoomed or not. */
  endsOf(over: Over): [number, number] | null {
    return this.#ends.get(over) ?? null;
  }

  of(metric: string): Drawn | null {
    return this.#kept.get(metric) ?? null;
  }

  /** Whether all points of a metric are here. */
  isWhole(metric: string): boolean {
    return !(this.#kept.get(metric)?.thinned ?? true);
  }

  /** Over what the curves of a metric that are here are drawn. */
  overOf(metric: string): Over | null {
    return this.#kept.get(metric)?.how.over ?? null;
  }

  get idle(): boolean {
    if (this.stalled) return true;
    return this.#running.size === 0 && this.#lacking().length === 0;
  }

  get failure(): Failure | null {
    return this.#failed.values().next().value?.failure ?? null;
  }

  get stalled(): boolean {
    return this.host.kernel === "none" || this.host.kernel === "gone";
  }

  need(metrics: readonly string[], how: How): void {
    this.#wanted = metrics;
    this.#how = how;
    for (const [metric, { how: failed }] of this.#failed)
      if (JSON.stringify(failed) !== JSON.stringify(how)) this.#failed.delete(metric);
    this.next();
  }

  next(): void {
    if (this.stalled || this.host.signal.aborted) return;
    for (const metric of this.#lacking()) {
      if (this.#running.size >= AT_ONCE) return;
      if (!this.#running.has(metric)) this.#send(metric);
    }
  }

  #lacking(): string[] {
    const how = this.#how;
    if (!how) return [];
    return this.#wanted.filter((metric) => !this.#failed.has(metric) && !this.#fits(metric, how));
  }

  #fits(metric: string, how: How): boolean {
    const kept = this.#kept.get(metric);
    if (!kept) return false;
    const { over, smooth, version } = kept.how;
    if (over !== how.over || smooth !== how.smooth || version !== how.version) return false;
    if (!how.runs.every((run) => kept.asked.has(run))) return false;
    if (!kept.thinned) return true;
    // Thinned for another part, or for a narrower chart.
    return (
      JSON.stringify(kept.how.zoom) === JSON.stringify(how.zoom) && kept.how.points >= how.points
    );
  }

  #send(metric: string): void {
    const how = this.#how;
    if (!how) return;
    this.#running.add(metric);
    const { over, smooth, runs, points, zoom } = how;
    const margin = zoom ? MARGIN * (zoom[1] - zoom[0]) : 0;
    const params = {
      metric,
      over,
      smooth,
      runs: [...runs],
      points: Math.min(4000, zoom ? Math.round(points * (1 + 2 * MARGIN)) : points),
      start: zoom ? zoom[0] - margin : null,
      stop: zoom ? zoom[1] + margin : null,
    };
    this.host
      .request("curves", params)
      .then(({ buffers }) => {
        const [bytes] = buffers;
        if (!bytes) throw new HostError("NoData", "Python's answer came without data");
        const drawn = decodeRuns(bytes).drawn.get(curveKey(metric, over, smooth));
        const curves = drawn?.curves ?? new Map<number, Curve>();
        const best = drawn?.best ?? new Map<number, Best>();
        const thinned =
          zoom !== null || [...curves.values()].some(({ x }) => x.length >= params.points - 2);
        this.#keep(metric, { curves, best, how, asked: new Set(runs), thinned });
      })
      .catch((error: unknown) => {
        const kind = error instanceof HostError ? error.kind : "Error";
        if (kind === "NoKernel" || kind === "Closed") return;
        this.#failed.set(metric, {
          how,
          failure: { kind, message: String((error as Error).message) },
        });
      })
      .finally(() => {
        this.#running.delete(metric);
        if (this.host.signal.aborted) return;
        this.changed();
        this.next();
      });
  }
}
