// attnview: cards and a table of one query's weights; there is nothing to point at.

import { centres, twoFrames } from "./pointing.mjs";

export const attnview = {
  stages: ["load", "hover", "layer"],
  path: "/peer.html",
  ready: "#weights tr",
  press: true,
  // One query on, one back: no other buttons stay where they are.
  async tokens(page) {
    const [next] = await centres(page, "#next");
    await page.mouse.click(next.x, next.y);
    return [...(await centres(page, "#previous")), ...(await centres(page, "#next"))];
  },
  async check(page, { tokens }) {
    const rows = await page.locator("#weights tr").count();
    if (rows !== tokens) throw new Error(`attnview lists ${rows} keys`);
  },
  async checkHover(page) {
    const query = await page.locator("#tokens .selected small").textContent();
    if (query !== "0" && query !== "1") throw new Error(`attnview shows query ${query}`);
  },
  async startLayers(page) {
    await page.focus("#layer");
  },
  async nextLayer(page, layer) {
    await page.keyboard.press("ArrowDown");
    await twoFrames(page);
    const shown = await page.evaluate(() => Number(document.querySelector("#layer").value));
    if (shown !== layer) throw new Error(`attnview shows layer ${shown}, not ${layer}`);
  },
};
