import type { AnyModel } from "@anywidget/types";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { linkedHighlights } from "../src/state/highlight.ts";
import type { Traits } from "../src/state/types.ts";
import { asBytes } from "../src/store/bytes.ts";
import { Loader } from "../src/store/loader.ts";
import { headView } from "../src/views/head/view.ts";
import { widget } from "../src/widget.ts";
import { deflated } from "./support/deflate.ts";
import { FakeModel } from "./support/model.ts";
import { closeAll, drawn, leave, openBeside, openView } from "./support/page.ts";
import { pairsOf, sampleOf, traitsOf } from "./support/sample.ts";

beforeEach(leave);
afterEach(closeAll);

describe("several views of one model", () => {
  it("agree, and send each change once", async () => {
    const first = await openView();
    const second = await openBeside(first, new Loader(first.host));
    first.chip(1).click();
    await expect.poll(() => second.chipsOn).toEqual([0, 2]);
    await userEvent.click(second.token("query", 0));
    await expect.poll(() => first.token("query", 0).getAttribute("aria-selected")).toBe("true");
    await expect.poll(() => first.drawn).toBe(second.drawn);
    expect(first.host.sent).toHaveLength(2);
    first.close();
    second.chip(1).click();
    await expect.poll(() => second.chipsOn).toEqual([0, 1, 2]);
  });

  it("do not share what is under the pointer", async () => {
    const first = await openView();
    const second = await openBeside(first, new Loader(first.host));
    first.find(".hw-tokens-query").focus();
    first
      .find(".hw-tokens-query")
      .dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
    await expect.poll(() => first.live).not.toBe("");
    expect(second.live).toBe("");
  });
});

describe("changes from Python", () => {
  it("move the picture without an echo", async () => {
    const view = await openView({ traits: { strongest: 0.5 } });
    expect(view.drawn).toBe(24);
    const selection = { block: null, heads: pairsOf(1, [2]), query: 0, key: null };
    view.host.receive({ layer: 1, selection });
    await expect
      .poll(() => view.live)
      .toBe("head 1.2: [CLS] attends to ##s 0.60, [CLS] 0.06, the 0.06; query 0");
    await expect.poll(() => view.root.dataset.layer).toBe("1");
    expect(view.chipsOn).toEqual([2]);
    expect(view.drawn).toBe(1);
    expect(view.find(".hw-layer-value span").textContent).toBe("1 / 1");

    view.host.receive({
      selection: { ...selection, query: null },
      strongest: 1,
      hide_special: true,
    });
    await expect.poll(() => view.drawn).toBe(5 * 5);
    expect(view.check("Hide special").checked).toBe(true);
    expect(view.texts(".hw-slider-value")).toEqual(["100 %"]);
    expect(view.host.sent).toEqual([]);
    expect(view.kernel.calls).toEqual([]);
  });
});

describe("the life of a view", () => {
  it("leaves nothing behind after twenty renders", async () => {
    const first = await openView();
    const loader = new Loader(first.host);
    const [listeners, canvases] = [
      first.host.listeners,
      document.querySelectorAll("canvas, .headwise").length,
    ];
    const observed = vi.spyOn(ResizeObserver.prototype, "observe");
    const released = vi.spyOn(ResizeObserver.prototype, "disconnect");
    const heard = vi.spyOn(loader, "onChange");
    for (let i = 0; i < 20; i++) {
      const view = await openBeside(first, loader);
      expect(first.host.listeners).toBeGreaterThan(listeners);
      view.close();
    }
    expect(observed).toHaveBeenCalledTimes(20);
    expect(released).toHaveBeenCalledTimes(20);
    expect(heard.mock.calls.map(([, signal]) => signal.aborted)).toEqual(Array(20).fill(true));
    vi.restoreAllMocks();
    expect(first.host.listeners).toBe(listeners);
    expect(document.querySelectorAll("canvas, .headwise")).toHaveLength(canvases);
    first.host.receive({ layer: 1 });
    await expect.poll(() => first.root.dataset.layer).toBe("1");
  });

  it("ends before it has drawn", async () => {
    const first = await openView();
    const { listeners } = first.host;
    const scope = new AbortController();
    const el = document.createElement("div");
    document.body.append(el);
    headView({
      host: first.host,
      loader: new Loader(first.host),
      el,
      scope: scope.signal,
      highlights: linkedHighlights(first.host, scope.signal),
    });
    const loaders = 2;
    expect(first.host.listeners).toBeGreaterThan(listeners + loaders);
    scope.abort();
    expect(first.host.listeners).toBe(listeners + loaders);
    await drawn();
    expect(el.querySelector<HTMLElement>(".headwise")?.dataset.state).toBe("loading");
    el.remove();
  });
});

describe("the anywidget entry", () => {
  async function model() {
    const traits = traitsOf(sampleOf());
    const fake = new FakeModel({ ...traits, tensors: await deflated(asBytes(traits.tensors)) });
    return { fake, model: fake as unknown as AnyModel<Traits> };
  }

  function place(): HTMLElement {
    const el = document.createElement("div");
    el.style.width = "1000px";
    document.body.append(el);
    return el;
  }

  const state = (el: HTMLElement) => el.querySelector<HTMLElement>(".headwise")?.dataset.state;

  it("draws views, and its clean-ups leave nothing on the model or the page", async () => {
    const module = widget(headView)();
    const { fake, model: any } = await model();
    const close = await module.initialize({ model: any });
    const places = [place(), place()];
    const ends = await Promise.all(places.map((el) => module.render({ model: any, el })));
    for (const el of places) await expect.poll(() => state(el)).toBe("ready");
    places[0]?.querySelector<HTMLElement>('.hw-chip[data-head="1"]')?.click();
    expect(fake.saves).toEqual([
      { selection: { block: null, heads: pairsOf(0, [0, 2]), query: null, key: null } },
    ]);
    for (const end of ends) end();
    expect(document.querySelector("canvas")).toBeNull();
    close();
    expect(fake.listeners).toBe(0);
    for (const el of places) el.remove();
  });

  it("ends with the host's signals where there are some", async () => {
    const module = widget(headView)();
    const { fake, model: any } = await model();
    const [whole, one] = [new AbortController(), new AbortController()];
    await module.initialize({ model: any, signal: whole.signal });
    const before = fake.listeners;
    const el = place();
    await module.render({ model: any, el, signal: one.signal });
    await expect.poll(() => state(el)).toBe("ready");
    one.abort();
    expect(fake.listeners).toBe(before);
    whole.abort();
    expect(fake.listeners).toBe(0);
    el.remove();
  });

  it("waits for what is inflated where a host does not wait for initialize", async () => {
    const module = widget(headView)();
    const { fake, model: any } = await model();
    const whole = new AbortController();
    const opening = module.initialize({ model: any, signal: whole.signal });
    const [el, gone] = [place(), place()];
    const one = new AbortController();
    const ends = [
      module.render({ model: any, el }),
      module.render({ model: any, el: gone, signal: one.signal }),
    ];
    one.abort();
    await Promise.all([opening, ...ends]);
    await expect.poll(() => state(el)).toBe("ready");
    expect(gone.childElementCount).toBe(0);
    for (const end of ends) (await end)();
    whole.abort();
    expect(fake.listeners).toBe(0);
    for (const node of [el, gone]) node.remove();
  });

  it("says so when it is rendered before it is initialized", async () => {
    const { model: any } = await model();
    await expect(widget(headView)().render({ model: any, el: place() })).rejects.toThrow(
      "render was called before initialize",
    );
  });
});
