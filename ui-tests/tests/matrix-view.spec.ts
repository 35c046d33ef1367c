import { makeTrace } from "../fixtures/sample.ts";
import { expect, test } from "../fixtures/test.ts";

test("a part that is brushed is the selection's part, and back", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(200)"),
    'view = hw.matrix_view(trace, layer=2, head=5, tool="brush")\nview',
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const root = page.locator('.headwise[data-view="matrix"]');
  await expect(root).toHaveAttribute("data-state", "ready", { timeout: 30_000 });
  const map = root.locator(".hw-map");
  await map.scrollIntoViewIfNeeded();
  const box = await map.boundingBox();
  if (!box) throw new Error("the map is not on screen");
  const at = (query: number, key: number) =>
    [box.x + ((key + 0.5) * box.width) / 200, box.y + ((query + 0.5) * box.height) / 200] as const;
  await page.mouse.move(...at(20, 40));
  await page.mouse.down();
  await page.mouse.move(...at(60, 90), { steps: 4 });
  await page.mouse.up();
  await expect(root.locator(".hw-brush")).toHaveText("queries 20–60, keys 40–90");
  await expect
    .poll(() => notebook.ask("print(view.selection.query_range, view.selection.key_range)"))
    .toBe("(20, 61) (40, 91)\n");

  await notebook.ask(
    "view.selection = hw.Selection(heads=[(2, 5)], query_range=(0, 10), key_range=(5, 8))",
  );
  await expect(root.locator(".hw-brush")).toHaveText("queries 0–9, keys 5–7");
});

test("8,192 tokens open, and the map fills", async ({ page, lab }) => {
  test.setTimeout(120_000);
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(8192, layers=1, heads=1)"),
    "view = hw.matrix_view(trace)\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const root = page.locator('.headwise[data-view="matrix"]');
  await expect(root).toHaveAttribute("data-state", "ready", { timeout: 60_000 });
  await expect(root.locator(".hw-legend")).toContainText("one dot covers 16 × 16 weights");
});
