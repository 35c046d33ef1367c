import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HostError } from "../src/host/host.ts";
import { closeAll, leave, openView } from "./support/page.ts";
import { sampleOf, tokenList } from "./support/sample.ts";

beforeEach(leave);
afterEach(closeAll);

const HEADS = { block: "encoder", query: null, key: null };
const live = (view: Awaited<ReturnType<typeof openView>>) => view.find(".hw-live").textContent;

describe("what is on screen is what is true", () => {
  it("keeps the last good picture while a layer is refused, and names its layer", async () => {
    const view = await openView({ stored: [0] });
    const drawn = view.drawn;
    view.kernel.refusing = new HostError("OutOfRange", "layer 1 is not there: ask for another");
    view.button("Next layer").click();
    await expect.poll(() => view.root.dataset.state).toBe("error");
    expect(view.root.dataset.layer).toBe("0");
    expect(view.drawn).toBe(drawn);
    await expect
      .poll(() => view.find(".hw-note").textContent)
      .toContain("The view still shows layer 0.");
  });

  it("says a token by the number that Python knows it by, also in a merged word", async () => {
    const selection = { ...HEADS, heads: [[0, 0]] as [number, number][], query: 4 };
    const view = await openView({ traits: { merge_words: true, selection } });
    await expect.poll(() => live(view)).toMatch(/: \[SEP\] attends to .*; query 4$/);
    expect(view.find(".hw-panel-title").textContent).toContain("query 4");
  });

  it("ranks and speaks only what the filters leave, and says what they take", async () => {
    const selection = { ...HEADS, heads: [[0, 0]] as [number, number][], query: 4 };
    const view = await openView({ traits: { selection } });
    await expect.poll(() => live(view)).toContain("[SEP] 0.60");
    view.host.receive({ hide_special: true });
    await expect.poll(() => live(view)).not.toContain("[SEP] 0.60");
    expect(view.find(".hw-panel").textContent).toContain("hidden by the filters");
  });

  it("speaks the combined weights where heads are drawn as one", async () => {
    const heads = [0, 1].map((head): [number, number] => [0, head]);
    const selection = { ...HEADS, heads, query: 1 };
    const view = await openView({ traits: { selection, aggregate: "sum" } });
    await expect
      .poll(() => live(view))
      .toMatch(/^sum of 2 heads, layer 0: the attends to \S+ 0\.6.*; query 1$/);
    expect(live(view)).not.toContain("head 0.");
  });

  it("does not move when a head is previewed while none is on", async () => {
    const view = await openView({ traits: { selection: { ...HEADS, heads: [] } } });
    const top = () => view.find(".hw-stage").getBoundingClientRect().top;
    await expect.poll(() => view.find(".hw-note").textContent).toContain("No head is on");
    const before = top();
    view.chip(1).dispatchEvent(new PointerEvent("pointerenter"));
    await expect.poll(() => view.drawn).toBeGreaterThan(0);
    expect(top()).toBe(before);
  });

  it("brings a token that Python locks far down into sight, and leaves it where a person scrolls", async () => {
    const labels = Array.from({ length: 120 }, (_, i) => `t${i}`);
    const view = await openView({ sample: sampleOf({ tokens: tokenList(labels) }) });
    expect(view.all('[data-index="100"]')).toEqual([]);
    view.host.receive({ selection: { ...HEADS, heads: [[0, 0]], query: 100 } });
    await expect.poll(() => view.all('[data-index="100"]').length).toBe(2);
    view.find(".hw-scroll").scrollTop = 0;
    await expect.poll(() => view.all('[data-index="0"]').length).toBe(2);
    await expect.poll(() => view.all('[data-index="100"]').length).toBe(0);
  });

  it("cuts no bar scale by what is in sight", async () => {
    const labels = Array.from({ length: 60 }, (_, i) => `t${i}`);
    const tokens = {
      ...sampleOf().tokens,
      labels,
      word_labels: labels,
      words: labels.map((_, i) => i),
    };
    const flags = { segments: labels.map(() => 0), special: labels.map(() => false) };
    const weightAt = (_: number, __: number, query: number, key: number) =>
      query === 59 ? Number(key === 0) : 1 / 60;
    const view = await openView({
      sample: sampleOf({ tokens: { ...tokens, ...flags }, weightAt }),
    });
    const tallest = () => view.find(".hw-legend-bars").textContent;
    await expect.poll(tallest).toContain("strongest weight of the row (tallest 1.00)");
  });
});
