import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { Loader } from "../src/store/loader.ts";
import { closeAll, drawn, inked, leave, OpenView } from "./support/page.ts";
import { openExplore } from "./support/whole.ts";

beforeEach(leave);
afterEach(closeAll);

const HEAD_0_1 = { block: "encoder", heads: [[0, 1]], query: null, key: null };

describe("explore", () => {
  it("has one toolbar, and says of each part what it is", async () => {
    const view = await openExplore();
    expect(view.all("[role=toolbar]")).toHaveLength(1);
    expect(view.all(".headwise").map((root) => root.dataset.view)).toEqual([
      "explore",
      "model",
      "head",
      "neuron",
    ]);
    expect(view.titles).toEqual([
      "Modelevery head · click shows it on the right",
      "Headlines of the chosen heads",
      "Neuronwhy a token attends as it does in head 1",
    ]);
    expect(view.host.sent).toEqual([]);
    expect(view.kernel.calls).toEqual([]);
  });

  it("shows beside and below what is clicked in the grid, in one message", async () => {
    const view = await openExplore();
    const before = view.neuron("dot");
    expect(before).toHaveLength(6);
    await userEvent.click(view.cell(2, 3));
    expect(view.host.sent).toEqual([{ selection: { ...HEAD_0_1, heads: [[2, 3]] }, layer: 2 }]);
    await expect.poll(() => view.head.dataset.layer).toBe("2");
    expect(view.chipsOn).toEqual([3]);
    await expect.poll(() => view.neuron("dot")).not.toEqual(before);
    await expect.poll(() => view.titles[2]).toContain("head 3");
    expect(view.find(".hw-layer-value span").textContent).toBe("2 / 2");
    expect(view.all(".hw-opened")).toEqual([]);
  });

  it("adds with Shift; the neuron part shows the head that came last", async () => {
    const view = await openExplore();
    view.cell(0, 3).dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: true }));
    expect(view.host.get("selection").heads).toEqual([
      [0, 1],
      [0, 3],
    ]);
    await expect.poll(() => view.titles[2]).toContain("head 3");
    expect(view.chipsOn).toEqual([1, 3]);
    await expect.poll(() => view.all('.hw-grid-cell[aria-selected="true"]').length).toBe(2);
  });

  it("has the tools of lists that scroll in its one toolbar", async () => {
    const view = await openExplore({ traits: { height: 60 } });
    const find = view.find(":scope > .headwise > .hw-toolbar-mount .hw-find-input");
    view.headToken("query", 0).closest<HTMLElement>("[role=listbox]")?.focus();
    await userEvent.keyboard("f");
    expect(document.activeElement).toBe(find);
    const label = view.headToken("query", 1).textContent ?? "";
    await userEvent.keyboard(`${label}{Enter}{Enter}`);
    expect(view.host.get("selection").query).toBe(1);
    await expect.poll(() => view.find(".hw-strongest").hasAttribute("disabled")).toBe(false);
    await userEvent.keyboard("{Escape}");
    expect(view.head.contains(document.activeElement)).toBe(true);
  });

  it("has no such tools where all is in sight", async () => {
    const view = await openExplore();
    expect(view.all(".hw-find-input")).toEqual([]);
  });

  it("has one lock: a token of the lines is the query of the neurons", async () => {
    const view = await openExplore();
    await userEvent.click(view.headToken("query", 5));
    expect(view.host.sent).toEqual([{ selection: { ...HEAD_0_1, query: 5 } }]);
    await expect.poll(() => view.find(".hw-neuron-query").textContent).toContain("it");
    expect(view.titles[2]).toBe("Neuronwhy it attends as it does in head 1");
    await userEvent.click(view.find('.hw-neuron-row[data-key="2"]'));
    expect(view.host.get("selection")).toEqual({ ...HEAD_0_1, query: 5, key: 2 });
    expect(view.host.sent).toHaveLength(2);
  });

  it("lets the neuron part move to another head and layer", async () => {
    const view = await openExplore();
    const table = view.find(".hw-neuron-table");
    const press = (key: string) =>
      table.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    press(".");
    expect(view.host.sent).toEqual([{ selection: { ...HEAD_0_1, heads: [[0, 2]] } }]);
    press("]");
    expect(view.host.sent[1]).toEqual({ selection: { ...HEAD_0_1, heads: [[1, 2]] }, layer: 1 });
    await expect.poll(() => view.head.dataset.layer).toBe("1");
  });

  it("follows Python", async () => {
    const view = await openExplore();
    view.host.receive({ layer: 1, selection: { ...HEAD_0_1, heads: [[1, 0]], query: 0 } });
    await expect.poll(() => view.head.dataset.layer).toBe("1");
    await expect.poll(() => view.titles[2]).toBe("Neuronwhy [CLS] attends as it does in head 0");
    expect(view.cell(1, 0).getAttribute("aria-selected")).toBe("true");
    expect(view.host.sent).toEqual([]);
  });

  it("outlines in the other parts what is pointed at in one, with no message", async () => {
    const view = await openExplore();
    const marks = view.find("canvas.hw-marks") as HTMLCanvasElement;
    const overlay = view.find(".hw-pane-head canvas.hw-overlay") as HTMLCanvasElement;
    const chip = view.chip(3);
    const unmarked = inked(marks);
    await userEvent.hover(chip);
    await expect.poll(() => inked(marks)).toBeGreaterThan(unmarked);
    await leave();
    await expect.poll(() => inked(marks)).toBe(unmarked);
    await userEvent.hover(view.cell(0, 2));
    await expect.poll(() => view.chip(2).classList.contains("hw-pointed")).toBe(true);
    await leave();
    await drawn();
    const plain = inked(overlay);
    await userEvent.hover(view.find('.hw-neuron-row[data-key="4"]'));
    await expect.poll(() => inked(overlay)).toBeGreaterThan(plain);
    expect(view.host.sent).toEqual([]);
    expect(view.kernel.calls).toEqual([]);
  });

  it("previews a head of the toolbar in the lines", async () => {
    const view = await openExplore();
    await expect.poll(() => Number(view.head.dataset.drawn)).toBeGreaterThan(0);
    const { drawn: before } = view.head.dataset;
    view.host.receive({ selection: { ...HEAD_0_1, heads: [] } });
    await expect.poll(() => view.head.dataset.drawn).toBe("0");
    await userEvent.hover(view.chip(1));
    await expect.poll(() => view.head.dataset.drawn).toBe(before);
    expect(view.host.sent).toEqual([]);
  });

  it("is as usable with 30 layers of 9 heads: the grid scrolls in its part", async () => {
    const view = await openExplore({ layers: 30, heads: 9 });
    const scroll = view.find(".hw-grid-scroll");
    expect(scroll.scrollHeight).toBeGreaterThan(2 * scroll.clientHeight);
    expect(view.find(".hw-upper").offsetHeight).toBeLessThan(800);
    scroll.scrollTop = scroll.scrollHeight;
    await expect.poll(() => view.all('.hw-grid-cell[data-layer="29"]').length).toBe(9);
    await userEvent.click(view.cell(29, 8));
    await expect.poll(() => view.head.dataset.layer).toBe("29");
  });

  it("draws the grid as its menu says", async () => {
    const view = await openExplore();
    view.choose("Frame", "first");
    view.find('.hw-two-way[aria-label="Form"] button').click();
    expect(view.host.sent).toEqual([{ frame: "first" }, { form: "lines" }]);
    await expect.poll(() => view.all(".hw-pane-neuron .hw-neuron-lines")).toHaveLength(1);
  });

  it("closes twenty times and leaves nothing behind", async () => {
    const view = await openExplore();
    const { listeners } = view.host;
    const nodes = document.querySelectorAll("*").length;
    const observed = vi.spyOn(ResizeObserver.prototype, "observe");
    const released = vi.spyOn(ResizeObserver.prototype, "disconnect");
    const loader = new Loader(view.host);
    const shared = view.host.listeners;
    for (let i = 0; i < 20; i++) {
      const other = new OpenView({}, { host: view.host, loader });
      await drawn();
      expect(view.host.listeners).toBeGreaterThan(shared);
      other.close();
    }
    expect(view.host.listeners).toBe(shared);
    expect(shared - listeners).toBeLessThanOrEqual(2);
    expect(released.mock.calls.length).toBeGreaterThanOrEqual(20);
    expect(new Set(released.mock.contexts).size).toBe(new Set(observed.mock.contexts).size);
    vi.restoreAllMocks();
    expect(document.querySelectorAll("*")).toHaveLength(nodes);
  });
});
