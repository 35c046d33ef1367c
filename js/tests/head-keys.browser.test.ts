import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { closeAll, drawn, leave, openView } from "./support/page.ts";
import { pairsOf } from "./support/sample.ts";

beforeEach(leave);
afterEach(() => {
  closeAll();
  (document.activeElement as HTMLElement | null)?.blur();
});

const locked = (query: number | null) => ({
  selection: { block: null, heads: pairsOf(0, [0, 1, 2]), query, key: null },
});

/** Keys that reach the page around the view while `press` runs. */
async function passedOn(press: () => Promise<void>): Promise<string[]> {
  const keys: string[] = [];
  const scope = new AbortController();
  document.addEventListener("keydown", (event) => keys.push(event.key), { signal: scope.signal });
  await press();
  scope.abort();
  return keys;
}

describe("the keyboard", () => {
  it("goes through the toolbar, then the queries, then the keys, one stop a list", async () => {
    const view = await openView();
    const stops: string[] = [];
    const last = view.find(".hw-tokens-key");
    for (let i = 0; i < 40 && document.activeElement !== last; i++) {
      await userEvent.tab();
      const at = document.activeElement as HTMLElement;
      const region = at.closest(".hw-toolbar") ? "toolbar" : (at.getAttribute("aria-label") ?? "");
      if (stops.at(-1) !== region) stops.push(region);
    }
    expect(stops).toEqual(["toolbar", "query tokens", "key tokens"]);
  });

  it("previews tokens with the arrows, at both ends too", async () => {
    const view = await openView();
    const list = view.find(".hw-tokens-query");
    list.focus();
    await userEvent.keyboard("{Home}");
    await expect.poll(() => view.live).toMatch(/^head 0.0: \[CLS\] attends to .*; query 0$/);
    expect(list.getAttribute("aria-activedescendant")).toBe(view.token("query", 0).id);
    await userEvent.keyboard("{ArrowDown}{ArrowDown}");
    await expect.poll(() => view.live).toMatch(/^head 0.0: cat attends to .*; query 2$/);
    expect(list.getAttribute("aria-activedescendant")).toBe(view.token("query", 2).id);
    await userEvent.keyboard("{ArrowUp}");
    await expect.poll(() => view.live).toMatch(/^head 0.0: the attends to .*; query 1$/);
    await userEvent.keyboard("{End}{ArrowDown}");
    await expect.poll(() => view.live).toMatch(/^head 0.0: \[SEP\] attends to .*; query 7$/);
    await userEvent.keyboard("{ArrowRight}");
    await expect.poll(() => view.live).toMatch(/^head 0.0: \[SEP\] is attended to by .*; key 7$/);
    expect(document.activeElement).toBe(view.find(".hw-tokens-key"));
    await userEvent.keyboard("{ArrowLeft}");
    await expect.poll(() => view.live).toMatch(/^head 0.0: \[SEP\] attends to .*; query 7$/);
    expect(view.host.sent).toEqual([]);
  });

  it("locks with Enter, releases with Esc, then leaves with Esc", async () => {
    const view = await openView();
    const list = view.find(".hw-tokens-query");
    list.focus();
    await userEvent.keyboard("{Home}{Enter}");
    await expect.poll(() => view.token("query", 0).getAttribute("aria-selected")).toBe("true");
    expect(view.host.sent).toEqual([locked(0)]);
    await userEvent.keyboard("{Escape}");
    await expect.poll(() => view.token("query", 0).getAttribute("aria-selected")).toBe("false");
    expect(view.host.sent).toEqual([locked(0), locked(null)]);
    expect(document.activeElement).toBe(list);
    await userEvent.keyboard("{Escape}{Escape}");
    expect(document.activeElement).not.toBe(list);
    await expect.poll(() => view.live).toBe("");
    expect(view.host.sent).toHaveLength(2);
  });

  it("releases a lock that was set by the pointer", async () => {
    const view = await openView();
    await userEvent.click(view.token("key", 4));
    expect(view.host.sent).toHaveLength(1);
    await leave();
    view.chip(0).focus();
    await userEvent.keyboard("{Escape}");
    await expect.poll(() => view.host.get("selection").key).toBeNull();
    await expect.poll(() => view.drawn).toBe(3 * 64);
  });

  it("forgets the cursor when the list loses the focus", async () => {
    const view = await openView();
    view.find(".hw-tokens-query").focus();
    await userEvent.keyboard("{ArrowDown}");
    await expect.poll(() => view.live).not.toBe("");
    view.chip(0).focus();
    await expect.poll(() => view.live).toBe("");
  });

  it("steps through single heads with , and .", async () => {
    const view = await openView();
    view.chip(0).focus();
    for (const [key, head] of [
      [".", 0],
      [".", 1],
      [".", 2],
      [".", 0],
      [",", 2],
    ] as const) {
      await userEvent.keyboard(key);
      await expect.poll(() => view.chipsOn).toEqual([head]);
    }
  });

  it("toggles a chip with Space", async () => {
    const view = await openView();
    view.chip(1).focus();
    await userEvent.keyboard(" ");
    await expect.poll(() => view.chipsOn).toEqual([0, 2]);
  });

  it("keeps its own keys from the page and leaves it the others", async () => {
    const view = await openView();
    view.find(".hw-tokens-query").focus();
    const keys = await passedOn(async () => {
      await userEvent.keyboard("ah,.[[]{ArrowDown}{Home}{Enter}{Escape}x{F2}");
    });
    expect(keys).toEqual(["x", "F2"]);
  });

  it("leaves shortcuts with Ctrl alone", async () => {
    const view = await openView();
    view.find(".hw-tokens-query").focus();
    const keys = await passedOn(async () => {
      await userEvent.keyboard("{Control>}h{/Control}");
    });
    expect(keys).toEqual(["Control", "h"]);
    expect(view.host.sent).toEqual([]);
  });

  it("does nothing without the focus", async () => {
    const view = await openView();
    (document.activeElement as HTMLElement | null)?.blur();
    await userEvent.keyboard("ah.");
    await drawn();
    expect(view.host.sent).toEqual([]);
  });

  it("leaves typing in a control to the control", async () => {
    const view = await openView();
    const slider = view.find("input[type=range]") as HTMLInputElement;
    slider.focus();
    await userEvent.keyboard("{Home}");
    await expect.poll(() => view.host.get("strongest")).toBe(0.01);
    await userEvent.keyboard("h");
    expect(view.host.get("hide_special")).toBe(false);
  });
});
