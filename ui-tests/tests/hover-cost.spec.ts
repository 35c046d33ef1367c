import type { CDPSession, Page } from "@playwright/test";
import { makeTrace } from "../fixtures/sample.ts";
import { expect, test } from "../fixtures/test.ts";
import { HeadView } from "../pages/head-view.ts";

const FRAME_MS = 16;
const MOVES = 60;

const scriptSeconds = async (client: CDPSession): Promise<number> => {
  const { metrics } = await client.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "ScriptDuration")?.value ?? Number.NaN;
};

const twoFrames = (page: Page): Promise<void> =>
  page.evaluate(
    () =>
      new Promise<void>((done) => {
        requestAnimationFrame(() => requestAnimationFrame(() => done()));
      }),
  );

test("hovering 512 tokens costs less than a frame and no message", async ({ page, lab }) => {
  let frames = 0;
  page.on("websocket", (socket) => {
    if (socket.url().includes("/api/kernels/")) socket.on("framesent", () => (frames += 1));
  });
  const notebook = await lab.fromSources([
    makeTrace("512, layers=12"),
    "view = hw.head_view(trace)\nview",
  ]);
  await notebook.run(0);
  await notebook.run(1);
  const view = new HeadView(page);
  await view.ready();
  await view.root.scrollIntoViewIfNeeded();

  const first = await view.token("query", 2).boundingBox();
  const last = await view.token("query", 12).boundingBox();
  if (!first || !last) throw new Error("tokens 2 and 12 are not on screen");
  const x = first.x + first.width / 2;
  await view.token("query", 2).hover();
  await expect(view.live).toContainText("w2, query 2");

  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable");
  const sentBefore = frames;
  const costs: number[] = [];
  for (let move = 0; move < MOVES; move += 1) {
    const y = first.y + 4 + ((last.y - first.y) * (move % 20)) / 19;
    const before = await scriptSeconds(client);
    await page.mouse.move(x, y);
    await twoFrames(page);
    costs.push(1000 * ((await scriptSeconds(client)) - before));
  }
  await view.token("query", 12).hover();
  await expect(view.live).toContainText("w12, query 12");

  costs.sort((a, b) => a - b);
  const p95 = costs[Math.floor(MOVES * 0.95)] ?? Number.NaN;
  const median = costs[MOVES / 2] ?? Number.NaN;
  console.log(`script per move at N=512: median ${median.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`);
  expect(p95).toBeLessThan(FRAME_MS);
  expect(frames - sentBefore, "kernel messages while hovering").toBe(0);
});
