import { expect, type Page, type WebSocket } from "@playwright/test";
import { leavesLocalhost } from "../fixtures/guards.ts";
import { asNotebook, writeNotebook } from "../fixtures/lab.ts";
import type { Driver, Shade } from "./driver.ts";
import { execute } from "./kernel.ts";

const KERNEL = /\/api\/kernels\/([\w-]+)\/channels/;

/** What Voila's own page names before any cell has run: its style sheets and where its formulas come from. */
async function ownAddresses(page: Page): Promise<string[]> {
  const named = await page.evaluate(() => {
    const sheets = document.querySelectorAll<HTMLLinkElement>("head link[rel=stylesheet]");
    const config = document.getElementById("jupyter-config-data")?.textContent ?? "{}";
    return [...[...sheets].map(({ href }) => href), JSON.parse(config).fullMathjaxUrl ?? ""];
  });
  return named.filter((address) => address && leavesLocalhost(address));
}

export const voila: Driver = {
  name: "Voila",
  remarks: {
    "light and dark": "each by its own address",
    "no request off localhost":
      "headwise makes none; Voila's own page asks for style sheets and MathJax elsewhere",
  },
  limits: {
    "theme switch followed": {
      reason: "the theme is part of Voila's address: another one is another page",
      async instead(opened) {
        const root = (await opened.view(0)).locator(".headwise");
        const now = (await root.getAttribute("data-theme")) === "dark" ? "dark" : "light";
        const other = now === "dark" ? "light" : "dark";
        await root.evaluate((node) => node.ownerDocument.body.setAttribute("data-page", "first"));
        await opened.setTheme(other);
        await expect(root).toHaveAttribute("data-theme", other);
        await expect(root.page().locator("body")).not.toHaveAttribute("data-page", "first");
      },
    },
  },
  async open(page, cells) {
    const sources = cells.map(({ code, show }) => `${code}\n${show ?? ""}`);
    const name = await writeNotebook(page, asNotebook(sources));
    const count = cells.filter(({ show }) => show).length;
    let kernel = "";
    const load = async (shade: Shade) => {
      const [socket] = await Promise.all([
        page.waitForEvent("websocket", (one: WebSocket) => KERNEL.test(one.url())),
        page.goto(`/voila/render/${name}?theme=${shade}`),
      ]);
      kernel = KERNEL.exec(socket.url())?.[1] ?? "";
      await page
        .locator(".headwise")
        .nth(count - 1)
        .waitFor({ timeout: 120_000 });
    };
    await load("light");
    return {
      view: async (nth) => page.locator(".jp-Cell-outputArea").nth(nth),
      ask: (code) => execute(page, kernel, code),
      async setTheme(shade) {
        if (
          (await page.locator("body").getAttribute("data-jp-theme-light")) ===
          String(shade === "light")
        )
          return;
        // The page that is left ends its kernel itself.
        await load(shade);
      },
      ownAddresses: () => ownAddresses(page),
      async close() {
        await page.request.delete(`/api/kernels/${kernel}`);
        await page.request.delete(`/api/contents/${name}`);
      },
    };
  },
};
