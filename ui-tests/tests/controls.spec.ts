import { makeTrace } from "../fixtures/sample.ts";
import { expect, test } from "../fixtures/test.ts";
import { HeadView } from "../pages/head-view.ts";

const SETTINGS =
  "print(view.aggregate, view.strongest, view.sentences, view.hide_special, view.merge_words, view.index_base)";

test("every control is a value that Python reads and sets", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    makeTrace("pair_trace()"),
    "view = hw.head_view(trace, layer=1, heads=[2, 3])\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new HeadView(page);
  await view.ready();
  const draw = view.root.getByRole("combobox", { name: "Draw" });
  const sentences = view.root.getByRole("combobox", { name: "Sentences" });
  const strongest = view.root.getByRole("slider", { name: "Strongest" });
  const hideSpecial = view.root.getByRole("checkbox", { name: "Hide special" });
  const mergeWords = view.root.getByRole("checkbox", { name: "Merge words" });
  const fromOne = view.root.getByRole("checkbox", { name: "Count from 1" });
  const start = await view.ink();

  await test.step("screen to Python", async () => {
    await draw.selectOption("mean");
    await sentences.selectOption("ab");
    await strongest.fill("100");
    await hideSpecial.check();
    await mergeWords.check();
    await view.root.locator("summary").click();
    await fromOne.check();
    await expect.poll(() => notebook.ask(SETTINGS)).toBe("mean 1.0 ab True True 1\n");
    await expect(view.token("query", 2)).toContainText("sleep");
    await expect(view.chip(2)).toHaveText("3");
  });

  await test.step("Python to screen", async () => {
    await notebook.ask(
      [
        "view.aggregate, view.strongest, view.sentences = 'each', 0.8, 'all'",
        "view.hide_special, view.merge_words, view.index_base = False, False, 0",
      ].join("\n"),
    );
    await expect(draw).toHaveValue("each");
    await expect(sentences).toHaveValue("all");
    await expect(hideSpecial).not.toBeChecked();
    await expect(mergeWords).not.toBeChecked();
    await expect(view.token("query", 3)).toContainText("##eep");
    await expect.poll(async () => (await view.ink()).fingerprint).toBe(start.fingerprint);
  });

  await test.step("arrow keys on the list of layers", async () => {
    await view.root.getByRole("combobox", { name: "Layer", exact: true }).focus();
    await page.keyboard.press("ArrowDown");
    await view.expectLayer(2);
    await page.keyboard.press("ArrowUp");
    await view.expectLayer(1);
    await page.keyboard.press("ArrowDown");
    await view.expectLayer(2);
    await expect.poll(() => notebook.ask("print(view.layer, view.heads)")).toBe("2 [2, 3]\n");
    await view.previousLayer.click();
    await view.expectLayer(1);
  });

  await test.step("the keys, while the view has the focus", async () => {
    await view.chip(2).focus();
    await page.keyboard.press("]");
    await view.expectLayer(2);
    await page.keyboard.press("[");
    await view.expectLayer(1);
    await page.keyboard.press("h");
    await expect(hideSpecial).toBeChecked();
    await page.keyboard.press("a");
    await expect(view.chipsOn()).toHaveCount(4);
    await page.keyboard.press(".");
    await expect(view.chipsOn()).toHaveCount(1);
    await expect
      .poll(() => notebook.ask("print(view.hide_special, view.heads)"))
      .toBe("True [0]\n");
  });
});
