import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { luminance } from "../src/theme.ts";
import { computedContrast } from "./support/contrast.ts";
import { GROUNDS, type Ground, LOCKED, openOne, VIEWS } from "./support/every.ts";
import { long } from "./support/long.ts";
import { closeMatrices } from "./support/matrix.ts";
import { closeAll, drawn, leave, openView, pixel } from "./support/page.ts";
import { pairsOf, sampleOf, tokenList } from "./support/sample.ts";

beforeEach(leave);
afterEach(() => {
  closeAll();
  closeMatrices();
});

/** One head whose first query gives everything to the fifth key. */
const alone = sampleOf({
  tokens: tokenList(["a", "b", "c", "d", "e", "f"]),
  heads: 1,
  weightAt: (_layer, _head, query, key) => (query === 0 && key === 4 ? 1 : 0),
});

const THEMES: [Ground, "auto" | "contrast", string][] = [
  ["light", "auto", "light"],
  ["dark", "auto", "dark"],
  ["light", "contrast", "contrast-light"],
  ["dark", "contrast", "contrast"],
];

/** The first opaque ground behind an element. */
function groundOf(element: Element): string {
  for (let node: Element | null = element; node; node = node.parentElement) {
    const { backgroundColor } = getComputedStyle(node);
    if (luminance(backgroundColor) !== null) return backgroundColor;
  }
  return "rgb(255, 255, 255)";
}

/** Elements with text of their own that a person sees and that are not switched off. */
function written(root: Element): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>("*")].filter((node) => {
    const own = [...node.childNodes].some(
      (child) => child.nodeType === Node.TEXT_NODE && child.textContent?.trim(),
    );
    const hidden = !node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    return own && !hidden && !node.closest(":disabled, option, .hw-live, .hw-said, .hw-map-said");
  });
}

const faintTexts = (root: Element) =>
  written(root)
    .map((node) => ({
      text: `${node.className} "${node.textContent?.slice(0, 30)}"`,
      contrast: computedContrast(getComputedStyle(node).color, groundOf(node)),
    }))
    .filter(({ contrast }) => !(contrast >= 4.5));

describe.each(THEMES)("on a %s ground, theme %s", (ground, theme, name) => {
  it.each(VIEWS)("every text of the %s view has 4.5 : 1", async (view) => {
    const { root } = await openOne(view, { ground, traits: { theme, selection: LOCKED } });
    await drawn();
    expect(root.dataset.theme).toBe(name);
    expect(written(root).length).toBeGreaterThan(15);
    expect(faintTexts(root)).toEqual([]);
  });

  it("chips, the slider, the focus ring and the locked pill have 3 : 1", async () => {
    const options = { ground: GROUNDS[ground], traits: { theme, selection: LOCKED } };
    const view = await openView(options);
    const seen = (color: string) => computedContrast(color, groundOf(view.root));
    expect(seen(getComputedStyle(view.chip(1)).backgroundColor)).toBeGreaterThanOrEqual(3);
    const line = getComputedStyle(view.chip(0), "::after").backgroundColor;
    expect(seen(line)).toBeGreaterThanOrEqual(3);
    expect(seen(getComputedStyle(view.token("query", 2)).backgroundColor)).toBeGreaterThanOrEqual(
      3,
    );
    const slider = view.find("input[type=range]");
    const probe = document.createElement("i");
    // Fill and thumb of the slider cannot be asked for their colour: they take this one.
    probe.style.color = "var(--hw-ink-2)";
    slider.after(probe);
    expect(seen(getComputedStyle(probe).color)).toBeGreaterThanOrEqual(3);
    slider.focus();
    await userEvent.keyboard("{ArrowLeft}");
    const { outlineColor, outlineWidth } = getComputedStyle(slider);
    expect(outlineWidth).toBe("2px");
    expect(seen(outlineColor)).toBeGreaterThanOrEqual(3);
  });

  it("a line at full strength and the minimap have 3 : 1", async () => {
    const selection = { block: null, heads: pairsOf(0, [0, 1]), query: null, key: null };
    const at = { ground: GROUNDS[ground], traits: { theme, selection } };
    const view = await openView({ ...at, sample: alone });
    const [r, g, b, alpha] = pixel(view.lines, view.middle(0, 4));
    expect(alpha).toBeGreaterThan(250);
    expect(computedContrast(`rgb(${r}, ${g}, ${b})`, groundOf(view.root))).toBeGreaterThanOrEqual(
      3,
    );

    const scrolls = await openView({ ...at, sample: long });
    const frame = scrolls.find(".hw-minimap-sight");
    const edge = getComputedStyle(frame).borderTopColor;
    expect(
      computedContrast(edge, groundOf(scrolls.find(".hw-minimap-bar"))),
    ).toBeGreaterThanOrEqual(3);
  });
});
