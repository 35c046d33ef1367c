import { makeTrace } from "../fixtures/sample.ts";
import { expect, test } from "../fixtures/test.ts";
import { HeadView } from "../pages/head-view.ts";

const HEADS = "print([tuple(head) for head in view.selected_heads])";

test("layer 0, head 0 and token 0 are as good as any", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(18)"),
    "view = hw.head_view(trace, layer=2, heads=[5])\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new HeadView(page);
  await view.ready();

  await notebook.ask("view.selection = hw.Selection(heads=[(0, 0)], query=0)");
  await view.expectLayer(0);
  await expect(view.chipsOn()).toHaveCount(1);
  await expect(view.chip(0)).toHaveAttribute("aria-pressed", "true");
  await expect(view.token("query", 0)).toHaveAttribute("aria-selected", "true");
  await expect(view.live).toContainText("head 0.0: w0 attends to");

  await notebook.ask("view.selection = hw.Selection(heads=[(0, 0)])");
  await expect(view.token("query", 0)).toHaveAttribute("aria-selected", "false");
  await view.token("key", 0).click();
  await expect.poll(() => notebook.ask("print(view.selection.key)")).toBe("0\n");
});

test("click toggles a head, double click isolates it and brings all back", async ({
  page,
  lab,
}) => {
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(18)"),
    "view = hw.head_view(trace, layer=1)\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new HeadView(page);
  await view.ready();
  await expect(view.chipsOn()).toHaveCount(12);

  await view.chip(3).click();
  await expect(view.chipsOn()).toHaveCount(11);
  await view.chip(3).click();
  await expect(view.chipsOn()).toHaveCount(12);

  await view.chip(7).dblclick();
  await expect(view.chipsOn()).toHaveCount(1);
  await expect.poll(() => notebook.ask(HEADS)).toBe("[(1, 7)]\n");
  await view.chip(7).dblclick();
  await expect(view.chipsOn()).toHaveCount(12);
});

test("an equal value causes no echo", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(18)"),
    [
      "view = hw.head_view(trace, layer=2, heads=[5])",
      "seen = []",
      'view.observe(lambda change: seen.append(change.new), names="selection")',
      "view",
    ].join("\n"),
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new HeadView(page);
  await view.ready();

  await view.chip(6).click();
  await expect.poll(() => notebook.ask("print(len(seen))")).toBe("1\n");
  await notebook.ask("view.selection = view.selection");
  await notebook.ask('view.selection = hw.Selection(block="encoder", heads=[(2, 5), (2, 6)])');
  await view.chip(6).click();
  await expect(view.chipsOn()).toHaveCount(1);
  await expect.poll(() => notebook.ask("print(seen[-1].heads == ((2, 5),))")).toBe("True\n");
  expect(await notebook.ask("print(len(seen))")).toBe("2\n");
});

test("two views of one widget agree, in a dark notebook too", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(18)"),
    "view = hw.head_view(trace, layer=3, heads=[1])\nview",
    "view",
  ]);
  for (const cell of [0, 1, 2]) await notebook.run(cell);
  const first = new HeadView(notebook.outputs(1));
  const second = new HeadView(notebook.outputs(2));
  await first.ready();
  await second.ready();

  await second.chip(2).click();
  await expect(first.chip(2)).toHaveAttribute("aria-pressed", "true");
  await first.nextLayer.click();
  await second.expectLayer(4);
  await expect(second.chipsOn()).toHaveCount(2);
  await expect
    .poll(async () => (await first.linesDrawn()) === (await second.linesDrawn()))
    .toBe(true);

  const light = await first.ink();
  await notebook.setTheme("JupyterLab Dark");
  await expect(first.root).toHaveAttribute("data-theme", "dark");
  await expect(second.root).toHaveAttribute("data-theme", "dark");
  await first.expectRedrawn(light);
  await notebook.setTheme("JupyterLab Light");
  await expect(page.locator('.headwise[data-theme="light"]')).toHaveCount(2);
});
