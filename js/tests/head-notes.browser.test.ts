import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HostError } from "../src/host/host.ts";
import { blob } from "./support/blob.ts";
import { closeAll, drawn, leave, type OpenView, openView, pointAt } from "./support/page.ts";
import { pieceOf, sampleOf, tokenList, traitsOf } from "./support/sample.ts";

beforeEach(leave);
afterEach(closeAll);

const note = (view: OpenView) =>
  view
    .all(".hw-note")
    .map((node) => [node.querySelector("b")?.textContent, node.querySelector("p")?.textContent]);

describe("a busy kernel", () => {
  it("is said while a layer is missing, which appears when it is answered", async () => {
    const view = await openView({ stored: [0], traits: { index_base: 0 } });
    view.kernel.held = true;
    view.button("Next layer").click();
    await expect.poll(() => view.kernel.calls.length).toBe(1);
    expect(note(view)).toEqual([]);
    view.host.setKernel("waiting");
    await expect
      .poll(() => note(view))
      .toEqual([
        [
          "Python is busy",
          "Waiting for the running cell. What is here can still be explored; layer 1 appears when the cell ends.",
        ],
      ]);
    await expect.poll(() => view.root.dataset.state).toBe("loading");
    view.button("Previous layer").click();
    await expect.poll(() => view.drawn).toBe(3 * 64);
    await expect
      .poll(() => note(view)[0]?.[1])
      .toBe("Waiting for the running cell. What is here can still be explored.");
    view.kernel.calls[0]?.answer();
    view.host.setKernel("live");
    await expect.poll(() => note(view)).toEqual([]);
    view.button("Next layer").click();
    await expect.poll(() => view.root.dataset.state).toBe("ready");
    expect(view.kernel.calls).toHaveLength(1);
  });
});

describe("a kernel that is gone", () => {
  it("is said, and what is here goes on working", async () => {
    const view = await openView({ stored: [0] });
    view.kernel.held = true;
    view.button("Next layer").click();
    await expect.poll(() => view.kernel.calls.length).toBe(1);
    view.host.setKernel("gone");
    view.kernel.calls[0]?.refuse(new HostError("NoKernel", "The kernel of this view ended."));
    await expect
      .poll(() => note(view))
      .toEqual([
        [
          "No kernel",
          "Layers and tokens already shown still work. For the rest, start a kernel and run the notebook again up to this cell.",
        ],
      ]);
    view.button("Previous layer").click();
    await expect.poll(() => view.drawn).toBe(3 * 64);
    view.chip(0).click();
    await expect.poll(() => view.drawn).toBe(2 * 64);
    expect(view.kernel.calls).toHaveLength(1);
  });
});

describe("a saved page", () => {
  it("says once what is stored, and closes for good", async () => {
    const view = await openView({ kernel: "none", stored: [0], sample: sampleOf({ layers: 3 }) });
    expect(note(view)).toEqual([
      [
        "Saved page",
        "Layer 0 is stored here. Other layers need Python: open the notebook and run the cell.",
      ],
    ]);
    const saved = view.find(".hw-saved");
    expect(saved.compareDocumentPosition(view.find(".hw-legend"))).toBe(
      Node.DOCUMENT_POSITION_PRECEDING,
    );
    view.button("Close this note").click();
    await expect.poll(() => note(view)).toEqual([]);
    view.check("Count from 1").click();
    await drawn();
    expect(note(view)).toEqual([]);
  });

  it("says nothing when everything is stored", async () => {
    const view = await openView({ kernel: "none" });
    await drawn();
    expect(note(view)).toEqual([]);
    // Nor when all is stored that the trace holds.
    const { _trace } = traitsOf(sampleOf({ layers: 3 }), {}, []);
    const blocks = _trace.blocks.map((block) => ({ ...block, captured: [[0], [], [1]] }));
    const some = await openView({
      kernel: "none",
      stored: [0, 2],
      sample: sampleOf({ layers: 3 }),
      traits: { _trace: { ..._trace, blocks } },
    });
    await drawn();
    expect(note(some)).toEqual([]);
  });
});

describe("a long text", () => {
  const tokens = tokenList(Array.from({ length: 320 }, (_, i) => `t${i}`));
  const long = sampleOf({
    tokens,
    heads: 3,
    weightAt: (_layer, head, query, key) => ((query + 7 * head) % 320 === key ? 0.5 : 0.5 / 319),
  });

  it("asks for what is in sight, then for nothing while hovering and locking there", async () => {
    const view = await openView({ sample: long, stored: [], traits: { strongest: 0.5 } });
    await expect.poll(() => view.legend).toContain("right mean weight received");
    expect(view.legend).not.toContain("not computed yet");
    expect(view.legend).toContain("shown ≈");
    await pointAt(view);
    expect(view.legend).toContain("shown 50 %");
    const calls = view.kernel.calls.length;
    expect(calls).toBeLessThanOrEqual(4);
    expect(view.kernel.calls.every(({ params }) => (params.start ?? 0) < 26)).toBe(true);
    view.host.receive({ selection: { ...view.host.get("selection"), query: 0 } });
    await expect.poll(() => view.live).toMatch(/^head 0.0: t0 attends to t0 0\.50.*; query 0$/);
    view.host.receive({ selection: { ...view.host.get("selection"), query: null, key: 3 } });
    await expect
      .poll(() => view.live)
      .toMatch(/^head 0.0: t3 is attended to by t3 0\.50.*; key 3$/);
    expect(view.kernel.calls).toHaveLength(calls);
  });

  it("says on a page of one byte a weight that its numbers are rough, and waits for nothing", async () => {
    const piece = { layer: 0, axis: "all", start: 0, stop: 320, dtype: "u8" } as const;
    const view = await openView({
      kernel: "none",
      stored: [],
      sample: long,
      traits: { strongest: 0.45, tensors: blob([pieceOf(long, piece)]) },
    });
    expect(view.root.dataset.idle).toBe("true");
    expect(view.legend).toContain("(tallest ≈0.50), right mean weight received (tallest ≈0.00)");
    expect(view.legend).toContain("shown ≈50 % of the weight in sight, hidden ≈50 %");
    expect(view.find(".hw-edge-bottom").textContent).toMatch(/^▼ \d+ keys, ≈\d+ %$/);
  });

  it("asks for the rows it is scrolled to", async () => {
    const view = await openView({ sample: long, stored: [], traits: { strongest: 0.5 } });
    view.find(".hw-scroll").scrollTop = 18 * 290;
    await expect.poll(() => view.texts('[role=option][data-side="key"]')).toContain("t315");
    await expect.poll(() => view.root.dataset.state).toBe("ready");
    await expect
      .poll(() =>
        view.kernel.calls.some(({ params }) => params.axis === "query" && params.stop === 320),
      )
      .toBe(true);
    await expect.poll(() => view.legend).toContain("shown ≈50 % of the weight in sight");
  });
});

describe("missing weights", () => {
  const base = sampleOf();
  const weightAt = (layer: number, head: number, query: number, key: number) =>
    head === 0 && query === 1 ? Number.NaN : base.weightAt(layer, head, query, key);

  it("are counted, not drawn, and left out of the shares", async () => {
    const view = await openView({ sample: sampleOf({ weightAt }), traits: { strongest: 1 } });
    const keys = base.tokens.labels.length;
    await expect.poll(() => note(view)[0]?.[0]).toBe(`${keys} weights are missing`);
    expect(view.root.textContent).not.toContain("NaN %");
    expect(view.find(".hw-legend-mass").textContent).toMatch(/^shown \d+ % of the weight/);
  });
});
