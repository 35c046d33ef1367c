import { makeTrace } from "../fixtures/sample.ts";
import { expect, test } from "../fixtures/test.ts";
import { HeadView } from "../pages/head-view.ts";
import { HeadsView } from "../pages/heads-view.ts";
import { ModelView } from "../pages/model-view.ts";

const HEADS = "print([tuple(head) for head in view.selected_heads])";

test("a cell clicked is a head in Python, and a row of pandas is a frame", async ({
  page,
  lab,
}) => {
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(18)"),
    'table = hw.head_metrics(trace)\nview = hw.heads_view(table, metric="previous")\nview',
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new HeadsView(page);
  await view.ready();

  await test.step("a click selects, Shift adds", async () => {
    await view.cell(3, 1).click();
    await expect.poll(() => notebook.ask(HEADS)).toBe("[(3, 1)]\n");
    await view.cell(5, 11).click({ modifiers: ["Shift"] });
    await expect.poll(() => notebook.ask(HEADS)).toBe("[(3, 1), (5, 11)]\n");
    const rows = "print(view.to_dataframe().index.tolist())";
    expect(await notebook.ask(rows)).toBe("[(3, 1), (5, 11)]\n");
  });

  await test.step("the three largest of a column are three frames", async () => {
    await notebook.ask('view.selection = hw.Selection(heads=table.nlargest(3, "first").index)');
    await expect(view.selected()).toHaveCount(3);
  });

  await test.step("the metric is one value", async () => {
    await view.metric.selectOption("entropy");
    await expect.poll(() => notebook.ask("print(view.metric)")).toBe("entropy\n");
    await expect(view.legend).toContainText("nats");
    const best = 'print("·".join(map(str, table.nlargest(1, "entropy").index[0])))';
    await expect(view.listed().first()).toHaveText((await notebook.ask(best)).trim());
    await notebook.ask('view.metric = "first"');
    await expect(view.metric).toHaveValue("first");
  });

  await test.step("hovering tells the numbers, without a message", async () => {
    await view.cell(2, 5).hover();
    await expect(view.facts).toContainText("layer 2, head 5");
    const value = await notebook.ask('print(format(table.loc[(2, 5), "first"], ".3f"))');
    await expect(view.facts).toContainText(value.trim());
  });
});

test("click a cell, see the head: hover and selection go over to linked views", async ({
  page,
  lab,
}) => {
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(12)"),
    "view = hw.heads_view(hw.head_metrics(trace))\nview",
    "one = hw.head_view(trace, layer=0, heads=[0])\none",
    "link = hw.link(view, one)\none.selection = hw.Selection(heads=[(0, 0)], query=4)",
  ]);
  for (const cell of [0, 1, 2]) await notebook.run(cell);
  const [view, one] = [new HeadsView(page), new HeadView(page)];
  await view.ready();
  await one.ready();
  await notebook.run(3);
  await expect(view.cell(0, 0)).toHaveAttribute("aria-selected", "true");
  await view.cell(3, 7).click();
  await expect.poll(() => notebook.ask("print(one.selection)")).toContain("Head(layer=3, head=7)");
  await expect.poll(() => notebook.ask("print(one.layer, one.selection.query)")).toBe("3 4\n");
  await expect(one.root).toHaveAttribute("data-layer", "3");
  await view.cell(3, 9).hover();
  await expect(one.chip(9)).toHaveClass(/hw-pointed/);
});

test("the map is the same selection, and keys walk it", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(12, layers=2, heads=4)"),
    "view = hw.heads_view(hw.head_metrics(trace), distances=hw.head_distances(trace))\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new HeadsView(page);
  await view.ready();
  await view.root.getByRole("button", { name: "map" }).click();
  await expect.poll(() => notebook.ask("print(view.form)")).toBe("map\n");
  await expect(view.legend).toContainText("distances on the map are approximate");
  await view.point(1, 2).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => notebook.ask(HEADS)).toBe("[(1, 2)]\n");
  await notebook.ask('view.form = "table"');
  await expect(view.cell(1, 2)).toHaveAttribute("aria-selected", "true");
});

test("ranked heads stand above the model view, and a click selects", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(12)"),
    "view = hw.model_view(trace, rank=hw.rank_heads(trace, query=3, key=7))\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new ModelView(page);
  await view.ready();
  const first = view.root.locator(".hw-rank").first();
  await first.click();
  const best = "print([tuple(map(int, view.rank.index[0]))])";
  await expect.poll(() => notebook.ask(HEADS)).toBe(await notebook.ask(best));
  await expect(first).toHaveAttribute("aria-pressed", "true");
  await notebook.ask("view.rank = None");
  await expect(view.root.locator(".hw-rank")).toHaveCount(0);
});
