import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { closeAll, leave, OpenView, ready } from "./support/page.ts";
import { PAIR, pairsOf, peaked, sampleOf, traitsOf } from "./support/sample.ts";

beforeEach(leave);
afterEach(closeAll);

const COUNT = PAIR.labels.length;
/** A quarter of every row goes to no key. */
const weightAt: ReturnType<typeof peaked> = (...place) => 0.75 * peaked(COUNT)(...place);

async function openWithSinks(): Promise<OpenView> {
  const sample = sampleOf({ weightAt });
  const [block] = traitsOf(sample)._trace.blocks;
  if (!block) throw new Error("the sample has no block");
  const _trace = { ...traitsOf(sample)._trace, blocks: [{ ...block, sinks: true }] };
  const selection = { block: null, heads: pairsOf(0, [0]), query: null, key: null };
  const view = new OpenView({ sample, traits: { _trace, selection } });
  await ready(view);
  return view;
}

describe("a model with sinks", () => {
  it("has the sink as the last key, with its weight beside it", async () => {
    const view = await openWithSinks();
    expect(view.texts('[data-side="key"]').at(-1)).toBe("sink");
    expect(view.texts('[data-side="query"]')).not.toContain("sink");
    await userEvent.click(view.token("query", 0));
    await expect.poll(() => view.live).toContain("sink 0.25");
    expect(view.find(".hw-panel").textContent).toContain("sink");
    expect(view.legend).toContain("shown 100 %");
  });

  it("shows what each query gives to it, and cannot be locked", async () => {
    const view = await openWithSinks();
    const sink = view.token("key", COUNT);
    await userEvent.hover(sink);
    await expect.poll(() => view.live).toContain("sink is attended to by");
    await expect.poll(() => view.drawn).toBe(COUNT);
    await userEvent.click(sink);
    expect(view.host.sent).toEqual([]);
  });

  it("is hidden with the special tokens, and the legend names it", async () => {
    const view = await openWithSinks();
    view.host.receive({ hide_special: true });
    await expect.poll(() => view.legend).toMatch(/sink \d+ %/);
  });
});
