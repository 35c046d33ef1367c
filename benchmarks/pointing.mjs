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
