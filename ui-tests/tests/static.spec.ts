import { execFile } from "node:child_process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { HEADWISE } from "../fixtures/paths.ts";
import { expect, test } from "../fixtures/test.ts";
import { HeadView } from "../pages/head-view.ts";

const SENTENCES = ["The cat is very sad.", "Because it could not find food to eat."];

test("a saved page works from disk without a network", async ({ page, guards }, testInfo) => {
  const file = testInfo.outputPath("attention.html");
  await promisify(execFile)(HEADWISE, ["show", ...SENTENCES, "-o", file], {
    env: { ...process.env, HF_HUB_OFFLINE: "1" },
  });
  await page.context().setOffline(true);
  await page.goto(pathToFileURL(file).href);
  const view = new HeadView(page);
  await view.ready();

  await view.chip(1).dblclick();
  await expect(view.chipsOn()).toHaveCount(1);
  const before = await view.ink();
  const layer = Number(await view.root.getAttribute("data-layer"));
  for (let at = layer; at < 3; at += 1) await view.nextLayer.click();
  await view.expectLayer(3);
  await view.expectRedrawn(before);

  await view.token("query", 9).click();
  await expect(view.live).toContainText("cat 0.75");
  await page.keyboard.press("Escape");
  await expect(view.token("query", 9)).toHaveAttribute("aria-selected", "false");
  expect(guards.requests).toEqual([]);
});
