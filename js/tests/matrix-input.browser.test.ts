import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { cardText, closeMatrices, longSample, openMatrix, rested } from "./support/matrix.ts";
import { drawn, leave } from "./support/page.ts";

beforeEach(leave);
afterEach(closeMatrices);

describe("the pointer", () => {
  it("reads a cell", async () => {
    const page = await openMatrix();
    page.point("pointermove", page.at(2, 5));
    await expect.poll(() => cardText(page)).toEqual(["t2 → t5 0.063", "query 2, key 5"]);
    page.point("pointermove", page.at(2, 2));
    await expect.poll(() => cardText(page)).toEqual(["t2 → t2 0.500", "query 2, key 2"]);
    page.point("pointerleave", page.at(2, 2));
    await expect.poll(() => cardText(page)).toBeNull();
    expect(page.host.sent).toEqual([]);
  });

  it("says ≈ where weights are bytes, and what a dot covers where they are pooled", async () => {
    const page = await openMatrix({ count: 200 });
    page.point("pointermove", page.at(7, 7));
    await expect.poll(() => cardText(page)).toEqual(["t7 → t7 ≈0.50", "query 7, key 7"]);
    const long = await openMatrix({ count: 900 });
    long.point("pointermove", long.at(7, 7));
    await expect.poll(() => cardText(long)).toEqual(["largest ≈0.50", "queries 6–7, keys 6–7"]);
  });

  it("locks a cell with a click, releases it with the next, and asks for its exact weight", async () => {
    const page = await openMatrix({ sample: { ...longSample(200), weightAt: () => 0.0051 } });
    const before = page.pieces.length;
    page.drag(page.at(7, 190), page.at(7, 190));
    expect(page.host.get("selection")).toMatchObject({ query: 7, key: 190 });
    await expect
      .poll(() =>
        page.pieces.slice(before).map(({ params }) => [params.dtype, params.row, params.column]),
      )
      .toEqual([["f32", 0, 2]]);
    await expect
      .poll(() => page.find(".hw-live").textContent)
      .toBe("head 0.0: t7 attends to t190 0.01; query 7, key 190");
    page.drag(page.at(7, 190), page.at(7, 190));
    expect(page.host.get("selection")).toMatchObject({ query: null, key: null });
  });

  it("pans, and asks for nothing within what is there", async () => {
    const page = await openMatrix({ count: 60, traits: { region: [20, 40, 20, 40] } });
    await expect.poll(() => page.region).toEqual([20, 40, 20, 40]);
    await drawn();
    const asked = page.calls.length;
    const cell = page.map.offsetWidth / 20;
    page.drag({ x: 300, y: 300 }, { x: 300 + 3 * cell, y: 300 - 2 * cell });
    await expect.poll(() => page.region).toEqual([22, 42, 17, 37]);
    await rested(page, [22, 42, 17, 37]);
    expect(page.host.sent).toEqual([{ region: [22, 42, 17, 37] }]);
    expect(page.calls.length).toBe(asked);
  });

  it.each([
    ["down", [20, 30], [50, 55]],
    ["up", [50, 55], [20, 30]],
  ])("brushes %s", async (_, from, to) => {
    const page = await openMatrix({ count: 100, traits: { tool: "brush" } });
    page.drag(page.at(from[0] ?? 0, from[1] ?? 0), page.at(to[0] ?? 0, to[1] ?? 0));
    expect(page.host.sent).toEqual([
      {
        selection: {
          block: "encoder",
          heads: [[0, 0]],
          query: null,
          key: null,
          query_range: [20, 51],
          key_range: [30, 56],
        },
      },
    ]);
    await expect.poll(() => page.find(".hw-brush").textContent).toBe("queries 20–50, keys 30–55");
  });

  it("shows a rectangle that Python brushes, and none any more", async () => {
    const page = await openMatrix({ count: 100 });
    expect(page.find(".hw-brush").hidden).toBe(true);
    const selection = page.host.get("selection");
    page.host.receive({ selection: { ...selection, query_range: [5, 6], key_range: [0, 10] } });
    await expect.poll(() => page.find(".hw-brush").textContent).toBe("query 5, keys 0–9");
    page.host.receive({ selection });
    await expect.poll(() => page.find(".hw-brush").hidden).toBe(true);
  });

  it("leaves the wheel to the page, and zooms about itself with Ctrl", async () => {
    const page = await openMatrix({ count: 300 });
    expect(page.wheel({ x: 90, y: 200 }, -120, false).defaultPrevented).toBe(false);
    const at = { x: 93, y: 201 };
    page.point("pointermove", at);
    await expect.poll(() => cardText(page)?.[1]).toBeTruthy();
    const place = cardText(page)?.[1];
    for (let i = 0; i < 4; i++) expect(page.wheel(at, -100, true).defaultPrevented).toBe(true);
    await drawn();
    page.point("pointermove", { x: at.x, y: at.y });
    await drawn();
    expect(cardText(page)?.[1]).toBe(place);
    expect((page.region[1] ?? 0) - (page.region[0] ?? 0)).toBeLessThan(40);
    await expect.poll(() => page.host.sent).toEqual([{ region: page.region }]);
  });

  it("zooms with two fingers", async () => {
    const page = await openMatrix({ count: 300 });
    page.map.setPointerCapture = () => {};
    page.point("pointerdown", { x: 100, y: 100 }, { pointerId: 1 });
    page.point("pointerdown", { x: 200, y: 100 }, { pointerId: 2 });
    page.point("pointermove", { x: 300, y: 100 }, { pointerId: 2 });
    page.point("pointerup", { x: 300, y: 100 }, { pointerId: 2 });
    page.point("pointerup", { x: 100, y: 100 }, { pointerId: 1 });
    await expect.poll(() => (page.region[1] ?? 0) - (page.region[0] ?? 0)).toBeLessThan(155);
    await expect.poll(() => page.host.sent).toEqual([{ region: page.region }]);
    expect(page.host.get("selection").query).toBeNull();
  });
});

describe("buttons", () => {
  it("zoom in, out and to the whole", async () => {
    const page = await openMatrix({ count: 100 });
    expect(page.find(".hw-zoom-value").textContent).toBe("whole");
    expect(page.button("Zoom out").disabled).toBe(true);
    page.button("Zoom in").click();
    await expect.poll(() => page.find(".hw-zoom-value").textContent).toBe("50 × 50");
    await rested(page, [25, 75, 25, 75]);
    expect(page.find(".hw-overview").hidden).toBe(false);
    for (let i = 0; i < 9; i++) page.button("Zoom in").click();
    await expect.poll(() => page.button("Zoom in").disabled).toBe(true);
    page.button("Fit").click();
    await rested(page, [0, 100, 0, 100]);
    expect(page.find(".hw-overview").hidden).toBe(true);
  });

  it("choose what dragging does", async () => {
    const page = await openMatrix();
    page.button("brush").click();
    expect(page.host.sent).toEqual([{ tool: "brush" }]);
    await expect.poll(() => page.map.dataset.tool).toBe("brush");
  });

  it("choose several heads on two strips", async () => {
    const page = await openMatrix();
    page.button("several").click();
    await expect.poll(() => page.texts(".hw-strip .hw-chip")).toEqual(["0", "1", "0", "1", "2"]);
    page.button("layer 1").click();
    expect(page.host.get("selection").heads).toEqual([[1, 0]]);
    page.button("head 2").dispatchEvent(new MouseEvent("click", { shiftKey: true, bubbles: true }));
    await expect
      .poll(() => page.host.get("selection").heads)
      .toEqual([
        [1, 0],
        [1, 2],
      ]);
    page.button("All layers").click();
    await expect
      .poll(() => page.host.get("selection").heads)
      .toEqual([
        [0, 0],
        [0, 2],
        [1, 0],
        [1, 2],
      ]);
    expect(page.host.get("layers")).toEqual([0, 1]);
    const draw = page.find('select[aria-label="Draw"]') as HTMLSelectElement;
    draw.value = "sum";
    draw.dispatchEvent(new Event("change", { bubbles: true }));
    await expect
      .poll(() => page.pieces.at(-1)?.params)
      .toMatchObject({
        heads: [
          [0, 0],
          [0, 2],
          [1, 0],
          [1, 2],
        ],
        aggregate: "sum",
      });
    await expect
      .poll(() => page.find(".hw-legend").textContent)
      .toContain("sum of 4 heads, drawn against 4");
    page.button("one head").click();
    await expect.poll(() => page.host.get("selection").heads).toEqual([[0, 0]]);
  });

  it("keep the last chip of a strip on", async () => {
    const page = await openMatrix({
      traits: {
        layers: [0],
        heads: [0, 1],
        selection: {
          block: "encoder",
          heads: [
            [0, 0],
            [0, 1],
          ],
          query: null,
          key: null,
        },
      },
    });
    page
      .button("layer 0")
      .dispatchEvent(new MouseEvent("click", { shiftKey: true, bubbles: true }));
    expect(page.host.sent).toEqual([]);
  });
});

describe("keys", () => {
  const focused = async (traits = {}) => {
    const page = await openMatrix({ count: 100, traits });
    page.map.focus();
    return page;
  };

  it("move a cell and lock it", async () => {
    const page = await focused();
    await userEvent.keyboard("{ArrowDown}{ArrowDown}{ArrowRight}");
    await expect
      .poll(() => page.find(".hw-live").textContent)
      .toBe("head 0.0: t1 attends to t1 ≈0.50; query 1, key 1");
    await userEvent.keyboard("{Enter}");
    expect(page.host.get("selection")).toMatchObject({ query: 1, key: 1 });
    await expect
      .poll(() => page.find(".hw-live").textContent)
      .toBe("head 0.0: t1 attends to t1 0.50; query 1, key 1");
  });

  it("bring a cell beyond the edge into sight", async () => {
    const page = await focused({ region: [0, 20, 0, 20] });
    for (let i = 0; i < 22; i++) await userEvent.keyboard("{ArrowDown}");
    await expect.poll(() => page.region).toEqual([2, 22, 0, 20]);
    await rested(page, [2, 22, 0, 20]);
  });

  it("brush with Space, and Esc clears one thing after the other", async () => {
    const page = await focused();
    await userEvent.keyboard("{ArrowDown} {ArrowDown}{ArrowRight}{ArrowRight} ");
    expect(page.host.get("selection")).toMatchObject({ query_range: [0, 2], key_range: [0, 3] });
    await userEvent.keyboard("{Enter}{Escape}");
    expect(page.host.get("selection").query_range).toBeUndefined();
    expect(page.host.get("selection")).toMatchObject({ query: 1, key: 2 });
    await userEvent.keyboard("{Escape}");
    expect(page.host.get("selection").query).toBeNull();
    await userEvent.keyboard("{Escape}{Escape}");
    expect(document.activeElement).toBe(document.body);
  });

  it("choose layer and head, zoom, fit and hide", async () => {
    const page = await focused();
    await userEvent.keyboard("]");
    expect(page.host.get("selection").heads).toEqual([[1, 0]]);
    await userEvent.keyboard(".");
    expect(page.host.get("selection").heads).toEqual([[1, 1]]);
    await userEvent.keyboard("[[,");
    expect(page.host.get("selection").heads).toEqual([[0, 0]]);
    await userEvent.keyboard("+");
    await rested(page, [25, 75, 25, 75]);
    await userEvent.keyboard("-");
    await rested(page, [0, 100, 0, 100]);
    await userEvent.keyboard("+0");
    await rested(page, [0, 100, 0, 100]);
    await userEvent.keyboard("h");
    expect(page.host.get("hide_special")).toBe(true);
  });
});
