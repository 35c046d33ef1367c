import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { blob } from "./support/blob.ts";
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
  turn,
  weightAt,
} from "./support/long.ts";
import { closeAll, drawn, leave, openView } from "./support/page.ts";
import { sampleOf, tokenList, traitsOf, type WeightAt } from "./support/sample.ts";

beforeEach(leave);
afterEach(() => {
  (document.activeElement as HTMLElement | null)?.blur();
  closeAll();
});

describe("the sides, scrolled apart", () => {
  const note = "sides scrolled apart";

  it("need a lock", async () => {
    const view = await open();
    expect(turn(view, "key", 20)).toBe(true);
    await drawn();
    expect([first(view, "query"), first(view, "key")]).toEqual([0, 0]);
  });

  it("scroll one by one, and the lines go to where the rows are", async () => {
    const view = await open({ query: 10 });
    expect(turn(view, "key", 115)).toBe(false);
    await expect.poll(() => [first(view, "query"), first(view)]).toEqual([0, 115]);
    expect(view.legend).toContain(note);
    await expect.poll(() => view.texts(".hw-edge")[1]).toBe("");
    const y = (side: "query" | "key", index: number) => {
      const row = view.token(side, index).getBoundingClientRect();
      return (row.top + row.bottom) / 2 - view.overlay.getBoundingClientRect().top;
    };
    const lines = view.find(".hw-edge").style;
    const right = Number.parseFloat(lines.left) + Number.parseFloat(lines.width);
    const ink = (x: number, y: number) =>
      view.overlay.getContext("2d")?.getImageData(x, Math.floor(y), 1, 1).data[3] ?? 0;
    expect(ink(right - 3, y("key", 130))).toBeGreaterThan(0);
    expect(ink(Number.parseFloat(lines.left) + 3, y("query", 10))).toBeGreaterThan(0);

    turn(view, "query", 5);
    await expect.poll(() => [first(view, "query"), first(view)]).toEqual([5, 115]);
    expect(view.find(".hw-minimap-bar").getAttribute("aria-valuenow")).toBe("115");
  });

  it("lock what is under the pointer on either side", async () => {
    const view = await open({ query: 10 });
    turn(view, "key", 100);
    await expect.poll(() => first(view)).toBe(100);
    await userEvent.click(view.token("key", 105));
    await expect.poll(() => locks(view)).toEqual([10, 105]);
    await userEvent.click(view.token("query", 4));
    await expect.poll(() => locks(view)).toEqual([4, null]);
    expect([first(view, "query"), first(view)]).toEqual([0, 100]);
  });

  it("go together with a plain scroll, within their ends", async () => {
    const view = await open({ query: 10 });
    turn(view, "key", 100);
    await expect.poll(() => first(view)).toBe(100);
    box(view).scrollTop += 18 * 20;
    await expect.poll(() => [first(view, "query"), first(view)]).toEqual([20, 120]);
    turn(view, "query", -900);
    await expect.poll(() => [first(view, "query"), first(view)]).toEqual([0, 120]);
    turn(view, "key", 900);
    await expect.poll(() => [first(view, "query"), first(view)]).toEqual([0, 174]);
  });

  it("come together with Esc, which keeps the lock; the next Esc releases it", async () => {
    const view = await open({ query: 10 });
    turn(view, "key", 100);
    await expect.poll(() => view.legend).toContain(note);
    view.chip(0).focus();
    await userEvent.keyboard("{Escape}");
    await expect.poll(() => [first(view, "query"), first(view)]).toEqual([0, 0]);
    expect(view.legend).not.toContain(note);
    expect(locks(view)).toEqual([10, null]);
    await userEvent.keyboard("{Escape}");
    expect(locks(view)).toEqual([null, null]);
  });

  it("come together when the token is released, where it stands", async () => {
    const view = await open({ query: 10 });
    turn(view, "key", 100);
    await expect.poll(() => first(view)).toBe(100);
    view.host.receive(at(null));
    await expect.poll(() => [first(view, "query"), first(view)]).toEqual([0, 0]);
    view.host.receive(at(null, 12));
    turn(view, "query", 50);
    await expect.poll(() => first(view, "query")).toBe(50);
    view.host.receive(at(null));
    await expect.poll(() => [first(view, "query"), first(view)]).toEqual([0, 0]);
  });
});

describe("long lists in odd places", () => {
  it("fit 200 px, where the ranked list stands instead of lines", async () => {
    const view = await open({ query: 10, width: 200 });
    expect(view.root.scrollWidth).toBeLessThanOrEqual(200);
    expect(view.texts(".hw-panel-label").slice(0, 2)).toEqual(["Ten130", "t7"]);
    expect(getComputedStyle(view.find(".hw-edge")).display).toBe("none");
    strongest(view).click();
    await expect.poll(() => seen(view, "key")).toContain(130);
  });

  it("may differ in length: the short one stays reachable beside the long one", async () => {
    const spec = traitsOf(long)._trace;
    const tokens = { "0": long.tokens, "1": tokenList(["le", "chat", "dort", "ici"]) };
    const blocks = spec.blocks.map((block) => ({ ...block, layers: 1, query_tokens: "1" }));
    const data = Float32Array.from({ length: 4 * COUNT }, (_, i) =>
      weightAt(0, 0, Math.floor(i / COUNT), i % COUNT),
    );
    const tensors = blob([{ name: "w/encoder/0", shape: [1, 4, COUNT], data }]);
    const _trace = { ...spec, blocks, tokens };
    const view = await openView({ sample: long, traits: { ...at(1), _trace, tensors } });
    expect(seen(view, "query")).toEqual([0, 1, 2, 3]);
    expect(view.texts(".hw-minimap-last")).toEqual(["199"]);
    turn(view, "key", 110);
    await expect.poll(() => [first(view, "query"), first(view)]).toEqual([0, 110]);
    expect(turn(view, "query", 50)).toBe(false);
    await drawn();
    expect(seen(view, "query")).toEqual([0, 1, 2, 3]);
    field(view).focus();
    await userEvent.keyboard("dort");
    await expect.poll(() => matches(view)).toEqual(["dort2"]);
    await userEvent.keyboard("{Control>}a{/Control}ten19");
    await expect.poll(() => matches(view)[0]).toBe("Ten190key 190");
  });

  it("with merged words scroll, search and count by token", async () => {
    const words = labels.map((_, i) => Math.floor(i / 2));
    const word_labels = words.filter((_, i) => i % 2 === 0).map((word) => `word${word}`);
    const pieces = { ...long, tokens: tokenList(labels, { words, word_labels }) };
    const view = await openView({ sample: pieces, traits: { ...at(11), merge_words: true } });
    expect(view.texts(".hw-minimap-last")).toEqual(["199"]);
    expect(view.root.dataset.rows).toBe("100");
    await expect.poll(() => strongest(view).textContent).toBe("Strongest key↓");
    field(view).focus();
    await userEvent.keyboard("131{Enter}{Enter}");
    await expect.poll(() => locks(view)).toEqual([130, null]);
  });

  it("end with the sink, which is no token to find or to jump to", async () => {
    const spec = traitsOf(long)._trace;
    const blocks = spec.blocks.map((block) => ({ ...block, sinks: true }));
    const half: WeightAt = (...place) => 0.3 * weightAt(...place);
    const view = await openView({
      sample: { ...long, weightAt: half },
      traits: { ...at(10), _trace: { ...spec, blocks } },
    });
    expect(view.root.dataset.rows).toBe("201");
    expect(view.texts(".hw-minimap-last")).toEqual(["199"]);
    strongest(view).click();
    await expect.poll(() => seen(view, "key")).toContain(130);
    await scrollTo(view, 175);
    expect(view.texts('[data-side="key"]').at(-1)).toBe("sink");
  });

  it("of one token do not scroll, whatever the height", async () => {
    const one = sampleOf({ tokens: tokenList(["a"]), heads: 1, weightAt: () => 1 });
    const view = await openView({ sample: one, traits: { ...at(0), height: 100 } });
    expect(view.all(".hw-find")).toEqual([]);
    expect(view.find(".hw-minimap").hidden).toBe(true);
    view.chip(0).focus();
    const page = new KeyboardEvent("keydown", { key: "PageDown", bubbles: true, cancelable: true });
    expect(view.chip(0).dispatchEvent(page)).toBe(true);
  });
});
