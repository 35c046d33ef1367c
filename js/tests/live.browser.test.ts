import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { HostError } from "../src/host/host.ts";
import { answerOf, changedBy, LABELS, openLive } from "./support/live.ts";
import { closeAll, drawn, leave } from "./support/page.ts";

beforeEach(leave);
afterEach(closeAll);

const MASKED = LABELS.map((label, i) => (i === 2 ? "[MASK]" : label));
const masked = () => changedBy({ masked: [2] }, MASKED);

describe("a new run", () => {
  it("leaves the old picture in sight until the new one is drawn", async () => {
    const view = await openLive();
    const before = view.now;
    view.reply(masked(), MASKED);
    expect(view.now).toBe(before);
    expect(view.queries).toEqual(LABELS);
    await expect.poll(() => view.queries).toEqual(MASKED);
    expect(view.all('[data-side="now"] > .hw-live-run')).toHaveLength(1);
    expect(view.root.dataset.run).toBe("1");
    // Drawn from what came with it: nothing was asked for.
    expect(view.kernel.calls).toEqual([]);
  });

  it("is the newest of several, and none of the others comes into sight", async () => {
    const view = await openLive();
    const seen = new Set<string>();
    const watch = new MutationObserver(() => seen.add(view.queries.join(" ")));
    watch.observe(view.el, { subtree: true, attributes: true, childList: true });
    const other = ["[CLS]", "the", "food", "[SEP]"];
    view.reply(masked(), MASKED);
    view.reply(
      answerOf(other, { text: "the food", typed: other, places: [[0], [1], [2], [3]] }),
      other,
    );
    await expect.poll(() => view.queries).toEqual(other);
    watch.disconnect();
    expect(seen).not.toContain(MASKED.join(" "));
    expect(view.all('[data-side="now"] > .hw-live-run')).toHaveLength(1);
  });

  it("keeps layer, heads, lock, focus and scroll", async () => {
    const view = await openLive({ traits: { height: 100 } });
    view.host.set({ layer: 1, selection: { block: null, heads: [[1, 2]], query: 3, key: null } });
    await drawn();
    const list = view.now.querySelector<HTMLElement>(".hw-tokens-query");
    list?.focus();
    const scroll = view.now.querySelector<HTMLElement>(".hw-scroll");
    scroll?.scrollTo({ top: 12 });
    await userEvent.keyboard("{ArrowDown}");
    const top = scroll?.scrollTop;
    view.reply(masked(), MASKED);
    await expect.poll(() => view.queries).toContain("[MASK]");
    await drawn();
    expect(view.now.querySelector<HTMLElement>(".headwise")?.dataset.layer).toBe("1");
    expect(view.chipsOn).toEqual([2]);
    expect(view.query(3).classList.contains("hw-locked")).toBe(true);
    expect(document.activeElement).toBe(view.now.querySelector(".hw-tokens-query"));
    expect(view.query(4).classList.contains("hw-cursor")).toBe(true);
    expect(view.now.querySelector<HTMLElement>(".hw-scroll")?.scrollTop).toBe(top);
  });

  it("asks with its number, and what comes too late is no fault", async () => {
    const view = await openLive();
    view.kernel.refusing = new HostError("AnswerReplaced", "run 0 was replaced by run 1");
    view.reply(masked(), MASKED, { tensors: new Uint8Array(0) });
    await expect.poll(() => view.kernel.calls.length).toBeGreaterThan(0);
    expect(view.kernel.calls.map(({ params }) => (params as { run?: number }).run)).toContain(1);
    await drawn();
    expect(view.notes).toEqual([]);
    expect(view.queries).toEqual(LABELS);
  });

  it("leaves no listener of the old one behind", async () => {
    const view = await openLive();
    const { listeners } = view.host;
    for (let i = 0; i < 5; i++) {
      view.reply(i % 2 ? answerOf() : masked(), i % 2 ? LABELS : MASKED);
      await expect.poll(() => view.root.dataset.run).toBe(String(i + 1));
    }
    expect(view.host.listeners).toBe(listeners);
    view.close();
    expect(view.host.listeners).toBeLessThan(listeners);
  });
});

describe("a double click", () => {
  const lock = (query: number | null, key: number | null) => ({
    block: null,
    heads: [[0, 0]] as [number, number][],
    query,
    key,
  });

  it.each([
    [null, null],
    [2, null],
    [4, 1],
    [2, 1],
  ])("masks, and what was locked (%s, %s) stays", async (query, key) => {
    const view = await openLive({ traits: { selection: lock(query, key) } });
    await userEvent.dblClick(view.query(2));
    expect(view.host.get("masked")).toEqual([2]);
    expect(view.host.get("selection")).toEqual(lock(query, key));
    expect(document.getSelection()?.toString()).toBe("");
  });

  it("unmasks what is masked; several may be", async () => {
    const view = await openLive({ said: changedBy({ masked: [2, 4] }) });
    await userEvent.dblClick(view.query(2));
    expect(view.host.get("masked")).toEqual([4]);
    await userEvent.dblClick(view.query(3));
    await expect.poll(() => view.asked.at(-1)?.masked).toEqual([2, 3, 4]);
  });

  it("blocks attention where the model has no masks", async () => {
    const abilities = {
      predicts: "next" as const,
      no_predictions: "",
      no_masking: "only looks back",
      no_blocking: "",
    };
    const view = await openLive({ said: answerOf(LABELS, { abilities }) });
    await userEvent.dblClick(view.query(2));
    expect(view.asked).toEqual([{ blocked: [2] }]);
    view.reply(changedBy({ abilities, blocked: [2] }));
    await expect.poll(() => view.query(2).classList.contains("hw-blocked")).toBe(true);
    expect(view.query(2).title).toBe("cat, blocked: no other token attends to it");
  });

  it("on a bar or beside the tokens masks nothing", async () => {
    const view = await openLive();
    await userEvent.dblClick(view.find(".hw-sheet"));
    expect(view.asked).toEqual([]);
  });

  it("speaks of the token as it was typed", async () => {
    const labels = ["[CLS]", "the", "big", "dog", "is", "sad", "[SEP]"];
    const places = [[0], [1], [2, 3], [4], [5], [6]];
    const view = await openLive();
    view.reply(changedBy({ replaced: [[2, "big dog"]], places }, labels), labels);
    await expect.poll(() => view.queries).toEqual(labels);
    await userEvent.dblClick(view.query(5));
    expect(view.asked.at(-1)?.masked).toEqual([4]);
  });
});

describe("keys", () => {
  it("m masks the token under the cursor, r types over it, x switches heads off", async () => {
    const view = await openLive({
      traits: { selection: { block: null, heads: [[0, 1]], query: null, key: null } },
    });
    view.now.querySelector<HTMLElement>(".hw-tokens-query")?.focus();
    await userEvent.keyboard("{Home}{ArrowDown}{ArrowDown}m");
    expect(view.asked).toEqual([{ masked: [2] }]);
    view.reply(masked(), MASKED);
    await expect.poll(() => view.queries).toContain("[MASK]");
    await userEvent.keyboard("r");
    await expect
      .poll(() => document.activeElement?.getAttribute("aria-label"))
      .toBe("Instead of cat");
    await userEvent.keyboard("maxr{Enter}");
    expect(view.asked.at(-1)).toEqual({ masked: [], replaced: [[2, "maxr"]] });
    expect(document.activeElement).toBe(view.now.querySelector(".hw-tokens-query"));
    await userEvent.keyboard("x");
    await expect.poll(() => view.asked.at(-1)?.ablated).toEqual([[0, 1]]);
  });

  it("are letters while a text is typed", async () => {
    const view = await openLive();
    await userEvent.click(view.text);
    await userEvent.keyboard(" xmr");
    expect(view.text.value).toBe("the cat is sad xmr");
    expect(view.asked).toEqual([]);
    await userEvent.keyboard("{Enter}");
    expect(view.asked).toEqual([{ text: "the cat is sad xmr" }]);
  });
});

describe("the text", () => {
  it("with the same words is asked once more", async () => {
    const view = await openLive();
    await userEvent.click(view.text);
    await userEvent.keyboard("{Enter}");
    expect(view.asked).toEqual([]);
    const calls = view.kernel.calls.map(({ method, params }) => ({ method, params }));
    expect(calls).toEqual([{ method: "asked", params: { again: true } }]);
  });

  it("follows Python, and so do pairs", async () => {
    const view = await openLive();
    view.host.receive({ text: "other", text_pair: "words" });
    await expect.poll(() => view.text.value).toBe("other");
    const pair = view.find('input[aria-label="Second sentence"]') as HTMLInputElement;
    expect(pair.value).toBe("words");
    view.named("Without a second sentence").click();
    expect(view.asked).toEqual([{ text_pair: null }]);
    await expect.poll(() => view.all('input[aria-label="Second sentence"]')).toEqual([]);
    view.named("+ pair").click();
    await expect
      .poll(() => document.activeElement?.getAttribute("aria-label"))
      .toBe("Second sentence");
  });

  it("goes back to earlier ones", async () => {
    const view = await openLive({ traits: { texts: ["first", ["a", "b"]] } });
    expect(view.texts('select[aria-label="Earlier texts"] option')).toEqual([
      "Earlier texts",
      "first",
      "a | b",
    ]);
    view.choose("Earlier texts", "1");
    expect(view.asked).toEqual([{ text: "a", text_pair: "b" }]);
  });

  it("says that the model computes, and what it could not", async () => {
    const view = await openLive();
    view.host.receive({ busy: true });
    await expect.poll(() => view.find(".hw-live-computing").textContent).toBe("computing");
    expect(view.root.dataset.state).toBe("loading");
    view.host.receive({
      busy: false,
      _failure: { kind: "InputError", message: "text leaves no token: give it some" },
    });
    await expect.poll(() => view.notes).toEqual(["Text leaves no token"]);
    expect(view.find(".hw-note p").textContent).toContain("The last good picture stays.");
    expect(view.find(".hw-note code").textContent).toContain("InputError: text leaves no token");
    expect(view.queries).toEqual(LABELS);
  });

  it("of a gesture after a failure is that of the picture", async () => {
    const view = await openLive();
    view.host.receive({ text: "", _failure: { kind: "InputError", message: "no token" } });
    await userEvent.dblClick(view.query(2));
    expect(view.asked).toEqual([{ text: "the cat is sad", masked: [2] }]);
  });
});

describe("predictions", () => {
  it("are of the token that is pointed at, locked, or masked", async () => {
    const view = await openLive();
    expect(view.predicted).toEqual(["", "", "", "", ""]);
    await userEvent.hover(view.query(2));
    await expect.poll(() => view.predicted).toEqual(["cat", "dog", "food", "eat", "</script>"]);
    expect(view.texts(".hw-live-bars .hw-live-p")).toEqual([
      "0.500",
      "0.230",
      "0.100",
      "0.050",
      "<0.001",
    ]);
    expect(view.find(".hw-live-fact").textContent).toBe("what stands there: 0.500");
    await userEvent.click(view.query(4));
    await leave();
    await expect.poll(() => view.predicted[0]).toBe("sad");
    expect(view.spoken).toContain("sad would put here: sad 0.500, dog 0.210");
    // A pointer on its way to the buttons leaves the token, and they are about it.
    await userEvent.click(view.query(4));
    await leave();
    expect(view.predicted[0]).toBe("sad");
    view.named("Mask").click();
    expect(view.asked).toEqual([{ masked: [4] }]);
  });

  it("say what came first before, at the masked token unless another was pointed at", async () => {
    const view = await openLive();
    view.reply(masked(), MASKED);
    await expect.poll(() => view.predicted[0]).toBe("[MASK]");
    expect(view.find(".hw-live-fact").textContent?.replaceAll(/[\u2068\u2069]/g, "")).toBe(
      "before “[MASK]” 0.500, now 0.200; KL 0.61 nats",
    );
  });

  it("of a bare encoder are a reason in words", async () => {
    const abilities = {
      predicts: null,
      no_predictions: "BertModel has no head that predicts",
      no_masking: "",
      no_blocking: "",
    };
    const view = await openLive({ said: answerOf(LABELS, { abilities, predictions: null }) });
    expect(view.find(".hw-live-panel").textContent).toContain("BertModel has no head");
  });

  it("of classes are always there", async () => {
    const predictions = {
      kind: "classes" as const,
      words: "classes",
      tokens: null,
      rows: [[["left", 0.7] as [string, number], ["right", 0.3] as [string, number]]],
      own: [null],
    };
    const view = await openLive({ said: answerOf(LABELS, { predictions }) });
    expect(view.predicted.slice(0, 2)).toEqual(["left", "right"]);
    await userEvent.hover(view.query(2));
    expect(view.predicted.slice(0, 2)).toEqual(["left", "right"]);
  });
});

describe("changes", () => {
  const CHANGED = {
    masked: [2],
    replaced: [[1, "a"]] as [number, string][],
    ablated: [[0, 1]] as [number, number][],
  };

  it("are chips that take them back", async () => {
    const view = await openLive({ said: changedBy(CHANGED) });
    expect(view.chips).toEqual(["2 cat", "1 the → a", "head 0.1"]);
    view.named("Take back: masked: 2 cat").click();
    expect(view.asked).toEqual([{ masked: [] }]);
    expect(view.chip(1).classList.contains("hw-without")).toBe(true);
    expect(view.chip(1).getAttribute("aria-label")).toBe("Head 1, switched off in the model");
    expect(view.chip(0).classList.contains("hw-without")).toBe(false);
    view.named("Clear").click();
    await expect.poll(() => view.asked.at(-1)).toEqual({ replaced: [], ablated: [] });
  });

  it("are seen before, now and on both sides", async () => {
    const view = await openLive({ said: changedBy(CHANGED), width: 1200 });
    const before = view.find('.hw-live-pictures[data-side="before"]');
    const isShown = (node: HTMLElement) => getComputedStyle(node).visibility === "visible";
    expect([isShown(before), isShown(view.now)]).toEqual([false, true]);
    view.named("Both").click();
    await expect
      .poll(() => before.querySelector<HTMLElement>(".headwise")?.dataset.state)
      .toBe("ready");
    expect([isShown(before), isShown(view.now)]).toEqual([true, true]);
    const asked = view.kernel.calls.map(
      ({ params }) => params as { plain?: boolean; run?: number },
    );
    expect(asked.every(({ plain, run }) => plain === true && run === 0)).toBe(true);
    expect(asked.length).toBeGreaterThan(0);
    view.named("Before").click();
    await expect.poll(() => [isShown(before), isShown(view.now)]).toEqual([true, false]);
    view.reply(answerOf());
    await expect.poll(() => [isShown(before), isShown(view.now)]).toEqual([false, true]);
  });

  it("name the heads that moved; a click shows one", async () => {
    const view = await openLive({ said: changedBy(CHANGED) });
    expect(view.texts(".hw-live-head")).toEqual(["1.20.40", "0.00.10"]);
    view.all(".hw-live-head")[0]?.click();
    expect(view.host.get("layer")).toBe(1);
    expect(view.host.get("selection").heads).toEqual([[1, 2]]);
  });

  it("colour tokens by their saliency, with a caution", async () => {
    const saliency = {
      shares: [0, 0.5, -1, null, 0, 0],
      method: "gradient" as const,
      about: 2,
      prediction: "cat",
    };
    const view = await openLive({ said: answerOf(LABELS, { saliency }) });
    expect(view.query(2).style.boxShadow).toContain("inset");
    expect(view.query(2).title).toBe("cat: saliency -1.000");
    expect(view.query(3).style.boxShadow).toBe("");
    expect(view.query(1).style.boxShadow).not.toBe(view.query(2).style.boxShadow);
    const legend = view.find(".hw-live-saliency");
    expect(legend.title).toContain("Jain and Wallace 2019");
    expect(legend.textContent).toContain("−1.00");
  });
});

it("a view that nobody answers is a record, and says so", async () => {
  const view = await openLive({ kernel: "none", said: changedBy({ masked: [2] }) });
  expect(view.notes).toContain("Recorded view");
  expect(view.all("input[type=text]")).toEqual([]);
  expect(view.chips).toEqual(["2 cat"]);
  await userEvent.hover(view.query(1));
  await expect.poll(() => view.predicted[0]).toBe("the");
  await userEvent.dblClick(view.query(1));
  expect(view.asked).toEqual([]);
});
