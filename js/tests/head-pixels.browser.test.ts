import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { headColor } from "../src/scale.ts";
import { INK } from "../src/theme.ts";
import {
  channels,
  closeAll,
  drawn,
  inked,
  leave,
  type OpenView,
  openView,
  pixel,
} from "./support/page.ts";
import { pairsOf, sampleOf, tokenList } from "./support/sample.ts";

/** Head 0 sends query 0 to key 4, head 1 sends query 5 to key 1; everything else is 0. */
function sample(weight = 1) {
  return sampleOf({
    tokens: tokenList(["a", "b", "c", "d", "e", "f"]),
    heads: 2,
    weightAt: (_layer, head, query, key) =>
      (head === 0 && query === 0 && key === 4) || (head === 1 && query === 5 && key === 1)
        ? weight
        : 0,
  });
}

const only = (heads: number[], query: number | null = null) => ({
  selection: { block: null, heads: pairsOf(0, heads), query, key: null },
});

function near(found: number[], expected: number[], slack: number): void {
  expected.forEach((value, i) => {
    expect(Math.abs((found[i] ?? -1) - value), `${found} against ${expected}`).toBeLessThanOrEqual(
      slack,
    );
  });
}

const lineOf = (view: OpenView, query: number, key: number) =>
  pixel(view.lines, view.middle(query, key));

beforeEach(leave);
afterEach(closeAll);

describe("lines on the canvas", () => {
  it.each([
    ["light", "#ffffff", 1],
    ["dark", "#111111", 1],
  ] as const)(
    "have their head's colour at the middle of their path, in %s",
    async (theme, ground, alpha) => {
      for (const [head, query, key] of [
        [0, 0, 4],
        [1, 5, 1],
      ] as const) {
        const view = await openView({
          sample: sample(),
          ground,
          traits: { theme, ...only([head]) },
        });
        expect(view.drawn).toBe(1);
        const color = channels(headColor(head, 2, theme === "dark"));
        near(lineOf(view, query, key), [...color, 255 * alpha], 3);
      }
    },
  );

  it("leave nothing for weight 0", async () => {
    const view = await openView({ sample: sample(), traits: only([0]) });
    expect(lineOf(view, 1, 1)).toEqual([0, 0, 0, 0]);
    expect(lineOf(view, 5, 1)).toEqual([0, 0, 0, 0]);
    const empty = await openView({ sample: sample(0) });
    expect(empty.drawn).toBe(0);
    for (let row = 0; row < 6; row++) expect(lineOf(empty, row, row)[3]).toBe(0);
  });

  it("are as strong as the root of their weight", async () => {
    const view = await openView({ sample: sample(0.25), traits: only([0]) });
    near(lineOf(view, 0, 4).slice(3), [255 * (0.05 + 0.5)], 3);
  });

  it("go with their head and come back with it", async () => {
    const view = await openView({ sample: sample() });
    expect(lineOf(view, 0, 4)[3]).toBeGreaterThan(0);
    expect(lineOf(view, 5, 1)[3]).toBeGreaterThan(0);
    view.chip(1).click();
    await expect.poll(() => view.drawn).toBe(1);
    await expect.poll(() => lineOf(view, 5, 1)).toEqual([0, 0, 0, 0]);
    near(lineOf(view, 0, 4), channels(headColor(0, 2, false)), 3);
    view.chip(1).click();
    await expect.poll(() => lineOf(view, 5, 1)[3]).toBeGreaterThan(0);
  });

  it("lose the colour of a head when heads are combined", async () => {
    const view = await openView({ sample: sample(), traits: { aggregate: "max" } });
    expect(view.drawn).toBe(2);
    near(lineOf(view, 0, 4), channels(INK.light.ink1), 3);
    near(lineOf(view, 5, 1), channels(INK.light.ink1), 3);
  });

  it("stay inside their area", async () => {
    const view = await openView({ sample: sample(), traits: only([0]) });
    const edge = view.find(".hw-edge");
    const left = Number.parseFloat(edge.style.left);
    const { y } = view.middle(0, 0);
    expect(pixel(view.lines, { x: left + 1, y })[3]).toBeGreaterThan(0);
    expect(pixel(view.lines, { x: left - 2, y })[3]).toBe(0);
  });
});

describe("hovering a token", () => {
  it("draws its row on the overlay, and touches neither the base nor Python", async () => {
    const view = await openView({ sample: sample() });
    const before = view.lines.toDataURL();
    const empty = inked(view.overlay);
    await userEvent.hover(view.token("query", 0));
    await expect.poll(() => view.root.classList.contains("hw-holding")).toBe(true);
    await expect.poll(() => view.drawn).toBe(1);
    near(pixel(view.overlay, view.middle(0, 4)), channels(headColor(0, 2, false)), 3);
    expect(pixel(view.overlay, view.middle(5, 1))[3]).toBe(0);
    expect(view.live).toBe(
      "head 0.0: a attends to e 1.00; head 0.1: a attends to nothing shown; query 0",
    );

    await userEvent.hover(view.token("key", 1));
    await expect
      .poll(() => pixel(view.overlay, view.middle(5, 1)).slice(0, 3))
      .toEqual(channels(headColor(1, 2, false)));
    expect(pixel(view.overlay, view.middle(0, 4))[3]).toBe(0);

    await leave();
    await expect.poll(() => view.root.classList.contains("hw-holding")).toBe(false);
    await drawn();
    expect(inked(view.overlay)).toBe(empty);
    expect(view.lines.toDataURL()).toBe(before);
    expect(view.live).toBe("");
    expect(view.kernel.calls).toEqual([]);
    expect(view.host.sent).toEqual([]);
  });

  it("does nothing while another token is locked", async () => {
    const view = await openView({ sample: sample(), traits: only([0, 1], 0) });
    await expect.poll(() => view.live).toContain("; query 0");
    await userEvent.hover(view.token("query", 5));
    await drawn();
    expect(view.live).toContain("; query 0");
    expect(pixel(view.overlay, view.middle(5, 1))[3]).toBe(0);
  });

  it("makes room for its numbers without moving anything", async () => {
    const view = await openView({ sample: sample() });
    const boxes = () =>
      view.all("[role=option], .hw-chip, .hw-stage").map((node) => {
        const { x, y, width } = node.getBoundingClientRect();
        return [x, y, node.className.includes("hw-token") ? 0 : width];
      });
    const before = boxes().map(([, y]) => y);
    await userEvent.hover(view.token("query", 0));
    await expect.poll(() => view.texts(".hw-badge")).toEqual(["0", "1"]);
    expect(boxes().map(([, y]) => y)).toEqual(before);
    expect(view.find(".hw-stage").getBoundingClientRect().width).toBe(
      Number.parseFloat(view.lines.style.width),
    );
  });
});
