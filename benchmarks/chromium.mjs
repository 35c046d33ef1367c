// Chromium with its processes' CPU time and memory in sight.

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright";

const POLL_MS = 250;
const QUIET_SECONDS = 0.015; // one tick of the process clock is 0.01 s
const QUIET_POLLS = 3;
const MOST_QUIET_POLLS = 80;

export const VIEWPORT = { width: 1280, height: 900 };

export class Stopped extends Error {}

export async function openChromium(executablePath, limits) {
  const browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--disable-features=SpareRendererForSitePerProcess",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
  const system = await browser.newBrowserCDPSession();
  const page = await browser.newPage({ viewport: VIEWPORT });
  const problems = [];
  page.on("pageerror", (error) => problems.push(`page error: ${error.message}`));
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith("http") && hostname !== "127.0.0.1")
      problems.push(`asked the network for ${request.url()}`);
  });
  const watch = watchMemory(system, limits.memoryBytes);
  page.on("crash", () => watch.stop("the renderer crashed"));
  return { browser, system, page, problems, watch };
}

export async function closeChromium(chromium) {
  chromium.watch.end();
  await chromium.browser.close();
}

async function processes(system) {
  const { processInfo } = await system.send("SystemInfo.getProcessInfo");
  return processInfo;
}

function residentBytes(pid) {
  try {
    return 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return 0; // ended meanwhile, or a system without /proc
  }
}

function watchMemory(system, mostBytes) {
  let refuse;
  const stopped = new Promise((_, reject) => {
    refuse = reject;
  });
  stopped.catch(() => {});
  const watch = {
    stopped,
    peakBytes: 0,
    stop: (reason) => refuse(new Stopped(reason)),
    end: () => clearInterval(timer),
  };
  const timer = setInterval(async () => {
    const all = await processes(system).catch(() => []);
    for (const { id, type } of all) {
      if (type !== "renderer") continue;
      const bytes = residentBytes(id);
      watch.peakBytes = Math.max(watch.peakBytes, bytes);
      if (bytes > mostBytes) watch.stop(`renderer over ${mostBytes / 2 ** 20} MB`);
    }
  }, POLL_MS);
  return watch;
}

function used(before, after, wanted) {
  const earlier = new Map(before.map(({ id, cpuTime }) => [id, cpuTime]));
  return after
    .filter(({ type }) => wanted(type))
    .reduce((sum, { id, cpuTime }) => sum + cpuTime - (earlier.get(id) ?? 0), 0);
}

const isRenderer = (type) => type === "renderer";

async function quiet(system) {
  let before = await processes(system);
  let quietPolls = 0;
  for (let poll = 0; poll < MOST_QUIET_POLLS && quietPolls < QUIET_POLLS; poll += 1) {
    await sleep(POLL_MS);
    const now = await processes(system);
    quietPolls = used(before, now, isRenderer) <= QUIET_SECONDS ? quietPolls + 1 : 0;
    before = now;
  }
  return before;
}

const costs = (before, after) => ({
  rendererSeconds: used(before, after, isRenderer),
  browserSeconds: used(before, after, () => true),
});

// Runs the action, waits until the renderer has come to rest, and returns the CPU seconds of both.
// The action may call `lap` with a name: what was used until then is returned beside it.
export async function measure({ system, watch }, wallMs, action) {
  const before = await quiet(system);
  const start = performance.now();
  const tooLate = new AbortController();
  const late = sleep(wallMs, undefined, { signal: tooLate.signal }).then(() => {
    throw new Stopped(`over ${wallMs / 1000} s`);
  });
  const laps = {};
  const lap = async (name) => {
    laps[name] = costs(before, await processes(system));
  };
  try {
    const result = await Promise.race([action(lap), late, watch.stopped]);
    const wallSeconds = (performance.now() - start) / 1000;
    const after = await Promise.race([quiet(system), watch.stopped]);
    return { result, wallSeconds, laps, ...costs(before, after) };
  } finally {
    late.catch(() => {});
    tooLate.abort();
  }
}
