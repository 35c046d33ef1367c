import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { Loader } from "../src/store/loader.ts";
import { closeAll, drawn, inked, leave, OpenView } from "./support/page.ts";
import { compareTraits, openCompare } from "./support/whole.ts";

beforeEach(leave);
afterEach(closeAll);

const FREE = { block: "encoder", heads: [[0, 0]], query: null, key: null };

describe("two sides", () => {
  it("show each its own trace under its name, with one toolbar", async () => {
    const view = await openCompare();
    expect(view.all("[role=toolbar]")).toHaveLength(1);
    expect(view.texts(".hw-side .hw-title")).toEqual([
      "before2 layers × 3 heads",
      "after2 layers × 2 heads",
    ]);
    expect(view.sideToken("a", "query", 1).textContent).toBe("the");
    expect(view.sideToken("b", "query", 1).textContent).toBe("big");
    expect([view.side("a").dataset.rows, view.side("b").dataset.rows]).toEqual(["8", "9"]);
    expect(view.kernel.calls).toEqual([]);
  });

  it("lock the token that matches, whichever side is clicked", async () => {
    const view = await openCompare();
    await userEvent.click(view.sideToken("a", "query", 2));
    await expect.poll(() => view.locked("b")).toEqual(["cat"]);
    await userEvent.click(view.sideToken("b", "query", 2));
    expect(view.host.sent[1]).toEqual({ selection: { ...FREE, query: 1 } });
    await expect.poll(() => view.locked("a")).toEqual(["the"]);
    await userEvent.click(view.sideToken("b", "query", 2));
    await expect.poll(() => view.locked("a")).toEqual([]);
    expect(view.host.get("selection")).toEqual(FREE);
  });

  it("say that a head is not in the other, and keep it", async () => {
    const view = await openCompare();
    view.chip(2).click();
    await expect.poll(() => view.notes).toEqual(["Head 2 is not in “after”"]);
    expect(view.find(".hw-note p").textContent).toBe(
      "It has 2 heads. Layer and tokens stay linked.",
    );
    await userEvent.click(view.sideToken("b", "query", 0));
    expect(view.host.get("selection").heads).toEqual([
      [0, 0],
      [0, 2],
    ]);
    view.chip(2).click();
    await expect.poll(() => view.notes).toEqual([]);
  });

  it("do not promise that tokens stay linked where none match", async () => {
    const view = await openCompare({ pairs: [[], []] });
    view.chip(2).click();
    await expect.poll(() => view.notes).toContain("Head 2 is not in “after”");
    expect(view.find(".hw-note p").textContent).toBe("It has 2 heads. The layer stays linked.");
  });

  it("lock no token that only the second has, and say why", async () => {
    const view = await openCompare();
    await userEvent.click(view.sideToken("a", "query", 2));
    await expect.poll(() => view.locked("b")).toEqual(["cat"]);
    const sent = view.host.sent.length;
    await userEvent.click(view.sideToken("b", "query", 1));
    await expect.poll(() => view.notes).toEqual(["Token 1 “big” is only in “after”"]);
    expect(view.find(".hw-note p").textContent).toBe("It cannot be locked for both.");
    expect(view.host.sent).toHaveLength(sent);
    expect(view.host.get("selection")).toEqual({ ...FREE, query: 2 });
    expect([view.locked("a"), view.locked("b")]).toEqual([["cat"], ["cat"]]);
    await userEvent.click(view.sideToken("a", "query", 0));
    await expect.poll(() => view.notes).toEqual([]);
    expect(view.locked("b")).toEqual(["[CLS]"]);
  });

  it("say that a locked token of the first has no match", async () => {
    const view = await openCompare({
      pairs: [
        [0, 2],
        [0, 3],
      ],
    });
    const { selection } = compareTraits().traits;
    view.host.receive({ index_base: 1, selection: { ...selection, query: 1, key: 1 } });
    await expect.poll(() => view.notes).toEqual(["Token 2 “the” is only in “before”"]);
    await expect.poll(() => view.locked("a")).toEqual(["the", "the"]);
    expect(view.locked("b")).toEqual([]);
  });

  it("stay within the page under a name of any length", async () => {
    const name = "b".repeat(60);
    for (const width of [1100, 500]) {
      const view = await openCompare({ width, traits: { names: [name, name] } });
      const right = view.el.getBoundingClientRect().right;
      for (const node of view.all(".hw-title, .hw-title *, .hw-legend *, .hw-note *"))
        expect(node.getBoundingClientRect().right).toBeLessThanOrEqual(right);
      const title = view.find(".hw-side .hw-name");
      expect([title.title, title.textContent]).toEqual([name, name]);
      expect(title.scrollWidth).toBeGreaterThan(title.clientWidth);
      view.close();
    }
  });

  it("step through the layers that both have", async () => {
    const view = await openCompare({ second: { layers: 1 } });
    expect(view.texts(".hw-side .hw-title")[0]).toContain(", layer 0 is in both");
    expect(view.find(".hw-layer-value span").textContent).toBe("0 / 0");
  });

  it("move together with Python, and preview a head of the toolbar where it is", async () => {
    const view = await openCompare();
    view.host.receive({ layer: 1, selection: { ...FREE, heads: [[1, 1]], key: 7 } });
    await expect.poll(() => view.side("b").dataset.layer).toBe("1");
    expect(view.locked("b")).toEqual(["[SEP]"]);
    view.host.receive({ selection: { ...FREE, heads: [[1, 1]] } });
    await expect.poll(() => Number(view.side("b").dataset.drawn)).toBe(81);
    await userEvent.hover(view.chip(2));
    await expect.poll(() => Number(view.side("a").dataset.drawn)).toBe(64);
    expect(view.side("b").dataset.drawn).toBe("81");
    expect(view.host.sent).toEqual([]);
  });

  it("outline the token that matches, with no message", async () => {
    const view = await openCompare();
    const overlay = view.side("b").querySelector<HTMLCanvasElement>("canvas.hw-overlay");
    if (!overlay) throw new Error("no overlay");
    await drawn();
    const plain = inked(overlay);
    await userEvent.hover(view.sideToken("a", "key", 5));
    await expect.poll(() => inked(overlay)).toBeGreaterThan(plain);
    expect(view.host.sent).toEqual([]);
  });

  it("ask Python each for its own trace, and for what differs", async () => {
    const view = await openCompare({ stored: [0] });
    view.kernel.held = true;
    view.host.receive({ layer: 1, selection: { ...FREE, heads: [[1, 0]] } });
    await expect.poll(() => view.kernel.calls.length).toBe(3);
    const asked = view.kernel.calls.map(({ method, params }) => [method, params]);
    const piece = { block: "encoder", layer: 1, axis: "all", start: 0, dtype: "u8" };
    expect(asked).toEqual([
      ["tile", { ...piece, stop: 8 }],
      ["tile", { ...piece, stop: 9, trace: "b" }],
      ["difference", expect.objectContaining({ block: "encoder", layer: 1 })],
    ]);
    await expect.poll(() => view.root.dataset.state).toBe("loading");
  });

  it("stand one above the other where the page is narrow", async () => {
    const view = await openCompare({ width: 800 });
    const [a, b] = view.all(".hw-side").map((side) => side.getBoundingClientRect());
    expect(b?.top).toBeGreaterThanOrEqual(a?.bottom ?? 0);
  });

  it("close twenty times and leave nothing behind", async () => {
    const view = await openCompare();
    const loader = new Loader(view.host);
    const { listeners } = view.host;
    const nodes = document.querySelectorAll("*").length;
    for (let i = 0; i < 20; i++) {
      const other = new OpenView({}, { host: view.host, loader });
      await drawn();
      expect(view.host.listeners).toBeGreaterThan(listeners);
      other.close();
    }
    expect(view.host.listeners).toBe(listeners);
    expect(document.querySelectorAll("*")).toHaveLength(nodes);
  });
});
