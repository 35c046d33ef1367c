// Opens one tool's page in Chromium, uses it like a person and prints what it cost, as JSON.
// node drive.mjs '{"address", "chromium", "view", "tool", "tokens", "heads", "layers", ...}'

import { closeChromium, openChromium, Stopped } from "./chromium.mjs";
import { stages } from "./stages.mjs";
import { tools } from "./tools.mjs";

const task = JSON.parse(process.argv[2]);
const tool = tools[task.view][task.tool];
const server = {
  sent: async () => (await fetch(`${task.address}/count`)).json(),
  reset: () => fetch(`${task.address}/count/reset`),
};

async function stage(session, name) {
  const { run } = session;
  try {
    await stages[name](session);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    run.stopped = { stage: name, reason: error.message };
    run.bytes ??= (await server.sent()).bytes;
  }
  return run.stopped === undefined;
}

async function once() {
  const chromium = await openChromium(task.chromium, task);
  const { page, problems, watch } = chromium;
  page.setDefaultTimeout(2 * task.wallMs);
  page.setDefaultNavigationTimeout(2 * task.wallMs);
  const run = {};
  try {
    for (const name of tool.stages)
      if (!(await stage({ chromium, page, server, task, tool, run }, name))) break;
    if (problems.length > 0) {
      if (!run.stopped) throw new Error(problems.join("\n"));
      run.stopped.reason += `; ${problems[0]}`;
    }
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
