import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { closeAll, drawn, leave, type OpenView, openView } from "./support/page.ts";
import { pairsOf } from "./support/sample.ts";

beforeEach(leave);
afterEach(closeAll);

const isLocked = (node: HTMLElement) =>
  node.classList.contains("hw-locked") && node.getAttribute("aria-selected") === "true";

const everyHead = pairsOf(0, [0, 1, 2]);
const locked = (query: number | null, key: number | null = null) => ({
  selection: { block: null, heads: everyHead, query, key },
});

describe("a click on a token", () => {
  it("locks token 0, once, and a second click releases it", async () => {
    const view = await openView();
    await userEvent.click(view.token("query", 0));
    await expect.poll(() => isLocked(view.token("query", 0))).toBe(true);
    expect(view.host.sent).toEqual([locked(0)]);
    expect(view.live).toMatch(
      /^head 0.0: \[CLS\] attends to \[CLS\] 0\.60, the 0\.06, cat 0\.06; head 0.1: .*; query 0$/,
    );
    expect(view.legend).toContain("locked: click again or Esc to release");
    expect(view.drawn).toBe(3 * 8);
    await leave();
    await drawn();
    expect(view.drawn).toBe(3 * 8);

    await userEvent.click(view.token("query", 0));
    await expect.poll(() => isLocked(view.token("query", 0))).toBe(false);
    expect(view.host.sent).toEqual([locked(0), locked(null)]);
    expect(view.kernel.calls).toEqual([]);
  });

  it("locks a key and shows which queries reach it", async () => {
    const view = await openView();
    await userEvent.click(view.token("key", 3));
    await expect.poll(() => isLocked(view.token("key", 3))).toBe(true);
    expect(view.host.sent).toEqual([locked(null, 3)]);
    expect(view.live).toContain("head 0.0: ##s is attended to by ##s 0.60");
    expect(view.live).toContain("head 0.1: ##s is attended to by cat 0.60");
    expect(view.token("query", 3).classList.contains("hw-locked")).toBe(false);
  });

  it("shows a panel whose numbers add up", async () => {
    const view = await openView({ traits: { strongest: 0.5 } });
    await userEvent.click(view.token("query", 1));
    await expect.poll(() => view.texts(".hw-panel section")).toHaveLength(3);
    expect(view.texts(".hw-panel section:first-of-type .hw-panel-weight")).toEqual([
      "0.600",
      "0.057",
      "0.057",
      "0.286",
    ]);
    expect(view.find(".hw-panel .hw-quiet").textContent).toContain("5 others");
  });

  it("on a bar toggles its head", async () => {
    const view = await openView();
    const edge = view.find(".hw-edge");
    const right = Number.parseFloat(edge.style.left) + Number.parseFloat(edge.style.width);
    const box = view.token("key", 2).getBoundingClientRect();
    const y = box.top + box.height / 2 - view.find(".hw-scroll").getBoundingClientRect().top;
    await userEvent.click(view.find(".hw-scroll"), { position: { x: right + 4 + 6 + 2, y } });
    await expect.poll(() => view.chipsOn).toEqual([0, 2]);
    expect(view.host.sent).toEqual([
      { selection: { block: null, heads: pairsOf(0, [0, 2]), query: null, key: null } },
    ]);
  });

  it("between the lists does nothing", async () => {
    const view = await openView();
    const { x, y } = view.middle(2, 2);
    await userEvent.click(view.find(".hw-scroll"), { position: { x, y } });
    await drawn();
    expect(view.host.sent).toEqual([]);
  });
});

describe("chips", () => {
  it("toggle with a click", async () => {
    const view = await openView();
    view.chip(0).click();
    await expect.poll(() => view.chipsOn).toEqual([1, 2]);
    await expect.poll(() => view.drawn).toBe(2 * 64);
    view.chip(0).click();
    await expect.poll(() => view.drawn).toBe(3 * 64);
    expect(view.host.sent).toHaveLength(2);
  });

  it("show one head with a double click, and all with the next", async () => {
    const view = await openView();
    await userEvent.dblClick(view.chip(1));
    await expect.poll(() => view.chipsOn).toEqual([1]);
    expect(view.host.get("selection").heads).toEqual(pairsOf(0, [1]));
    await userEvent.dblClick(view.chip(1));
    await expect.poll(() => view.chipsOn).toEqual([0, 1, 2]);
  });

  it("preview a head under the pointer without switching anything", async () => {
    const view = await openView();
    await userEvent.hover(view.chip(2));
    await expect.poll(() => view.drawn).toBe(64);
    expect(view.chipsOn).toEqual([0, 1, 2]);
    await leave();
    await expect.poll(() => view.drawn).toBe(3 * 64);
    expect(view.host.sent).toEqual([]);
  });

  it("can all be off, which the view says; A brings all back", async () => {
    const view = await openView();
    for (const head of [0, 1, 2]) view.chip(head).click();
    await expect.poll(() => view.notes).toEqual(["No head is on"]);
    await expect.poll(() => view.drawn).toBe(0);
    expect(view.texts('[role=option][data-side="key"]')).toHaveLength(8);
    expect(view.find(".hw-note p").textContent).toBe("Click a number, or press A for all.");
    view.chip(0).focus();
    await userEvent.keyboard("a");
    await expect.poll(() => view.chipsOn).toEqual([0, 1, 2]);
    await expect.poll(() => view.notes).toEqual([]);
  });
});

describe("the layer", () => {
  it("steps with its buttons and takes the heads along, as one message", async () => {
    const view = await openView();
    expect(view.button("Previous layer").hasAttribute("disabled")).toBe(true);
    view.button("Next layer").click();
    await expect.poll(() => view.root.dataset.layer).toBe("1");
    expect(view.host.sent).toEqual([
      {
        layer: 1,
        selection: { block: null, heads: pairsOf(1, [0, 1, 2]), query: null, key: null },
      },
    ]);
    expect(view.button("Next layer").hasAttribute("disabled")).toBe(true);
    expect(view.find(".hw-layer-value span").textContent).toBe("1 / 1");
    expect(view.chipsOn).toEqual([0, 1, 2]);
  });

  it("steps with [ and ], and stops at both ends", async () => {
    const view = await openView();
    view.chip(0).focus();
    await userEvent.keyboard("[[[[");
    expect(view.host.sent).toEqual([]);
    await userEvent.keyboard("]");
    await userEvent.keyboard("]");
    await expect.poll(() => view.root.dataset.layer).toBe("1");
    await userEvent.keyboard("[[");
    await expect.poll(() => view.root.dataset.layer).toBe("0");
    expect(view.host.sent).toHaveLength(2);
  });

  it("keeps the lock", async () => {
    const view = await openView({ traits: locked(0) });
    view.button("Next layer").click();
    await expect
      .poll(() => view.live)
      .toMatch(/^head 1.0: \[CLS\] attends to the 0\.60.*; query 0$/);
    expect(view.host.get("selection").query).toBe(0);
  });
});

describe("settings", () => {
  const sent = (view: OpenView) => view.host.sent;

  it("hide special tokens, which stay in the lists and in the legend", async () => {
    const view = await openView();
    view.check("Hide special").click();
    await expect.poll(() => view.drawn).toBe(3 * 5 * 5);
    expect(sent(view)).toEqual([{ hide_special: true }]);
    expect(view.texts('[role=option][data-side="query"]')).toHaveLength(8);
    expect(view.legend).toMatch(/hidden \d+ %: special tokens \d+ %/);
    view.chip(0).focus();
    await userEvent.keyboard("h");
    await expect.poll(() => view.drawn).toBe(3 * 64);
  });

  it.each([
    ["aa", 5 * 5],
    ["ab", 5 * 3],
    ["ba", 3 * 5],
    ["bb", 3 * 3],
  ])("draw only sentences %s", async (sentences, lines) => {
    const view = await openView();
    view.choose("Sentences", sentences);
    await expect.poll(() => view.drawn).toBe(3 * lines);
    expect(sent(view)).toEqual([{ sentences }]);
    expect(view.legend).toContain("other sentence");
  });

  it("merge the pieces of words, and keep the lock by token", async () => {
    const view = await openView({ traits: locked(3) });
    view.check("Merge words").click();
    await expect
      .poll(() => view.texts('[role=option][data-side="query"]'))
      .toEqual(["[CLS]", "the", "cats", "[SEP]", "are", "sad", "[SEP]"]);
    expect(sent(view)).toEqual([{ merge_words: true }]);
    expect(view.live).toMatch(/^head 0.0: cats attends to cats 0\.66.*; query 2$/);
    expect(isLocked(view.token("query", 2))).toBe(true);
    expect(view.host.get("selection").query).toBe(3);
  });

  it("draw heads as one", async () => {
    const view = await openView({ traits: { strongest: 1 } });
    view.choose("Draw", "mean");
    await expect.poll(() => view.drawn).toBe(64);
    expect(sent(view)).toEqual([{ aggregate: "mean" }]);
    expect(view.legend).toContain("lines: mean over 3 heads");
  });

  it("keep the strongest share", async () => {
    const view = await openView();
    const slider = view.find("input[type=range]") as HTMLInputElement;
    slider.value = "60";
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await expect.poll(() => view.drawn).toBe(3 * 8);
    expect(sent(view)).toEqual([{ strongest: 0.6 }]);
  });

  it("count from 1 only in what is shown", async () => {
    const view = await openView({ traits: locked(0) });
    view.check("Count from 1").click();
    await expect.poll(() => view.texts(".hw-chip")).toEqual(["1", "2", "3"]);
    expect(view.find(".hw-layer-value span").textContent).toBe("1 / 2");
    expect(view.live).toMatch(/^head 1.1: \[CLS\] attends to .*; query 1$/);
    expect(view.root.textContent).toContain("Layer (from 1)");
    expect(sent(view)).toEqual([{ index_base: 1 }]);
    expect(view.token("query", 0).textContent).toBe("[CLS]");
    view.chip(2).click();
    expect(sent(view)[1]?.selection).toEqual({ ...locked(0).selection, heads: pairsOf(0, [0, 1]) });
    view.button("Next layer").click();
    expect(sent(view)[2]).toMatchObject({ layer: 1 });
  });
});
