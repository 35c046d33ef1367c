import { makeTrace } from "../fixtures/sample.ts";
import { expect, test } from "../fixtures/test.ts";
import { HeadView } from "../pages/head-view.ts";

/** 256 tokens: one layer fits the synced budget, the others are asked for. */
const LARGE = [
  makeTrace("sample_trace(256)"),
  "view = hw.head_view(trace, layer=0, heads=[1])\nview",
];

test("a busy kernel is said, and the layer comes when it is free", async ({ page, lab }) => {
  const notebook = await lab.fromSources(LARGE);
  await notebook.run(0);
  const kernel = Number(await notebook.ask("import os\nprint(os.getpid())"));
  await notebook.run(1);
  const view = new HeadView(page);
  await view.ready();

  process.kill(kernel, "SIGSTOP");
  try {
    await view.nextLayer.click();
    await expect(view.note("Python is busy")).toBeVisible();
    await expect(view.chip(1)).toBeEnabled();
  } finally {
    process.kill(kernel, "SIGCONT");
  }
  await expect(view.note("Python is busy")).toHaveCount(0);
  await view.ready();
  await view.expectLayer(1);
  expect((await view.ink()).inked).toBeGreaterThan(0);
});

test("a kernel that died is said, what is there stays, and the cells bring it back", async ({
  page,
  lab,
}) => {
  const notebook = await lab.fromSources(LARGE);
  await notebook.run(0);
  const kernel = Number(await notebook.ask("import os\nprint(os.getpid())"));
  await notebook.run(1);
  const view = new HeadView(page);
  await view.ready();
  const before = await view.ink();

  process.kill(kernel, "SIGKILL");
  await view.nextLayer.click();
  await expect(view.note("No kernel")).toBeVisible({ timeout: 30_000 });
  await page.getByRole("dialog").getByRole("button", { name: "Ok" }).click();
  await view.previousLayer.click();
  await view.expectLayer(0);
  await expect.poll(async () => (await view.ink()).fingerprint).toBe(before.fingerprint);

  await notebook.idle();
  await notebook.run(0);
  expect(Number(await notebook.ask("import os\nprint(os.getpid())"))).not.toBe(kernel);
  await notebook.run(1);
  await view.ready();
  await expect(view.note("No kernel")).toHaveCount(0);
  await view.nextLayer.click();
  await view.expectLayer(1);
  await view.ready();
  await expect.poll(() => notebook.ask("print(view.layer)")).toBe("1\n");
});

test("after a restart of the kernel the view says what to run again", async ({ page, lab }) => {
  const notebook = await lab.fromSources(LARGE);
  await notebook.run(0);
  await notebook.run(1);
  const view = new HeadView(page);
  await view.ready();
  const before = await view.ink();
  await page.evaluate(() => {
    window.jupyterapp?.commands.execute("kernelmenu:restart");
  });
  await page.getByRole("dialog").getByRole("button", { name: "Confirm Kernel Restart" }).click();
  const note = view.note("No kernel");
  await expect(note).toContainText("run the notebook again up to this cell", { timeout: 30_000 });
  await notebook.idle();
  // The new kernel does not know this view: the note stays, and so does the picture.
  await expect(note).toBeVisible();
  await view.nextLayer.click();
  await view.previousLayer.click();
  await view.expectLayer(0);
  await expect.poll(async () => (await view.ink()).fingerprint).toBe(before.fingerprint);
  await notebook.runAll();
  await view.ready();
  await expect(view.note("No kernel")).toHaveCount(0);
  await view.nextLayer.click();
  await view.expectLayer(1);
  await view.ready();
});

test("an error from Python stands in the view in words", async ({ page, lab }) => {
  const notebook = await lab.fromSources(LARGE);
  await notebook.run(0);
  await notebook.run(1);
  const view = new HeadView(page);
  await view.ready();
  await notebook.ask(
    [
      "from headwise.record import AttentionRecord",
      "def broken(*args, **kwargs):",
      '    raise MemoryError("no room for <b>this</b> layer")',
      "AttentionRecord.weights = broken",
    ].join("\n"),
  );
  await view.nextLayer.click();
  await expect(view.note("no room for <b>this</b> layer")).toBeVisible();
  await view.previousLayer.click();
  await expect(view.root.locator(".hw-note")).toHaveCount(0);
  await view.ready();
});

test("a token is data, whatever it spells", async ({ page, lab }) => {
  const token = "</script><img src=x onerror=alert(1)>";
  page.on("dialog", () => {
    throw new Error("the token ran as a script");
  });
  const notebook = await lab.fromSources([
    makeTrace(`sample_trace(3, labels=("a", ${JSON.stringify(token)}, "b"))`),
    "view = hw.head_view(trace)\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new HeadView(page);
  await view.ready();
  await expect(view.token("query", 1)).toContainText(token);
  await view.token("key", 1).hover();
  await expect(view.live).toContainText(token);
  await expect(view.root.locator("img")).toHaveCount(0);
});
