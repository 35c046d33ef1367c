import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cdp, userEvent } from "vitest/browser";
import { LOCKED, openOne, type Shown, VIEWS } from "./support/every.ts";
import { field, long } from "./support/long.ts";
import { closeMatrices } from "./support/matrix.ts";
import { closeAll, drawn, leave, openView } from "./support/page.ts";
import { openExplore } from "./support/whole.ts";

beforeEach(leave);
afterEach(() => {
  closeAll();
  closeMatrices();
  (document.activeElement as HTMLElement | null)?.blur();
});

const focused = () => document.activeElement as HTMLElement;

/** Whether the focus is seen: a ring on the element, on what stands for it, or on the canvas that the view draws it on. */
function ringed(node: HTMLElement): boolean {
  const rings = (element: Element | null) => {
    if (!element) return false;
    const { outlineStyle, outlineWidth, opacity } = getComputedStyle(element);
    return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2 && opacity !== "0";
  };
  const active = node.getAttribute("aria-activedescendant");
  const standIn = active ? document.getElementById(active) : null;
  if (rings(node) || rings(standIn) || rings(node.parentElement)) return true;
  return node.matches(".hw-grid-cell");
}

/** Every stop that Tab makes in a view, as `look` finds it there. */
async function atStops<T>({ el, root }: Shown, look: (at: HTMLElement) => T): Promise<T[]> {
  const before = document.createElement("button");
  el.before(before);
  before.focus();
  const found: T[] = [];
  for (let i = 0; i < 80; i++) {
    await userEvent.tab();
    if (!root.contains(focused())) {
      before.remove();
      return found;
    }
    await drawn();
    found.push(look(focused()));
  }
  throw new Error("Tab never leaves the view");
}

const nameOf = (node: HTMLElement) =>
  (
    node.getAttribute("aria-label") ??
    node.closest("label")?.textContent ??
    node.textContent ??
    ""
  ).trim();

function missingActive(node: HTMLElement): boolean {
  const id = node.getAttribute("aria-activedescendant");
  return id !== null && document.getElementById(id) === null;
}

describe.each(VIEWS)("the %s view by keyboard", (view) => {
  it("is reached, walked and left with Tab, with a visible focus and a name at every stop", async () => {
    const shown = await openOne(view);
    await drawn();
    const stops = await atStops(shown, (at) => ({
      what: at.outerHTML.slice(0, 200),
      name: nameOf(at),
      seen: ringed(at),
      lost: missingActive(at),
    }));
    expect(stops.length).toBeGreaterThan(3);
    expect(stops.filter(({ name, seen, lost }) => !name || !seen || lost)).toEqual([]);
  });

  it("says what is locked in one sentence, counted from 1 where asked", async () => {
    if (["compare", "heads", "model"].includes(view)) return;
    const { root } = await openOne(view, { traits: { selection: LOCKED, index_base: 1 } });
    const spoken = () =>
      [...root.querySelectorAll(".hw-live")].map((node) => node.textContent).join("\n");
    await expect
      .poll(spoken)
      .toMatch(/head 1\.[12]: \S+ attends to \S+ <?[01]\.\d\d(, .*)?; query 3/);
  });
});

describe("keys of a view", () => {
  it("stay with the find field while a person types there", async () => {
    const view = await openView({ sample: long, traits: { index_base: 0 } });
    field(view).focus();
    const heard: string[] = [];
    const scope = new AbortController();
    const hear = (event: KeyboardEvent) => heard.push(event.key);
    document.addEventListener("keydown", hear, { signal: scope.signal });
    const before = structuredClone(view.host.get("selection"));
    await userEvent.keyboard("ah,.[[]]f0e+-");
    scope.abort();
    expect(field(view).value).toBe("ah,.[]]f0e+-");
    expect(view.host.get("selection")).toEqual(before);
    expect(view.host.get("hide_special")).toBe(false);
    expect(view.host.sent).toEqual([]);
    // The notebook around hears none of it.
    expect(heard).toEqual([]);
    expect(view.root.dataset.lmSuppressShortcuts).toBe("true");
  });

  it("do nothing while a person types in a cell of the notebook", async () => {
    const view = await openView();
    const cell = document.createElement("textarea");
    view.el.before(cell);
    cell.focus();
    await userEvent.keyboard("ah,.");
    expect(cell.value).toBe("ah,.");
    expect(view.host.sent).toEqual([]);
    cell.remove();
  });

  it("are told by their place on a keyboard without Latin letters, and with AltGr", async () => {
    const view = await openView();
    const press = (init: KeyboardEventInit) =>
      view
        .find(".hw-tokens-query")
        .dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, ...init }));
    press({ key: "р", code: "KeyH" });
    expect(view.host.get("hide_special")).toBe(true);
    press({ key: "ъ", code: "BracketRight" });
    await expect.poll(() => view.root.dataset.layer).toBe("1");
    press({ key: "[", code: "Digit8", ctrlKey: true, altKey: true, modifierAltGraph: true });
    await expect.poll(() => view.root.dataset.layer).toBe("0");
    press({ key: "]", code: "Digit9", ctrlKey: true, altKey: true });
    await drawn();
    expect(view.root.dataset.layer).toBe("0");
  });

  it("pass over chips of heads that were not captured", async () => {
    const view = await openView();
    const { _trace } = { _trace: structuredClone(view.host.get("_trace")) };
    const [block] = _trace.blocks;
    if (block) block.captured = [[0, 2], []];
    const other = await openView({ traits: { _trace } });
    other.chip(0).focus();
    await userEvent.keyboard("{ArrowRight}");
    expect(focused()).toBe(other.chip(2));
    await userEvent.keyboard("{ArrowLeft}");
    expect(focused()).toBe(other.chip(0));
  });

  it("work from the toolbar around several parts too", async () => {
    const view = await openExplore();
    view.chip(1).focus();
    await userEvent.keyboard("]");
    await expect.poll(() => view.host.get("layer")).toBe(1);
    await userEvent.keyboard("a");
    await expect.poll(() => view.chipsOn).toEqual([0, 1, 2, 3]);
  });
});

describe("a list that has the focus", () => {
  it("has a cursor in sight, and a ring of its own once the cursor is gone", async () => {
    const view = await openView({ sample: long });
    view.find(".hw-scroll").scrollTop = 1800;
    await expect.poll(() => view.all("[data-side=query]").length).toBeGreaterThan(5);
    await expect.poll(() => view.texts("[data-side=query]")).not.toContain("Ten0");
    view.find("summary").focus();
    while (focused() !== view.find(".hw-tokens-query")) await userEvent.tab();
    const list = focused();
    const active = () => document.getElementById(list.getAttribute("aria-activedescendant") ?? "");
    await expect.poll(() => active()?.textContent).toBe("Ten0");
    expect(getComputedStyle(list).outlineStyle).toBe("none");
    await userEvent.keyboard("{Escape}");
    await expect.poll(() => list.hasAttribute("aria-activedescendant")).toBe(false);
    expect(getComputedStyle(list).outlineWidth).toBe("2px");
  });

  it("names no row that is not in the document", async () => {
    const view = await openView({ sample: long });
    view.find(".hw-tokens-query").focus();
    await userEvent.keyboard("{Home}");
    const list = view.find(".hw-tokens-query");
    await expect.poll(() => list.hasAttribute("aria-activedescendant")).toBe(true);
    view.find(".hw-scroll").scrollTop = 1800;
    await expect.poll(() => list.hasAttribute("aria-activedescendant")).toBe(false);
  });
});

describe("the lines as a list", () => {
  it("has the strongest ones, strong to weak, and follows the lock", async () => {
    const view = await openView();
    const list = () => view.find(".hw-said ul");
    await expect
      .poll(() => list().getAttribute("aria-label"))
      .toMatch(/^Layer 0: the 20 strongest of/);
    expect(list().children[0]?.textContent).toBe("[CLS] 0 → [CLS] 0, head 0: 0.600");
    view.host.receive({ selection: { ...LOCKED, key: null }, index_base: 1 });
    await expect.poll(() => list().children[0]?.textContent).toBe("cat 3 → ##s 4, head 2: 0.600");
    expect(list().children.length).toBe(8);
    expect(view.find(".hw-said").getBoundingClientRect().width).toBeLessThanOrEqual(1);
  });
});

describe("where motion is not wanted", () => {
  it("nothing moves, and the progress line stands still", async () => {
    await cdp().send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-reduced-motion", value: "reduce" }],
    });
    const view = await openView();
    for (const node of [view.root, ...view.all("*")]) {
      const { transitionDuration, transitionProperty, animationName } = getComputedStyle(node);
      expect(animationName).toBe("none");
      if (transitionProperty !== "none") expect(transitionDuration).toBe("0s");
    }
    view.root.dataset.state = "loading";
    const line = getComputedStyle(view.find(".hw-progress"));
    expect([line.animationName, line.opacity]).toEqual(["none", "1"]);
    await cdp().send("Emulation.setEmulatedMedia", { features: [] });
    expect(getComputedStyle(view.find(".hw-progress")).animationName).toBe("hw-progress");
  });
});
