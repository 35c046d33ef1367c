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

const isRenderer = (type) => type === "renderer";

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

// Of a process: what it holds now, and the most it ever held.
function memory(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const bytes = (name) => 1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
    return { now: bytes("VmRSS"), peak: bytes("VmHWM") };
  } catch {
    return { now: 0, peak: 0 }; // ended meanwhile, or a system without /proc
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
    reason: undefined,
    peakBytes: 0,
    stop: (reason) => {
      watch.reason ??= reason;
      refuse(new Stopped(reason));
    },
    end: () => clearInterval(timer),
    // Returns what the largest renderer holds.
    look: async () => {
      const all = await processes(system).catch(() => []);
      const renderers = all.filter(({ type }) => isRenderer(type)).map(({ id }) => memory(id));
      const largest = Math.max(0, ...renderers.map(({ now }) => now));
      watch.peakBytes = Math.max(watch.peakBytes, ...renderers.map(({ peak }) => peak));
      if (largest > mostBytes) watch.stop(`renderer over ${mostBytes / 2 ** 20} MB`);
      return largest;
    },
  };
  const timer = setInterval(watch.look, POLL_MS);
  return watch;
}

function used(before, after, wanted) {
  const earlier = new Map(before.map(({ id, cpuTime }) => [id, cpuTime]));
  return after
    .filter(({ type }) => wanted(type))
    .reduce((sum, { id, cpuTime }) => sum + cpuTime - (earlier.get(id) ?? 0), 0);
}

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
    const restBytes = await watch.look();
    return { result, wallSeconds, laps, restBytes, ...costs(before, after) };
  } finally {
    late.catch(() => {});
    tooLate.abort();
  }
}
