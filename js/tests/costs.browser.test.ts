import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Traits } from "../src/state/types.ts";
import type { RecordingHost } from "./support/host.ts";
import { longSample, openMatrix } from "./support/matrix.ts";
import { openGrid } from "./support/model-page.ts";
import { neuronSample, openNeuron, SPEC } from "./support/neuron-page.ts";
import { closeAll, drawn, leave, openView } from "./support/page.ts";
import { pairsOf, sampleOf, tokenList } from "./support/sample.ts";

/** What a view asks for, sends and draws, in counts that no machine changes. One row a view, the same columns for all. */

interface Opened {
  host: RecordingHost;
  root: () => HTMLElement;
  asked: () => string[];
  close: () => void;
}

interface Case {
  open: (count: number) => Promise<Opened>;
  /** Requests until the view is at rest, by the number of tokens. */
  opening: Record<number, string[]>;
  /** What shows another layer, and the requests that it costs. */
  other: (layer: number) => Partial<Traits>;
  change: Record<number, string[]>;
  /** Requests once the first layer is shown again. */
  back: string[];
  /** What the pointer goes over, and the canvases: the picture, and what may be drawn again over it. */
  over: string;
  base: string;
  overlay: RegExp;
  /** Most drawing calls on the overlay for one move of the pointer. */
  most: number;
}

const [LAYERS, HEADS] = [3, 2];
const labels = (count: number) => Array.from({ length: count }, (_, i) => `t${i}`);
const on = (layer: number, heads: number[]) => ({
  selection: { block: "encoder", heads: pairsOf(layer, heads), query: null, key: null },
});
const even = (count: number) =>
  sampleOf({
    tokens: tokenList(labels(count)),
    layers: LAYERS,
    heads: HEADS,
    weightAt: () => 1 / count,
  });

const CASES: Record<string, Case> = {
  head: {
    async open(count) {
      const traits = { strongest: 0.02, ...on(0, [0, 1]) };
      const view = await openView({ sample: even(count), stored: [], traits });
      const asked = () =>
        view.kernel.calls.map(({ method, params: { axis } }) => `${method} ${axis}`);
      return { host: view.host, root: () => view.root, asked, close: () => view.close() };
    },
    opening: {
      128: ["tile all"],
      512: ["tile query", "marginals undefined"],
    },
    other: (layer) => ({ layer, ...on(layer, [0, 1]) }),
    change: { 128: ["tile all"], 512: ["tile query", "marginals undefined"] },
    back: [],
    over: '[role=option][data-side="query"]',
    base: "hw-lines",
    overlay: /hw-overlay|hw-minimap-bars/,
    most: 300,
  },
  model: {
    async open(count) {
      const view = await openGrid({ sample: even(count), stored: [] });
      const { host } = view;
      return {
        host,
        root: () => view.root,
        asked: () => view.grid.asked,
        close: () => view.close(),
      };
    },
    opening: {
      128: ["thumbnails 0", "thumbnails 1", "thumbnails 2", "facts 0", "facts 1", "facts 2"],
      512: ["thumbnails 0", "thumbnails 1", "thumbnails 2", "facts 0", "facts 1", "facts 2"],
    },
    other: (layer) => ({ include_layers: layer === 0 ? null : [layer] }),
    change: { 128: [], 512: [] },
    back: [],
    over: ".hw-grid-cell",
    base: "hw-thumbs",
    overlay: /hw-marks/,
    most: 30,
  },
  neuron: {
    async open(count) {
      const vectors = Array.from({ length: LAYERS }, () => SPEC);
      const sample = neuronSample({ labels: labels(count), heads: HEADS, vectors });
      const view = await openNeuron({ sample, stored: [] });
      const asked = () => view.calls.map(({ method, params: { kind } }) => `${method} ${kind}`);
      return { host: view.host, root: () => view.root, asked, close: () => view.close() };
    },
    opening: { 128: ["rows query", "rows key"], 512: ["rows query", "rows key"] },
    other: (layer) => ({ layer, head: 0, ...on(layer, [0]) }),
    change: { 128: ["rows query", "rows key"], 512: ["rows query", "rows key"] },
    back: [],
    over: ".hw-neuron-row",
    base: "hw-strips",
    overlay: /^(?!.*hw-strips)/,
    most: 60,
  },
  matrix: {
    async open(count) {
      const page = await openMatrix({ sample: { ...longSample(count), layers: LAYERS } });
      const asked = () => page.calls.map(({ method, params: { pool } }) => `${method} ${pool}`);
      return { host: page.host, root: () => page.root, asked, close: () => page.close() };
    },
    opening: {
      128: ["matrix 1", "matrix_marginals undefined"],
      512: [...Array(16).fill("matrix 1"), "matrix_marginals undefined"],
    },
    other: (layer) => on(layer, [0]),
    change: {
      128: ["matrix 1", "matrix_marginals undefined"],
      512: [...Array(16).fill("matrix 1"), "matrix_marginals undefined"],
    },
    back: [],
    over: ".hw-map",
    base: "hw-matrix-base",
    overlay: /hw-matrix-over/,
    most: 60,
  },
};

const DRAWING = [
  ...(["fill", "stroke", "fillRect", "strokeRect", "clearRect", "fillText"] as const),
  ...(["drawImage", "putImageData"] as const),
];

/** Drawing calls on the canvases of the page, by their class, and arrays as large as all pairs. */
function watch() {
  const proto = CanvasRenderingContext2D.prototype;
  const before = DRAWING.map((name) => [name, proto[name]] as const);
  const calls: Record<string, number> = {};
  for (const [name, draw] of before)
    Object.assign(proto, {
      [name](this: CanvasRenderingContext2D, ...args: unknown[]) {
        const kind = `${this.canvas.className} ${this.canvas.parentElement?.className ?? ""}`;
        if (this.canvas.isConnected) calls[kind] = (calls[kind] ?? 0) + 1;
        return Reflect.apply(draw, this, args);
      },
    });
  return { calls, end: () => Object.assign(proto, Object.fromEntries(before)) };
}

async function rested({ root }: Opened): Promise<void> {
  const patience = { timeout: 10_000 };
  await expect.poll(() => root().dataset.state, patience).toBe("ready");
  await expect.poll(() => root().dataset.idle, patience).toBe("true");
  await drawn();
}

/** Moves the pointer over a thing without the machine's own pointer. */
function point(node: Element, step: number): void {
  const box = node.getBoundingClientRect();
  const place = { clientX: box.left + 5 + step, clientY: box.top + 5 + step, bubbles: true };
  node.dispatchEvent(new PointerEvent("pointerover", place));
  node.dispatchEvent(new PointerEvent("pointermove", { ...place, pointerType: "mouse" }));
}

let open: Opened | undefined;
beforeEach(leave);
afterEach(() => {
  open?.close();
  closeAll();
});

describe.each(Object.entries(CASES))("the %s view", (_, view) => {
  it.each([128, 512])(
    "asks for little over %i tokens, and for nothing twice",
    async (count) => {
      open = await view.open(count);
      await rested(open);
      const first = open.asked().length;
      expect(open.asked()).toEqual(view.opening[count]);
      expect(open.host.sent).toEqual([]);
      open.host.receive(view.other(1));
      await drawn();
      await rested(open);
      const second = open.asked().length;
      expect(open.asked().slice(first)).toEqual(view.change[count]);
      open.host.receive(view.other(0));
      await drawn();
      await rested(open);
      expect(open.asked().slice(second)).toEqual(view.back);
      expect(open.host.sent).toEqual([]);
    },
    30_000,
  );

  it("draws on its overlay alone while the pointer moves, and sends nothing", async () => {
    open = await view.open(128);
    await rested(open);
    const places = [...open.root().querySelectorAll(view.over)].slice(0, 6);
    expect(places.length).toBeGreaterThan(0);
    // The first move may ask for the exact row.
    point(places[0] ?? open.root(), 0);
    await rested(open);
    const asked = open.asked().length;
    const seen = watch();
    const moves = 6;
    for (let step = 1; step <= moves; step++) {
      point(places[step % places.length] ?? open.root(), step);
      await drawn();
    }
    seen.end();
    const drawnOn = Object.entries(seen.calls);
    expect(drawnOn.filter(([kind]) => kind.startsWith(view.base))).toEqual([]);
    expect(drawnOn.filter(([kind]) => !view.overlay.test(kind))).toEqual([]);
    const total = drawnOn.reduce((sum, [, count]) => sum + count, 0);
    expect(total).toBeGreaterThan(0);
    expect(total).toBeLessThanOrEqual(moves * view.most);
    expect(open.asked()).toHaveLength(asked);
    expect(open.host.sent).toEqual([]);
  });
});
