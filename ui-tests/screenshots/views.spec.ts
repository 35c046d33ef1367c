import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { PYTHON, ROOT, UI_TESTS } from "../fixtures/paths.ts";
import { expect, test } from "../fixtures/test.ts";

const WIDTHS = [200, 320, 400, 640, 900, 1200];
const SCHEMES = ["light", "dark"] as const;
const FONT_SIZES = [11, 16];
/** Pages whose picture also goes into the documentation; they are taken at the last of the widths. */
const IN_DOCS = [
  "head-rest-light",
  "head-locked-light",
  "head-locked-dark",
  "model-light",
  "model-opened-light",
  "heads-light",
  "heads-map-light",
  "model-rank-light",
  "neuron-light",
  "neuron-dark",
  "matrix-light",
  "explore-light",
  "compare-light",
  "runs-light",
  "runs-lines-light",
  "live-light",
];

for (const view of [
  "head",
  "heads",
  "model",
  "neuron",
  "matrix",
  "explore",
  "compare",
  "runs",
  "live",
]) {
  test(`pictures of the ${view} view`, async ({ page }, testInfo) => {
    test.setTimeout(600_000);
    const folder = testInfo.outputPath("pages");
    mkdirSync(folder, { recursive: true });
    execFileSync(PYTHON, [path.join(UI_TESTS, "screenshots", "pages.py"), folder, view], {
      env: { ...process.env, HF_HUB_OFFLINE: "1" },
    });
    const root = page.locator(".headwise").first();
    const ready = () => expect(root).toHaveAttribute("data-state", "ready", { timeout: 30_000 });
    const shoot = (...names: string[]) =>
      page.screenshot({ path: path.join(ROOT, ...names), fullPage: true });

    for (const file of readdirSync(folder)) {
      const name = path.basename(file, ".html");
      const open = async (width: number, scheme: "light" | "dark") => {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height: 500 });
        await page.goto(pathToFileURL(path.join(folder, file)).href);
        await ready();
      };
      for (const scheme of SCHEMES) {
        for (const width of WIDTHS) {
          await open(width, scheme);
          await shoot("screenshots", `${name}-${scheme}-${width}.png`);
        }
        if (IN_DOCS.includes(`${name}-${scheme}`)) {
          const picture = path.join(ROOT, "docs", "pictures", `${name}-${scheme}.png`);
          await root.screenshot({ path: picture });
        }
      }
      for (const size of FONT_SIZES) {
        await open(900, "light");
        await page.addStyleTag({ content: `:root { --hw-font-size: ${size}px }` });
        await page.setViewportSize({ width: 901, height: 500 });
        await ready();
        await shoot("screenshots", `${name}-font-${size}.png`);
      }
    }
  });
}
