import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { openedHeight, stepFrom } from "../src/views/model/opened.ts";
import { type GridView, openGrid } from "./support/model-page.ts";
import { closeAll, drawn, leave } from "./support/page.ts";

beforeEach(leave);
afterEach(closeAll);

const inside = (view: GridView) => view.find(".hw-opened .headwise");
const headReady = (view: GridView) => expect.poll(() => inside(view).dataset.state).toBe("ready");

describe("an opened head", () => {
  it("is a head view of that head under its row, and the rows below move down", async () => {
    const view = await openGrid();
    const before = view.cell(2, 0).getBoundingClientRect();
    const above = view.cell(1, 0).getBoundingClientRect();
    await userEvent.click(view.cell(1, 2));
    await headReady(view);
    expect(view.find(".hw-opened-bar b").textContent).toBe("layer 1, head 2");
    expect(inside(view).dataset.view).toBe("head");
    expect(inside(view).dataset.layer).toBe("1");
    expect(view.all(".hw-opened .hw-toolbar")).toEqual([]);
    await expect
      .poll(() => view.cell(2, 0).getBoundingClientRect().top - before.top)
      .toBeGreaterThan(150);
    expect(view.cell(1, 0).getBoundingClientRect().top).toBe(above.top);
    const panel = view.find(".hw-opened").getBoundingClientRect();
    await expect
      .poll(() => view.find(".hw-opened").getBoundingClientRect().height)
      .toBe(view.find(".hw-opened-inner").getBoundingClientRect().height);
    expect(panel.top).toBe(above.bottom + 8);
    expect(panel.height).toBeLessThanOrEqual(480);
    // Every weight of the head and no other: 8 rows of 8 keys.
    expect(inside(view).dataset.drawn).toBe("64");
  });

  it("asks for its weights alone, after the grid has what it needs", async () => {
    const view = await openGrid({ traits: { opened: [2, 3] } });
    await headReady(view);
    expect(view.grid.asked).toEqual(["tile 2"]);
    await expect.poll(() => view.root.dataset.idle).toBe("true");
  });

  it("locks tokens for the whole view, and Escape releases them before it closes", async () => {
    const view = await openGrid({ traits: { opened: [0, 0] } });
    await headReady(view);
    await userEvent.click(view.token("query", 0));
    expect(view.host.sent).toEqual([
      { selection: { block: "encoder", heads: [], query: 0, key: null } },
    ]);
    view.find(".hw-opened .hw-tokens-query").focus();
    await view.press("{Escape}");
    expect(view.host.get("selection").query).toBeNull();
    expect(view.openedHead).toEqual([0, 0]);
    await view.press("{Escape}");
    if (view.openedHead) await view.press("{Escape}");
    await expect.poll(() => view.openedHead).toBeNull();
    expect(document.activeElement).toBe(view.cell(0, 0));
  });

  it("moves with its keys: [ ] to another layer, , . to another head", async () => {
    const view = await openGrid({ traits: { opened: [0, 0], include_heads: [0, 2] } });
    await headReady(view);
    view.find(".hw-opened .hw-tokens-query").focus();
    await view.press("]");
    await expect.poll(() => view.openedHead).toEqual([1, 0]);
    await view.press(".");
    await expect.poll(() => view.openedHead).toEqual([1, 2]);
    await view.press("[[");
    await expect.poll(() => view.openedHead).toEqual([0, 2]);
    await view.press("a");
    await drawn();
    expect(view.host.sent).toEqual([{ opened: [1, 0] }, { opened: [1, 2] }, { opened: [0, 2] }]);
    await headReady(view);
    expect(inside(view).dataset.layer).toBe("0");
    // The keyboard is on the first query of the one head: a line to each key.
    expect(inside(view).dataset.drawn).toBe("8");
    expect(document.activeElement).toBe(view.find(".hw-opened .hw-tokens-query"));
  });

  it("follows Python, closes with ×, and is not there for a head that is not shown", async () => {
    const view = await openGrid();
    view.host.receive({ opened: [2, 1] });
    await expect.poll(() => view.openedHead).toEqual([2, 1]);
    view.host.receive({ include_layers: [0, 1] });
    await expect.poll(() => view.openedHead).toBeNull();
    view.host.receive({ opened: [1, 1] });
    await expect.poll(() => view.openedHead).toEqual([1, 1]);
    await userEvent.click(view.button("Esc closes the opened head"));
    await expect.poll(() => view.openedHead).toBeNull();
    expect(view.host.sent).toEqual([{ opened: null }]);
  });

  it("leaves nothing behind when it closes", async () => {
    const view = await openGrid();
    const { listeners } = view.host;
    for (const head of [0, 1, 2]) {
      view.host.receive({ opened: [0, head] });
      await expect.poll(() => view.openedHead).toEqual([0, head]);
      expect(view.host.listeners).toBeGreaterThan(listeners);
      view.host.receive({ opened: null });
      await expect.poll(() => view.openedHead).toBeNull();
    }
    expect(view.host.listeners).toBe(listeners);
    expect(view.all(".headwise .headwise")).toEqual([]);
  });

  it("passes the filters of the grid on, and takes its own changes of them", async () => {
    const view = await openGrid({ traits: { opened: [0, 0], hide_special: true } });
    await headReady(view);
    expect(inside(view).dataset.drawn).toBe("25");
    view.find(".hw-opened .hw-tokens-query").focus();
    await view.press("h");
    expect(view.host.sent).toEqual([{ hide_special: false }]);
    await expect.poll(() => inside(view).dataset.drawn).toBe("64");
  });
});

describe("stepFrom", () => {
  const shown = [
    [0, 0],
    [0, 2],
    [1, 5],
    [1, 1],
  ] as [number, number][];
  const chosen = (heads: [number, number][]) => ({ block: null, heads, query: null, key: null });

  it("keeps the head in another layer, or takes the nearest one", () => {
    expect(stepFrom([0, 2], { layer: 1 }, shown)).toEqual([1, 1]);
    expect(stepFrom([1, 5], { layer: 0 }, shown)).toEqual([0, 2]);
    expect(stepFrom([1, 5], { layer: 3 }, shown)).toEqual([1, 5]);
  });

  it("goes to the one other head that was switched on, and nowhere for several or none", () => {
    expect(stepFrom([0, 0], { selection: chosen([[0, 2]]) }, shown)).toEqual([0, 2]);
    const both = chosen([
      [0, 0],
      [0, 2],
    ]);
    expect(stepFrom([0, 0], { selection: both }, shown)).toEqual([0, 2]);
    expect(stepFrom([0, 0], { selection: chosen([]) }, shown)).toEqual([0, 0]);
    expect(stepFrom([0, 0], { selection: chosen([[0, 1]]) }, shown)).toEqual([0, 0]);
    const many = chosen([
      [0, 0],
      [0, 2],
      [0, 1],
    ]);
    expect(stepFrom([0, 0], { selection: many }, shown)).toEqual([0, 0]);
  });
});

describe("openedHeight", () => {
  it("shows 18 tokens whole, and keeps longer lists under 480 px with all around them", () => {
    // A list scrolls from one and a half times this height on.
    expect(openedHeight(18, 18) * 1.5).toBeGreaterThanOrEqual(18 * 22);
    for (const count of [19, 25, 30, 40, 100, 5000]) {
      const row = count <= 30 ? 22 : count <= 45 ? 16 : 18;
      const height = openedHeight(count, 3);
      expect(count * row).toBeGreaterThan(1.5 * height);
      expect(height).toBeLessThanOrEqual(340);
      expect(height).toBeGreaterThan(250);
    }
  });
});
