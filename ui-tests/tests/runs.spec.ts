import { makeRuns } from "../fixtures/runs.ts";
import { expect, test } from "../fixtures/test.ts";
import { HeadView } from "../pages/head-view.ts";
import { RunsView } from "../pages/runs-view.ts";

const STEP = "print(view.step)";
const LOSS = "eval/loss";

test("click a step, and the head view is that of the step", async ({ page, lab }) => {
  const notebook = await lab.fromSources([makeRuns(), "view = hw.runs_view(folder)\nview"]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new RunsView(page);
  await view.ready();
  const head = new HeadView(view.attention);
  await head.ready();
  expect(await notebook.ask(STEP)).toBe("900\n");
  const before = await head.root.locator(".hw-legend").textContent();

  await test.step("a click on a map", async () => {
    await view.map(100).click();
    await expect.poll(() => notebook.ask(STEP)).toBe("100\n");
    await view.idle();
    await expect(view.now).toHaveAttribute("data-step", "100");
    await expect(head.root.locator(".hw-legend")).not.toHaveText(before ?? "");
    const same =
      "print(view.trace.weights(1, 3).max() == view.attention(step=100).weights(1, 3).max())";
    expect(await notebook.ask(same)).toBe("True\n");
  });

  await test.step("the values beside the charts are those of the step", async () => {
    await expect(view.told(LOSS)).toHaveText("at step 100");
    const value = 'print(format(view.runs[0]["eval/loss"].values[10], ".3f"))';
    const first = view.chart(LOSS).locator('[data-run="0"] > span:not(.hw-said)');
    await expect(first).toHaveText((await notebook.ask(value)).trim());
  });

  await test.step("a click on a chart goes to the saved step that is nearest", async () => {
    const at = await view.at(LOSS, 0.5);
    await page.mouse.click(at.x, at.y);
    const step = async () => Number(await notebook.ask(STEP));
    await expect.poll(step).toBeGreaterThan(300);
    expect((await step()) % 50).toBe(0);
  });

  await test.step("Python sets the step, and the page follows", async () => {
    await notebook.ask("view.step = 240");
    await expect(view.now).toHaveAttribute("data-step", "250");
    await expect(view.told(LOSS)).toHaveText("at step 240");
  });

  await test.step("dragging along the strip moves the same step", async () => {
    await view.strip.scrollIntoViewIfNeeded();
    const [from, to] = [await view.map(300).boundingBox(), await view.map(600).boundingBox()];
    if (!from || !to) throw new Error("the strip is not shown");
    await page.mouse.move(from.x + 20, from.y + 20);
    await page.mouse.down();
    for (let i = 1; i <= 12; i++)
      await page.mouse.move(from.x + 20 + ((to.x - from.x) * i) / 12, from.y + 20);
    await page.mouse.up();
    await expect.poll(() => notebook.ask(STEP)).toBe("600\n");
    await view.idle();
    expect(await notebook.ask('print(view._run["step"])')).toBe("600\n");
  });

  await test.step("arrows go from saved step to saved step", async () => {
    for (const [key, step] of [
      ["ArrowLeft", 550],
      ["Home", 0],
      ["Shift+ArrowRight", 500],
      ["End", 900],
    ] as const) {
      // Python is asked in a cell, which takes the focus.
      await view.strip.focus();
      await page.keyboard.press(key);
      await expect.poll(() => notebook.ask(STEP)).toBe(`${step}\n`);
    }
  });
});

test("runs on and off, zoom, smoothing, and what Python reads of it", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    makeRuns("write_runs(folder, 3, traces=0)"),
    "view = hw.runs_view(folder)\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new RunsView(page);
  await view.ready();

  await test.step("no attention was kept: there is no strip", async () => {
    await expect(view.strip).toBeHidden();
  });

  await test.step("a chip switches a run off", async () => {
    await view.chip("lr 1e-3").click();
    await expect(view.values(LOSS)).toHaveCount(2);
    await expect
      .poll(() => notebook.ask("print(view.selected_runs)"))
      .toBe("['lr 1.5e-3', 'lr 6e-4']\n");
    await notebook.ask('view.selected_runs = ["lr 6e-4"]');
    await expect(view.values(LOSS)).toHaveCount(1);
    await notebook.ask("view.selected_runs = view.run_names");
    await expect(view.values(LOSS)).toHaveCount(3);
  });

  await test.step("a stretch zooms all charts, a double click shows all", async () => {
    const [from, to] = [await view.at(LOSS, 0.3), await view.at(LOSS, 0.6)];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 5 });
    await page.mouse.up();
    await expect.poll(() => notebook.ask("print(view.zoom is not None)")).toBe("True\n");
    const ends = JSON.parse(await notebook.ask("import json; print(json.dumps(view.zoom))"));
    expect(ends[0]).toBeGreaterThan(100);
    expect(ends[1]).toBeLessThan(700);
    await view.idle();
    const step = await notebook.ask(STEP);
    const middle = await view.at("train/loss", 0.5);
    await page.mouse.dblclick(middle.x, middle.y);
    await expect.poll(() => notebook.ask("print(view.zoom)")).toBe("None\n");
    await expect.poll(() => notebook.ask(STEP)).toBe(step);
  });

  await test.step("smoothing is worked out in Python, from all points", async () => {
    // While a pointer is on a chart the values are of where it points.
    await page.mouse.move(0, 0);
    await notebook.ask("view.smooth = 0.9; view.step = 400");
    const value =
      'print(format(hw.tracking.smooth(view.runs[2]["eval/loss"].values, 0.9)[40], ".3f"))';
    const third = view.chart(LOSS).locator('[data-run="2"] > span:not(.hw-said)');
    await expect(third).toHaveText((await notebook.ask(value)).trim());
  });

  await test.step("the points come as a file", async () => {
    const coming = page.waitForEvent("download");
    await view.root.getByRole("button", { name: "CSV" }).click();
    const stream = await (await coming).createReadStream();
    let text = "";
    for await (const part of stream) text += part;
    const same = "view.to_csv(folder / 'all.csv'); print((folder / 'all.csv').read_text(), end='')";
    expect(text).toBe(await notebook.ask(same));
  });
});

test("a run that goes on is read on, and a torn line is said", async ({ page, lab }) => {
  const notebook = await lab.fromSources([
    makeRuns('write_run(folder, "going", {}, steps=200, traces=0, finished=False)'),
    'view = hw.runs_view(folder, metrics=["train/loss"])\nview',
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new RunsView(page);
  await view.ready();
  await expect(view.chip("going").getByLabel("still going")).toBeVisible();
  await notebook.ask(
    [
      'lines = next((folder / "going" / "headwise").glob("scalars-*.jsonl"))',
      'row = \'{"step": 1000, "time": 1700002500.0, "values": {"train/loss": 9.5}}\\n{"step": 10\'',
      'with lines.open("a") as file: _ = file.write(row)',
    ].join("\n"),
  );
  await expect(view.values("train/loss").first()).toHaveText("9.500");
  await expect(view.notes).toContainText("the last line is not whole");
  expect(await notebook.ask(STEP)).toBe("1000\n");
});
