import { pathToFileURL } from "node:url";
import type { Page } from "@playwright/test";
import { makeTrace } from "../fixtures/sample.ts";
import { expect, test } from "../fixtures/test.ts";
import { HeadView } from "../pages/head-view.ts";

/** A pixel counts as different from this step of a channel on: edges of letters may fall a hair apart. */
const STEP = 24;
const MOST_DIFFERENT = 0.002;
const STYLE = `.headwise { width: 900px !important; font-family: "Liberation Sans", Arial, sans-serif !important;
  --hw-font-size: 13px; background: #fff !important; }`;

const cells = (tokens: number) => [
  `${makeTrace(`sample_trace(${tokens})`)}
view = hw.head_view(trace, heads=[1, 4], theme="light")`,
  "view",
];

async function picture(page: Page, view: HeadView): Promise<string> {
  await page.addStyleTag({ content: STYLE });
  await view.ready();
  // A live view draws bytes until a person points at it, a saved page what it holds.
  await view.root.locator(".hw-scroll").hover();
  await expect(view.root.locator(".hw-legend")).toContainText(/shown \d+ %/);
  await page.mouse.move(0, 0);
  await expect(view.root).toHaveAttribute("data-idle", "true");
  // Below it stands the legend, whose words say which numbers are of bytes.
  const picture = view.root.locator(".hw-scroll");
  await picture.scrollIntoViewIfNeeded();
  return (await picture.screenshot({ animations: "disabled", caret: "hide" })).toString("base64");
}

/** The share of pixels that differ, and both sizes. */
function compare(page: Page, pictures: string[]) {
  return page.evaluate(
    async ({ sources, step }) => {
      const pixels = await Promise.all(
        sources.map(async (source) => {
          const bytes = Uint8Array.from(atob(source), (letter) => letter.charCodeAt(0));
          const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
          const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
          const context = canvas.getContext("2d");
          if (!context) throw new Error("no canvas");
          context.drawImage(bitmap, 0, 0);
          return context.getImageData(0, 0, bitmap.width, bitmap.height);
        }),
      );
      const [first, second] = pixels as [ImageData, ImageData];
      let different = 0;
      for (let at = 0; at < first.data.length; at += 4) {
        const apart = [0, 1, 2].map((channel) =>
          Math.abs((first.data[at + channel] ?? 0) - (second.data[at + channel] ?? 0)),
        );
        if (Math.max(...apart) > step) different += 1;
      }
      const inked = first.data.filter((value, at) => at % 4 === 0 && value < 200).length;
      return {
        sizes: pixels.map(({ width, height }) => [width, height]),
        share: different / (first.width * first.height),
        inked,
      };
    },
    { sources: pictures, step: STEP },
  );
}

for (const tokens of [12, 200]) {
  test(`a saved page of ${tokens} tokens equals the live view`, async ({ page, lab }, testInfo) => {
    const file = testInfo.outputPath("view.html");
    const notebook = await lab.fromSources(cells(tokens));
    await notebook.run(0);
    await notebook.run(1);
    const live = await picture(page, new HeadView(page));
    await notebook.ask(`view.to_html(${JSON.stringify(file)}, budget=20_000_000)`);
    await page.goto(pathToFileURL(file).href);
    const saved = await picture(page, new HeadView(page));
    const { sizes, share, inked } = await compare(page, [live, saved]);
    expect(sizes[1]).toEqual(sizes[0]);
    expect(inked).toBeGreaterThan(1000);
    expect(share).toBeLessThan(MOST_DIFFERENT);
  });
}
