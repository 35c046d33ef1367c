// The head views: one layer, lines between the tokens.

import { attnview } from "./attnview.mjs";
import { circuitsvis, circuitsvisAll } from "./circuitsvis.mjs";
import { inspectus, inspectusLayer } from "./inspectus.mjs";
import { centres, twoFrames } from "./pointing.mjs";

const stages = ["load", "hover", "layer"];

const bertviz = {
  stages,
  path: "/peer.html",
  ready: "#vis #attention + g",
  tokens: (page) => centres(page, "#vis #left text"),
  async check(page, { heads, tokens }) {
    const lines = await page.locator("#attention line").count();
    if (lines !== heads * tokens ** 2) throw new Error(`BertViz drew ${lines} lines`);
  },
  async checkHover(page, { heads, tokens }) {
    const lines = await page.locator('#attention line[visibility="visible"]').count();
    if (lines !== heads * tokens) throw new Error(`BertViz' hover shows ${lines} lines`);
  },
  async startLayers(page) {
    await page.focus("#layer");
  },
  async nextLayer(page, layer) {
    await page.keyboard.press("ArrowDown");
    await twoFrames(page);
    const shown = await page.evaluate(() => Number(document.querySelector("#layer").value));
    if (shown !== layer) throw new Error(`BertViz shows layer ${shown}, not ${layer}`);
  },
};

const headwise = {
  stages,
  path: "/headwise.html",
  ready: '.headwise[data-state="ready"]',
  whole: '.headwise[data-state="ready"][data-idle="true"]',
  tokens: (page) => centres(page, '[role="option"][data-side="query"]'),
  async check(page) {
    const drawn = await page.getAttribute(".headwise", "data-drawn");
    if (!(Number(drawn) > 0)) throw new Error(`headwise drew ${drawn} lines`);
  },
  async checkHover(page) {
    const held = await page.locator(".headwise.hw-holding").count();
    if (held !== 1) throw new Error("headwise shows no hover");
  },
  async startLayers(page) {
    const [next] = await centres(page, 'button[aria-label="Next layer"]');
    if (!next) throw new Error('headwise has no visible button "Next layer"');
    await page.mouse.move(next.x, next.y);
  },
  async nextLayer(page, layer) {
    await page.mouse.down();
    await page.mouse.up();
    await page.waitForSelector(`.headwise[data-state="ready"][data-layer="${layer}"]`);
    await twoFrames(page);
  },
};

const empty = {
  stages: ["load", "hover"],
  path: "/empty.html",
  ready: "body",
  tokens: async () => Array.from({ length: 30 }, (_, index) => ({ x: 60, y: 50 + 22.5 * index })),
  check: async () => {},
  checkHover: async () => {},
};

export const head = {
  bertviz,
  inspectus,
  inspectusLayer,
  circuitsvis,
  circuitsvisAll,
  attnview,
  headwise,
  empty,
};
