import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { closeAll, drawn, leave, ready } from "./support/page.ts";
import { openRuns, type RunsPage } from "./support/runs-page.ts";

beforeEach(leave);
afterEach(closeAll);

const LOSS = "eval/loss";

function wheel(view: RunsPage, deltaY: number, times: number): void {
  const box = view.area(LOSS).getBoundingClientRect();
  const init = { bubbles: true, cancelable: true, ctrlKey: true, deltaY };
  for (let i = 0; i < times; i++)
    view
      .area(LOSS)
      .dispatchEvent(new WheelEvent("wheel", { ...init, clientX: box.left + box.width / 2 }));
}

describe("the wheel", () => {
  it("zooms in to a part that can be told apart, and out to all", async () => {
    const view = await openRuns();
    wheel(view, -60, 100);
    await expect.poll(() => view.host.get("zoom")).not.toBeNull();
    const [from = 0, to = 0] = view.host.get("zoom") ?? [];
    expect(to - from).toBeCloseTo(0.01, 4);
    wheel(view, 60, 100);
    await expect.poll(() => view.host.get("zoom")).toBeNull();
    await drawn();
    expect(view.texts("button.hw-button")).not.toContain("Show all");
  });

  it("zooms out to all where only a part was sent", async () => {
    const options = { points: 900, traits: {} };
    const view = await openRuns(options);
    view.host.receive({ zoom: [400, 500] });
    await drawn();
    await ready(view);
    wheel(view, 60, 3);
    await expect.poll(() => (view.host.get("zoom")?.[1] ?? 0) > 550).toBe(true);
    wheel(view, 60, 20);
    await expect.poll(() => view.host.get("zoom")).toBeNull();
  });
});

describe("the run that is pointed at", () => {
  it("is named at every chart that has it", async () => {
    const view = await openRuns({ runs: 20, traits: { step: 500 } });
    view.run[13]?.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    view.run[13]?.dispatchEvent(new PointerEvent("pointerenter"));
    await drawn();
    expect(view.texts(".hw-chart-fact")).toEqual(["run 13", "run 13"]);
    expect(view.values(LOSS)).toContain("−3.000");
  });
});

describe("charts", () => {
  it("that are none are said to be", async () => {
    const view = await openRuns({ traits: { metrics: [] } });
    expect(view.notes).toEqual(["No metric is on"]);
  });

  it("of runs that have logged nothing are still to come", async () => {
    const view = await openRuns({ metrics: [], traits: { step: null } });
    expect(view.notes).toEqual(["No number was logged yet"]);
    expect(view.find(".hw-charts-step").hidden).toBe(true);
  });

  it("are read out: only the step is a slider, and the values are not inside it", async () => {
    const view = await openRuns({ traits: { step: 500 } });
    const slider = view.find(".hw-charts-step");
    expect(slider.getAttribute("aria-valuetext")).toBe("step 500");
    expect(slider.childElementCount).toBe(0);
    expect(view.chart(LOSS)[0]?.closest('[role="slider"]')).toBeNull();
  });

  it("of thinned curves do not count what a logarithm leaves out", async () => {
    const value = (_run: number, step: number) => (step - 450) / 100;
    const view = await openRuns({ runs: 1, points: 900, value, traits: { scale: "log" } });
    await drawn();
    expect(view.texts(".hw-chart-fact")[0]).toBe("what is not above 0 is left out");
  });

  it("that are not stored in a page without Python are not said to have no metric", async () => {
    const view = await openRuns({ kernel: "none", traits: { over: "time" } });
    await drawn();
    expect(view.texts(".hw-chart-empty")).toEqual([
      "These curves are not stored here",
      "These curves are not stored here",
    ]);
  });
});

describe("a page without Python", () => {
  it("has no other axis, and says why", async () => {
    const view = await openRuns({ kernel: "none" });
    const over = view.find('fieldset[aria-label="Over"]');
    const buttons = [...over.querySelectorAll("button")].map(({ disabled }) => disabled);
    expect(buttons).toEqual([false, true, true]);
    expect(over.title).toContain("needs Python");
  });

  it("says what its CSV lacks", async () => {
    const title = (view: RunsPage) =>
      view.all("button.hw-button").find(({ textContent }) => textContent === "CSV")?.title ?? "";
    expect(title(await openRuns({ kernel: "none" }))).not.toContain("drawn");
    expect(title(await openRuns({ kernel: "none", points: 900 }))).toContain(
      "of long curves not all",
    );
    expect(title(await openRuns())).toContain("as they were logged");
  });

  it("shows the maps that it holds of many saved steps", async () => {
    const saved = Array.from({ length: 60 }, (_, i) => 10 * i);
    const view = await openRuns({ kernel: "none", saved: saved.filter((step) => step % 60 === 0) });
    const spec = structuredClone(view.host.get("_runs"));
    if (!spec?.runs[0]) throw new Error("there are no runs");
    spec.runs[0].steps = saved;
    view.host.receive({ _runs: spec });
    await drawn();
    const shown = view.all(".hw-strip-item").map(({ dataset }) => Number(dataset.step));
    expect(shown).toEqual(saved.filter((step) => step % 60 === 0));
  });

  it("says that the maps of another head are not there", async () => {
    const view = await openRuns({ kernel: "none", saved: [0, 500, 1000] });
    expect(view.find(".hw-strip-legend").textContent).not.toContain("not stored");
    view.button("Previous head").click();
    await drawn();
    expect(view.find(".hw-strip-size").textContent).toBe("no map of this head is stored here");
  });
});

it("a map of a longer text says that it is pooled", async () => {
  const view = await openRuns({ saved: [0, 500] });
  const trace = view.host.get("_trace");
  const count = Object.values(trace.tokens)[0]?.labels.length ?? 0;
  const words =
    count === 8 ? "8 × 8, not pooled" : `pooled by max: ${count} × ${count} drawn as 8 × 8`;
  expect(view.find(".hw-strip-size").textContent).toBe(words);
});

it("notes of one run stand together", async () => {
  const notes = ["a", "b"].flatMap((run) => ["first", "second."].map((words) => ({ run, words })));
  const view = await openRuns({ spec: { notes } });
  expect(view.texts(".hw-note")).toEqual(["afirst. second.", "bfirst. second."]);
});
