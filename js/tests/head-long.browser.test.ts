import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import {
  at,
  box,
  COUNT,
  field,
  first,
  labels,
  locks,
  long,
  matches,
  open,
  scrollTo,
  seen,
  strongest,
} from "./support/long.ts";
import { closeAll, drawn, inked, leave, type OpenView, openView } from "./support/page.ts";
import { tokenList } from "./support/sample.ts";

beforeEach(leave);
afterEach(() => {
  (document.activeElement as HTMLElement | null)?.blur();
  closeAll();
});

describe("the minimap", () => {
  const bar = (view: OpenView) => view.find(".hw-minimap-bar");
  const now = (view: OpenView) => Number(bar(view).getAttribute("aria-valuenow"));

  it("stands beside lists that scroll, where there is room", async () => {
    const view = await open();
    expect(view.find(".hw-minimap").hidden).toBe(false);
    expect(view.texts(".hw-minimap-first, .hw-minimap-last")).toEqual(["0", "199"]);
    expect(bar(view).getAttribute("role")).toBe("scrollbar");
    expect(bar(view).getAttribute("aria-valuemax")).toBe("174");
    const ids = bar(view).getAttribute("aria-controls")?.split(" ") ?? [];
    expect(ids.map((id) => document.getElementById(id)?.getAttribute("aria-label"))).toEqual([
      "query tokens",
      "key tokens",
    ]);
    const small = await open({ width: 590 });
    expect(small.find(".hw-minimap").hidden).toBe(true);
    const short = await openView();
    expect(short.find(".hw-minimap").hidden).toBe(true);
  });

  it("shows the held token's weights, and at rest what keys receive", async () => {
    const view = await open({ query: 0 });
    const canvas = view.find(".hw-minimap-bars") as HTMLCanvasElement;
    await expect.poll(() => inked(canvas)).toBeGreaterThan(0);
    const rows = () => {
      const ratio = canvas.height / Number.parseFloat(canvas.style.height);
      const ctx = canvas.getContext("2d");
      const { data } = ctx?.getImageData(canvas.width - 1, 0, 1, canvas.height) ?? { data: [] };
      const lit = Array.from({ length: canvas.height }, (_, y) => (data[4 * y + 3] ?? 0) > 0);
      return lit.flatMap((on, y) => (on ? [y / ratio] : []));
    };
    const near = (key: number) =>
      rows().filter((y) => Math.abs(y - ((key + 0.5) / COUNT) * 468) <= 2).length;
    await drawn();
    expect([near(120), near(197), near(60)]).toEqual([2, 2, 0]);
    view.host.receive(at(null));
    await expect.poll(() => near(60)).toBeGreaterThan(0);
  });

  it("follows the lists and says where they stand", async () => {
    const view = await open({ query: 5 });
    expect(now(view)).toBe(0);
    await scrollTo(view, 40);
    await expect.poll(() => now(view)).toBe(40);
    expect(bar(view).getAttribute("aria-valuetext")).toBe("rows 40 to 65 of 200");
    const frame = view.find(".hw-minimap-sight");
    expect(Number.parseFloat(frame.style.top)).toBeCloseTo((40 / COUNT) * 468, 1);
    const mark = view.find(".hw-minimap-lock");
    expect(Number.parseFloat(mark.style.top)).toBeCloseTo((5.5 / COUNT) * 468, 1);
    view.host.receive(at(null));
    await expect.poll(() => mark.hidden).toBe(true);
  });

  it("scrolls to where it is pressed and dragged", async () => {
    const view = await open();
    const { left, top } = bar(view).getBoundingClientRect();
    const point = (type: string, y: number) =>
      bar(view).dispatchEvent(
        new PointerEvent(type, { clientX: left + 20, clientY: top + y, pointerId: 1, button: 0 }),
      );
    bar(view).setPointerCapture = () => {};
    point("pointerdown", 234);
    await expect.poll(() => first(view)).toBe(87);
    point("pointermove", 468);
    await expect.poll(() => first(view)).toBe(174);
    point("pointermove", -30);
    await expect.poll(() => first(view)).toBe(0);
    point("pointerup", -30);
    point("pointermove", 234);
    await drawn();
    expect(first(view)).toBe(0);
  });

  it("keeps the place within the frame where it is taken", async () => {
    const view = await open();
    await scrollTo(view, 80);
    const frame = view.find(".hw-minimap-sight").getBoundingClientRect();
    const { left } = bar(view).getBoundingClientRect();
    bar(view).setPointerCapture = () => {};
    const where = { clientX: left + 9, clientY: frame.top + 3, pointerId: 1, button: 0 };
    bar(view).dispatchEvent(new PointerEvent("pointerdown", where));
    await drawn();
    expect(box(view).scrollTop).toBeCloseTo(18 * 80, 0);
  });

  it("has keys that turn pages, and takes the cursor along", async () => {
    const view = await open();
    view.chip(0).focus();
    await userEvent.keyboard("{PageDown}");
    await expect.poll(() => first(view)).toBe(25);
    view.find(".hw-tokens-query").focus();
    await userEvent.keyboard("{Home}{PageDown}{PageDown}");
    await expect.poll(() => view.live).toMatch(/: Ten50 attends to .*; query 50$/);
    expect(seen(view, "query")).toContain(50);
    await userEvent.keyboard("{PageUp}");
    await expect.poll(() => view.live).toMatch(/: t25 attends to .*; query 25$/);
  });

  it("has keys from list to list that stay at the row", async () => {
    const view = await open();
    view.find(".hw-tokens-query").focus();
    await userEvent.keyboard("{Home}{PageDown}{PageDown}");
    await expect.poll(() => view.live).toMatch(/; query 50$/);
    const top = box(view).scrollTop;
    await userEvent.keyboard("{ArrowRight}");
    expect(document.activeElement).toBe(view.find(".hw-tokens-key"));
    await drawn();
    expect(seen(view, "key")).toContain(50);
    expect(box(view).scrollTop).toBe(top);
  });
});

describe("find a token", () => {
  it("is there only where the lists scroll; F goes to it, Esc back", async () => {
    const short = await openView();
    expect(short.all(".hw-find, .hw-strongest")).toEqual([]);
    const view = await open();
    const list = view.find(".hw-tokens-key");
    list.focus();
    await userEvent.keyboard("f");
    expect(document.activeElement).toBe(field(view));
    await userEvent.keyboard("ten");
    expect(field(view).value).toBe("ten");
    await expect.poll(() => matches(view)).toHaveLength(20);
    await userEvent.keyboard("{Escape}");
    expect(document.activeElement).toBe(list);
    await expect.poll(() => field(view).value).toBe("");
    expect(matches(view)).toEqual([]);
    expect(view.host.sent).toEqual([]);
  });

  it("leaves the lists at what was found", async () => {
    const view = await open();
    const list = view.find(".hw-tokens-query");
    list.focus();
    await userEvent.keyboard("f");
    await userEvent.keyboard("t121{Enter}");
    await expect.poll(() => seen(view, "query")).toContain(121);
    await userEvent.keyboard("{Escape}");
    expect(document.activeElement).toBe(list);
    await drawn();
    expect(seen(view, "query")).toContain(121);
  });

  it("lists matches with their numbers, 50 at most, and says how many more", async () => {
    const view = await open();
    field(view).focus();
    await userEvent.keyboard("T");
    await expect.poll(() => matches(view)).toHaveLength(50);
    expect(matches(view).slice(0, 2)).toEqual(["Ten00", "t11"]);
    expect(view.texts(".hw-matches-more")).toEqual(["and 150 more"]);
    expect(view.find(".hw-find-count").textContent).toBe("1 of 200");
    await userEvent.keyboard("{ArrowUp}");
    await expect.poll(() => view.find(".hw-find-count").textContent).toBe("200 of 200");
    const active = view.find('.hw-match[aria-selected="true"]');
    expect(active.textContent).toBe("t199199");
    expect(field(view).getAttribute("aria-activedescendant")).toBe(active.id);
    expect(field(view).getAttribute("aria-expanded")).toBe("true");
    await userEvent.keyboard("zzz");
    await expect.poll(() => view.find(".hw-find-count").textContent).toBe("none");
    expect(field(view).getAttribute("aria-expanded")).toBe("false");
  });

  it("goes to a match with Enter, locks it with the next, then goes on", async () => {
    const view = await open();
    field(view).focus();
    await userEvent.keyboard("ten1{ArrowDown}{ArrowDown}{Enter}");
    await expect.poll(() => seen(view, "query")).toContain(110);
    const plain = inked(view.overlay);
    expect(locks(view)).toEqual([null, null]);
    expect(matches(view)).toEqual([]);
    await userEvent.keyboard("{Enter}");
    await expect.poll(() => locks(view)).toEqual([110, null]);
    await expect.poll(() => view.live).toMatch(/: Ten110 attends to .*; query 110$/);
    expect(document.activeElement).toBe(field(view));
    await userEvent.keyboard("{Enter}{Enter}");
    await expect.poll(() => locks(view)).toEqual([120, null]);
    expect(view.host.sent).toHaveLength(2);
    expect(plain).toBeGreaterThan(0);
  });

  it("outlines what it goes to, until the field is left", async () => {
    const view = await open();
    field(view).focus();
    const rest = inked(view.overlay);
    await userEvent.keyboard("t3{Enter}");
    await expect.poll(() => inked(view.overlay)).toBeGreaterThan(rest + 100);
    view.chip(0).focus();
    await expect.poll(() => inked(view.overlay)).toBe(rest);
  });

  it("finds by number, and shows markup as text", async () => {
    const evil = "<img src=x onerror=\"document.title='broken'\">";
    const tokens = tokenList([...labels.slice(0, 92), evil, ...labels.slice(93)]);
    const view = await openView({ sample: { ...long, tokens } });
    field(view).focus();
    await userEvent.keyboard("92");
    await expect.poll(() => matches(view)).toEqual([`${evil}92`, "t192192"]);
    expect(view.all("img")).toEqual([]);
    await userEvent.keyboard("{Enter}");
    await expect.poll(() => seen(view, "query")).toContain(92);
    expect(document.title).not.toBe("broken");
  });

  it("keeps its keys from the view", async () => {
    const view = await open({ query: 1 });
    field(view).focus();
    await userEvent.keyboard("ah.,f{Escape}");
    expect(view.host.sent).toEqual([]);
    expect(locks(view)).toEqual([1, null]);
  });
});

describe("the strongest key", () => {
  it("says why it cannot be reached while no token is locked", async () => {
    const view = await open();
    expect(strongest(view).disabled).toBe(true);
    expect(strongest(view).title).toBe("Lock a token first: click one");
    view.host.receive({ selection: { ...at(0).selection, heads: [] } });
    await expect.poll(() => strongest(view).title).toBe("No head is on");
  });

  it("tells the way and goes there", async () => {
    const view = await open({ query: 10 });
    await expect.poll(() => strongest(view).textContent).toBe("Strongest key↓");
    strongest(view).click();
    await expect.poll(() => seen(view, "key")).toContain(130);
    await expect.poll(() => strongest(view).textContent).toBe("Strongest key");
    await scrollTo(view, 160);
    await expect.poll(() => strongest(view).textContent).toBe("Strongest key↑");
  });

  it("is the strongest query of a locked key, and leaves out what the filters hide", async () => {
    const view = await open({ key: 130 });
    await expect.poll(() => strongest(view).textContent).toBe("Strongest query↑");
    strongest(view).click();
    await expect.poll(() => seen(view, "query")).toContain(10);
    const special = labels.map((_, i) => i === 130);
    const hidden = await openView({
      sample: { ...long, tokens: tokenList(labels, { special }) },
      traits: { ...at(10), hide_special: true },
    });
    await expect.poll(() => strongest(hidden).textContent).toBe("Strongest key");
    expect(seen(hidden, "key")).toContain(7);
  });
});
