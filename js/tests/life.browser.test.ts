import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { Ledger } from "./support/ledger.ts";
import { modelOf, NAMES, show, type ViewName } from "./support/lives.ts";
import { closeAll, drawn, leave, type OpenView } from "./support/page.ts";

/** Every view, rendered and closed again and again: nothing of it stays. */

const RENDERS = 20;

let ledger: Ledger;
beforeEach(async () => {
  await leave();
  ledger = new Ledger();
});
afterEach(() => {
  closeAll();
  ledger.end();
});

/** Not `expect.poll`: it holds what it asked until the test ends. */
async function ready(view: OpenView): Promise<void> {
  while (view.root.dataset.state !== "ready") await drawn();
}

/** A place in each view that a pointer may be over. */
const PLACES: Record<ViewName, string> = {
  head: '[role=option][data-side="query"][data-index="1"]',
  model: ".hw-grid-cell",
  neuron: ".hw-neuron-row",
  matrix: ".hw-map",
  explore: ".hw-grid-cell",
  compare: '[role=option][data-side="query"][data-index="1"]',
};

/** Uses a view as a person would, so that what comes up on the way is taken down as well. */
async function use(view: OpenView, name: ViewName): Promise<void> {
  await ready(view);
  const place = view.find(PLACES[name]);
  place.dispatchEvent(new PointerEvent("pointermove", { bubbles: true }));
  view.find("[tabindex='0']").focus();
  document.activeElement?.dispatchEvent(
    new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }),
  );
  view.root.dispatchEvent(new WheelEvent("wheel", { deltaY: 10, bubbles: true }));
}

interface Collecting {
  gc?: (options: { type: "major"; execution: "async" }) => Promise<void>;
}

async function collected(refs: WeakRef<object>[]): Promise<number> {
  const { gc } = globalThis as Collecting;
  if (!gc) throw new Error("Chromium runs without --js-flags=--expose-gc");
  // What a test framework or the browser's own queues still hold goes with the next turns.
  for (let turn = 0; turn < 5; turn++) {
    await drawn();
    await gc({ type: "major", execution: "async" });
  }
  return refs.filter((ref) => ref.deref() !== undefined).length;
}

describe.each(NAMES)("the %s view", (name) => {
  it("leaves no listener, timer, frame, observer, canvas or node behind after twenty renders", async () => {
    const model = modelOf(name);
    // The first rendering may fetch what the model keeps.
    const first = show(model);
    await use(first, name);
    first.close();
    await drawn();
    const before = { ...ledger.held, host: model.host.listeners };
    const refs: WeakRef<object>[] = [];
    for (let i = 0; i < RENDERS; i++) {
      const view = show(model);
      await use(view, name);
      refs.push(new WeakRef(view.root));
      expect(ledger.held.listeners).toBeGreaterThan(before.listeners);
      expect(ledger.held.observers).toBeGreaterThan(before.observers);
      view.close();
    }
    await drawn();
    expect({ ...ledger.held, host: model.host.listeners }).toEqual(before);
    model.end();
    closeAll();
    // The browser may still hold the one that was focused last.
    expect(await collected(refs)).toBeLessThanOrEqual(2);
  }, 60_000);

  it("leaves nothing behind where it is closed before it has drawn", async () => {
    const model = modelOf(name);
    show(model).close();
    await drawn();
    const before = { ...ledger.held, host: model.host.listeners };
    for (let i = 0; i < RENDERS; i++) show(model).close();
    await drawn();
    expect({ ...ledger.held, host: model.host.listeners }).toEqual(before);
  });

  it("stays whole while another one of the same model is closed", async () => {
    const model = modelOf(name);
    const [one, other] = [show(model), show(model)];
    await Promise.all([ready(one), ready(other)]);
    await drawn();
    const both = ledger.held;
    other.close();
    await drawn();
    const { listeners, observers, canvases } = ledger.held;
    expect(2 * canvases).toBe(both.canvases);
    expect([listeners, observers].every((count) => count > 0)).toBe(true);
    model.host.receive({ index_base: 1 });
    await drawn();
    await ready(one);
    await userEvent.hover(one.find(PLACES[name]));
    await drawn();
    expect(one.root.dataset.state).toBe("ready");
    one.close();
  });
});

describe("30 views in one page", () => {
  it("are all ready, answer the pointer, and hold few bytes of canvas", async () => {
    const models = Array.from({ length: 30 }, (_, i) => modelOf(NAMES[i % NAMES.length] ?? "head"));
    const views = models.map((model) => show(model));
    for (const view of views) await ready(view);
    const bytes = [...document.querySelectorAll("canvas")].reduce(
      (sum, { width, height }) => sum + 4 * width * height,
      0,
    );
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(80_000_000);
    for (const i of [0, 12, 24]) {
      const view = views[i];
      await userEvent.hover(view?.find(PLACES.head) ?? document.body);
      await expect.poll(() => view?.find(".hw-live").textContent).not.toBe("");
      expect(models[i]?.host.sent).toEqual([]);
    }
    for (const model of models) model.end();
  }, 60_000);
});
