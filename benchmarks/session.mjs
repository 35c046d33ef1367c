// Uses one tool from the first stage to the last, whatever becomes of them, several times over.

import { setTimeout as sleep } from "node:timers/promises";
import { closeChromium, openChromium, Stopped } from "./chromium.mjs";

const WALLS_PER_STAGE = 6;
const PATIENCE_MS = 60_000;

// A page that hangs answers nothing: no stage waits for it for ever.
async function inTime({ chromium, task }, work) {
  const over = new AbortController();
  const late = sleep(WALLS_PER_STAGE * task.wallMs + PATIENCE_MS, undefined, {
    signal: over.signal,
  }).then(() => {
    throw new Stopped("the page hangs");
  });
  late.catch(() => {});
  try {
    await Promise.race([work, late, chromium.watch.stopped]);
  } finally {
    over.abort();
  }
}

// Whether the next stage can be tried.
async function survives(session, name) {
  const { run, server, chromium, stages } = session;
  try {
    await inTime(session, stages[name](session));
    return true;
  } catch (error) {
    const reason = chromium.watch.reason ?? error.message.split("\n")[0];
    if (error instanceof Stopped || chromium.watch.reason)
      run.stopped = { stage: name, reason };
    else run.failed = { ...run.failed, [name]: reason };
    process.stderr.write(`  ${name}: ${reason}\n`);
    run.bytes ??= (await server.sent()).bytes;
    return run.stopped === undefined && name !== "load";
  }
}

async function once(task, open) {
  const chromium = await openChromium(task.chromium, task);
  const { page, problems, watch } = chromium;
  page.setDefaultTimeout(2 * task.wallMs);
  page.setDefaultNavigationTimeout(2 * task.wallMs);
  const run = { steps: {} };
  const session = { chromium, page, task, run, ...open(page, task) };
  try {
    for (const name of session.tool.stages) if (!(await survives(session, name))) break;
    if (problems.length > 0) run.failed = { ...run.failed, page: problems.join("; ") };
    await watch.look();
    return { ...run, peakBytes: watch.peakBytes, version: chromium.browser.version() };
  } finally {
    await closeChromium(chromium);
    await session.close?.();
  }
}

// `open` returns the tool, its stages, the server that counts and perhaps what closes it.
export async function repeatedly(task, open) {
  const runs = [];
  for (let repeat = 0; repeat < task.repeats; repeat += 1) {
    const start = performance.now();
    runs.push(await once(task, open));
    if (runs.at(-1).stopped || performance.now() - start > task.repeatBelowMs) break;
  }
  process.stdout.write(JSON.stringify(runs));
}
