// Inspectus: one map of sums over layers and heads, and strips of tokens, layers and heads below.

import { centres, twoFrames } from "./pointing.mjs";

const strip = (kind) => `.attention-visualization > .${kind}`;
const queries = `${strip("src-tokens")}:nth-child(2)`;
const layers = `${strip("dimension-values")}:nth-child(4)`;

// What is not kept is grey.
const kept = (page, items) =>
  page.$$eval(items, (elements) =>
    elements.flatMap((element, index) => {
      const [red, , blue] = getComputedStyle(element).backgroundColor.match(/[\d.]+/g);
      return red === blue ? [] : [index];
    }),
  );

async function inSight(page, selector, items) {
  await page.$eval(selector, (element) => element.scrollIntoView({ block: "center" }));
  await twoFrames(page);
  return centres(page, items);
}

async function only(page, items, wanted) {
  const left = await kept(page, items);
  if (left.length !== 1 || (wanted !== undefined && left[0] !== wanted))
    throw new Error(`Inspectus keeps ${left.slice(0, 20)} of ${items}`);
}

const common = {
  path: "/peer.html",
  ready: `${strip("dimension-values")}:last-child .value`,
  press: true,
  tokens: (page) => inSight(page, queries, `${queries} .token`),
  async check(page, { tokens }) {
    const cells = await page.locator("svg.matrix .cell").count();
    if (cells !== tokens ** 2) throw new Error(`Inspectus drew ${cells} cells`);
  },
  checkHover: (page) => only(page, `${queries} .token`),
};

export const inspectusLayer = { ...common, stages: ["load", "hover"] };

export const inspectus = {
  ...common,
  stages: ["load", "layer", "hover"],
  async startLayers(page, session) {
    session.layerButtons = await inSight(page, layers, `${layers} .value`);
    const [first] = session.layerButtons;
    await page.mouse.click(first.x, first.y);
    await twoFrames(page);
  },
  async nextLayer(page, layer, session) {
    const { x, y } = session.layerButtons[layer];
    await page.mouse.click(x, y);
    await twoFrames(page);
    await only(page, `${layers} .value`, layer);
  },
};
