// Where things are on the page, and when they have been drawn.

export const twoFrames = (page) =>
  page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );

// Centres of the elements that the mouse would hit there.
export const centres = (page, selector) =>
  page.$$eval(selector, (elements) =>
    elements.flatMap((element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      const x = left + width / 2;
      const y = top + height / 2;
      const hit = document.elementFromPoint(x, y);
      return hit && (element.contains(hit) || element.parentElement.contains(hit))
        ? [{ x, y }]
        : [];
    }),
  );

export async function click(page, selector) {
  const [place] = await centres(page, selector);
  if (!place) throw new Error(`nothing to click on: ${selector}`);
  await page.mouse.click(place.x, place.y);
}

// Waits for an element. Playwright's own wait looks at each animation frame, which makes a page at rest draw 60 times a second: as
// much CPU, where Python computes for seconds, as the tool itself takes.
export async function appears(page, selector) {
  await page.waitForFunction((wanted) => document.querySelector(wanted) !== null, selector, {
    polling: 50,
  });
}
