import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { signedRamp, weightRamp } from "../src/ramps.ts";
import type { HeadPair } from "../src/state/types.ts";
import { openHeads } from "./support/heads-page.ts";
import { openGrid } from "./support/model-page.ts";
import { closeAll, drawn, inked, leave, pixel } from "./support/page.ts";

beforeEach(leave);
afterEach(closeAll);

const selection = (heads: HeadPair[]) => ({ block: "encoder", heads, query: null, key: null });
const colorAt = (ramp: Uint8Array, level: number) => [...ramp.subarray(3 * level, 3 * level + 3)];
const NONE = Number.NaN;

describe("the table", () => {
  it("has the colour of each value", async () => {
    const view = await openHeads({ heads: 3, layers: 1, columns: { score: (at) => at + 0.5 } });
    await drawn();
    const ramp = weightRamp(false);
    for (const [head, level] of [0, 128, 255].entries()) {
      const [r, g, b] = pixel(view.colors, view.middleOf(0, head, [0.1, 0.15]));
      expect([r, g, b]).toEqual(colorAt(ramp, level));
    }
    for (const words of ["score", "0.50", "2.50", "straight scale"])
      expect(view.legend).toContain(words);
  });

  it("says the sign by colour where values are below 0", async () => {
    const view = await openHeads({ heads: 2, layers: 1, columns: { change: (at) => at - 0.5 } });
    await drawn();
    const ramp = signedRamp(false);
    for (const [head, level] of [0, 255].entries()) {
      const [r, g, b] = pixel(view.colors, view.middleOf(0, head, [0.1, 0.15]));
      expect([r, g, b]).toEqual(colorAt(ramp, level));
    }
    expect(view.legend).toContain("−0.500");
    expect(view.legend).toContain("+0.500");
  });

  it("hatches heads without a value and says how many", async () => {
    const view = await openHeads({ columns: { score: (at) => (at === 5 ? NONE : at) } });
    await drawn();
    expect(view.legend).toContain("hatched: 1 head without a value");
    expect(view.listed).toHaveLength(11);
    await userEvent.hover(view.cell(1, 1));
    await expect.poll(() => view.facts).toContain("no value");
  });

  it("says so where no head has a value, and others can be chosen", async () => {
    const columns = { score: () => NONE, other: (at: number) => at };
    const view = await openHeads({ columns });
    await expect.poll(() => view.notes).toEqual(["No head has a value of score"]);
    view.choose("Metric", "other");
    await expect.poll(() => view.notes).toEqual([]);
    expect(view.host.sent).toEqual([{ metric: "other" }]);
  });

  it("tells the value with its error and the place of the head that is pointed at", async () => {
    const columns = {
      score: (at: number) => at / 11,
      score_se: () => 0.0125,
      entropy: (at: number) => 2 + at / 4,
    };
    const view = await openHeads({ columns });
    await userEvent.hover(view.cell(2, 1));
    for (const words of ["layer 2, head 1", "0.818 ± 0.013", "3rd of 12", "4.25 nats", "block"])
      await expect.poll(() => view.facts).toContain(words);
    await leave();
    await expect.poll(() => view.facts).toContain("layer 2, head 3");
  });

  it("counts from 1 where it is asked to", async () => {
    const view = await openHeads({ traits: { index_base: 1 } });
    expect(view.listed[0]).toBe("3·4");
    expect(view.facts).toContain("layer 3, head 4");
    expect(view.cell(2, 3).getAttribute("aria-label")).toBe("layer 3, head 4");
  });

  it("asks Python for the columns that did not travel", async () => {
    const columns = { score: (at: number) => at, other: (at: number) => at / 2 };
    const view = await openHeads({ columns, later: ["other"] });
    view.host.receive({ metric: "other" });
    await expect.poll(() => view.legend).toContain("5.50");
    expect(view.root.dataset.state).toBe("ready");
  });

  it("keeps a table of 48 layers of 64 heads within its height", async () => {
    const view = await openHeads({ layers: 48, heads: 64, width: 640 });
    await drawn();
    const scroll = view.find(".hw-grid-scroll");
    expect(scroll.clientWidth).toBeLessThanOrEqual(640);
    expect(view.root.scrollWidth).toBeLessThanOrEqual(640);
    expect(view.listed).toHaveLength(50);
    expect(view.find(".hw-list-head").textContent).toContain("50 of 3072 heads");
  });
});

describe("the selection", () => {
  it("is one head for a click, more with Shift, in one message each", async () => {
    const view = await openHeads();
    await userEvent.click(view.cell(1, 2));
    await expect.poll(() => view.selected).toEqual([[1, 2]]);
    const more = new MouseEvent("click", { bubbles: true, shiftKey: true });
    view.cell(0, 3).dispatchEvent(more);
    expect(view.host.sent).toEqual([
      { selection: selection([[1, 2]]) },
      {
        selection: selection([
          [1, 2],
          [0, 3],
        ]),
      },
    ]);
    await expect.poll(() => view.find(".hw-count").textContent).toBe("2 heads selected");
  });

  it("keeps a lock of another view", async () => {
    const locked = { ...selection([]), query: 4 };
    const view = await openHeads({ traits: { selection: locked } });
    await userEvent.click(view.cell(1, 2));
    expect(view.host.sent).toEqual([{ selection: { ...locked, heads: [[1, 2]] } }]);
  });

  it("is shown when Python sets it", async () => {
    const view = await openHeads();
    view.host.receive({
      selection: selection([
        [2, 3],
        [0, 0],
      ]),
    });
    await expect
      .poll(() => view.selected)
      .toEqual([
        [0, 0],
        [2, 3],
      ]);
    const pressed = view.all(".hw-rank[aria-pressed=true] .hw-rank-name");
    expect(pressed.map((node) => node.textContent)).toEqual(["2·3", "0·0"]);
  });

  it("walks by keys, picks with Enter and Space, is cleared by Escape", async () => {
    const view = await openHeads();
    view.cell(0, 0).focus();
    await view.press("{ArrowRight}", "{ArrowDown}", "{Enter}");
    await expect.poll(() => view.selected).toEqual([[1, 1]]);
    await view.press("{End}", " ");
    await expect
      .poll(() => view.selected)
      .toEqual([
        [1, 1],
        [1, 3],
      ]);
    await expect.poll(() => view.live).toBe("score 0.636, 5th of 12, selected");
    await view.press("{Escape}");
    await expect.poll(() => view.selected).toEqual([]);
  });

  it("is made in the list too, by pointer and by keys, with one Tab stop", async () => {
    const view = await openHeads();
    const rows = () => view.all(".hw-heads-list .hw-rank");
    expect(rows().filter((row) => row.tabIndex === 0)).toHaveLength(1);
    rows()[0]?.focus();
    await view.press("{ArrowDown}", "{Enter}");
    expect(view.host.sent).toEqual([{ selection: selection([[2, 2]]) }]);
    await expect.poll(() => view.facts).toContain("layer 2, head 2");
  });

  it("can begin with the smallest", async () => {
    const view = await openHeads();
    expect(view.listed.slice(0, 2)).toEqual(["2·3", "2·2"]);
    await userEvent.click(view.all(".hw-list-head button")[1] as HTMLElement);
    await expect.poll(() => view.listed.slice(0, 2)).toEqual(["0·0", "0·1"]);
    expect(view.host.sent).toEqual([{ ranking: "smallest" }]);
  });
});

describe("the map", () => {
  const places: [number, number, number][] = Array.from({ length: 12 }, (_, at) => [
    at % 4,
    -Math.floor(at / 4),
    at % 2,
  ]);
  places[11] = [NONE, NONE, NONE];

  it("has a point for each head with distances, and says its stress", async () => {
    const view = await openHeads({ places, traits: { form: "map" } });
    await drawn();
    expect(view.all("[role=option].hw-point")).toHaveLength(11);
    expect(view.legend).toContain("stress 0.25");
    expect(view.legend).toContain("1 head has no distance");
    expect(inked(view.find("canvas.hw-map-points") as HTMLCanvasElement)).toBeGreaterThan(500);
  });

  it("is chosen in the toolbar, and goes back", async () => {
    const view = await openHeads({ places });
    const [table, map] = view.all(".hw-toolbar .hw-two-way button");
    await userEvent.click(map as HTMLElement);
    await expect.poll(() => view.root.dataset.form).toBe("map");
    view.choose("Colour", "cluster");
    await expect.poll(() => view.legend).toContain("average linkage");
    await userEvent.click(table as HTMLElement);
    await expect.poll(() => view.root.dataset.form).toBe("table");
    expect(view.host.sent).toEqual([{ form: "map" }, { color: "cluster" }, { form: "table" }]);
  });

  it("selects by pointer and by keys", async () => {
    const view = await openHeads({ places, traits: { form: "map" } });
    await userEvent.click(view.point(1, 2));
    await expect.poll(() => view.selected).toEqual([[1, 2]]);
    view.point(1, 2).focus();
    await view.press("{ArrowLeft}", "{ArrowUp}", " ");
    await expect
      .poll(() => view.selected)
      .toEqual([
        [0, 1],
        [1, 2],
      ]);
    expect(view.host.sent.at(-1)).toEqual({
      selection: selection([
        [1, 2],
        [0, 1],
      ]),
    });
  });

  it("has no button where there are no distances", async () => {
    const view = await openHeads();
    expect(view.all(".hw-toolbar .hw-two-way")).toEqual([]);
  });
});

describe("the strip of ranked heads in a model view", () => {
  const rank = {
    name: "weight",
    block: "encoder",
    rows: [
      [1, 2, 0.75],
      [0, 3, 0.5],
    ] as [number, number, number][],
    of: 12,
  };

  it("shows them in order, and a click selects without opening", async () => {
    const view = await openGrid({ traits: { rank } });
    expect(view.texts(".hw-rank")).toEqual(["1·20.750", "0·30.500"]);
    expect(view.find(".hw-rank-strip .hw-label").textContent).toBe("ranked by weight, 2 of 12");
    await userEvent.click(view.all(".hw-rank")[1] as HTMLElement);
    await expect.poll(() => view.selected).toEqual([[0, 3]]);
    expect(view.host.sent).toEqual([{ selection: selection([[0, 3]]) }]);
    expect(view.openedHead).toBeNull();
    view.all(".hw-rank")[1]?.focus();
    await view.press("{ArrowLeft}", "{Enter}");
    await expect.poll(() => view.selected).toEqual([[1, 2]]);
  });

  it("follows Python, and is only there with its block", async () => {
    const view = await openGrid();
    const strip = view.find(".hw-rank-strip");
    expect(strip.hidden).toBe(true);
    view.host.receive({ rank });
    await expect.poll(() => strip.hidden).toBe(false);
    view.host.receive({ rank: { ...rank, block: "cross" } });
    await expect.poll(() => strip.hidden).toBe(true);
    view.host.receive({ rank: null });
    expect(view.all(".hw-rank")).toEqual([]);
  });
});
