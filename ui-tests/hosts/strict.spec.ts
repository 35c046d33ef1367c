import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Page, TestInfo } from "@playwright/test";
import { PYTHON } from "../fixtures/paths.ts";
import { makeTrace } from "../fixtures/sample.ts";
import { expect, test } from "../fixtures/test.ts";
import { HeadView } from "../pages/head-view.ts";
import { openWebview, STRICT_POLICY } from "./vscode/driver.ts";

async function savedPage(testInfo: TestInfo): Promise<string> {
  const file = testInfo.outputPath("view.html");
  const code = `${makeTrace("sample_trace(9)")}\nhw.head_view(trace).to_html(${JSON.stringify(file)})`;
  await promisify(execFile)(PYTHON, ["-c", code]);
  return file;
}

test("a page without BroadcastChannel draws all the same", async ({ page }, testInfo) => {
  await page.addInitScript(() => Reflect.deleteProperty(window, "BroadcastChannel"));
  await page.goto(pathToFileURL(await savedPage(testInfo)).href);
  expect(await page.evaluate(() => "BroadcastChannel" in window)).toBe(false);
  const view = new HeadView(page);
  await view.ready();
  await view.token("query", 3).click();
  await expect(view.token("query", 3)).toHaveAttribute("aria-selected", "true");
  await expect(page.locator(".hw-start")).toHaveCount(0);
});

/** Serves a file under a policy of the place that shows it, as a mail reader or a company's server may have one. */
async function under(
  policy: string,
  file: string,
  visit: (address: string) => Promise<void>,
): Promise<void> {
  const text = await readFile(file);
  const server = createServer((_, response) => {
    response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": policy });
    response.end(text);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await visit(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const NOT_STARTED = "the script did not run";

test.describe("where a policy forbids scripts", () => {
  const blocked = (page: Page) => page.getByText(NOT_STARTED);

  for (const policy of ["script-src 'none'", "sandbox", "default-src 'self'"]) {
    test(`a saved page says so in words: ${policy}`, async ({ page, guards }, testInfo) => {
      await under(policy, await savedPage(testInfo), async (address) => {
        await page.goto(address);
        await expect(blocked(page)).toBeVisible();
        await expect(page.locator(".headwise")).toHaveCount(0);
      });
      expect(guards.away).toEqual([]);
      // The browser names each thing that the policy blocked.
      expect(guards.errors.filter(({ text }) => !/Content Security|sandbox/i.test(text))).toEqual(
        [],
      );
      guards.errors.length = 0;
    });
  }
});

test("VS Code's strict policy keeps every anywidget from loading, and the browser says why", async ({
  page,
  guards,
}) => {
  const cells = [{ code: makeTrace("sample_trace(9)"), show: "hw.head_view(trace)" }];
  const opened = await openWebview(page, cells, { policy: STRICT_POLICY });
  try {
    await expect
      .poll(() => guards.errors.map(({ text }) => text).join("\n"))
      .toContain("Loading the script 'blob:");
    await expect((await opened.view(0)).locator(".headwise")).toHaveCount(0);
  } finally {
    await opened.close();
  }
  expect(guards.away).toEqual([]);
  guards.errors.length = 0;
});
