import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { rampColor, signedLevel, signedRamp } from "../src/ramps.ts";
import { blob } from "./support/blob.ts";
import { closeAll, drawn, leave, pixel } from "./support/page.ts";
import { layerBlob, PAIR, peaked, pieceOf, sampleOf, tokenList } from "./support/sample.ts";
import { CompareView, openCompare, SECOND } from "./support/whole.ts";

beforeEach(leave);
afterEach(closeAll);

const FREE = { block: "encoder", heads: [[0, 0]], query: null, key: null };

const AFTER = {
  tokens: SECOND,
  heads: 2,
  weightAt: (_layer: number, head: number, query: number, key: number) =>
    (query + head + 1) % 9 === key ? 0.5 : 0.5 / 8,
};

/** Layer 0, head 0: before looks at itself with 0.6, after one further with 0.5. */
const REST = { a: 0.4 / 7, b: 0.5 / 8 };

function color(value: number, full: number, dark = false): string {
  return rampColor(signedRamp(dark), signedLevel(value, full));
}

function painted(view: CompareView, row: number, column: number): string {
  const [r, g, b] = pixel(view.map, view.cellAt(row, column));
  return `rgb(${r}, ${g}, ${b})`;
}

describe("the map of differences", () => {
  it("is blue where the second gives more, orange where the first does", async () => {
    const view = await openCompare();
    await drawn();
    const full = 0.6 - REST.b;
    // "cat" is query 2 and 3: it looked at itself, and now looks at "##s".
    expect(painted(view, 2, 2)).toBe(color(REST.b - 0.6, full));
    expect(painted(view, 2, 3)).toBe(color(0.5 - REST.a, full));
    expect(painted(view, 2, 0)).toBe(color(REST.b - REST.a, full));
    expect(view.legend).toBeDefined();
    const legend = view.find(".hw-diff-box .hw-legend").textContent;
    expect(legend).toContain("blue: more in “after”, orange: more in “before”");
    expect(legend).toContain("full colour ±0.54");
    expect(legend).toContain("without a match: 1 token of “after”");
    expect(legend).toContain("8 × 8, exact");
    expect(view.texts(".hw-diff-query")).toEqual(view.texts(".hw-diff-key"));
    expect(view.texts(".hw-diff-query").slice(1, 3)).toEqual(["the", "cat"]);
  });

  it("tells the numbers of a cell, and locks its query and key", async () => {
    const view = await openCompare();
    await drawn();
    await userEvent.hover(view.map, { position: view.cellAt(2, 3) });
    await expect.poll(() => view.value).toBe("cat → ##s: 0.500 − 0.057 = +0.443");
    expect(view.host.sent).toEqual([]);
    await userEvent.click(view.map, { position: view.cellAt(2, 3) });
    expect(view.host.sent).toEqual([{ selection: { ...FREE, query: 2, key: 3 } }]);
    await expect.poll(() => view.locked("b")).toEqual(["cat", "##s"]);
    await userEvent.click(view.map, { position: view.cellAt(2, 3) });
    expect(view.host.get("selection")).toEqual(FREE);
  });

  it("is walked by the arrow keys, and spoken", async () => {
    const view = await openCompare();
    view.find(".hw-diff").focus();
    await userEvent.keyboard("{ArrowDown}{ArrowDown}{ArrowRight}{Enter}");
    expect(view.host.get("selection")).toEqual({ ...FREE, query: 1, key: 1 });
    expect(view.find(":scope > .headwise > .hw-live").textContent).toBe(
      "the → the: 0.063 − 0.600 = −0.538",
    );
    await userEvent.keyboard("{Escape}");
    expect(view.host.get("selection")).toEqual(FREE);
  });

  it("lists the largest differences as numbers", async () => {
    const view = await openCompare();
    const rows = view.texts(".hw-largest tbody tr");
    expect(rows).toHaveLength(8);
    expect(rows[0]).toBe("[CLS] → [CLS]0.6000.063−0.538");
    expect(view.texts(".hw-largest th")).toEqual(["query → key", "before", "after", "difference"]);
  });

  it("takes the heads that both have, and says so where none is", async () => {
    const view = await openCompare();
    const title = () => view.find(".hw-diff-box .hw-title").textContent;
    expect(title()).toBe("Differenceafter − before · head 0");
    view.chip(1).click();
    view.chip(2).click();
    await expect.poll(title).toBe("Differenceafter − before · mean of 2 heads");
    view.host.receive({ selection: { ...FREE, heads: [[0, 2]] } });
    await expect.poll(() => view.notes).toContain("No head is on in both");
    expect(view.map.offsetHeight).toBe(0);
  });

  it("says where nothing matches", async () => {
    const view = await openCompare({ pairs: [[], []] });
    expect(view.notes).toEqual(["No tokens match"]);
    expect(view.map.offsetHeight).toBe(0);
  });

  it("is words where nothing differs", async () => {
    const same = { tokens: PAIR, heads: 3, weightAt: peaked(8) };
    const all = [...Array(8).keys()];
    const view = await openCompare({ second: same, pairs: [all, all] });
    const words = () => [view.notes, view.texts(".hw-diff-note p")];
    expect(words()).toEqual([
      ["No difference in this head"],
      ["Head 0 gives every pair of tokens that match the same weight in “before” and “after”."],
    ]);
    expect([view.map.offsetHeight, view.find(".hw-diff-box .hw-legend").offsetHeight]).toEqual([
      0, 0,
    ]);
    expect(view.root.dataset.state).toBe("ready");
    view.chip(1).click();
    await expect.poll(() => view.notes).toEqual(["No difference in these heads"]);
    expect(view.texts(".hw-diff-note p")[0]).toMatch(/^Mean of 2 heads gives every pair/);
    view.host.receive({ tensors_b: layerBlob(sampleOf({ ...same, weightAt: () => 1 / 8 }), [0]) });
    await expect.poll(() => view.notes).toEqual([]);
    expect(view.map.offsetHeight).toBeGreaterThan(0);
  });

  it("says of weights of one byte that its numbers are rough", async () => {
    const piece = { layer: 0, axis: "all", start: 0, dtype: "u8" } as const;
    const view = await openCompare({
      kernel: "none",
      stored: [],
      traits: {
        tensors: blob([pieceOf(sampleOf(), { ...piece, stop: 8 })]),
        tensors_b: blob([pieceOf(sampleOf(AFTER), { ...piece, stop: 9 })]),
      },
    });
    expect(view.root.dataset.idle).toBe("true");
    await userEvent.hover(view.map, { position: view.cellAt(2, 3) });
    await expect.poll(() => view.value).toBe("cat → ##s: ≈0.50 − ≈0.06 = ≈+0.44");
    expect(view.texts(".hw-largest tbody tr")[0]).toMatch(/^.+ → .+(≈0\.\d\d){2}≈[+−]0\.\d\d$/);
    expect(view.find(".hw-diff-box .hw-legend").textContent).toContain("full colour ≈±0.54");
  });

  it("is dark in the dark", async () => {
    const view = await openCompare({ traits: { theme: "dark" } });
    await drawn();
    expect(painted(view, 2, 2)).toBe(color(REST.b - 0.6, 0.6 - REST.b, true));
  });
});

describe("a map that the page cannot work out", () => {
  const count = 130;
  const tokens = tokenList(Array.from({ length: count }, (_, i) => `t${i}`));
  const all = [...Array(count).keys()];
  const long = {
    first: { tokens, layers: 1, heads: 1 },
    second: { tokens, layers: 1, heads: 1 },
    pairs: [all, all] as [number[], number[]],
  };
  const heads = 24;

  function cells(at: number, value: number): Float32Array {
    const data = new Float32Array(65 * 65);
    data[at] = value;
    return data;
  }

  it("is asked of Python, pooled, with every setting", async () => {
    const view = new CompareView({
      ...long,
      first: { ...long.first, heads },
      second: { ...long.second, heads },
      stored: [0],
    });
    view.kernel.held = true;
    const found = () => view.kernel.calls.findLast(({ method }) => method === "difference");
    await expect.poll(found).toBeDefined();
    expect(found()?.params).toEqual({
      block: "encoder",
      layer: 0,
      heads: [0],
      aggregate: "mean",
      sentences: "all",
      hide_special: false,
    });
    expect(view.find(".hw-diff-box").dataset.state).toBe("loading");
    const data = cells(65 + 2, -0.25);
    const name = "difference/encoder/0/0/mean/all,0";
    found()?.answerWith({ buffers: [blob([{ name, shape: [65, 65], data }])] });
    await expect.poll(() => view.find(".hw-diff-box").dataset.state).toBe("ready");
    await drawn();
    expect(painted(view, 1, 2)).toBe(color(-0.25, 0.25));
    expect(view.find(".hw-diff-badge").textContent).toBe("pooled: a cell is the largest of 2 × 2");
    await userEvent.hover(view.map, { position: view.cellAt(1, 2) });
    await expect.poll(() => view.value).toBe("2–3 → 4–5: −0.250, the largest of 2 × 2");
  });

  it("says what Python refused", async () => {
    const view = new CompareView({
      ...long,
      first: { ...long.first, heads },
      second: { ...long.second, heads },
    });
    view.kernel.refusing = new Error("layer 0: no");
    await expect.poll(() => view.find(".hw-diff-box").dataset.state).toBe("error");
    expect(view.notes).toContain("Layer 0");
  });

  it("says on a saved page that it is not there", async () => {
    const view = new CompareView({ ...long, kernel: "none" });
    await expect.poll(() => view.notes).toContain("No difference for layer 0");
    expect(view.find(".hw-diff-box").dataset.state).toBe("error");
  });
});
