// Opens the runs view in Chromium, zooms and drags like a person and prints what it cost, as JSON.
// node runs_drive.mjs '{"address", "chromium", "repeats", "wallMs", "memoryBytes", "metric"}'

import { closeChromium, measure, openChromium } from "./chromium.mjs";
import { threadClock } from "./thread.mjs";

const STEPS = 40;
const READY = '.headwise[data-view="runs"][data-state="ready"][data-idle="true"]';

const frames = (page) =>
  page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );

async function steps(page, clock, act) {
  const found = [];
  for (let step = 0; step < STEPS; step += 1) {
    const before = await clock();
    await act(step);
    await frames(page);
    const after = await clock();
    found.push({ script: after.script - before.script, task: after.task - before.task });
  }
  return found;
}

async function once(task) {
  const chromium = await openChromium(task.chromium, task);
  const { page, problems } = chromium;
  try {
    await fetch(`${task.address}/count/reset`);
    const loaded = await measure(chromium, task.wallMs, async (lap) => {
      await page.goto(`${task.address}/headwise.html`);
      await page.locator(READY).waitFor();
      await frames(page);
      await lap("picture");
    });
    const count = await (await fetch(`${task.address}/count`)).json();
    const clock = await threadClock(page);
    const area = page.locator(".hw-chart-area").first();
    const box = await area.boundingBox();
    const at = (share) => ({ x: box.x + share * box.width, y: box.y + box.height / 2 });
    await page.mouse.move(at(0.6).x, at(0.6).y);
    await page.keyboard.down("Control");
    const zoom = await steps(page, clock, (step) =>
      page.mouse.wheel(0, step < STEPS / 2 ? -25 : 25),
    );
    await page.keyboard.up("Control");
    await page.locator(READY).waitFor();
    const hover = await steps(page, clock, (step) => {
      const { x, y } = at(0.15 + (0.7 * step) / STEPS);
      return page.mouse.move(x, y);
    });
    if (problems.length > 0) throw new Error(problems.join("; "));
    return {
      version: chromium.browser.version(),
      picture: loaded.laps.picture.rendererSeconds,
      rest: loaded.rendererSeconds,
      wall: loaded.wallSeconds,
      ...count,
      zoom,
      hover,
    };
  } finally {
    await closeChromium(chromium);
  }
}

const task = JSON.parse(process.argv[2]);
const runs = [];
for (let repeat = 0; repeat < task.repeats; repeat += 1) runs.push(await once(task));
process.stdout.write(JSON.stringify(runs));
