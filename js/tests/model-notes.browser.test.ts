import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { HostError } from "../src/host/host.ts";
import { rampColor, weightRamp } from "../src/ramps.ts";
import { byteOf, levelOf } from "../src/views/model/resample.ts";
import { GRID, GridView, newGrid, openGrid } from "./support/model-page.ts";
import { closeAll, drawn, inked, leave, pixel, ready } from "./support/page.ts";

const rgbOf = (css: string) => css.match(/\d+/g)?.map(Number) ?? [];

beforeEach(leave);
afterEach(closeAll);

describe("what has not come", () => {
  it("is an empty tile and a progress line, first what is in sight", async () => {
    const view = newGrid({ stored: [1], kernel: "held" });
    await expect.poll(() => view.grid.asked).toEqual(["thumbnails 0", "thumbnails 2"]);
    expect(view.root.dataset.state).toBe("loading");
    expect(view.root.dataset.idle).toBe("false");
    const bar = view.find(".hw-progress");
    await expect.poll(() => bar.getAttribute("aria-valuetext")).toBe("4 of 12 heads");
    expect(pixel(view.thumbs, view.dot(0, 0, 0, 0, 8)).slice(0, 3)).toEqual([245, 247, 249]);
    view.grid.calls[0]?.answer();
    await expect.poll(() => bar.getAttribute("title")).toBe("8 of 12 heads");
    expect(view.grid.asked[2]).toBe("facts 0");
    view.grid.calls[1]?.answer();
    await ready(view);
    expect(bar.getAttribute("role")).toBeNull();
    view.grid.held = false;
    for (const call of view.grid.calls) call.answer();
    await expect.poll(() => view.root.dataset.idle).toBe("true");
    expect(view.grid.asked.slice(3)).toEqual(["facts 2"]);
    expect(view.all(".hw-note")).toEqual([]);
  });

  it("out of sight is asked for later, while a line says how far it is", async () => {
    const view = newGrid({
      sample: { ...GRID, layers: 30 },
      traits: { height: 200 },
      stored: [],
      kernel: "held",
    });
    const answerNext = async (count: number) => {
      for (let i = 0; i < count; i++) {
        await expect.poll(() => view.grid.calls.length).toBeGreaterThan(i);
        view.grid.calls[i]?.answer();
        await drawn();
      }
    };
    await answerNext(3);
    await ready(view);
    const inSight = view.all(".hw-grid-row").length;
    expect(inSight).toBe(3);
    expect(view.grid.asked.slice(0, 6)).toEqual(
      ["thumbnails 0", "thumbnails 1", "thumbnails 2", "facts 0", "facts 1", "facts 2"].slice(
        0,
        view.grid.asked.length,
      ),
    );
    expect(view.find(".hw-progress").classList.contains("hw-some")).toBe(true);
    expect(view.find(".hw-progress").title).toBe("12 of 120 heads");
    expect(view.root.dataset.idle).toBe("false");
    view.grid.held = false;
    for (const call of view.grid.calls) call.answer();
    await expect.poll(() => view.root.dataset.idle).toBe("true");
    expect(view.find(".hw-progress").classList.contains("hw-some")).toBe(false);
    // Thumbnails of all, facts of what is in sight.
    expect(new Set(view.grid.asked).size).toBe(33);
    expect(view.grid.asked).toHaveLength(33);
  });

  it("after a change of the filters is shown as it was until the new has come", async () => {
    const view = await openGrid({ kernel: "held" });
    const before = pixel(view.thumbs, view.dot(0, 0, 4, 4, 8));
    view.host.receive({ hide_special: true });
    await expect.poll(() => view.root.dataset.state).toBe("loading");
    expect(pixel(view.thumbs, view.dot(0, 0, 4, 4, 8))).toEqual(before);
    expect(view.grid.calls[0]?.params).toEqual({
      block: "encoder",
      layer: 0,
      pooling: "max",
      strongest: 1,
      sentences: "all",
      hide_special: true,
    });
    view.grid.held = false;
    for (const call of view.grid.calls) call.answer();
    await ready(view);
  });

  it("because Python refuses is told, and the rest stays", async () => {
    const view = newGrid({ stored: [0, 1], kernel: "held" });
    await expect.poll(() => view.grid.asked).toEqual(["thumbnails 2", "facts 2"]);
    view.grid.calls[0]?.refuse(
      new HostError("OutOfRange", "Layer 2 does not exist: this trace has 2"),
    );
    await expect.poll(() => view.notes).toEqual(["Layer 2 does not exist"]);
    await expect.poll(() => view.root.dataset.state).toBe("error");
    expect(pixel(view.thumbs, view.dot(0, 0, 4, 4, 8))[3]).toBe(255);
  });
});

describe("an order by a metric", () => {
  it("waits for all facts, and says how many there are", async () => {
    const view = newGrid({ stored: [0], kernel: "held", traits: { order: "previous" } });
    await expect.poll(() => view.legend).toContain("ordering: 1 of 3 layers");
    expect(view.root.dataset.order).toBe("layer");
    view.grid.held = false;
    for (const call of view.grid.calls) call.answer();
    await ready(view);
    await expect.poll(() => view.root.dataset.order).toBe("previous");
    expect(view.legend).toContain("ordered by weight to the previous token, most first");
    const names = view
      .all(".hw-grid-cell")
      .map(({ dataset }) => `${dataset.layer}·${dataset.head}`);
    expect(names).toEqual([
      "2·3",
      "2·2",
      "2·1",
      "2·0",
      "1·3",
      "1·2",
      "1·1",
      "1·0",
      "0·3",
      "0·2",
      "0·1",
      "0·0",
    ]);
    expect(view.texts(".hw-grid-caption b")).toEqual(names);
    expect(view.texts(".hw-grid-caption span").slice(0, 2)).toEqual(["1.10", "1.00"]);
    expect(view.texts(".hw-grid-label")).toEqual(["1–4", "5–8", "9–12"]);
  });

  it("keeps what a click means", async () => {
    const view = await openGrid({ traits: { order: "entropy" } });
    await expect.poll(() => view.root.dataset.order).toBe("entropy");
    await userEvent.click(view.cell(2, 1));
    expect(view.host.get("opened")).toEqual([2, 1]);
    await expect.poll(() => view.openedHead).toEqual([2, 1]);
  });
});

describe("a saved page", () => {
  it("says once which layers it has", async () => {
    const view = newGrid({ stored: [0, 2], kernel: "none" });
    await expect.poll(() => view.root.dataset.state).toBe("error");
    expect(view.notes).toEqual(["Saved page"]);
    expect(view.find(".hw-note p").textContent).toBe(
      "Layers 0 and 2 are stored here. Other layers need Python: open the notebook and run the cell.".replace(
        "0 and 2",
        "0, 2",
      ),
    );
    expect(pixel(view.thumbs, view.dot(0, 0, 0, 0, 8))[3]).toBe(255);
    expect(pixel(view.thumbs, view.dot(1, 0, 0, 0, 8)).slice(0, 3)).toEqual([245, 247, 249]);
  });

  it("says that other settings are not there, and shows no others in their place", async () => {
    const view = await openGrid({ kernel: "none" });
    expect(view.notes).toEqual([]);
    view.check("Hide special").click();
    await expect.poll(() => view.notes).toEqual(["Saved page"]);
    expect(view.find(".hw-note p").textContent).toContain(
      "Thumbnails with these settings are not stored here",
    );
    await drawn();
    expect(pixel(view.thumbs, view.dot(0, 0, 4, 4, 8)).slice(0, 3)).toEqual([245, 247, 249]);
    view.check("Hide special").click();
    await expect.poll(() => view.notes).toEqual([]);
  });
});

describe("a saved page with whole layers", () => {
  it("filters in the page, and lacks only what it does not hold", async () => {
    const { blob } = await import("./support/blob.ts");
    const { pieceOf } = await import("./support/sample.ts");
    const view = await openGrid({ kernel: "none" });
    const stop = GRID.tokens.labels.length;
    const piece = { layer: 1, axis: "all", start: 0, stop, dtype: "f32" } as const;
    view.loader.store.add(blob([pieceOf(GRID, piece)]));
    view.host.receive({ hide_special: true });
    await expect.poll(() => view.notes).toEqual(["Saved page"]);
    expect(view.find(".hw-note p").textContent).toContain("Layer 1 is stored here.");
    await drawn();
    // Queries 0, 4 and 7 are special; query 1 of head 0 in layer 1 gives 0.6 to key 2.
    expect(pixel(view.thumbs, view.dot(1, 0, 4, 2, 8))[3]).toBe(0);
    expect(pixel(view.thumbs, view.dot(1, 0, 1, 2, 8)).slice(0, 3)).toEqual(
      rgbOf(rampColor(weightRamp(false), levelOf(byteOf(0.6)))),
    );
    expect(pixel(view.thumbs, view.dot(0, 0, 4, 4, 8)).slice(0, 3)).toEqual([245, 247, 249]);
  });
});

describe("the legend", () => {
  it("says what the filters leave out, and that nothing is pooled", async () => {
    const view = await openGrid();
    expect(view.legend).toBe(
      "weight01square-root scalerows attend, columns are attended8 × 8, not pooled",
    );
    view.host.receive({ sentences: "ab", strongest: 0.8, index_base: 1 });
    await expect.poll(() => view.legend).toContain("only A → B");
    expect(view.legend).toContain("strongest 80 % of each row");
    expect(view.legend).toContain("counted from 1");
    await expect.poll(() => view.find(".hw-grid-label").textContent).toBe("layer 1");
    expect(view.cell(0, 0).getAttribute("aria-label")).toBe("layer 1, head 1");
  });

  it("says what is pooled and masked", async () => {
    const { tokenList } = await import("./support/sample.ts");
    const labels = Array.from({ length: 239 }, (_, i) => `w${i}`);
    const sample = { ...GRID, layers: 1, tokens: tokenList(labels) };
    const view = await openGrid({
      sample,
      block: { causal: true },
      traits: { pooling: "mean" },
      stored: [],
    });
    expect(view.legend).toContain("pooled by mean: 239 × 239 drawn as 60 × 60");
    expect(view.legend).toContain("masked pairs are left blank");
  });
});

describe("what is shown", () => {
  it("follows layers of different width, and layers and heads to include", async () => {
    const view = await openGrid({ block: { heads: [4, 2, 4], captured: [[0, 1, 2, 3], [1], []] } });
    expect(view.texts(".hw-grid-heads span")).toEqual(["head", "0", "1", "2", "3"]);
    expect(view.texts(".hw-grid-label")).toEqual(["layer 0", "1"]);
    expect(view.all('.hw-grid-cell[data-layer="1"]')).toHaveLength(1);
    const align = (head: number, layer: number) =>
      view.cell(layer, head).getBoundingClientRect().left;
    expect(align(1, 1)).toBe(align(1, 0));
    view.host.receive({ include_heads: [3] });
    await expect.poll(() => view.texts(".hw-grid-heads span")).toEqual(["head", "3"]);
    view.host.receive({ include_layers: [1] });
    await expect.poll(() => view.notes).toEqual(["No head to show"]);
    await expect.poll(() => inked(view.thumbs)).toBe(0);
    expect(view.find(".hw-facts").hidden).toBe(true);
    expect(view.all(".hw-legend").map(({ hidden }) => hidden)).toEqual([true]);
    view.host.receive({ include_layers: null });
    await expect.poll(() => view.all(".hw-legend").map(({ hidden }) => hidden)).toEqual([false]);
  });

  it("of a lone pair hides none, whatever the block may", async () => {
    const { tokenList } = await import("./support/sample.ts");
    const sample = { ...GRID, tokens: tokenList(["it"]) };
    const view = await openGrid({ sample, block: { causal: true } });
    expect(view.legend).toContain("1 × 1, not pooled");
    expect(view.legend).not.toContain("masked");
  });

  it("asks only for layers that are included", async () => {
    const view = newGrid({ stored: [], traits: { include_layers: [2] } });
    await ready(view);
    await expect.poll(() => view.root.dataset.idle).toBe("true");
    expect(view.grid.asked).toEqual(["thumbnails 2", "facts 2"]);
  });
});

describe("the life of a model view", () => {
  it("leaves nothing behind after twenty renders, an opened head in it", async () => {
    const first = await openGrid({ traits: { opened: [0, 0] } });
    await expect.poll(() => first.openedHead).toEqual([0, 0]);
    const { listeners } = first.host;
    const nodes = document.querySelectorAll("canvas, .headwise").length;
    const observed = vi.spyOn(ResizeObserver.prototype, "observe");
    const released = vi.spyOn(ResizeObserver.prototype, "disconnect");
    for (let i = 0; i < 20; i++) {
      const view = new GridView(first.grid, first.host, first.loader);
      await ready(view);
      expect(first.host.listeners).toBeGreaterThan(listeners);
      view.close();
    }
    expect(released.mock.calls.length).toBe(observed.mock.calls.length);
    vi.restoreAllMocks();
    expect(first.host.listeners).toBe(listeners);
    expect(document.querySelectorAll("canvas, .headwise")).toHaveLength(nodes);
  });

  it("sends each change once, and shows what another view of it did", async () => {
    const first = await openGrid();
    const second = new GridView(first.grid, first.host, first.loader);
    await ready(second);
    await userEvent.click(first.cell(0, 0));
    await expect.poll(() => second.openedHead).toEqual([0, 0]);
    await expect.poll(() => second.selected).toEqual([[0, 0]]);
    expect(first.host.sent).toHaveLength(1);
  });
});
