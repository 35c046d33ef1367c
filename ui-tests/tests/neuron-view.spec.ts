import { makeTrace } from "../fixtures/sample.ts";
import { expect, test } from "../fixtures/test.ts";
import { NeuronView } from "../pages/neuron-view.ts";

const CAT = [
  "import headwise as hw\nfrom headwise.samples import load_minilm",
  'trace = hw.trace(*load_minilm(), "The cat is very sad.", "Because it could not find food to eat.")',
];

test("(3, 1) with `it` locked has its largest q · k with `cat`", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    ...CAT,
    "view = hw.neuron_view(trace, layer=3, head=1, query=9)\nview",
  ]);
  for (const cell of [0, 1, 2]) await notebook.run(cell);
  const view = new NeuronView(page);
  await view.ready();
  await expect(view.query).toContainText("it");
  expect(await view.largest("dot")).toBe(2);
  expect(await view.largest("weight")).toBe(2);
  await expect(view.row(2)).toContainText("cat");
  await expect(view.share).toContainText("the first 8 of 32 neurons carry 79 %");

  await test.step("the numbers on screen make the weight on screen", async () => {
    const scores = await view.numbers("score");
    const sum = [...scores.values()].reduce((total, score) => total + Math.exp(score), 0);
    const weight = Math.exp(scores.get(2) ?? Number.NaN) / sum;
    // Scores are shown with two decimals: half a hundredth each way.
    expect(weight).toBeCloseTo((await view.numbers("weight")).get(2) ?? Number.NaN, 2);
  });

  await test.step("a click on `cat` locks it, and Python knows", async () => {
    await view.row(2).click();
    await expect
      .poll(() => notebook.ask("print(view.selection.query, view.selection.key)"))
      .toBe("9 2\n");
    expect(
      await notebook.ask(
        "import numpy as np; q, k = trace.queries(3, 1), trace.keys(3, 1)\nprint(int(np.argmax(k @ q[view.selection.query])))",
      ),
    ).toBe("2\n");
  });

  await test.step("lines and back, by the key and from Python", async () => {
    await view.row(2).click();
    await page.keyboard.press("e");
    await expect(view.root.locator('.headwise[data-view="head"]')).toHaveAttribute(
      "data-state",
      "ready",
    );
    await expect.poll(() => notebook.ask("print(view.form)")).toBe("lines\n");
    await notebook.ask('view.form = "columns"');
    await expect(view.row(2)).toBeVisible();
  });

  await test.step("another head from the controls, another layer from Python", async () => {
    await view.root.getByRole("button", { name: "Next head" }).click();
    await expect.poll(() => notebook.ask("print(view.selected_heads)")).toBe("[(3, 2)]\n");
    await notebook.ask("view.layer = 0");
    await expect(view.root).toHaveAttribute("data-layer", "0");
  });
});

test("weights without vectors: the view says what is missing and how to get it", async ({
  page,
  lab,
}) => {
  const notebook = await lab.fromSources([
    "import numpy as np\nimport headwise as hw",
    [
      "weights = np.full((1, 2, 3, 3), 1 / 3, np.float32)",
      'view = hw.neuron_view(hw.from_attentions([weights, weights], ["a", "b", "c"]))',
      "view",
    ].join("\n"),
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new NeuronView(page);
  await expect(view.root).toContainText("No queries and keys in this trace");
  await expect(view.root).toContainText("hw.trace(model, tokenizer, text)");
});

test("5,000 tokens: only the rows in sight are in the page", async ({ page, lab }) => {
  test.setTimeout(120_000);
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(5000, layers=2, heads=2)"),
    "view = hw.neuron_view(trace, layer=1, head=1, query=4999)\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new NeuronView(page);
  await view.ready();
  expect(await view.rows().count()).toBeLessThan(80);
  await expect(view.query).toContainText("w4999");
});

test("each block of an encoder-decoder model", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    makeTrace("translation_trace()"),
    "view = hw.neuron_view(trace)\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new NeuronView(page);
  await view.ready();
  await view.root.getByLabel("Block").selectOption("cross");
  await expect(view.rows()).toHaveCount(5);
  await view.root.getByLabel("Block").selectOption("decoder");
  await expect(view.rows()).toHaveCount(4);
  await expect.poll(() => notebook.ask("print(view.block)")).toBe("decoder\n");
});
