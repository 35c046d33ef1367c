import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { Store } from "../src/store/store.ts";
import { blob } from "./support/blob.ts";
import { closeAll, drawn, leave, OpenView, openView, pointAt, ready } from "./support/page.ts";
import { pairsOf, peaked, pieceOf, type Sample, sampleOf, tokenList } from "./support/sample.ts";

/** Counts that do not depend on the machine: what is asked for, sent and drawn on long inputs. */

function longSample(count: number, heads: number): Sample {
  const labels = Array.from({ length: count }, (_, i) => `t${i}`);
  return sampleOf({ tokens: tokenList(labels), layers: 2, heads, weightAt: peaked(count) });
}

interface Opened {
  view: OpenView;
  /** Bytes of tensors that came. */
  bytes: () => number;
}

async function openLong(count: number, heads: number): Promise<Opened> {
  const added = vi.spyOn(Store.prototype, "add");
  const all = Array.from({ length: heads }, (_, head) => head);
  const selection = { block: null, heads: pairsOf(0, all), query: null, key: null };
  const traits = { strongest: 0.5, selection };
  const view = await openView({ sample: longSample(count, heads), stored: [], traits });
  await expect.poll(() => view.root.dataset.idle, { timeout: 20_000 }).toBe("true");
  await expect.poll(() => view.legend).not.toContain("not computed yet");
  await drawn();
  return {
    view,
    bytes: () => added.mock.calls.reduce((sum, [buffer]) => sum + buffer.byteLength, 0),
  };
}

const requests = ({ kernel }: OpenView) =>
  kernel.calls.map(({ method, params: { axis, start, stop, dtype } }) =>
    method === "tile" ? [axis, start, stop, dtype].join(" ") : method,
  );

/** Calls of a drawing method since `watch`, by the class of the canvas. */
function watch(name: "clearRect" | "stroke" | "fillText"): () => Record<string, number> {
  const spy = vi.spyOn(CanvasRenderingContext2D.prototype, name);
  return () => {
    const counts: Record<string, number> = {};
    for (const { canvas } of spy.mock.contexts as CanvasRenderingContext2D[]) {
      const kind = canvas.className || canvas.parentElement?.className || "";
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  };
}

async function hover(view: OpenView, query: number): Promise<void> {
  await userEvent.hover(view.token("query", query));
  await expect.poll(() => view.live).toContain(`: t${query} attends to`);
  await drawn();
}

beforeEach(leave);
afterEach(() => {
  vi.restoreAllMocks();
  closeAll();
});

describe("opening", () => {
  it("asks at 2,048 tokens for bytes of the rows in sight and the marginals, and for the numbers once pointed at", async () => {
    const { view, bytes } = await openLong(2048, 2);
    expect(requests(view)).toEqual(["query 0 64 u8", "marginals"]);
    const drawing = 2 * 64 * 2048 + 2 * 2048 * 4;
    expect(bytes()).toBeGreaterThanOrEqual(drawing);
    expect(bytes()).toBeLessThan(drawing + 2000);
    await pointAt(view);
    expect(requests(view).slice(2)).toEqual(["query 0 61 f32", "key 0 61 f32"]);
    const reading = 2 * 61 * 2 * 2048 * 4;
    expect(bytes() - drawing).toBeGreaterThanOrEqual(reading);
    expect(bytes() - drawing).toBeLessThan(reading + 2000);
    expect(view.host.sent).toEqual([]);
  });

  it("asks at 8,192 tokens for as many bytes, in smaller bands", async () => {
    const { view, bytes } = await openLong(8192, 2);
    expect(requests(view)).toEqual(["query 0 61 u8", "marginals"]);
    const drawing = 2 * 61 * 8192 + 2 * 8192 * 4;
    expect(bytes()).toBeGreaterThanOrEqual(drawing);
    expect(bytes()).toBeLessThan(drawing + 2000);
    await pointAt(view);
    expect(requests(view).slice(2)).toEqual([
      "query 0 15 f32",
      "query 15 30 f32",
      "key 0 15 f32",
      "key 15 30 f32",
    ]);
    expect(view.host.sent).toEqual([]);
  });

  it("draws the lines once, however many steps the marginals come in", async () => {
    const cleared = watch("clearRect");
    const { view } = await openLong(2048, 2);
    const opened = cleared()["hw-lines"];
    for (let step = 0; step < 5; step++) {
      view.host.set({ tensors: view.host.get("tensors") });
      await drawn();
    }
    expect(opened).toBe(1);
    expect(cleared()["hw-lines"]).toBe(opened);
  });

  it.each([
    ["draws no coarse lines while better ones are on their way", false],
    ["draws coarse lines where Python takes its time", true],
  ])("%s", async (_, late) => {
    const sample = longSample(128, 2);
    const piece = { layer: 0, axis: "all", start: 0, stop: 128, dtype: "u8" } as const;
    const whole = pieceOf(sample, piece);
    const tensors = blob([{ ...whole, name: `coarse-${whole.name}` }]);
    const cleared = watch("clearRect");
    const view = new OpenView({ sample, held: true, traits: { tensors } });
    await expect.poll(() => view.all('[role="option"]').length).toBeGreaterThan(0);
    await drawn();
    expect(cleared()["hw-lines"]).toBeUndefined();
    if (late) {
      view.host.setKernel("waiting");
      await ready(view);
      expect(cleared()["hw-lines"]).toBe(1);
    }
    for (const call of view.kernel.calls) call.answer();
    await ready(view);
    await expect.poll(() => view.root.dataset.idle).toBe("true");
    expect(cleared()["hw-lines"]).toBe(late ? 2 : 1);
  });

  it("draws the lines once for another layer, though numbers, columns and marginals come one by one", async () => {
    const { view } = await openLong(2048, 2);
    await pointAt(view);
    const cleared = watch("clearRect");
    const asked = requests(view).length;
    await userEvent.click(view.find('[aria-label="Next layer"]'));
    await expect.poll(() => view.root.dataset.layer).toBe("1");
    await expect.poll(() => view.root.dataset.idle, { timeout: 20_000 }).toBe("true");
    await drawn();
    expect(requests(view).slice(asked)).toEqual(["query 0 61 f32", "key 0 61 f32", "marginals"]);
    expect(cleared()["hw-lines"]).toBe(1);
  });

  it("keeps the document as small at 8,192 tokens as at 2,048", async () => {
    const nodes = async (count: number) => {
      const { view } = await openLong(count, 2);
      await hover(view, 3);
      view.find(".hw-find-input").focus();
      await userEvent.keyboard("t");
      await expect.poll(() => view.texts(".hw-match").length).toBe(50);
      return view.root.querySelectorAll("*").length;
    };
    const few = await nodes(2048);
    expect(await nodes(8192)).toBe(few);
    expect(few).toBeLessThan(350);
  });
});

describe.each([2048, 8192])("hovering among %i tokens", (count) => {
  it("sends nothing, redraws no base, and draws the overlay and the minimap once each", async () => {
    const { view } = await openLong(count, 2);
    await pointAt(view);
    await hover(view, 2);
    const calls = view.kernel.calls.length;
    const [cleared, stroked] = [watch("clearRect"), watch("stroke")];
    const rounds = [3, 4, 5, 3];
    for (const query of rounds) await hover(view, query);
    expect(cleared()).toEqual({ "hw-overlay": rounds.length, "hw-minimap-bars": rounds.length });
    // The lines of the row and the outline of the token.
    expect(view.drawn).toBe(2);
    expect(stroked()).toEqual({ "hw-overlay": rounds.length * (view.drawn + 1) });
    expect(view.kernel.calls).toHaveLength(calls);
    expect(view.host.sent).toEqual([]);
  });

  it("writes no number out of sight", async () => {
    const { view } = await openLong(count, 2);
    const written = watch("fillText");
    await hover(view, 2);
    const columns = 2;
    expect(written()["hw-overlay"]).toBe(columns * 26);
  });
});

describe("hovering where the rows are rounded", () => {
  it("asks once for the exact band, then for nothing within it", async () => {
    const { view } = await openLong(2048, 12);
    expect(requests(view)).toEqual(["query 0 40 u8", "marginals"]);
    await pointAt(view);
    expect(requests(view).slice(2)).toEqual(["key 0 40 u8"]);
    await hover(view, 2);
    await expect.poll(() => requests(view).slice(3)).toEqual(["query 0 10 f32"]);
    await expect.poll(() => view.live).not.toContain("≈");
    for (const query of [3, 9, 0, 2]) await hover(view, query);
    expect(requests(view)).toHaveLength(4);
  });

  it("draws the lines behind anew once the token is let go", async () => {
    const { view } = await openLong(2048, 12);
    await pointAt(view);
    const cleared = watch("clearRect");
    await hover(view, 2);
    await expect.poll(() => view.live).not.toContain("≈");
    await hover(view, 12);
    await expect.poll(() => view.live).not.toContain("≈");
    await drawn();
    expect(cleared()["hw-lines"]).toBeUndefined();
    await leave();
    await expect.poll(() => cleared()["hw-lines"]).toBe(1);
  });
});

describe("scrolling among 8,192 tokens", () => {
  it("asks for the bands that come into sight, and for none twice", async () => {
    const { view } = await openLong(8192, 2);
    await pointAt(view);
    const before = requests(view);
    view.find(".hw-scroll").scrollTop = 18 * 10;
    await expect.poll(() => requests(view).length).toBeGreaterThan(before.length);
    await expect.poll(() => view.root.dataset.idle).toBe("true");
    expect(requests(view).slice(before.length)).toEqual(["query 30 45 f32", "key 30 45 f32"]);
    view.find(".hw-scroll").scrollTop = 0;
    await drawn();
    await expect.poll(() => view.root.dataset.idle).toBe("true");
    expect(requests(view)).toHaveLength(before.length + 2);
  });

  it("moves the frame of the minimap and leaves its bars", async () => {
    const { view } = await openLong(8192, 2);
    view.find(".hw-scroll").scrollTop = 18 * 2;
    await drawn();
    const cleared = watch("clearRect");
    view.find(".hw-scroll").scrollTop = 18 * 3;
    await expect.poll(() => cleared()["hw-lines"]).toBe(1);
    await drawn();
    expect(cleared()).toEqual({ "hw-lines": 1, "hw-overlay": 1 });
  });
});
