import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { modelOf, NAMES, show } from "./support/lives.ts";
import { closeAll, drawn, leave } from "./support/page.ts";

/** A view in a column of 200 px: all of it is there, nothing hangs out, no size is nonsense. */

beforeEach(leave);
afterEach(closeAll);

/** Inline styles and attributes that hold a number that is none. */
function nonsense(root: HTMLElement): string[] {
  return [root, ...root.querySelectorAll<HTMLElement>("*")]
    .map((node) => `${node.className} ${node.getAttribute("style") ?? ""}`)
    .filter((text) => /NaN|Infinity|undefined|: -\d+(\.\d+)?px; (width|height)/.test(text));
}

/** Elements that reach beyond the right edge and are not cut by what they scroll in. */
function overhanging(root: HTMLElement): string[] {
  const { right } = root.getBoundingClientRect();
  const cut = (node: HTMLElement): boolean => {
    for (let at = node.parentElement; at && at !== root.parentElement; at = at.parentElement)
      if (
        getComputedStyle(at).overflowX !== "visible" &&
        at.getBoundingClientRect().right <= right + 1
      )
        return true;
    return false;
  };
  return [...root.querySelectorAll<HTMLElement>("*")]
    .filter((node) => {
      const box = node.getBoundingClientRect();
      const seen = box.width > 0 && getComputedStyle(node).visibility !== "hidden";
      return seen && box.right > right + 1 && !cut(node);
    })
    .map((node) => `${node.tagName}.${node.className}`);
}

describe.each([200, 320])("%i px", (width) => {
  it.each(NAMES)("hold the %s view", async (name) => {
    const faults: string[] = [];
    const fault = (event: ErrorEvent) => faults.push(event.message);
    window.addEventListener("error", fault);
    const model = modelOf(name);
    const view = show(model, width);
    await expect.poll(() => view.root.dataset.state).toBe("ready");
    await drawn();
    expect(view.root.getBoundingClientRect().width).toBeLessThanOrEqual(width);
    expect(view.root.scrollWidth).toBeLessThanOrEqual(width);
    expect(overhanging(view.root)).toEqual([]);
    expect(nonsense(view.root)).toEqual([]);
    const canvases = [...view.el.querySelectorAll("canvas")].filter((one) => one.offsetWidth > 0);
    expect(canvases.length).toBeGreaterThan(0);
    for (const { offsetHeight } of canvases) expect(offsetHeight).toBeGreaterThan(0);
    // Narrower than anything can be drawn in, and back.
    for (const next of [40, 1, 0, width]) {
      view.el.style.width = `${next}px`;
      await drawn();
      expect(nonsense(view.root)).toEqual([]);
    }
    await expect.poll(() => view.root.dataset.state).toBe("ready");
    window.removeEventListener("error", fault);
    expect(faults).toEqual([]);
  });
});
