import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import type { HeadPair } from "../src/state/types.ts";
import { newGrid, openGrid } from "./support/model-page.ts";
import { closeAll, drawn, leave } from "./support/page.ts";

beforeEach(leave);
afterEach(closeAll);

const selection = (heads: HeadPair[], more: { query?: number; key?: number } = {}) => ({
  block: "encoder",
  heads,
  query: null,
  key: null,
  ...more,
});

describe("a click on a thumbnail", () => {
  it("selects that head alone and opens it, in one message; again, and it closes", async () => {
    const view = await openGrid({ traits: { selection: selection([[2, 2]]) } });
    await userEvent.click(view.cell(0, 1));
    await expect.poll(() => view.openedHead).toEqual([0, 1]);
    expect(view.host.sent).toEqual([{ selection: selection([[0, 1]]), opened: [0, 1] }]);
    expect(view.cell(0, 1).getAttribute("aria-expanded")).toBe("true");
    await expect.poll(() => view.selected).toEqual([[0, 1]]);

    await userEvent.click(view.cell(0, 1));
    await expect.poll(() => view.openedHead).toBeNull();
    expect(view.host.sent.slice(1)).toEqual([{ opened: null }]);
    expect(view.selected).toEqual([[0, 1]]);
  });

  it.each(["Shift", "Control", "Meta"])(
    "with %s adds to the selection or takes out, in order",
    async (key) => {
      const view = await openGrid();
      const clickWith = async (layer: number, head: number) => {
        await userEvent.keyboard(`{${key}>}`);
        view.cell(layer, head).dispatchEvent(
          new MouseEvent("click", {
            bubbles: true,
            shiftKey: key === "Shift",
            ctrlKey: key === "Control",
            metaKey: key === "Meta",
          }),
        );
        await userEvent.keyboard(`{/${key}}`);
      };
      for (const [layer, head] of [
        [2, 3],
        [0, 0],
        [1, 2],
      ] as const)
        await clickWith(layer, head);
      expect(view.host.get("selection").heads).toEqual([
        [2, 3],
        [0, 0],
        [1, 2],
      ]);
      await expect.poll(() => view.texts(".hw-count")).toEqual(["3 heads selected"]);
      await clickWith(0, 0);
      expect(view.host.get("selection").heads).toEqual([
        [2, 3],
        [1, 2],
      ]);
      expect(view.openedHead).toBeNull();
      expect(view.host.sent.every((sent) => !("opened" in sent))).toBe(true);
      await expect
        .poll(() => view.selected)
        .toEqual([
          [1, 2],
          [2, 3],
        ]);
    },
  );

  it("between two thumbnails is a click on the nearer one, and on a label on none", async () => {
    const view = await openGrid();
    const scroll = view.find(".hw-grid-scroll");
    const box = view.cell(1, 1).getBoundingClientRect();
    const origin = scroll.getBoundingClientRect();
    const y = box.top + 5 - origin.top;
    await userEvent.click(scroll, { position: { x: box.right + 1 - origin.left, y } });
    await expect.poll(() => view.openedHead).toEqual([1, 1]);
    await userEvent.click(view.find(".hw-grid-label"));
    await drawn();
    expect(view.host.sent).toHaveLength(1);
  });

  it("of a selection in another block starts anew", async () => {
    const view = await openGrid({
      traits: { selection: { block: "cross", heads: [[0, 0]], query: 3, key: null } },
    });
    expect(view.selected).toEqual([]);
    expect(view.all(".hw-count")).toEqual([]);
    await userEvent.click(view.cell(0, 2));
    expect(view.host.get("selection")).toEqual(selection([[0, 2]]));
  });
});

describe("the count", () => {
  it("says how many heads are selected, hidden ones too, and clears them", async () => {
    const view = await openGrid({
      traits: {
        selection: selection(
          [
            [0, 0],
            [2, 1],
          ],
          { query: 4 },
        ),
        include_layers: [0, 1],
      },
    });
    expect(view.texts(".hw-count")).toEqual(["2 heads selected"]);
    expect(view.selected).toEqual([[0, 0]]);
    await userEvent.click(
      view.all("button").find((node) => node.textContent === "Clear") as HTMLElement,
    );
    expect(view.host.sent).toEqual([{ selection: selection([], { query: 4 }) }]);
    await expect.poll(() => view.all(".hw-count")).toEqual([]);
  });
});

describe("keys", () => {
  it("walk the grid, and the head they are on is told", async () => {
    const view = await openGrid();
    await userEvent.tab();
    while (!document.activeElement?.matches(".hw-grid-cell")) await userEvent.tab();
    expect(document.activeElement).toBe(view.cell(0, 0));
    expect(view.all('.hw-grid-cell[tabindex="0"]')).toHaveLength(1);
    const at = () => (document.activeElement as HTMLElement).getAttribute("aria-label");
    const seen: (string | null)[] = [];
    for (const key of [
      "ArrowRight",
      "ArrowDown",
      "End",
      "ArrowRight",
      "ArrowDown",
      "ArrowDown",
      "Home",
      "ArrowUp",
    ]) {
      await view.press(`{${key}}`);
      seen.push(at());
    }
    expect(seen).toEqual([
      "layer 0, head 1",
      "layer 1, head 1",
      "layer 1, head 3",
      "layer 1, head 3",
      "layer 2, head 3",
      "layer 2, head 3",
      "layer 2, head 0",
      "layer 1, head 0",
    ]);
    await expect.poll(() => view.facts).toContain("layer 1, head 0");
    await expect.poll(() => view.live).toContain("entropy 1.10 nats of 2.08");
    expect(view.host.sent).toEqual([]);
  });

  it("open with Enter, select with the space bar, and close, clear and leave with Escape", async () => {
    const view = await openGrid();
    view.cell(1, 2).focus();
    await view.press("{Enter}");
    await expect.poll(() => view.openedHead).toEqual([1, 2]);
    await view.press("{ArrowRight}", " ");
    expect(view.host.get("selection").heads).toEqual([
      [1, 2],
      [1, 3],
    ]);
    expect(view.openedHead).toEqual([1, 2]);
    await view.press("{Escape}");
    await expect.poll(() => view.openedHead).toBeNull();
    expect(view.host.get("selection").heads).toHaveLength(2);
    await view.press("{Escape}");
    expect(view.host.get("selection")).toEqual(selection([]));
    expect(document.activeElement).toBe(view.cell(1, 3));
    await view.press("{Escape}");
    expect(document.activeElement).toBe(document.body);
    expect(view.host.sent).toHaveLength(4);
  });

  it("close with Enter on the opened head", async () => {
    const view = await openGrid({ traits: { opened: [0, 3] } });
    view.cell(0, 3).focus();
    await view.press("{Enter}");
    expect(view.host.sent).toEqual([{ opened: null }]);
  });

  it("hide special tokens with H, wherever the focus is", async () => {
    const view = await openGrid();
    view.cell(0, 0).focus();
    await view.press("h");
    expect(view.host.sent).toEqual([{ hide_special: true }]);
    await expect.poll(() => view.legend).toContain("special tokens hidden");
  });

  it("bring rows that are not in sight", async () => {
    const { GRID } = await import("./support/model-page.ts");
    const view = await openGrid({ sample: { ...GRID, layers: 40 }, traits: { height: 200 } });
    expect(view.all(".hw-grid-row").length).toBeLessThan(8);
    view.cell(0, 0).focus();
    for (let i = 0; i < 12; i++) await view.press("{ArrowDown}");
    expect(document.activeElement).toBe(view.cell(12, 0));
    const [cell, scroll] = [view.cell(12, 0), view.find(".hw-grid-scroll")].map((node) =>
      node.getBoundingClientRect(),
    );
    expect(cell?.bottom).toBeLessThanOrEqual(scroll?.bottom ?? 0);
    await expect.poll(() => view.all(".hw-grid-row").length).toBeLessThan(9);
  });
});

describe("hovering", () => {
  it("tells the facts of a head, draws no thumbnail again and sends nothing", async () => {
    const view = await openGrid();
    await drawn();
    const before = view.thumbs.toDataURL();
    const draw = CanvasRenderingContext2D.prototype.drawImage;
    let images = 0;
    CanvasRenderingContext2D.prototype.drawImage = function (this: CanvasRenderingContext2D) {
      images++;
    } as typeof draw;
    try {
      await userEvent.hover(view.cell(1, 2));
      await expect.poll(() => view.facts).toContain("layer 1, head 2");
      for (const text of [
        "1.12 of 2.08 nats",
        "previous 0.60",
        "next 0.30",
        "first 0.15",
        "special 0.10",
      ])
        expect(view.facts).toContain(text);
      expect(view.facts).toContain("strongest are → cat 0.213");
      expect(view.texts(".hw-grid-heads .hw-strong")).toEqual(["2"]);
      expect(view.texts(".hw-grid-label.hw-strong")).toEqual(["1"]);
      await leave();
      await expect.poll(() => view.facts).toContain("Point at a thumbnail");
      expect(images).toBe(0);
    } finally {
      CanvasRenderingContext2D.prototype.drawImage = draw;
    }
    expect(view.thumbs.toDataURL()).toBe(before);
    expect(view.grid.calls).toEqual([]);
    expect(view.host.sent).toEqual([]);
  });

  it("is heard by linked views, and hears them", async () => {
    const links = { _links: ["link"] };
    const [a, b] = [newGrid({ traits: links }), newGrid({ traits: links })];
    for (const view of [a, b]) await expect.poll(() => view.root.dataset.state).toBe("ready");
    const { inked } = await import("./support/page.ts");
    expect(inked(b.marks)).toBe(0);
    await userEvent.hover(a.cell(2, 1));
    await expect.poll(() => inked(b.marks)).toBeGreaterThan(0);
    expect(b.facts).not.toContain("layer 2, head 1");
    await leave();
    await expect.poll(() => inked(b.marks)).toBe(0);
  });
});
