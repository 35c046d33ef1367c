import { makeTrace } from "../fixtures/sample.ts";
import { expect, test } from "../fixtures/test.ts";
import { ModelView } from "../pages/model-view.ts";

const HEADS = "print([tuple(head) for head in view.selected_heads])";

test("three thumbnails clicked are the three selected heads, in order", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(18)"),
    "view = hw.model_view(trace)\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new ModelView(page);
  await view.ready();

  await test.step("a click selects one head and opens it", async () => {
    await view.cell(0, 0).click();
    await expect(view.opened).toHaveAttribute("data-layer", "0");
    await expect(view.opened).toHaveAttribute("data-head", "0");
    await view.openedHead.ready();
    await expect.poll(() => notebook.ask(HEADS)).toBe("[(0, 0)]\n");
    expect(await notebook.ask("print(tuple(view.opened))")).toBe("(0, 0)\n");
  });

  await test.step("Shift and Ctrl add", async () => {
    await view.cell(5, 11).click({ modifiers: ["Shift"] });
    await view.cell(2, 3).click({ modifiers: ["Control"] });
    await expect(view.selected()).toHaveCount(3);
    await expect.poll(() => notebook.ask(HEADS)).toBe("[(0, 0), (5, 11), (2, 3)]\n");
    await expect(view.count).toContainText("3 heads selected");
  });

  await test.step("a click on the open head closes it and keeps the selection", async () => {
    await view.cell(0, 0).click();
    await expect(view.opened).toHaveCount(0);
    await expect.poll(() => notebook.ask("print(view.opened)")).toBe("None\n");
  });

  await test.step("two heads set from Python are two frames", async () => {
    await notebook.ask("view.selection = hw.Selection(heads=[(1, 4), (3, 9)])");
    await expect(view.selected()).toHaveCount(2);
    await expect(view.cell(1, 4)).toHaveAttribute("aria-selected", "true");
    await expect(view.cell(3, 9)).toHaveAttribute("aria-selected", "true");
  });

  await test.step("a head opened from Python is open on screen", async () => {
    await notebook.ask("view.opened = (4, 2)");
    await expect(view.opened).toHaveAttribute("data-layer", "4");
    await view.openedHead.ready();
    await view.openedHead.token("query", 7).click();
    await expect.poll(() => notebook.ask("print(view.selection.query)")).toBe("7\n");
  });
});

test("the keyboard walks the grid, opens, selects and closes", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(18)"),
    "view = hw.model_view(trace)\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new ModelView(page);
  await view.ready();
  await view.cell(0, 0).focus();
  for (const key of ["ArrowRight", "ArrowDown", "Space", "ArrowRight", "Enter"])
    await page.keyboard.press(key);
  await expect(view.opened).toHaveAttribute("data-head", "2");
  await expect.poll(() => notebook.ask("print(tuple(view.opened))")).toBe("(1, 2)\n");
  await view.cell(1, 2).focus();
  await page.keyboard.press("Escape");
  await expect(view.opened).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(view.selected()).toHaveCount(0);
  await expect.poll(() => notebook.ask(HEADS)).toBe("[]\n");
});

test("hovering tells the facts of a head, without a message", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    "import headwise as hw\nfrom headwise.samples import load_minilm",
    'trace = hw.trace(*load_minilm(), "The cat is very sad.", "Because it could not find food to eat.")',
    "view = hw.model_view(trace)\nview",
  ]);
  for (const cell of [0, 1, 2]) await notebook.run(cell);
  const view = new ModelView(page);
  await view.ready();
  await view.complete();
  await view.cell(2, 5).hover();
  for (const fact of ["layer 2, head 5", "1.47", "2.89", "0.59", "0.61", "it → cat"])
    await expect(view.facts).toContainText(fact);
  await expect(view.legend).toContainText("18 × 18, not pooled");
});

for (const count of [512, 2048]) {
  test(`${count} tokens open, and the rest comes while one looks`, async ({ page, lab }) => {
    test.setTimeout(180_000);
    const notebook = await lab.fromSources([
      makeTrace(`sample_trace(${count}, layers=12)`),
      "view = hw.model_view(trace)\nview",
    ]);
    await notebook.run(0);
    await notebook.run(1);
    const view = new ModelView(page);
    await view.ready();
    const side = Math.ceil(count / Math.ceil(count / 64));
    await expect(view.legend).toContainText(`${count} × ${count} drawn as ${side} × ${side}`);
    await view.complete();
    await view.cell(11, 11).click();
    await view.openedHead.ready();
  });
}

test("32 layers of 32 heads at 1,024 tokens stay usable", async ({ page, lab }) => {
  test.setTimeout(180_000);
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(1024, layers=32, heads=32)"),
    "view = hw.model_view(trace)\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new ModelView(page);
  // A click does not wait for the thumbnails.
  await view.cell(3, 31).click();
  await view.openedHead.ready();
  await view.opened.getByRole("button", { name: "Close" }).click();
  await expect(view.root).toHaveAttribute("data-state", "ready", { timeout: 120_000 });
  await view.cell(2, 30).click();
  await view.openedHead.ready();
  await expect.poll(() => notebook.ask("print(tuple(view.opened))")).toBe("(2, 30)\n");
});

test("an encoder-decoder model has each block, rectangles included", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    makeTrace("translation_trace()"),
    "view = hw.model_view(trace)\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new ModelView(page);
  await view.ready();
  await view.root.getByLabel("Block").selectOption("cross");
  await expect(view.legend).toContainText("4 × 5");
  await view.cell(1, 3).click();
  await view.openedHead.ready();
  await expect(view.openedHead.token("key", 4)).toHaveText("</s>");
  await expect
    .poll(() => notebook.ask("print(view.block, view.selected_heads)"))
    .toContain("cross");
});
