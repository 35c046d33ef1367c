import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { PYTHON, UI_TESTS } from "../fixtures/paths.ts";
import { expect, test } from "../fixtures/test.ts";
import { freePort, Server } from "../hosts/server.ts";
import { HeadView } from "../pages/head-view.ts";
import { ModelView } from "../pages/model-view.ts";
import { optionsOf, TensorBoard } from "../pages/tensor-board.ts";

const EVIL = "</script><img src=x onerror=alert(1)>";
// Of which board_logs.py says the strongest key.
const [LAYER, HEAD, QUERY] = [1, 3, 6];
const ARRAYS = "deep/formed";

/** What is said of the query, of each run and step. */
type Said = Record<string, Record<number, string>>;

let folder: string;
let address: string;
let server: Server | undefined;
let said: Said;

async function write(...step: string[]): Promise<Said> {
  const script = path.join(UI_TESTS, "fixtures", "board_logs.py");
  const { stdout } = await promisify(execFile)(PYTHON, [script, folder, ...step]);
  return JSON.parse(stdout);
}

test.beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "headwise-board-"));
  said = await write();
  const port = await freePort();
  address = `http://127.0.0.1:${port}`;
  const where = ["--host", "127.0.0.1", "--port", String(port), "--logdir", folder];
  const quiet = ["--load_fast", "false", "--reload_interval", "1"];
  const board = ["-m", "tensorboard.main", ...where, ...quiet];
  server = await Server.start(PYTHON, board, { env: {}, ready: `${address}/data/environment` });
});

test.afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Holds the query of the head and checks that the view says what Python says of that step. */
async function expectStep(board: TensorBoard, run: string, step: number): Promise<HeadView> {
  await expect(board.frame).toHaveAttribute("src", new RegExp(`step=${step}&`));
  const view = new HeadView(board.shown);
  await view.ready();
  for (let at = Number(await view.root.getAttribute("data-layer")); at < LAYER; at += 1)
    await view.nextLayer.click();
  await view.expectLayer(LAYER);
  await view.chip(HEAD).dblclick();
  await expect(view.chipsOn()).toHaveCount(1);
  expect((await view.ink()).inked).toBeGreaterThan(0);
  await view.token("query", QUERY).click();
  await expect(view.live).toContainText(said[run]?.[step] ?? "no such step");
  return view;
}

test("TensorBoard shows the interactive view of each run and step", async ({ page, guards }) => {
  test.slow();
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const board = new TensorBoard(page);
  await page.goto(address);
  await board.open();

  await test.step("the last step of the first run", async () => {
    expect(await optionsOf(board.run)).toEqual([ARRAYS, "model"]);
    expect(await optionsOf(board.view)).toEqual(["head", "model"]);
    await expect(board.number).toHaveText("900 (3 of 3)");
    await expectStep(board, ARRAYS, 900);
  });

  await test.step("the slider goes to another step", async () => {
    await board.slider.press("ArrowLeft");
    await expect(board.number).toHaveText("250 (2 of 3)");
    await expect(board.slider).toHaveAttribute("aria-valuetext", "step 250");
    await expectStep(board, ARRAYS, 250);
    await board.slider.press("Home");
    await expect(board.number).toHaveText("0 (1 of 3)");
    await expectStep(board, ARRAYS, 0);
  });

  await test.step("a token that is a tag is text", async () => {
    const view = new HeadView(board.shown);
    await expect(view.token("query", 0)).toContainText(EVIL);
    await expect(board.shown.locator("img")).toHaveCount(0);
    expect(dialogs).toEqual([]);
  });

  await test.step("another view of the same step", async () => {
    await board.view.selectOption("model");
    const view = new ModelView(board.shown);
    await view.ready();
    await view.complete();
    await expect(board.number).toHaveText("0 (1 of 3)");
    await expect(view.cell(LAYER, HEAD)).toBeVisible();
  });

  await test.step("another run", async () => {
    await board.run.selectOption("model");
    await expect(board.number).toHaveText("0 (1 of 2)");
    await expectStep(board, "model", 0);
    await board.slider.press("End");
    await expect(board.number).toHaveText("50 (2 of 2)");
    const view = await expectStep(board, "model", 50);
    await expect(view.token("query", 2)).toContainText("cat");
  });

  await test.step("nothing but TensorBoard is asked, and of it no more than the tab needs", async () => {
    expect(guards.faults).toEqual([]);
    const ours = guards.requests.filter((url) =>
      url.startsWith(`${address}/data/plugin/headwise/`),
    );
    const names = ours.map((url) => path.posix.basename(new URL(url).pathname));
    expect([...new Set(names)].sort()).toEqual(["index.js", "page", "runs", "tab.css"]);
  });

  await test.step("a page has an origin of its own and reaches nothing", async () => {
    const frame = page.frames().find((each) => each.url().includes("/page?"));
    const reached = await frame?.evaluate(async () => {
      const refused = (error: unknown) => (error as Error).name;
      const asked = new Promise<string>((resolve) => {
        document.addEventListener("securitypolicyviolation", (event) =>
          resolve(event.effectiveDirective),
        );
      });
      const data = await fetch("/data/environment").then(() => "TensorBoard", refused);
      let above = "TensorBoard";
      try {
        above = String(window.parent.document.title);
      } catch (error) {
        above = refused(error);
      }
      return { origin: window.origin, data, policy: await asked, above };
    });
    expect(reached).toEqual({
      origin: "null",
      data: "TypeError",
      policy: "connect-src",
      above: "SecurityError",
    });
  });

  // The browser says what the page's policy kept it from.
  const others = guards.errors.filter(({ text }) => !text.includes("Content Security Policy"));
  expect(others).toEqual([]);
  guards.errors.length = 0;
});

test("the tab is as dark as TensorBoard", async ({ page }) => {
  const board = new TensorBoard(page);
  await page.goto(`${address}/?darkMode=true`);
  await board.open();
  const view = new HeadView(board.shown);
  await view.ready();
  await expect(view.root).toHaveAttribute("data-theme", "dark");
  await page.locator("body").evaluate((body) => body.classList.remove("dark-mode"));
  await expect(view.root).toHaveAttribute("data-theme", "light");
});

test("TensorBoard in a page of another origin, as in a notebook", async ({ page }) => {
  const notebook = createServer((_, response) => {
    response.writeHead(200, { "Content-Type": "text/html" });
    response.end(`<iframe src="${address}" width="1200" height="800"></iframe>`);
  }).listen(0, "127.0.0.1");
  await once(notebook, "listening");
  try {
    await page.goto(`http://127.0.0.1:${(notebook.address() as AddressInfo).port}/`);
    const board = new TensorBoard(page.frameLocator("iframe"));
    await board.open();
    await new HeadView(board.shown).ready();
  } finally {
    notebook.closeAllConnections();
    notebook.close();
  }
});

test("a slider at the end follows a run that goes on, elsewhere it stays", async ({ page }) => {
  const board = new TensorBoard(page);
  await page.goto(address);
  await board.open();
  await expectStep(board, ARRAYS, 900);
  Object.assign(said[ARRAYS] ?? {}, (await write("950"))[ARRAYS]);
  await expect(board.number).toHaveText("950 (4 of 4)");
  await expectStep(board, ARRAYS, 950);
  await board.slider.press("Home");
  await write("1000");
  await expect(board.slider).toHaveAttribute("max", "4");
  await expect(board.number).toHaveText("0 (1 of 5)");
});
