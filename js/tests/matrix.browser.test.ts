import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HostError } from "../src/host/host.ts";
import { rampColor, weightLevel, weightRamp } from "../src/ramps.ts";
import { blob } from "./support/blob.ts";
import {
  cardText,
  closeMatrices,
  longSample,
  type MatrixPage,
  openMatrix,
  pieceTensor,
  rested,
} from "./support/matrix.ts";
import { drawn, leave, pixel } from "./support/page.ts";
import { tokenList } from "./support/sample.ts";

beforeEach(leave);
afterEach(closeMatrices);

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
