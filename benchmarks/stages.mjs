// What a person does with a view, one stage after the other; each leaves its cost in `run`.

import { measure } from "./chromium.mjs";
import { appears, twoFrames } from "./pointing.mjs";
import { threadClock } from "./thread.mjs";

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

const limits = ({ fewestSteps, wallMs }) => ({
  fewest: fewestSteps,
  endsAt: performance.now() + wallMs / 2,
});

// Makes the steps of a stage, by the process clock all together, by the thread's one by one: those
// before a failure stay.
async function stepping(session, name, step, most) {
  const { chromium, page, server, task, run } = session;
  session.clock ??= await threadClock(page);
  run.steps[name] = [];
  const clocked = async (number) => {
    const before = await session.clock();
    await step(number);
    const after = await session.clock();
    run.steps[name].push({ script: after.script - before.script, task: after.task - before.task });
  };
  const before = await server.sent();
  const steps = repeated(clocked, 0, most, limits(task));
  const cost = await measure(chromium, task.wallMs, steps);
  const after = await server.sent();
  const count = cost.result;
  run[name] = {
    ...cost,
    count,
    messages: after.messages - before.messages,
    pythonSeconds: (after.python_cpu - before.python_cpu) / count,
  };
}

// Measures from `action` until the tool's first complete picture, and on until it rests.
export async function loading({ chromium, page, server, task, tool, run }, action) {
  run.load = await measure(chromium, task.wallMs, async (lap) => {
    await action();
    await appears(page, tool.ready);
    await twoFrames(page);
    await lap("first");
    const { bytes, python_cpu } = await server.sent();
    run.bytes = bytes;
    run.firstPythonSeconds = python_cpu;
    if (tool.whole === undefined) return;
    await appears(page, tool.whole);
    await twoFrames(page);
  });
  const { bytes, python_cpu } = await server.sent();
  run.loadedBytes = bytes;
  run.load.pythonSeconds = python_cpu;
  await tool.check(page, task);
}

async function load(session) {
  const { page, server, task, tool } = session;
  await server.reset();
  await loading(session, () => page.goto(task.address + tool.path, { waitUntil: "commit" }));
}

async function hover(session) {
  const { page, task, tool, run } = session;
  const places = (await tool.tokens(page)).slice(0, task.hovers);
  if (places.length < 2) throw new Error(`only ${places.length} tokens to point at`);
  const step = async (index) => {
    const { x, y } = places[index % places.length];
    await page.mouse.move(x, y);
    if (tool.press) await page.mouse.click(x, y);
    await twoFrames(page);
  };
  await page.mouse.move(2, 2);
  await stepping(session, "hover", step, task.hovers);
  await tool.checkHover(page, task);
  if (tool.whole === undefined) return;
  await appears(page, tool.whole);
  await page.mouse.move(2, 2);
  await stepping(session, "again", step, run.hover.count);
}

async function layer(session) {
  const { chromium, page, server, task, tool, run } = session;
  await page.mouse.move(2, 2);
  await tool.startLayers(page, session);
  const step = (number) => tool.nextLayer(page, number + 1, session);
  await stepping(session, "layer", step, task.layerChanges);
  const { count } = run.layer;
  if (count < task.layerChanges) return;
  await measure(chromium, task.wallMs, repeated(step, count, task.layers - 1));
  run.allLayersBytes = (await server.sent()).bytes;
}

async function open(session) {
  const { page, server, task, tool, run } = session;
  const step = (number) => tool.open(page, task.opened[number], task);
  await stepping(session, "open", step, task.opened.length);
  run.openedBytes = (await server.sent()).bytes;
}

export const stages = { load, hover, layer, open };
