import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { HostError } from "../src/host/host.ts";
import { rampColor, weightLevel, weightRamp } from "../src/ramps.ts";
import { blob } from "./support/blob.ts";
import {
  closeMatrices,
  longSample,
  type MatrixPage,
  openMatrix,
  pieceTensor,
} from "./support/matrix.ts";
import { drawn, leave, pixel } from "./support/page.ts";
import { tokenList } from "./support/sample.ts";

beforeEach(leave);
afterEach(closeMatrices);

const card = (page: MatrixPage) => page.find(".hw-card");
const cardText = (page: MatrixPage) => {
  const { hidden, children } = card(page);
  return hidden ? null : [...children].map((node) => node.textContent);
};
const rested = (page: MatrixPage, region: number[]) =>
  expect.poll(() => page.host.get("region")).toEqual(region);
const colourAt = (page: MatrixPage, query: number, key: number) => {
  const { offsetLeft, offsetTop } = page.map;
  const { x, y } = page.at(query, key);
  const near = { x: offsetLeft + x - 9, y: offsetTop + y - 9 };
  const [r, g, b, alpha] = pixel(page.base, near);
  return alpha === 0 ? "clear" : `rgb(${r}, ${g}, ${b})`;
};
const ramp = weightRamp(false);
const colourOf = (weight: number) => rampColor(ramp, weightLevel(weight));

describe("what is drawn", () => {
  it("is the weight of each cell", async () => {
    const page = await openMatrix();
    expect(page.find(".hw-pooling").textContent).toBe("exact weights");
    expect(colourAt(page, 3, 3)).toBe(colourOf(0.5));
    expect(colourAt(page, 3, 4)).toBe(colourOf(0.5 / 8));
    expect(page.calls.map(({ method }) => method)).toEqual([
      "matrix",
      "matrix",
      "matrix_marginals",
    ]);
  });

  it("is another head once another is chosen", async () => {
    const page = await openMatrix();
    page.button("Next head").click();
    await expect.poll(() => colourAt(page, 3, 3)).toBe(colourOf(0.51));
    expect(page.host.sent).toEqual([
      {
        heads: [1],
        selection: { block: "encoder", heads: [[0, 1]], query: null, key: null },
      },
    ]);
  });

  it("is the ramp of a dark page", async () => {
    const page = await openMatrix({ ground: "#111111", traits: { theme: "dark" } });
    expect(colourAt(page, 3, 3)).toBe(rampColor(weightRamp(true), weightLevel(0.5)));
  });

  it("leaves what is not seen as ground", async () => {
    const weightAt = (_layer: number, _head: number, query: number, key: number) =>
      key > query ? Number.NEGATIVE_INFINITY : 1 / (query + 1);
    const page = await openMatrix({ sample: { ...longSample(8), weightAt } });
    expect([colourAt(page, 3, 3), colourAt(page, 3, 4)]).toEqual([colourOf(0.25), "clear"]);
    page.point("pointermove", page.at(3, 4));
    await expect.poll(() => cardText(page)).toEqual(["t3 → t4 –", "query 3, key 4: not seen"]);
  });

  it("is pooled by max where a dot covers several weights, and says so", async () => {
    const page = await openMatrix({ count: 900 });
    expect(page.find(".hw-pooling").textContent).toBe(
      "pooled by max: one dot covers 2 × 2 weights",
    );
    expect(page.pieces.every(({ params }) => params.pool === 2 && params.dtype === "u8")).toBe(
      true,
    );
    const { offsetLeft, offsetTop } = page.map;
    // 450 dots in 450 px: a dot on the diagonal, and one beside it.
    const level = (weight: number) => Math.round((Math.round(254 * Math.sqrt(weight)) * 255) / 254);
    for (const [x, weight] of [
      [200, 0.5],
      [220, 0.5 / 900],
    ] as const) {
      const dot = pixel(page.base, { x: offsetLeft + x + 0.5, y: offsetTop + 200.5 });
      expect(`rgb(${dot.slice(0, 3).join(", ")})`).toBe(rampColor(ramp, level(weight)));
    }
  });

  it("names the token that receives most", async () => {
    const page = await openMatrix();
    const { offsetTop, offsetHeight, offsetLeft } = page.map;
    const [, , , alpha] = pixel(page.base, {
      x: offsetLeft + 24,
      y: offsetTop + offsetHeight + 30,
    });
    expect(alpha).toBe(255);
    const [, , , beside] = pixel(page.base, {
      x: offsetLeft + 72,
      y: offsetTop + offsetHeight + 38,
    });
    expect(beside).toBe(0);
  });
});

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
      .toBe("t7 → t190 0.005, query 7, key 190");
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
      .toBe("t1 → t1 ≈0.50, query 1, key 1");
    await userEvent.keyboard("{Enter}");
    expect(page.host.get("selection")).toMatchObject({ query: 1, key: 1 });
    await expect
      .poll(() => page.find(".hw-live").textContent)
      .toBe("t1 → t1 0.500, query 1, key 1");
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

describe("what travels", () => {
  it("is drawn while it comes, row by row", async () => {
    const page = await openMatrix({ count: 100 });
    page.rows = 30;
    page.host.receive({ selection: { block: "encoder", heads: [[0, 2]], query: null, key: null } });
    await expect.poll(() => page.pieces.length).toBeGreaterThan(3);
    expect(page.root.dataset.state).toBe("loading");
    page.rows = 100;
    await expect.poll(() => page.root.dataset.state).toBe("ready");
    expect(page.host.get("selection").heads).toEqual([[0, 2]]);
  });

  it("is less once the person has moved on", async () => {
    const page = await openMatrix({ count: 600 });
    page.silent = true;
    const before = page.calls.length;
    page.host.receive({ selection: { block: "encoder", heads: [[1, 1]], query: null, key: null } });
    await drawn();
    page.host.receive({ selection: { block: "encoder", heads: [[1, 2]], query: null, key: null } });
    await drawn();
    expect(page.calls.length - before).toBe(2);
  });

  it("is not asked for twice when the region comes back from Python", async () => {
    const page = await openMatrix({ count: 100 });
    page.button("Zoom in").click();
    await rested(page, [25, 75, 25, 75]);
    await expect.poll(() => page.root.dataset.idle).toBe("true");
    const asked = page.calls.length;
    const sent = page.host.sent.length;
    page.host.receive({ region: [25, 75, 25, 75] });
    await drawn();
    expect([page.calls.length, page.host.sent.length]).toEqual([asked, sent]);
  });

  it("keeps the picture when the kernel dies during a zoom", async () => {
    const page = await openMatrix({ count: 900 });
    const { offsetLeft, offsetTop } = page.map;
    page.silent = true;
    page.host.setKernel("gone");
    for (let i = 0; i < 3; i++) page.button("Zoom in").click();
    await expect.poll(() => page.root.dataset.state).toBe("error");
    expect(page.texts(".hw-note b")).toEqual(["No kernel"]);
    const [, , , alpha] = pixel(page.base, { x: offsetLeft + 100, y: offsetTop + 100 });
    expect(alpha).toBe(255);
    expect(page.find(".hw-zoom-value").textContent).toBe("114 × 114");
    expect(page.find(".hw-pooling").textContent).toBe(
      "pooled by max: one dot covers 2 × 2 weights",
    );
    page.point("pointermove", { x: 100, y: 100 });
    await expect.poll(() => cardText(page)?.[0]).toMatch(/^largest ≈0\.50$/);
  });

  it("says why Python refused, and goes on", async () => {
    const page = await openMatrix();
    vi.spyOn(page.host, "request").mockRejectedValueOnce(
      new HostError("OutOfRange", "row 3 of pieces does not exist: a map has rows 0 to 2"),
    );
    page.button("Next head").click();
    await expect.poll(() => page.texts(".hw-note b")).toEqual(["Row 3 of pieces does not exist"]);
    page.button("Next head").click();
    await expect.poll(() => page.texts(".hw-note b")).toEqual([]);
  });
});

describe("a saved page", () => {
  it("shows what is stored, and says what is not", async () => {
    const request = {
      block: "encoder",
      heads: [[0, 0]] as [number, number][],
      aggregate: "mean" as const,
      hide_special: false,
      pool: 1,
      row: 0,
      column: 0,
      dtype: "f32" as const,
    };
    const tensors = blob([pieceTensor(longSample(8), request)]);
    const page = await openMatrix({ kernel: "none", traits: { tensors } });
    expect(colourAt(page, 3, 3)).toBe(colourOf(0.5));
    expect(page.texts(".hw-saved b")).toEqual([]);
    page.button("Next layer").click();
    await expect.poll(() => page.texts(".hw-saved b")).toEqual(["Saved page"]);
    await expect.poll(() => page.root.dataset.state).toBe("error");
    page.button("Previous layer").click();
    await expect.poll(() => page.texts(".hw-saved b")).toEqual([]);
  });
});

describe("room", () => {
  it.each([200, 320, 400, 640])("%i px are enough", async (width) => {
    const page = await openMatrix({ count: 18, width });
    expect(page.root.scrollWidth).toBeLessThanOrEqual(width);
    expect(page.map.offsetLeft + page.map.offsetWidth).toBeLessThanOrEqual(width);
  });

  it("one token is a map", async () => {
    const page = await openMatrix({ count: 1 });
    expect([page.map.offsetWidth, page.map.offsetHeight]).toEqual([48, 48]);
    page.point("pointermove", { x: 20, y: 20 });
    await expect.poll(() => cardText(page)).toEqual(["[CLS] → [CLS] 0.500", "query 0, key 0"]);
  });

  it("token text is text", async () => {
    const tokens = tokenList(["<img src=x onerror=alert(1)>", "</script>", "שלום", "😀"]);
    const page = await openMatrix({ sample: { ...longSample(4), tokens } });
    page.point("pointermove", page.at(0, 1));
    await expect
      .poll(() => cardText(page)?.[0])
      .toBe("<img src=x onerror=alert(1)> → </script> 0.125");
    expect(page.el.querySelector("script, img")).toBeNull();
  });
});

describe("a life", () => {
  it("leaves nothing behind", async () => {
    const page = await openMatrix({ count: 100 });
    const before = page.host.listeners;
    for (let i = 0; i < 20; i++) {
      const scope = new AbortController();
      page.render(scope.signal);
      scope.abort();
      page.el.lastElementChild?.remove();
    }
    expect(page.el.childElementCount).toBe(1);
    // Loaders live as long as the model: two listeners each.
    expect(page.host.listeners - before).toBe(20 * 2);
  });

  it("draws nothing after its end", async () => {
    const page = await openMatrix({ count: 100 });
    page.button("Zoom in").click();
    page.scope.abort();
    const sent = page.host.sent.length;
    await new Promise((done) => setTimeout(done, 300));
    expect(page.host.sent.length).toBe(sent);
  });
});
