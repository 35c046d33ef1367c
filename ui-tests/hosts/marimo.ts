import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "@playwright/test";
import { PYTHON } from "../fixtures/paths.ts";
import type { Cell, Driver } from "./driver.ts";
import { freePort, Server } from "./server.ts";

const SETTINGS = '[display]\ntheme = "system"\n\n[runtime]\nauto_instantiate = true\n';

const indented = (code: string) => code.replace(/^(?=.)/gm, "    ");

/** marimo runs cells in the order that their names give; it reads parameters and returns from the code itself. */
function app(cells: readonly Cell[]): string {
  const bodies = cells.map(
    ({ code, show }) => `${code}\n${show ? `mo.ui.anywidget(${show})` : ""}`,
  );
  const functions = ["import marimo as mo", ...bodies].map(
    (body) => `@app.cell\ndef _():\n${indented(body.trim())}\n    return\n`,
  );
  return ["import marimo\n\napp = marimo.App()\n", ...functions].join("\n");
}

interface Printed {
  text: string;
  success: boolean;
}

/** Reads the events of an execution: what it printed, and whether it went well. */
function outcome(events: string): Printed {
  let text = "";
  let errors = "";
  for (const event of events.split("\n\n")) {
    const kind = /^event: (.*)$/m.exec(event)?.[1];
    const data = JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "{}");
    if (kind === "stdout") text += data.data;
    if (kind === "stderr") errors += data.data;
    if (kind === "done") return { text: data.success ? text : errors, success: data.success };
  }
  throw new Error(`marimo's answer has no end: ${events}`);
}

async function sessionOf(page: Page, load: () => Promise<unknown>): Promise<string> {
  const [socket] = await Promise.all([
    page.waitForEvent("websocket", (one) => one.url().includes("session_id=")),
    load(),
  ]);
  return new URL(socket.url()).searchParams.get("session_id") ?? "";
}

export const marimo: Driver = {
  name: "marimo 0.25",
  async open(page, cells) {
    const folder = await mkdtemp(path.join(tmpdir(), "headwise-marimo-"));
    const file = path.join(folder, "app.py");
    await writeFile(file, app(cells));
    await mkdir(path.join(folder, "marimo"));
    await writeFile(path.join(folder, "marimo", "marimo.toml"), SETTINGS);
    const port = await freePort();
    const address = `http://127.0.0.1:${port}`;
    const where = ["--host", "127.0.0.1", "--port", String(port)];
    const quiet = ["--headless", "--no-token", "--skip-update-check", "--trusted"];
    const server = await Server.start(PYTHON, ["-m", "marimo", "edit", file, ...where, ...quiet], {
      env: { XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder, XDG_CACHE_HOME: folder },
      ready: `${address}/health`,
    });
    const close = async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    };
    const views = page.locator("marimo-anywidget");
    // marimo does not run the cells any more once code has come from elsewhere.
    const last = views.nth(cells.filter(({ show }) => show).length - 1);
    const ready = async () => {
      const id = await sessionOf(page, () => page.goto(address));
      await last.locator(".headwise").waitFor({ timeout: 120_000 });
      return id;
    };
    const session = await ready().catch(async (error) => {
      await close();
      throw error;
    });
    return {
      view: async (nth) => views.nth(nth),
      async ask(code) {
        const answer = await page.request.post(`${address}/api/kernel/execute`, {
          data: { code },
          headers: { "Marimo-Session-Id": session },
        });
        const { text, success } = outcome(await answer.text());
        if (!success) throw new Error(text);
        return text;
      },
      setTheme: (colorScheme) => page.emulateMedia({ colorScheme }),
      ownAddresses: async () => [],
      close,
    };
  },
};
