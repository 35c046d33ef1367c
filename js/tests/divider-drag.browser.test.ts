import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { closeAll, leave } from "./support/page.ts";
import { type ExploreView, openExplore } from "./support/whole.ts";

beforeEach(leave);
afterEach(closeAll);

const width = (view: ExploreView) => view.find(".hw-pane-model").offsetWidth;

function pointer(node: HTMLElement, name: string, at: { x: number; y: number }): void {
  const place = { clientX: at.x, clientY: at.y, pointerId: 1, bubbles: true };
  node.dispatchEvent(new PointerEvent(name, place));
}

/** A capture needs a pointer that is down, which a made-up event is not. */
function drag(node: HTMLElement, by: { x: number; y: number }): void {
  node.setPointerCapture = () => undefined;
  const box = node.getBoundingClientRect();
  const from = { x: box.left, y: box.top };
  const to = { x: from.x + by.x, y: from.y + by.y };
  pointer(node, "pointerdown", from);
  pointer(node, "pointermove", to);
  pointer(node, "pointerup", to);
  pointer(node, "pointermove", { x: 0, y: 0 });
}

describe("the dividers", () => {
  it("stand where the parts meet, and say where", async () => {
    const view = await openExplore();
    const { vertical, horizontal } = view.divider;
    expect(width(view)).toBe(404);
    expect([vertical, horizontal].map((rule) => rule.getAttribute("role"))).toEqual([
      "separator",
      "separator",
    ]);
    expect(vertical.getAttribute("aria-valuenow")).toBe("404");
    expect(vertical.getAttribute("aria-valuemin")).toBe("200");
    expect(vertical.getAttribute("aria-valuemax")).toBe("851");
    expect([vertical.offsetWidth, horizontal.offsetHeight]).toEqual([1, 1]);
  });

  it("drag, never under 200 px, and go back on a double click", async () => {
    const view = await openExplore();
    const { vertical } = view.divider;
    drag(vertical, { x: 100, y: 0 });
    await expect.poll(() => width(view)).toBe(504);
    expect(vertical.getAttribute("aria-valuenow")).toBe("504");
    drag(vertical, { x: -1000, y: 0 });
    await expect.poll(() => width(view)).toBe(200);
    await userEvent.dblClick(vertical);
    await expect.poll(() => width(view)).toBe(404);
    expect(view.host.sent).toEqual([]);
  });

  it("change the height of grid and lines, which scroll in it", async () => {
    const view = await openExplore();
    const upper = view.find(".hw-upper");
    const before = upper.offsetHeight;
    drag(view.divider.horizontal, { x: 0, y: 120 });
    await expect.poll(() => upper.offsetHeight).toBe(before + 120);
    drag(view.divider.horizontal, { x: 0, y: -1000 });
    await expect.poll(() => upper.offsetHeight).toBe(200);
    const pane = view.find(".hw-pane-head");
    expect(pane.scrollHeight).toBeGreaterThan(pane.clientHeight);
  });

  it("move by the arrow keys, 16 px at a time", async () => {
    const view = await openExplore();
    view.divider.vertical.focus();
    await userEvent.keyboard("{ArrowRight}{ArrowRight}{ArrowLeft}{ArrowDown}");
    await expect.poll(() => width(view)).toBe(420);
    await userEvent.keyboard("{Home}");
    await expect.poll(() => width(view)).toBe(200);
  });

  it("are plain rules where the parts stand one below the other", async () => {
    const view = await openExplore({ width: 800 });
    const { vertical } = view.divider;
    expect(view.titles[0]).toContain("click shows it below");
    expect(width(view)).toBe(800);
    expect([vertical.getAttribute("tabindex"), vertical.getAttribute("aria-valuenow")]).toEqual([
      null,
      null,
    ]);
    drag(vertical, { x: -100, y: 0 });
    expect(width(view)).toBe(800);
    expect(view.find(".hw-tabs").offsetHeight).toBe(0);
  });
});

describe("below 600 px", () => {
  const visible = (view: ExploreView) =>
    view.all("[role=tabpanel]").filter((pane) => pane.offsetHeight > 0);

  it("one part at a time stands under three tabs", async () => {
    const view = await openExplore({ width: 500 });
    expect(view.find("[role=tablist]").offsetHeight).toBeGreaterThan(0);
    expect(view.texts("[role=tab]")).toEqual(["Model", "Head", "Neuron"]);
    expect(visible(view).map((pane) => pane.ariaLabel)).toEqual(["Model"]);
    await userEvent.click(view.cell(1, 2));
    await userEvent.click(view.all("[role=tab]")[1] ?? view.root);
    expect(visible(view).map((pane) => pane.ariaLabel)).toEqual(["Head"]);
    await expect.poll(() => view.head.dataset.layer).toBe("1");
    await expect.poll(() => view.root.dataset.state).toBe("ready");
    expect(visible(view)[0]?.getAttribute("aria-labelledby")).toBe(
      view.find('[role=tab][aria-selected="true"]').id,
    );
  });

  it("the arrow keys walk the tabs, round and round", async () => {
    const view = await openExplore({ width: 500 });
    view.find('[role=tab][aria-selected="true"]').focus();
    await userEvent.keyboard("{ArrowLeft}");
    expect(document.activeElement?.textContent).toBe("Neuron");
    expect(visible(view).map((pane) => pane.ariaLabel)).toEqual(["Neuron"]);
    await userEvent.keyboard("{ArrowRight}{ArrowRight}");
    expect(document.activeElement?.textContent).toBe("Head");
    expect(view.all('[role=tab][tabindex="0"]')).toHaveLength(1);
  });
});
