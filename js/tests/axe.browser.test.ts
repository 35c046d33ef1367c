import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { HostError } from "../src/host/host.ts";
import { seriousFaults } from "./support/axe.ts";
import { GROUNDS, type Ground, LOCKED, openOne, VIEWS } from "./support/every.ts";
import { field, long, matches } from "./support/long.ts";
import { closeMatrices } from "./support/matrix.ts";
import { closeAll, drawn, leave, openView } from "./support/page.ts";

beforeEach(leave);
afterEach(() => {
  closeAll();
  closeMatrices();
});

const ALL = Object.keys(GROUNDS) as Ground[];

it("axe-core finds what is wrong", async () => {
  const { el } = await openOne("head");
  el.querySelector(".hw-tokens")?.removeAttribute("aria-label");
  el.querySelector("[role=option]")?.setAttribute("aria-selected", "maybe");
  const label = el.querySelector<HTMLElement>(".hw-label");
  if (label) label.style.color = "#c0c0c0";
  const rules = (await seriousFaults(el)).map((fault) => fault.split(" ")[0]);
  expect(rules).toEqual(expect.arrayContaining(["aria-valid-attr-value", "color-contrast"]));
});

describe("axe-core finds nothing serious", () => {
  describe.each(ALL)("on a %s ground", (ground) => {
    it.each(VIEWS)("in the %s view at rest", async (view) => {
      const { el } = await openOne(view, { ground });
      await drawn();
      expect(await seriousFaults(el)).toEqual([]);
    });

    it.each(VIEWS)("in the %s view with a lock, in high contrast", async (view) => {
      const { el } = await openOne(view, {
        ground,
        traits: { theme: "contrast", selection: LOCKED },
      });
      await drawn();
      expect(await seriousFaults(el)).toEqual([]);
    });

    it("in an opened head", async () => {
      const { el, root } = await openOne("model", {
        ground,
        traits: { opened: [1, 2], selection: { ...LOCKED, heads: [[1, 2]] } },
      });
      await expect.poll(() => root.querySelector(".hw-opened .hw-token")).not.toBeNull();
      await drawn();
      expect(await seriousFaults(el)).toEqual([]);
    });

    it("in long lists, with tokens found", async () => {
      const view = await openView({
        sample: long,
        ground: GROUNDS[ground],
        traits: { theme: "auto", selection: { ...LOCKED, heads: [[0, 0]] } },
      });
      await userEvent.fill(field(view), "ten");
      await expect.poll(() => matches(view).length).toBe(20);
      expect(await seriousFaults(view.el)).toEqual([]);
    });

    it("in notes: an error, no kernel, no head, a link, a saved page", async () => {
      const _link_notes = [{ fact: "Head 11 is not there", sentence: "It has 9 heads." }];
      const view = await openView({
        ground: GROUNDS[ground],
        stored: [0],
        traits: { theme: "auto", _link_notes, selection: { ...LOCKED, heads: [] } },
      });
      view.kernel.refusing = new HostError("OutOfRange", "layer 1 is not there: ask for another");
      view.button("Next layer").click();
      await expect.poll(() => view.notes.length).toBe(3);
      view.host.setKernel("gone");
      await expect.poll(() => view.notes.length).toBe(4);
      expect(await seriousFaults(view.el)).toEqual([]);
      const saved = await openView({ ground: GROUNDS[ground], stored: [0], kernel: "none" });
      expect(saved.notes).toEqual(["Saved page"]);
      expect(await seriousFaults(saved.el)).toEqual([]);
    });
  });

  it.each(VIEWS)("in the %s view of 320 px", async (view) => {
    const { el } = await openOne(view, { width: 320, traits: { selection: LOCKED } });
    await drawn();
    expect(await seriousFaults(el)).toEqual([]);
  });
});
