import { makeTrace } from "../fixtures/sample.ts";
import { expect, test } from "../fixtures/test.ts";
import { Traffic } from "../fixtures/traffic.ts";
import { HeadView } from "../pages/head-view.ts";
import { ModelView } from "../pages/model-view.ts";
import { NeuronView } from "../pages/neuron-view.ts";

test("a click in the model view moves a head view in another cell, and back", async ({
  page,
  lab,
}) => {
  const traffic = new Traffic(page);
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(18)"),
    "grid = hw.model_view(trace)\ngrid",
    "view = hw.head_view(trace, layer=0, heads=[0])\nview",
    "link = hw.link(grid, view)",
  ]);
  for (const cell of [0, 1, 2, 3]) await notebook.run(cell);
  const grid = new ModelView(page);
  const view = new HeadView(notebook.outputs(2));
  await grid.ready();
  await view.ready();

  // The grid had nothing selected: it has taken the head view's head.
  await expect(grid.cell(0, 0)).toHaveAttribute("aria-selected", "true");
  await grid.cell(4, 7).click();
  await view.expectLayer(4);
  await expect(view.chip(7)).toHaveAttribute("aria-pressed", "true");

  await view.chip(2).click();
  await expect(grid.cell(4, 2)).toHaveAttribute("aria-selected", "true");
  await expect.poll(() => notebook.ask("print(grid.selection == view.selection)")).toBe("True\n");

  await test.step("hovering outlines in the other, and Python hears nothing", async () => {
    await grid.complete();
    const sent = traffic.sent;
    await grid.cell(4, 9).hover();
    await expect(view.chip(9)).toHaveClass(/hw-pointed/);
    await view.chip(3).hover();
    await expect(view.chip(9)).not.toHaveClass(/hw-pointed/);
    expect(traffic.sent - sent).toBe(0);
  });

  await test.step("unlinked views go their own ways", async () => {
    await notebook.ask("link.unlink()");
    await grid.cell(0, 5).click({ modifiers: ["Shift"] });
    await expect.poll(() => notebook.ask("print((0, 5) in grid.selected_heads)")).toBe("True\n");
    expect(await notebook.ask("print((0, 5) in view.selected_heads)")).toBe("False\n");
  });
});

test("a head that the other model lacks is said on both sides", async ({ lab }) => {
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(18)"),
    "a = hw.head_view(trace, layer=1, heads=[2])\na",
    "b = hw.head_view(sample.sample_trace(18, heads=9), layer=1, heads=[2])\nb",
    "link = hw.link(a, b)",
  ]);
  for (const cell of [0, 1, 2, 3]) await notebook.run(cell);
  const [a, b] = [new HeadView(notebook.outputs(1)), new HeadView(notebook.outputs(2))];
  await a.ready();
  await b.ready();
  await a.chip(11).click();
  await expect(a.note("Head 11 is not in the other view")).toBeVisible();
  await expect(b.note("Head 11 of the other view is not in this view")).toBeVisible();
  await expect(a.chip(11)).toHaveAttribute("aria-pressed", "true");
  await expect(b.chip(2)).toHaveAttribute("aria-pressed", "true");
  await a.chip(11).click();
  for (const view of [a, b]) await expect(view.note("Head 11")).toHaveCount(0);
});

test("explore: a click in the grid is what the others show, at 30 layers of 9 heads", async ({
  page,
  lab,
}) => {
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(40, layers=30, heads=9)"),
    "view = hw.explore(trace)\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const [grid, head, neuron] = [new ModelView(page), new HeadView(page), new NeuronView(page)];
  for (const part of [grid, head, neuron]) await part.ready();

  await grid.cell(1, 8).click();
  await head.expectLayer(1);
  await expect(neuron.root).toHaveAttribute("data-layer", "1");
  await expect(neuron.root).toHaveAttribute("data-head", "8");
  await expect(grid.opened).toHaveCount(0);
  await expect
    .poll(() => notebook.ask("print(view.layer, view.selected_heads)"))
    .toBe("1 [(1, 8)]\n");

  await head.token("query", 12).click();
  await expect(neuron.query).toContainText("w12");
  await expect.poll(() => notebook.ask("print(view.selection.query)")).toBe("12\n");

  await notebook.ask("view.selection = hw.Selection(heads=[(29, 0)])");
  await head.expectLayer(29);
  await expect(neuron.root).toHaveAttribute("data-layer", "29");
});

test("compare: two traces of a text side by side, and what differs", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(12)"),
    [
      "other = sample.sample_trace(12, layers=4, heads=9)",
      'view = hw.compare(trace, other, names=("before", "after"), layer=1, heads=[3])',
      "view",
    ].join("\n"),
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const root = page.locator('.headwise[data-view="compare"]');
  await expect(root).toHaveAttribute("data-state", "ready", { timeout: 30_000 });
  const [a, b] = ["a", "b"].map(
    (side) => new HeadView(root.locator(`.hw-side[data-side="${side}"]`)),
  ) as [HeadView, HeadView];
  await a.ready();
  await b.ready();
  await expect(root).toContainText("before");
  await expect(root).toContainText("after");
  await expect(root.locator("canvas.hw-difference")).toBeVisible();

  await a.token("query", 5).click();
  await expect(b.token("query", 5)).toHaveAttribute("aria-selected", "true");
  await expect.poll(() => notebook.ask("print(view.selection.query)")).toBe("5\n");

  await notebook.ask("view.selection = hw.Selection(heads=[(1, 11)])");
  await expect(root.locator(".hw-note").filter({ hasText: "Head 11" })).toBeVisible();
});
