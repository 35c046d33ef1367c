import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect } from "@playwright/test";
import { PYTHON } from "../fixtures/paths.ts";
import { HeadView } from "../pages/head-view.ts";
import type { Driver, Limit } from "./driver.ts";

const NO_PYTHON = "no Python stands behind a saved page";

/** What the file lacks is named, and that a kernel is needed for it. */
const lacks: Limit["instead"] = async (opened) => {
  await opened.view(0);
  const view = new HeadView(await opened.view(2));
  await view.ready();
  for (let layer = 0; layer < 2; layer += 1) await view.nextLayer.click();
  await expect(view.note("stored here")).toContainText("need Python");
};

export const savedPage: Driver = {
  name: "saved page",
  limits: {
    "click → Python": {
      reason: `${NO_PYTHON}; the selection changes in the page`,
      async instead(opened) {
        const view = new HeadView(await opened.view(0));
        await view.ready();
        await view.token("query", 5).click();
        await expect(view.token("query", 5)).toHaveAttribute("aria-selected", "true");
        await view.chip(4).click();
        await expect(view.chipsOn()).toHaveCount(2);
      },
    },
    "Python → screen": {
      reason: NO_PYTHON,
      async instead(opened, guards) {
        const view = new HeadView(await opened.view(0));
        await view.ready();
        expect(guards.requests).toEqual([]);
      },
    },
    "tile on demand": { reason: `${NO_PYTHON}; the page says what is not in it`, instead: lacks },
    "error shown": { reason: `${NO_PYTHON} to raise one`, instead: lacks },
    "two views": {
      reason: "one file holds one view",
      async instead(opened) {
        const scope = await opened.view(0);
        await expect(scope.locator('.headwise[data-view="head"]')).toHaveCount(1);
      },
    },
  },
  async open(page, cells) {
    const folder = await mkdtemp(path.join(tmpdir(), "headwise-page-"));
    const shown = cells.filter(({ show }) => show);
    const file = (nth: number) => path.join(folder, `${nth}.html`);
    const save = (nth: number) => `(${shown[nth]?.show}).to_html(${JSON.stringify(file(nth))})`;
    const script = path.join(folder, "write.py");
    const code = cells.map((cell) => cell.code);
    await writeFile(script, [...code, ...shown.map((_, nth) => save(nth))].join("\n"));
    await promisify(execFile)(PYTHON, [script]);
    await page.context().setOffline(true);
    return {
      async view(nth) {
        const address = pathToFileURL(file(nth)).href;
        if (page.url() !== address) await page.goto(address);
        return page;
      },
      ask: () => Promise.reject(new Error(NO_PYTHON)),
      setTheme: (colorScheme) => page.emulateMedia({ colorScheme }),
      ownAddresses: async () => [],
      close: () => rm(folder, { recursive: true, force: true }),
    };
  },
};
