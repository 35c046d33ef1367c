import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { openBoth } from "../fixtures/both.ts";
import { PYTHON, UI_TESTS } from "../fixtures/paths.ts";
import { expect, test } from "../fixtures/test.ts";
import { HeadView } from "../pages/head-view.ts";

interface Box {
  text: string;
  left: number;
  right: number;
  /** Middle of the row. */
  y: number;
}

/** What a page and a figure have in common: boxes of labels, chips and the ends of lines, with y = 0 at the first row. */
interface Places {
  labels: Box[];
  chips: Box[];
  /** Where lines begin and end: x of both sides, y of each row that has a line. */
  lines: { from: number; to: number; starts: number[] };
}

/** Reads the live view. */
function livePlaces(page: Page): Promise<Places> {
  return page.evaluate(() => {
    const tokens = [...document.querySelectorAll<HTMLElement>(".hw-token")];
    const [top = 0, height = 0] = tokens.slice(0, 1).flatMap((token) => {
      const box = token.getBoundingClientRect();
      return [box.top, box.height];
    });
    const boxOf = (node: Element, text: string) => {
      const box = node.getBoundingClientRect();
      return { text, left: box.left, right: box.right, y: (box.top + box.bottom) / 2 - top };
    };
    const labels = tokens.map((token) => {
      const box = boxOf(token, token.textContent ?? "");
      return { ...box, left: box.left + 5, right: box.right - 5 };
    });
    const chips = [...document.querySelectorAll(".hw-head-label .hw-badge")].map((node) =>
      boxOf(node, node.textContent ?? ""),
    );
    const canvas = document.querySelector<HTMLCanvasElement>("canvas.hw-lines");
    const context = canvas?.getContext("2d");
    if (!canvas || !context) throw new Error("the view has no canvas of lines");
    const { data, width } = context.getImageData(0, 0, canvas.width, canvas.height);
    const strength = (x: number, y: number) => data[4 * (y * width + x) + 3] ?? 0;
    const columns = Array.from({ length: width }, (_, x) =>
      Array.from({ length: canvas.height }, (_, y) => strength(x, y)).some((alpha) => alpha > 0),
    );
    const from = columns.indexOf(true);
    const rows = Math.round(canvas.height / height);
    // Where a line starts in the middle of each row: the middle of the ink of the first column.
    const starts = Array.from({ length: rows }, (_, row) => {
      let [sum, weight] = [0, 0];
      for (let y = Math.round(row * height); y < (row + 1) * height; y++) {
        sum += strength(from, y) * (y + 0.5);
        weight += strength(from, y);
      }
      return weight > 0 ? sum / weight : -1;
    });
    return {
      labels,
      chips,
      lines: { from, to: columns.lastIndexOf(true) + 1, starts: starts.filter((y) => y >= 0) },
    };
  });
}

/** Reads the figure. */
function figurePlaces(page: Page): Promise<Places> {
  return page.evaluate(() => {
    const inside = (name: string, tag: string) => [
      ...document.querySelectorAll<SVGGraphicsElement>(`svg .hw-${name} ${tag}`),
    ];
    const texts = [...inside("query", "text"), ...inside("key", "text")];
    // The baseline lies 4.5 px under the middle of a row of Arial at 13 px.
    const middle = (node: Element) => Number(node.getAttribute("y")) - 4.5;
    const top = middle(texts[0] as Element) - 11;
    const labels = texts.map((node) => {
      const box = node.getBBox();
      const text = node.textContent ?? "";
      return { text, left: box.x, right: box.x + box.width, y: middle(node) - top };
    });
    const chips = inside("titles", "path").map((node, i) => {
      const box = node.getBBox();
      const text = inside("titles", "text").slice(-inside("titles", "path").length)[i];
      const words = text?.textContent ?? "";
      return {
        text: words,
        left: box.x,
        right: box.x + box.width,
        y: box.y + box.height / 2 - top,
      };
    });
    const paths = inside("lines", "path").map((node) =>
      (node.getAttribute("d") ?? "").match(/-?[\d.]+/g)?.map(Number),
    );
    const starts = [...new Set(paths.map((numbers) => (numbers?.[1] ?? 0) - top))];
    return {
      labels,
      chips,
      lines: {
        from: Math.min(...paths.map((numbers) => numbers?.[0] ?? 0)),
        to: Math.max(...paths.map((numbers) => numbers?.at(-2) ?? 0)),
        starts: starts.sort((a, b) => a - b),
      },
    };
  });
}

function expectWithin(live: Box[], figure: Box[]): void {
  expect(figure.map(({ text }) => text)).toEqual(live.map(({ text }) => text));
  live.forEach((box, i) => {
    for (const side of ["left", "right", "y"] as const)
      expect(Math.abs(box[side] - (figure[i]?.[side] ?? 0)), `${side} of ${box.text}`).toBeLessThan(
        1,
      );
  });
}

test.beforeAll(async () => {
  await mkdir(folder(), { recursive: true });
  await promisify(execFile)(PYTHON, [path.join(UI_TESTS, "fixtures", "figure.py"), folder()]);
});

/** One folder for all tests of this file. */
function folder(): string {
  return path.join(test.info().project.outputDir, "figure");
}

test("labels and lines of the figure stand where the page has them", async ({ page }) => {
  await openBoth(page, folder(), "rest");
  await new HeadView(page).ready();
  const figure = await figurePlaces(page);
  await expect.poll(async () => (await livePlaces(page)).lines.from).toBe(figure.lines.from);
  const live = await livePlaces(page);
  expect(live.labels).toHaveLength(18);
  expectWithin(live.labels, figure.labels);
  expect(Math.abs(live.lines.to - figure.lines.to)).toBeLessThan(1);
  expect(live.lines.starts).toHaveLength(9);
  live.lines.starts.forEach((y, i) => {
    expect(Math.abs(y - (figure.lines.starts[i] ?? -1))).toBeLessThan(1);
  });
});

test("so do the pill and the chips while a token is locked", async ({ page }) => {
  await openBoth(page, folder(), "held");
  await new HeadView(page).ready();
  const figure = await figurePlaces(page);
  await expect.poll(async () => (await livePlaces(page)).lines.from).toBe(figure.lines.from);
  const live = await livePlaces(page);
  expectWithin(live.labels, figure.labels);
  expect(live.chips.map(({ text }) => text)).toEqual(["2", "3"]);
  expectWithin(live.chips, figure.chips);
});
