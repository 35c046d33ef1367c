import type { Page } from "@playwright/test";
import { makeTrace } from "../fixtures/sample.ts";
import { expect, test } from "../fixtures/test.ts";
import { HeadView } from "../pages/head-view.ts";

const SETTINGS = "/lab/api/settings/@jupyter-widgets/jupyterlab-manager:plugin";

/** JupyterLab leaves widget state out of notebooks unless it is told to keep it. */
async function saveState(page: Page, on: boolean): Promise<void> {
  const response = await page.request.put(SETTINGS, {
    data: { raw: JSON.stringify({ saveState: on }) },
  });
  expect(response.ok()).toBe(true);
}

const nameOf = (page: Page): string => new URL(page.url()).pathname.split("/").at(-1) ?? "";

async function save(page: Page): Promise<string> {
  await page.evaluate(() => window.jupyterapp?.commands.execute("docmanager:save"));
  return nameOf(page);
}

/** Ends the kernel of a notebook, then opens its file anew: JupyterLab starts another kernel, which knows no widget. */
async function reopen(page: Page, name: string): Promise<void> {
  const sessions = await page.request.get("/api/sessions");
  for (const { id, path } of (await sessions.json()) as { id: string; path: string }[]) {
    if (path === name) await page.request.delete(`/api/sessions/${id}`);
  }
  await page.goto(`/doc/tree/${name}?reset`);
  await page.waitForFunction(
    () =>
      window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === "idle",
  );
}

async function contentOf(page: Page, name: string): Promise<Record<string, unknown>> {
  const response = await page.request.get(`/api/contents/${name}?type=notebook`);
  return ((await response.json()) as { content: Record<string, unknown> }).content;
}

test.afterEach(async ({ page }) => saveState(page, false));

test("a view saved with its state draws without its kernel, and says what needs one", async ({
  page,
  lab,
}) => {
  await saveState(page, true);
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(64, layers=4)"),
    "view = hw.head_view(trace, layer=2)\nview",
  ]);
  await notebook.runAll();
  const live = new HeadView(page);
  await live.ready();
  await expect(live.root).toHaveAttribute("data-idle", "true");
  await live.nextLayer.click();
  await live.expectLayer(3);
  // What is saved follows some time after.
  await expect(async () => {
    expect(await notebook.ask("print(view.tensors[:2000])")).toContain("w/encoder/3");
  }).toPass();
  const name = await save(page);

  await reopen(page, name);
  const view = new HeadView(page);
  await view.ready();
  await view.expectLayer(3);
  await expect(view.note("No kernel")).toBeVisible();
  expect(await view.linesDrawn()).toBeGreaterThan(0);
  const before = await view.ink();
  await view.chip(0).dblclick();
  await expect(view.chipsOn()).toHaveCount(1);
  await view.expectRedrawn(before);
  await view.token("query", 5).click();
  await expect(view.token("query", 5)).toHaveAttribute("aria-selected", "true");
  await expect(view.live).toContainText("query 5");
});

test("a picture stands for the view in a notebook of someone else", async ({ page, lab }) => {
  await saveState(page, true);
  const notebook = await lab.fromSources([
    makeTrace("sample_trace(24)"),
    "hw.head_view(trace, layer=1, heads=[2])",
  ]);
  await notebook.runAll();
  await new HeadView(page).ready();
  const content = await contentOf(page, await save(page));
  const name = "of-someone-else.ipynb";
  const cells = content.cells as { source: string; metadata: object }[];
  // Not what was signed when it was saved, and nobody here ran it.
  for (const cell of cells)
    Object.assign(cell, { source: `${cell.source}\n# changed`, metadata: {} });
  const written = await page.request.put(`/api/contents/${name}`, {
    data: { type: "notebook", format: "json", content },
  });
  expect(written.ok()).toBe(true);

  await reopen(page, name);
  const output = page.locator(".jp-Notebook .jp-Cell").nth(1).locator(".jp-OutputArea-output");
  const picture = output.locator("img");
  await expect(picture).toBeVisible();
  const size = await picture.evaluate((img: HTMLImageElement) => [img.naturalWidth, img.width]);
  expect(size[0]).toBeGreaterThan(100);
  await expect(page.locator(".headwise")).toHaveCount(0);
  await page.request.delete(`/api/contents/${name}`);
});
