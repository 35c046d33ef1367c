import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Traits } from "../src/state/types.ts";
import { seriousFaults } from "./support/axe.ts";
import { closeMatrices } from "./support/matrix.ts";
import { closeAll, drawn, leave } from "./support/page.ts";
import { type Ground, LOCKED, openOne, VIEWS } from "./support/six.ts";

beforeEach(leave);
afterEach(() => {
  closeAll();
  closeMatrices();
});

const GROUNDS: Ground[] = ["light", "dark"];
const THEMES: [Ground, Traits["theme"]][] = [
  ["light", "auto"],
  ["dark", "auto"],
  ["light", "contrast"],
  ["dark", "contrast"],
];

describe("axe-core finds nothing serious", () => {
  describe.each(THEMES)("on a %s ground, theme %s", (ground, theme) => {
    it.each(VIEWS)("in the %s view at rest", async (view) => {
      const { el } = await openOne(view, { ground, traits: { theme } });
      await drawn();
      expect(await seriousFaults(el)).toEqual([]);
    });

    it.each(VIEWS)("in the %s view with a lock", async (view) => {
      const { el } = await openOne(view, { ground, traits: { theme, selection: LOCKED } });
      await drawn();
      expect(await seriousFaults(el)).toEqual([]);
    });
  });

  it.each(GROUNDS)("in an opened head, on a %s ground", async (ground) => {
    const { el, root } = await openOne("model", {
      ground,
      traits: { opened: [1, 2], selection: { ...LOCKED, heads: [[1, 2]] } },
    });
    await expect.poll(() => root.querySelector(".hw-opened .hw-token")).not.toBeNull();
    await drawn();
    expect(await seriousFaults(el)).toEqual([]);
  });
});
