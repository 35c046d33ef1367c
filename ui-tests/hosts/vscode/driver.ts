import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { build } from "esbuild";
import { PYTHON, UI_TESTS } from "../../fixtures/paths.ts";
import type { Cell, Driver, Opened } from "../driver.ts";
import { fetched, SERVICES, WIDGETS } from "./packages.ts";

const HOST = `<!doctype html><meta charset="utf-8"><title>Extension host</title>
<style>html, body { margin: 0; height: 100% } iframe { display: block; border: 0 }</style>
<iframe style="width: 100%; height: 100%"></iframe><script type="module" src="host.js"></script>`;

// VS Code's webview has require.js, which widgets of third parties are loaded with.
const webview = (policy: string) => `<!doctype html><html lang="en"><head><meta charset="utf-8">
${policy && `<meta http-equiv="Content-Security-Policy" content="${policy}">`}</head><body>
<script src="services.js"></script><script src="require.js"></script>
<script type="module" src="webview.js"></script></body></html>`;

/** The policy of VS Code's setting `notebook.experimental.enableCsp`, which is off unless a person sets it. */
export const STRICT_POLICY =
  "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' https: http: data:; font-src 'self' https:; connect-src https:; child-src https: data:;";

async function jupyterFolders(): Promise<string[]> {
  const code = "from jupyter_core.paths import jupyter_path\nprint(*jupyter_path(), sep='\\n')";
  const { stdout } = await promisify(execFile)(PYTHON, ["-c", code]);
  return stdout.trim().split("\n");
}

async function script(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(UI_TESTS, "hosts", "vscode", "page", `${name}.ts`)],
    bundle: true,
    write: false,
    format: "esm",
  });
  return outputFiles[0]?.text ?? "";
}

/** Answers for the files of the two pages, on the origin of the Jupyter server whose kernels they use. */
async function serve(page: Page, policy: string): Promise<void> {
  const folders = await jupyterFolders();
  const shared = (...parts: string[]) => {
    const file = folders.map((folder) => path.join(folder, ...parts)).find(existsSync);
    if (!file) throw new Error(`no ${parts.join("/")} in the folders of Jupyter`);
    return readFile(file, "utf8");
  };
  const scripts: Record<string, () => Promise<string>> = {
    "host.js": () => script("host"),
    "webview.js": () => script("webview"),
    "services.js": async () => readFile(await fetched(SERVICES), "utf8"),
    "ipywidgets.js": async () => readFile(await fetched(WIDGETS), "utf8"),
    "require.js": () => shared("voila", "templates", "base", "static", "require.min.js"),
    "nbextensions/anywidget/index.js": () => shared("nbextensions", "anywidget", "index.js"),
  };
  const pages: Record<string, string> = { "host.html": HOST, "webview.html": webview(policy) };
  await page.route("**/vscode/**", async (route) => {
    const [, name = ""] = new URL(route.request().url()).pathname.split("/vscode/");
    const [html, make] = [pages[name], scripts[name]];
    if (html) return route.fulfill({ body: html, contentType: "text/html" });
    if (make) return route.fulfill({ body: await make(), contentType: "text/javascript" });
    return route.fulfill({ status: 404 });
  });
}

/** Opens the harness and runs the cells. */
export async function openWebview(
  page: Page,
  cells: readonly Cell[],
  { policy = "", theme = "vscode-light" } = {},
): Promise<Opened> {
  await serve(page, policy);
  await page.goto("/vscode/host.html");
  await page.waitForFunction(() => window.extensionHost);
  await page.evaluate((kind) => window.extensionHost?.start(kind), theme);
  const frame = page.frameLocator("iframe");
  const ask = async (code: string) => {
    const printed = await page.evaluate((source) => window.extensionHost?.execute(source), code);
    if (printed?.includes("error: ")) throw new Error(printed);
    return printed ?? "";
  };
  const outputs = frame.locator(".output");
  let shown = 0;
  for (const { code, show } of cells) {
    await ask(`${code}\n${show ?? ""}`);
    // Under the strict policy no view comes.
    if (show && !policy) await outputs.nth(shown++).locator(".headwise").waitFor();
  }
  return {
    view: async (nth) => outputs.nth(nth),
    ask,
    async setTheme(shade) {
      await page
        .locator("iframe")
        .evaluate(
          (webview: HTMLIFrameElement, payload) =>
            webview.contentWindow?.postMessage({ type: "theme", payload }, "*"),
          `vscode-${shade}`,
        );
    },
    ownAddresses: async () => [],
    close: () => page.evaluate(() => window.extensionHost?.stop()),
  };
}

export const vscode: Driver = {
  name: "VS Code's widget host",
  open: (page, cells) => openWebview(page, cells),
};
