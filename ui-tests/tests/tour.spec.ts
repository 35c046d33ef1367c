import { TOUR } from "../fixtures/paths.ts";
import { expect, test } from "../fixtures/test.ts";
import { HeadView } from "../pages/head-view.ts";

const HEADS = "print([tuple(head) for head in view.selected_heads])";

test("the tour runs, and what is clicked comes back in a cell", async ({ page, lab }) => {
  const notebook = await lab.fromFile(TOUR);
  await notebook.runAll();
  const view = new HeadView(page);
  await view.ready();
  await view.expectLayer(3);
  await expect(view.live).toContainText("cat 0.75");

  await test.step("click a head, read it back", async () => {
    await expect(view.chip(1)).toHaveAttribute("aria-pressed", "true");
    await view.chip(4).click();
    await expect(view.chip(4)).toHaveAttribute("aria-pressed", "true");
    await expect.poll(() => notebook.ask(HEADS)).toBe("[(3, 1), (3, 4)]\n");
  });

  await test.step("set the selection from a cell, see the picture change", async () => {
    const before = await view.ink();
    await notebook.ask("view.selection = hw.Selection(heads=[(5, 11)])");
    await view.expectLayer(5);
    await expect(view.chip(11)).toHaveAttribute("aria-pressed", "true");
    await expect(view.chipsOn()).toHaveCount(1);
    await view.expectRedrawn(before);
  });

  await test.step("change the layer on screen, read it back", async () => {
    await view.nextLayer.or(view.previousLayer).first().scrollIntoViewIfNeeded();
    await view.previousLayer.click();
    await view.expectLayer(4);
    await expect.poll(() => notebook.ask("print(view.layer)")).toBe("4\n");
    await expect.poll(() => notebook.ask(HEADS)).toBe("[(4, 11)]\n");
  });

  await test.step("hover a word, lock it, read it back", async () => {
    await view.token("query", 2).hover();
    await expect(view.live).toContainText("cat attends to");
    await view.token("query", 2).click();
    await expect(view.token("query", 2)).toHaveAttribute("aria-selected", "true");
    await page.keyboard.press("Escape");
    await expect(view.token("query", 2)).toHaveAttribute("aria-selected", "false");
    await expect.poll(() => notebook.ask("print(view.selection.query)")).toBe("None\n");
    await view.token("query", 2).click();
    await expect.poll(() => notebook.ask("print(view.selection.query)")).toBe("2\n");
  });
});
