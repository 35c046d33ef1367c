import { makeModel } from "../fixtures/live.ts";
import { expect, test } from "../fixtures/test.ts";
import { LiveView } from "../pages/live-view.ts";

test("look", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    makeModel("tiny_bert()"),
    'view = hw.head_view(model, tokenizer, "the cat is very sad .", layer=1, heads=[1, 2])\nview',
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new LiveView(page);
  await view.ready();
  await page.screenshot({ path: "/tmp/w/LIVEUI/a1.png" });
  const run = await view.run();
  await view.token("query", 2).dblclick();
  await view.expectRun(run);
  await expect(view.token("query", 2)).toHaveText("[MASK]");
  await page.screenshot({ path: "/tmp/w/LIVEUI/a2.png" });
  await view.button(/Switch the/).click();
  await expect(view.changes).toHaveCount(3);
  await view.ready();
  await page.screenshot({ path: "/tmp/w/LIVEUI/a3.png" });
  await view.button("Both").click();
  await expect(
    view.root.locator('.hw-live-pictures[data-side="before"] .headwise[data-state="ready"]'),
  ).toBeVisible();
  await page.screenshot({ path: "/tmp/w/LIVEUI/a4.png" });
});
