import { expect, type Page, test } from "@playwright/test";
import { luminance } from "../../js/src/theme.ts";
import { Guards, leavesLocalhost } from "../fixtures/guards.ts";
import { makeTrace } from "../fixtures/sample.ts";
import { serverOf } from "../fixtures/servers.ts";
import { HeadView } from "../pages/head-view.ts";
import { ModelView } from "../pages/model-view.ts";
import { CASES, type CaseName, type Cell, type Driver, type Opened } from "./driver.ts";

const [FIRST, SECOND, LARGE, GRID] = [0, 1, 2, 3];

/** Of 512 tokens one layer does not fit what travels without being asked for. */
const CELLS: Cell[] = [
  {
    code: [
      makeTrace("sample_trace(18)"),
      "long = sample.sample_trace(512, layers=3)",
      "from unittest import mock",
      "from headwise.errors import HeadwiseError",
      "from headwise.record import AttentionRecord",
      'error = HeadwiseError("no room for <b>this</b> layer")',
      'fault = mock.patch.object(AttentionRecord, "weights", side_effect=error)',
    ].join("\n"),
  },
  { code: "small = hw.head_view(trace, layer=3, heads=[1])", show: "small" },
  { code: "", show: "small" },
  {
    code: [
      "large = hw.head_view(long, layer=0, heads=[1], height=300)",
      "asked = []",
      "large.on_msg(lambda view, message, buffers: asked.append(message['method']))",
    ].join("\n"),
    show: "large",
  },
  { code: "grid = hw.model_view(trace)", show: "grid" },
];

interface Visit {
  driver: Driver;
  opened: Opened;
  guards: Guards;
}

type Case = (visit: Visit) => Promise<void>;

async function head({ opened }: Visit, nth: number): Promise<HeadView> {
  const view = new HeadView(await opened.view(nth));
  await view.ready();
  return view;
}

async function printed({ opened }: Visit, expression: string, value: string): Promise<void> {
  await expect.poll(() => opened.ask(`print(${expression})`)).toBe(`${value}\n`);
}

const HEADS = (view: string) => `[tuple(head) for head in ${view}.selected_heads]`;

const WHAT: Record<CaseName, Case> = {
  async renders(visit) {
    const view = await head(visit, FIRST);
    await view.expectLayer(3);
    await expect.poll(async () => (await view.ink()).inked).toBeGreaterThan(1000);
    expect(await view.linesDrawn()).toBeGreaterThan(0);
  },

  async "click → Python"(visit) {
    await visit.opened.ask("small.selection = hw.Selection(heads=[(3, 1)])");
    const view = await head(visit, FIRST);
    await expect(view.chipsOn()).toHaveCount(1);
    await view.token("query", 5).click();
    await printed(visit, "small.selection.query", "5");
    await view.chip(4).click();
    await printed(visit, HEADS("small"), "[(3, 1), (3, 4)]");
  },

  async "Python → screen"(visit) {
    await visit.opened.ask("small.selection = hw.Selection(heads=[(0, 0)], query=0)");
    const view = await head(visit, FIRST);
    await view.expectLayer(0);
    await expect(view.chip(0)).toHaveAttribute("aria-pressed", "true");
    await expect(view.token("query", 0)).toHaveAttribute("aria-selected", "true");
  },

  async "tile on demand"(visit) {
    const view = await head(visit, LARGE);
    await visit.opened.ask("asked.clear()\nlarge.layer = 0");
    await view.expectLayer(0);
    await view.ready();
    const before = await view.ink();
    await view.nextLayer.click();
    await view.expectLayer(1);
    await view.expectRedrawn(before);
    await view.ready();
    await expect(view.root.locator(".hw-note")).toHaveCount(0);
    await printed(visit, '"tile" in asked', "True");
  },

  async "error shown"(visit) {
    const view = await head(visit, LARGE);
    await visit.opened.ask("large.layer = 0");
    await view.expectLayer(0);
    await visit.opened.ask("fault.start()");
    try {
      await visit.opened.ask("large.layer = 2");
      await expect(view.note("no room for <b>this</b> layer")).toBeVisible();
    } finally {
      await visit.opened.ask("fault.stop()");
    }
    await visit.opened.ask("large.layer = 0");
    await expect(view.root.locator(".hw-note")).toHaveCount(0);
    await view.ready();
  },

  async "two views"(visit) {
    await visit.opened.ask("small.selection = hw.Selection(heads=[(3, 1)])");
    const first = await head(visit, FIRST);
    const second = await head(visit, SECOND);
    await expect(second.chipsOn()).toHaveCount(1);
    await second.chip(2).click();
    await expect(first.chip(2)).toHaveAttribute("aria-pressed", "true");
    await first.nextLayer.click();
    await second.expectLayer(4);
  },

  async "model view"(visit) {
    const grid = new ModelView(await visit.opened.view(GRID));
    await grid.ready();
    await grid.cell(2, 3).click();
    await expect(grid.cell(2, 3)).toHaveAttribute("aria-selected", "true");
    if (!visit.driver.limits?.["click → Python"]) await printed(visit, HEADS("grid"), "[(2, 3)]");
  },

  async "light and dark"(visit) {
    await visit.opened.setTheme("light");
    const light = await head(visit, FIRST);
    await expect(light.root).toHaveAttribute("data-theme", "light");
    const ink = await light.ink();
    await visit.opened.setTheme("dark");
    const dark = await head(visit, FIRST);
    await expect(dark.root).toHaveAttribute("data-theme", "dark");
    await dark.expectRedrawn(ink);
    await expectLegible(dark);
  },

  async "theme switch followed"(visit) {
    await visit.opened.setTheme("light");
    const view = await head(visit, FIRST);
    await expect(view.root).toHaveAttribute("data-theme", "light");
    const drawn = await view.root.elementHandle();
    await visit.opened.setTheme("dark");
    await expect(view.root).toHaveAttribute("data-theme", "dark");
    expect(await drawn?.evaluate((node) => node.isConnected)).toBe(true);
  },

  async "no console error"({ driver, opened, guards }) {
    const own = await opened.ownAddresses();
    // anywidget runs a view's script from a blob: address.
    const isOwn = (text: string) => driver.ownErrors?.test(text) && !text.includes("blob:");
    const errors = guards.errors.filter(({ text, url }) => !isOf(own, url) && !isOwn(text));
    expect(errors).toEqual([]);
  },

  async "no request off localhost"({ opened, guards }) {
    const own = await opened.ownAddresses();
    expect(guards.away.filter((url) => !isOf(own, url))).toEqual([]);
  },
};

const isOf = (addresses: string[], url: string) =>
  addresses.some((address) => url.startsWith(address));

/** The text of the view against the ground that the host shows behind it. */
async function expectLegible(view: HeadView): Promise<void> {
  const colors = await view.root.evaluate((root) => {
    const context = document.createElement("canvas").getContext("2d");
    // A host may give its colours as oklch() or color(); a canvas knows them all.
    const rgb = (color: string) => {
      if (!context) return [];
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = color;
      context.fillRect(0, 0, 1, 1);
      return [...context.getImageData(0, 0, 1, 1).data];
    };
    const ground = (node: Node): number[] => {
      const up = node instanceof ShadowRoot ? node.host : node.parentNode;
      const own = node instanceof Element ? rgb(getComputedStyle(node).backgroundColor) : [];
      return own[3] === 255 || !up ? own : ground(up);
    };
    return [rgb(getComputedStyle(root).color), ground(root)];
  });
  const light = colors.map((color) => luminance(`rgb(${color.slice(0, 3)})`) ?? 0);
  const ratio = (Math.max(...light) + 0.05) / (Math.min(...light) + 0.05);
  expect(ratio, `contrast of ${colors.join(" on ")}`).toBeGreaterThan(7);
}

/** Opens the host once, runs every case in it one after the other, and closes it. */
export function hostCases(driver: Driver): void {
  test.describe(driver.name, () => {
    let page: Page;
    let visit: Visit;

    test.beforeAll(async ({ browser }, { project, parallelIndex }) => {
      test.setTimeout(180_000);
      const { viewport = null } = project.use;
      page = await browser.newPage({ baseURL: serverOf(parallelIndex), viewport });
      await page.route(
        ({ href }) => leavesLocalhost(href),
        (route) => route.abort(),
      );
      const guards = new Guards(page);
      const opened = await driver.open(page, CELLS);
      visit = { driver, opened, guards };
    });

    test.afterAll(async () => {
      await visit?.opened.close();
      await page?.close();
    });

    for (const name of CASES) {
      const limit = driver.limits?.[name];
      const details = [
        { type: "host", description: driver.name },
        { type: "case", description: name },
        { type: "cannot", description: limit?.reason ?? "" },
        { type: "remark", description: driver.remarks?.[name] ?? "" },
      ];
      const title = limit ? `${name}: cannot, ${limit.reason}` : name;
      test(title, { annotation: details.filter(({ description }) => description) }, async () => {
        await (limit ? limit.instead(visit.opened, visit.guards) : WHAT[name](visit));
      });
    }
  });
}
