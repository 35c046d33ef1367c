// The model views: every head of every layer as a thumbnail, one of them opened large.

import { click, twoFrames } from "./pointing.mjs";

const stages = ["load", "open"];

const bertviz = {
  stages,
  path: "/peer.html",
  // All thumbnails are drawn in one task: where the first is, the last one is too.
  ready: "#attn_background_0_0 + g",
  async check(page, { layers, heads, tokens }) {
    const lines = await page.evaluate(() => document.getElementsByTagName("line").length);
    if (lines !== layers * heads * tokens ** 2) throw new Error(`BertViz drew ${lines} lines`);
  },
  async open(page, [layer, head], { tokens }) {
    await click(page, `#attn_background_${layer}_${head}`);
    await twoFrames(page);
    const shown = await page.evaluate(() => {
      const lines = document.querySelector("#vis svg").lastElementChild.previousElementSibling;
      const heading = lines.previousElementSibling.previousElementSibling;
      return `${heading.textContent}, ${lines.childElementCount} tokens`;
    });
    const wanted = `Layer ${layer}, Head ${head}, ${tokens} tokens`;
    if (shown !== wanted) throw new Error(`BertViz opened "${shown}", not "${wanted}"`);
  },
};

const root = '.headwise[data-view="model"]';
const whole = `${root}[data-state="ready"][data-idle="true"]`;

const headwise = {
  stages,
  path: "/headwise.html",
  ready: `${root}[data-state="ready"]`,
  whole,
  async check(page) {
    const cells = await page.locator(".hw-grid-cell").count();
    if (cells === 0) throw new Error("headwise shows no thumbnail");
  },
  async open(page, [layer, head]) {
    const at = `[data-layer="${layer}"][data-head="${head}"]`;
    await click(page, `.hw-grid-cell${at}`);
    await page.waitForSelector(`.hw-opened${at} .headwise[data-view="head"][data-state="ready"]`);
    await page.waitForSelector(whole);
    await twoFrames(page);
  },
};

const empty = {
  stages: ["load"],
  path: "/empty.html",
  ready: "body",
  check: async () => {},
};

export const model = { bertviz, headwise, empty };
