// What a person does with a view, one stage after the other; each leaves its cost in `run`.

import { measure } from "./chromium.mjs";
import { twoFrames } from "./pointing.mjs";

// Stops between two steps once the time is over, so that those made still count.
function repeated(step, from, to, { fewest = 1, endsAt = Infinity } = {}) {
  return async () => {
    for (let number = from; number < to; number += 1) {
      await step(number);
      const done = number + 1 - from;
      if (performance.now() > endsAt && done >= fewest) return done;
    }
    return to - from;
  };
}

async function counted({ chromium, server, task }, steps) {
  const before = await server.sent();
  const cost = await measure(chromium, task.wallMs, steps);
  const after = await server.sent();
  const count = cost.result;
  return { ...cost, count, pythonSeconds: (after.python_cpu - before.python_cpu) / count };
}

async function load({ chromium, page, server, task, tool, run }) {
  await server.reset();
  run.load = await measure(chromium, task.wallMs, async (lap) => {
    await page.goto(task.address + tool.path, { waitUntil: "commit" });
    await page.waitForSelector(tool.ready, { state: "attached" });
    await twoFrames(page);
    await lap("first");
    run.bytes = (await server.sent()).bytes;
    if (tool.whole === undefined) return;
    await page.waitForSelector(tool.whole, { state: "attached" });
    await twoFrames(page);
  });
  const { bytes, python_cpu } = await server.sent();
  run.loadedBytes = bytes;
  run.load.pythonSeconds = python_cpu;
  await tool.check(page, task);
}

async function hover(session) {
  const { page, task, tool, run } = session;
  const places = (await tool.tokens(page)).slice(0, task.hovers);
  if (places.length < 2) throw new Error(`only ${places.length} tokens to point at`);
  await page.mouse.move(2, 2);
  const step = async (index) => {
    const { x, y } = places[index % places.length];
    await page.mouse.move(x, y);
    if (tool.press) await page.mouse.click(x, y);
    await twoFrames(page);
  };
  const limits = { fewest: task.fewestSteps, endsAt: performance.now() + task.wallMs / 2 };
  run.hover = await counted(session, repeated(step, 0, task.hovers, limits));
  await tool.checkHover(page, task);
}

async function layer(session) {
  const { chromium, page, server, task, tool, run } = session;
  await page.mouse.move(2, 2);
  await tool.startLayers(page, session);
  const step = (number) => tool.nextLayer(page, number + 1, session);
  const limits = { fewest: task.fewestSteps, endsAt: performance.now() + task.wallMs / 2 };
  run.layer = await counted(session, repeated(step, 0, task.layerChanges, limits));
  const { count } = run.layer;
  if (count < task.layerChanges) return;
  await measure(chromium, task.wallMs, repeated(step, count, task.layers - 1));
  run.allLayersBytes = (await server.sent()).bytes;
}

async function open(session) {
  const { page, task, tool, run } = session;
  const step = (number) => tool.open(page, task.opened[number], task);
  const limits = { fewest: task.fewestSteps, endsAt: performance.now() + task.wallMs / 2 };
  run.open = await counted(session, repeated(step, 0, task.opened.length, limits));
  run.openedBytes = (await session.server.sent()).bytes;
}

export const stages = { load, hover, layer, open };
