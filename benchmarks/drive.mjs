// Opens one tool's page in Chromium, uses it like a person and prints what it cost, as JSON.
// node drive.mjs '{"address", "chromium", "tool", "tokens", "heads", "layers", ...}'

import { closeChromium, measure, openChromium, Stopped } from "./chromium.mjs";
import { tools, twoFrames } from "./tools.mjs";

const task = JSON.parse(process.argv[2]);
const tool = tools[task.tool];
const sent = async () => (await fetch(`${task.address}/count`)).json();

async function hover(page) {
  const places = (await tool.tokens(page)).slice(0, task.hovers);
  if (places.length < 2) throw new Error(`only ${places.length} tokens to point at`);
  await page.mouse.move(2, 2);
  return async () => {
    for (let index = 0; index < task.hovers; index += 1) {
      const { x, y } = places[index % places.length];
      await page.mouse.move(x, y);
      await twoFrames(page);
    }
  };
}

// Stops between two changes once the time is over, so that those made still count.
function changeLayers(page, from, to, endsAt) {
  return async () => {
    for (let layer = from + 1; layer <= to; layer += 1) {
      await tool.nextLayer(page, layer);
      if (performance.now() > endsAt && layer - from >= task.fewestLayerChanges)
        return layer - from;
    }
    return to - from;
  };
}

async function layers(chromium, run, wallMs) {
  const { page } = chromium;
  await page.mouse.move(2, 2);
  await tool.startLayers(page);
  const before = await sent();
  const endsAt = performance.now() + wallMs / 2;
  const cost = await measure(chromium, wallMs, changeLayers(page, 0, task.layerChanges, endsAt));
  const after = await sent();
  run.layer = { ...cost, count: cost.result };
  run.pythonPerLayer = (after.python_cpu - before.python_cpu) / cost.result;
  if (cost.result < task.layerChanges) return;
  await measure(chromium, wallMs, changeLayers(page, cost.result, task.layers - 1, Infinity));
  run.allLayersBytes = (await sent()).bytes;
}

async function stage(run, name, action) {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    run.stopped = { stage: name, reason: error.message };
    run.bytes ??= (await sent()).bytes;
  }
  return run.stopped === undefined;
}

async function once() {
  const chromium = await openChromium(task.chromium, task);
  const { page, problems, watch } = chromium;
  page.setDefaultTimeout(2 * task.wallMs);
  page.setDefaultNavigationTimeout(2 * task.wallMs);
  const run = {};
  const stages = {
    load: async () => {
      await fetch(`${task.address}/count/reset`);
      run.load = await measure(chromium, task.wallMs, async () => {
        await page.goto(task.address + tool.path, { waitUntil: "commit" });
        await page.waitForSelector(tool.ready, { state: "attached" });
        await twoFrames(page);
      });
      run.bytes = (await sent()).bytes;
      await tool.check(page, task);
    },
    hover: async () => {
      run.hover = await measure(chromium, task.wallMs, await hover(page));
      await tool.checkHover(page, task);
    },
    layer: async () => {
      if (tool.nextLayer) await layers(chromium, run, task.wallMs);
    },
  };
  try {
    for (const [name, action] of Object.entries(stages))
      if (!(await stage(run, name, action))) break;
    if (problems.length > 0) throw new Error(problems.join("\n"));
    return { ...run, peakBytes: watch.peakBytes, version: chromium.browser.version() };
  } finally {
    await closeChromium(chromium);
  }
}

const runs = [];
for (let repeat = 0; repeat < task.repeats; repeat += 1) {
  const start = performance.now();
  runs.push(await once());
  if (runs.at(-1).stopped || performance.now() - start > task.repeatBelowMs) break;
}
process.stdout.write(JSON.stringify(runs));
