// CircuitsVis: a thumbnail of each head; the one under the mouse is drawn large below.

import { centres } from "./pointing.mjs";

const view = '[id^="circuits-vis"] > div';

const showing = (heads) => ({
  stages: ["load", "hover"],
  path: "/peer.html",
  ready: `${view} > div:nth-child(2) > div:nth-child(${heads}) canvas`,
  tokens: (page) => centres(page, `${view} > div:nth-child(2) canvas`),
  async check(page) {
    const charts = await page.locator(`${view} canvas`).count();
    if (charts !== heads + 1) throw new Error(`CircuitsVis drew ${charts} charts`);
  },
  async checkHover(page) {
    const heading = await page.locator(`${view} h3`).last().textContent();
    if (!/Head \d+ Zoomed/.test(heading)) throw new Error(`CircuitsVis shows "${heading}"`);
  },
});

export const circuitsvis = showing(12);
export const circuitsvisAll = showing(144);
