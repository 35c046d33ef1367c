import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { openBoth } from "../fixtures/both.ts";
import { PYTHON, UI_TESTS } from "../fixtures/paths.ts";
import { expect, test } from "../fixtures/test.ts";

/** Text that a browser sets may stand a px beside that of the figure. */
const NEAR = 1.05;

interface Box {
  text: string;
  left: number;
  right: number;
  /** Middle, from that of the first box. */
  y: number;
}

/** One folder for all tests of this file. */
function folder(): string {
  return path.join(test.info().project.outputDir, "figures");
}

test.beforeAll(async () => {
  await mkdir(folder(), { recursive: true });
  await promisify(execFile)(PYTHON, [path.join(UI_TESTS, "fixtures", "figures.py"), folder()]);
});

async function open(page: Page, name: string, width: number): Promise<void> {
  await openBoth(page, folder(), name, width);
  const view = page.locator("#headwise > .headwise, #headwise .headwise").first();
  await expect(view).toHaveAttribute("data-state", "ready", { timeout: 60_000 });
}

/** Boxes of the texts, or of the elements where they have none, that a selector finds. */
function boxes(page: Page, selector: string): Promise<Box[]> {
  return page.evaluate((wanted) => {
    const found = [...document.querySelectorAll(wanted)].flatMap((node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      const text = node.textContent ?? "";
      const html = node instanceof HTMLElement && text !== "";
      const box = html ? range.getBoundingClientRect() : node.getBoundingClientRect();
      if (box.width === 0) return [];
      return [{ text, left: box.left, right: box.right, y: (box.top + box.bottom) / 2 }];
    });
    const first = found[0]?.y ?? 0;
    return found.map((box) => ({ ...box, y: box.y - first }));
  }, selector);
}

async function expectSame(page: Page, live: string, figure: string, count: number): Promise<void> {
  const words = (found: Box[]) => found.map(({ text }) => text);
  await expect
    .poll(async () => words(await boxes(page, `#headwise ${live}`)), { message: live })
    .toEqual(words(await boxes(page, `svg ${figure}`)));
  await expect
    .poll(async () => {
      const [here, there] = [
        await boxes(page, `#headwise ${live}`),
        await boxes(page, `svg ${figure}`),
      ];
      return here.flatMap((box, i) =>
        (["left", "right", "y"] as const)
          .map((side) => ({ side, off: box[side] - (there[i]?.[side] ?? 0) }))
          .filter(({ off }) => Math.abs(off) > NEAR)
          .map(({ side, off }) => `${side} of ${box.text || i} by ${off.toFixed(2)}`),
      );
    })
    .toEqual([]);
  expect(await boxes(page, `svg ${figure}`), figure).toHaveLength(count);
}

test("thumbnails and their numbers stand where the page has them", async ({ page }) => {
  await open(page, "model", 760);
  await expectSame(page, ".hw-grid-heads > span", ".hw-heads text", 13);
  await expectSame(page, ".hw-grid-label", ".hw-labels text", 6);
  const cells = await boxes(page, "#headwise .hw-grid-cell");
  const images = await boxes(page, "svg .hw-thumbs image");
  expect(images).toHaveLength(72);
  cells.forEach(({ left, right, y }, i) => {
    expect(images[i]).toEqual({ text: "", left, right, y });
  });
});

test("so do the names of thumbnails in an order of their own", async ({ page }) => {
  await open(page, "ranked", 500);
  const names = (await boxes(page, "svg .hw-labels text")).filter(({ text }) => text.includes("·"));
  const live = await boxes(page, "#headwise .hw-grid-caption b");
  expect(names.map(({ text }) => text)).toEqual(live.map(({ text }) => text));
  expect(names).toHaveLength(72);
  const [first] = names;
  names.forEach(({ text, left, right, y }, i) => {
    const here = live[i];
    const off = [
      left - (here?.left ?? 0),
      right - (here?.right ?? 0),
      y - (first?.y ?? 0) - (here?.y ?? 0),
    ];
    expect(Math.max(...off.map(Math.abs)), text).toBeLessThan(NEAR);
  });
});

test("tokens, numbers and strips of the neuron view stand where the page has them", async ({
  page,
}) => {
  await open(page, "neuron", 1000);
  await expectSame(page, ".hw-neuron-titles .hw-neuron-title", ".hw-titles text", 7);
  await expectSame(
    page,
    ".hw-neuron-row :is(.hw-neuron-label, .hw-cell)",
    ".hw-rows > text",
    9 * 5,
  );
  await expectSame(page, ".hw-share", ".hw-query > text:last-of-type", 1);
  // In the middle of each cell and bar of the figure the canvas has its colour.
  const unlike = await page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>("#headwise canvas.hw-strips");
    const context = canvas?.getContext("2d");
    const marks = [...document.querySelectorAll("svg .hw-strips rect")];
    const top = Number(document.querySelector("svg .hw-strips rect")?.getAttribute("y")) - 3;
    if (!context || !canvas) return ["no canvas"];
    return marks.flatMap((mark) => {
      const [x = 0, y = 0, width = 0, height = 0] = ["x", "y", "width", "height"].map((name) =>
        Number(mark.getAttribute(name)),
      );
      const fill = mark.getAttribute("fill") ?? "";
      if (width < 2 || mark.getAttribute("fill-opacity")) return [];
      // What is drawn over a bar's trough is longer or shorter than it: its right end is its own.
      const at = [x + width - 1, y - top + height / 2].map(Math.floor) as [number, number];
      const drawn = [...context.getImageData(...at, 1, 1).data.slice(0, 3)];
      const wanted = [1, 3, 5].map((i) => Number.parseInt(fill.slice(i, i + 2), 16));
      return drawn.every((value, i) => Math.abs(value - (wanted[i] ?? 0)) < 2)
        ? []
        : [`${fill} at ${at.join(" ")}: ${drawn.join(" ")}`];
    });
  });
  expect(unlike).toEqual([]);
});

test("sides and the map of differences stand where the page has them", async ({ page }) => {
  await open(page, "compare", 1000);
  await expectSame(page, ".hw-diff-label span", ".hw-axes text", 12);
  const [canvas] = await boxes(page, "#headwise canvas.hw-difference");
  const [image] = await boxes(page, "svg .hw-map image");
  expect(image).toEqual(canvas);
  for (const side of ["a", "b"] as const)
    await expectSame(
      page,
      `[data-side="${side}"] .hw-token`,
      `.hw-side-${side} :is(.hw-query, .hw-key) text`,
      14,
    );
});

test("the parts of explore stand where the page has them", async ({ page }) => {
  await open(page, "explore", 1000);
  await expectSame(page, ".hw-grid-label", ".hw-part-grid .hw-labels text", 3);
  await expectSame(page, ".hw-token", ".hw-part-head :is(.hw-query, .hw-key) text", 18);
  const words = ".hw-neuron-row :is(.hw-neuron-label, .hw-cell)";
  await expectSame(page, words, ".hw-part-neuron .hw-rows > text", 9 * 5);
});
