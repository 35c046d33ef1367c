import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { closeAll, drawn, leave, ready } from "./support/page.ts";
import { openRuns, type RunsPage } from "./support/runs-page.ts";

beforeEach(leave);
afterEach(closeAll);

const LOSS = "eval/loss";
const SAVED = [0, 250, 500, 750, 1000];

/** The place of a step of 0 to 1,000 as a share of the area of a chart. */
function shareOf(view: RunsPage, step: number): number {
  const box = view.area(LOSS).getBoundingClientRect();
  const over = view.area(LOSS).querySelector(".u-over")?.getBoundingClientRect();
  if (!over) throw new Error("there is no plot");
  return (over.left - box.left + (step / 1000) * over.width) / box.width;
}

function click(view: RunsPage, step: number): void {
  for (const type of ["pointerdown", "pointerup"]) view.point(type, LOSS, shareOf(view, step));
}

describe("the values beside a chart", () => {
  it("are those of the step", async () => {
    const view = await openRuns({ traits: { step: 500 } });
    await drawn();
    expect(view.told(LOSS)).toBe("at step 500");
    expect(view.values(LOSS)).toEqual(["3.500", "3.000", "2.500"]);
    expect(view.values("train/loss")).toEqual(["4.500", "4.000", "3.500"]);
  });

  it("are those under the pointer while it is on any chart, and nothing is sent", async () => {
    const view = await openRuns({ traits: { step: 500 } });
    view.point("pointermove", LOSS, shareOf(view, 200));
    await drawn();
    expect(view.told("train/loss")).toBe("at step 200");
    expect(view.values("train/loss")).toEqual(["4.800", "4.600", "4.400"]);
    expect(view.host.sent).toEqual([]);
    view.find(".hw-charts").dispatchEvent(new PointerEvent("pointerleave"));
    await drawn();
    expect(view.told("train/loss")).toBe("at step 500");
  });

  it("of many runs are as many as there is room for, and the rest is counted", async () => {
    const view = await openRuns({ runs: 20, traits: { step: 500 } });
    await drawn();
    const shown = view.values(LOSS).length;
    const rest = view.chart(LOSS)[0]?.querySelector(".hw-chart-value.hw-quiet")?.textContent;
    expect(rest).toBe(`and ${20 - shown} more`);
    const tops = [...(view.chart(LOSS)[0]?.querySelectorAll(".hw-chart-value") ?? [])]
      .map((node) => node.getBoundingClientRect())
      .sort((a, b) => a.top - b.top);
    tops.slice(1).forEach((box, i) => {
      expect(box.top).toBeGreaterThanOrEqual((tops[i]?.bottom ?? 0) - 0.5);
    });
  });

  it("say that a run has no number there", async () => {
    const value = (run: number, step: number) => (run === 1 ? Number.NaN : step / 1000);
    const view = await openRuns({ value, traits: { step: 500 } });
    await drawn();
    expect(view.values(LOSS)).toEqual(["0.500", "NaN", "0.500"]);
  });
});

describe("a click on a chart", () => {
  it("goes to the nearest saved step, and Python is told once", async () => {
    const view = await openRuns({ saved: SAVED });
    click(view, 300);
    await drawn();
    expect(view.host.sent).toEqual([{ step: 250 }]);
    expect(view.find(".hw-strip-now").dataset.step).toBe("250");
  });

  it("goes to a step that was logged where none was saved", async () => {
    const view = await openRuns();
    click(view, 310);
    expect(view.host.get("step")).toBe(300);
  });
});

describe("a stretch of a chart", () => {
  it("zooms all charts, and a double click shows all and leaves the step", async () => {
    const view = await openRuns({ traits: { step: 500 } });
    view.point("pointerdown", LOSS, shareOf(view, 200));
    view.point("pointermove", LOSS, shareOf(view, 600));
    view.point("pointerup", LOSS, shareOf(view, 600));
    await expect.poll(() => view.host.get("zoom")).not.toBeNull();
    const [from = 0, to = 0] = view.host.get("zoom") ?? [];
    expect(from).toBeCloseTo(200, -1);
    expect(to).toBeCloseTo(600, -1);
    expect(view.host.get("step")).toBe(500);
    await drawn();
    for (let i = 0; i < 2; i++)
      for (const type of ["pointerdown", "pointerup"]) view.point(type, LOSS, 0.3);
    view.point("dblclick", LOSS, 0.3);
    expect(view.host.get("zoom")).toBeNull();
    await expect.poll(() => view.host.get("step")).toBe(500);
  });

  it("is asked for again in detail where not all points are here", async () => {
    const view = await openRuns({ points: 900 });
    view.asked.length = 0;
    view.host.receive({ zoom: [100, 300] });
    await drawn();
    await ready(view);
    const curves = view.asked.filter(({ method }) => method === "curves");
    expect(curves.map(({ params }) => [params.metric, params.start, params.stop])).toEqual([
      [LOSS, 0, 400],
      ["train/loss", 0, 400],
    ]);
  });

  it("is not asked for where all points are here", async () => {
    const view = await openRuns();
    view.host.receive({ zoom: [100, 300] });
    await drawn();
    expect(view.asked).toEqual([]);
  });

  it("grows and shrinks about the pointer with Ctrl and the wheel", async () => {
    const view = await openRuns();
    const box = view.area(LOSS).getBoundingClientRect();
    const at = box.left + shareOf(view, 250) * box.width;
    const init = { bubbles: true, cancelable: true, clientX: at, deltaY: -50 };
    const plain = new WheelEvent("wheel", init);
    view.area(LOSS).dispatchEvent(plain);
    expect(plain.defaultPrevented).toBe(false);
    view.area(LOSS).dispatchEvent(new WheelEvent("wheel", { ...init, ctrlKey: true }));
    await expect.poll(() => view.host.get("zoom")).not.toBeNull();
    const [from = 0, to = 0] = view.host.get("zoom") ?? [];
    expect(to - from).toBeLessThan(1000);
    expect((250 - from) / (to - from)).toBeCloseTo(0.25, 2);
  });
});

describe("runs", () => {
  it("are switched on and off by their chips, and a double click shows one alone", async () => {
    const view = await openRuns({ traits: { step: 500 } });
    view.run[1]?.click();
    await drawn();
    expect(view.host.get("selected_runs")).toEqual(["run 0", "run 2"]);
    expect(view.values(LOSS)).toEqual(["3.500", "2.500"]);
    expect(view.asked).toEqual([]);
    view.run[2]?.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
    expect(view.host.get("selected_runs")).toEqual(["run 2"]);
    await drawn();
    view.run[2]?.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
    expect(view.host.get("selected_runs")).toEqual(["run 0", "run 1", "run 2"]);
  });

  it("are one Tab stop, and the arrows go along", async () => {
    const view = await openRuns();
    view.run[0]?.focus();
    await userEvent.keyboard("{ArrowRight}{ArrowRight}{ArrowLeft}");
    expect(document.activeElement).toBe(view.run[1]);
    expect(view.run.map(({ tabIndex }) => tabIndex)).toEqual([-1, 0, -1]);
    await userEvent.keyboard(" ");
    expect(view.host.get("selected_runs")).toEqual(["run 0", "run 2"]);
  });

  it("that are all off are said to be", async () => {
    const view = await openRuns({ traits: { selected_runs: [] } });
    await drawn();
    expect(view.notes).toEqual(["No run is on"]);
    expect(view.texts(".hw-chart-empty")).toEqual(["No run is on", "No run is on"]);
  });

  it("that come later are drawn when their curves have come", async () => {
    const options = { runs: 2, traits: { step: 500 } };
    const view = await openRuns(options);
    const spec = view.host.get("_runs");
    if (!spec?.runs[0]) throw new Error("there are no runs");
    Object.assign(options, { runs: 3 });
    view.host.receive({
      _runs: { ...spec, version: 2, runs: [...spec.runs, { ...spec.runs[0], name: "late" }] },
      selected_runs: ["run 0", "run 1", "late"],
    });
    await drawn();
    await ready(view);
    await drawn();
    expect(view.values(LOSS)).toEqual(["3.500", "3.000", "2.500"]);
  });
});

describe("the step", () => {
  it("moves along the strip by keys: one, ten, the first and the last", async () => {
    const saved = Array.from({ length: 15 }, (_, i) => 50 * i);
    const view = await openRuns({ saved });
    view.find(".hw-strip-maps").focus();
    const steps: (number | null | undefined)[] = [];
    for (const key of [
      "{ArrowLeft}",
      "{Shift>}{ArrowLeft}{/Shift}",
      "{Home}",
      "{ArrowLeft}",
      "{ArrowRight}",
      "{End}",
    ]) {
      await userEvent.keyboard(key);
      await drawn();
      steps.push(view.host.get("step"));
    }
    expect(steps).toEqual([650, 150, 0, 0, 50, 700]);
    const said = view.root.querySelector(":scope > .hw-live");
    expect(said?.textContent).toContain("step 700; eval/loss: run 0 3.300");
  });

  it("follows a pointer that drags over the strip, and only the newest is sent while Python works", async () => {
    const answers: (() => void)[] = [];
    const view = await openRuns({ saved: SAVED });
    const request = view.host.request.bind(view.host);
    view.host.request = (method, params) =>
      method === "stepped"
        ? new Promise((resolve) => answers.push(() => resolve({ buffers: [] })))
        : request(method, params);
    const strip = view.find(".hw-strip-maps");
    strip.setPointerCapture = () => {};
    const at = (type: string, item: number) => {
      const box = strip.children[item]?.getBoundingClientRect();
      const clientX = (box?.left ?? 0) + 20;
      strip.dispatchEvent(
        new PointerEvent(type, { bubbles: true, button: 0, pointerId: 1, clientX }),
      );
    };
    at("pointerdown", 3);
    for (const item of [2, 1, 0]) at("pointermove", item);
    at("pointerup", 0);
    await drawn();
    expect(view.find(".hw-strip-now").dataset.step).toBe("0");
    expect(view.host.sent).toEqual([{ step: 750 }]);
    answers[0]?.();
    await drawn();
    expect(view.host.sent).toEqual([{ step: 750 }, { step: 0 }]);
  });

  it("that Python sets is where the cursor goes", async () => {
    const view = await openRuns({ saved: SAVED });
    view.host.receive({ step: 480 });
    await drawn();
    expect(view.told(LOSS)).toBe("at step 480");
    expect(view.find(".hw-strip-now").dataset.step).toBe("500");
    expect(view.host.sent).toEqual([]);
  });
});

describe("the attention", () => {
  it("is drawn anew for another trace, and the old picture stays until then", async () => {
    const view = await openRuns({ saved: SAVED });
    const first = view.find(".hw-live-run");
    expect(first.querySelector('[data-view="head"]')).not.toBeNull();
    const trace = structuredClone(view.host.get("_trace"));
    const list = trace.tokens["0"];
    if (list) list.labels = list.labels.map((label) => `${label}!`);
    view.host.receive({ _trace: trace, _run: { run: 2, tensors: 1, step: 250, of: "run 0" } });
    expect(view.all(".hw-live-run")[0]).toBe(first);
    view.host.receive({ tensors: view.host.get("tensors") });
    await expect.poll(() => view.root.dataset.run).toBe("2");
    expect(view.all(".hw-live-run").length).toBe(1);
    expect(view.find(".hw-live-run").textContent).toContain("the!");
  });

  it("shows the head that the strip is of, and the other way round", async () => {
    const view = await openRuns({ saved: SAVED });
    view.button("Next layer").click();
    await drawn();
    expect(view.host.get("layer")).toBe(1);
    expect(view.host.get("selection").heads).toEqual([[1, 2]]);
    expect(view.find(".hw-strip-title b").textContent).toBe("layer 1, head 2");
  });

  it("is not there where none was saved", async () => {
    const view = await openRuns();
    expect(view.find(".hw-strip").hidden).toBe(true);
    expect(view.find(".hw-runs-attention").hidden).toBe(true);
    expect(view.all('select[aria-label="Attention"]')).toEqual([]);
  });
});

describe("scales and axes", () => {
  it("leave out what has no logarithm, and say so", async () => {
    const value = (_run: number, step: number) => (step - 450) / 100;
    const view = await openRuns({ runs: 1, value, traits: { scale: "log" } });
    await drawn();
    expect(view.texts(".hw-chart-fact")).toEqual([
      "5 not above 0: left out",
      "5 not above 0: left out",
    ]);
  });

  it("over epochs have the step where the run was then", async () => {
    const view = await openRuns({ traits: { over: "epoch", step: 500 } });
    await drawn();
    expect(view.texts(".hw-chart-unit")).toEqual(["epoch", "epoch"]);
    expect(view.values(LOSS)).toEqual(["3.500", "3.000", "2.500"]);
    view.point("pointermove", LOSS, shareOf(view, 200));
    await drawn();
    expect(view.told(LOSS)).toBe("at epoch 2.00");
  });
});

describe("hyperparameters", () => {
  it("are a table with the best value of each run", async () => {
    const view = await openRuns({ traits: { parameters: "table" } });
    await drawn();
    expect(view.texts(".hw-parameters thead th")).toEqual([
      "run",
      "lr",
      "batch",
      "least eval/loss",
      "least train/loss",
    ]);
    expect(view.texts(".hw-parameters tbody tr:nth-child(2) td")).toEqual([
      "0.1",
      "8",
      "0.100 at 1000",
      "0.100 at 1000",
    ]);
  });

  it("are lines, a way through all axes for each run", async () => {
    const view = await openRuns({ traits: { parameters: "lines" } });
    await drawn();
    const lines = view.all(".hw-parallel polyline:not([stroke=transparent])");
    expect(lines.length).toBe(3);
    expect(lines.every((line) => line.getAttribute("points")?.split(" ").length === 4)).toBe(true);
  });
});

describe("what is lost or late", () => {
  it("is a note with the name of the run", async () => {
    const notes = [{ run: "run 1", words: "the last line is not whole" }];
    const view = await openRuns({ spec: { notes } });
    expect(view.texts(".hw-note")).toEqual(["run 1the last line is not whole."]);
  });

  it("is said where Python refuses, and the curves stay", async () => {
    const view = await openRuns({ traits: { step: 500 } });
    view.host.request = () => Promise.reject(new Error("the disk is gone"));
    view.host.receive({ smooth: 0.5 });
    await expect.poll(() => view.root.dataset.state).toBe("error");
    expect(view.notes).toEqual(["The disk is gone"]);
    expect(view.values(LOSS)).toEqual(["3.500", "3.000", "2.500"]);
  });

  it("of a page without Python: no smoothing, and which step is stored", async () => {
    const view = await openRuns({ saved: SAVED, kernel: "none" });
    expect((view.find('input[aria-label="Smooth"]') as HTMLInputElement).disabled).toBe(true);
    view.host.receive({ step: 250 });
    await drawn();
    expect(view.notes).toEqual(["Saved page"]);
  });
});

it("a view that is closed listens to nothing", async () => {
  const view = await openRuns({ saved: SAVED });
  view.close();
  // Two are the loader's, which outlives views.
  expect(view.host.listeners).toBe(2);
});
