import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { HostError } from "../src/host/host.ts";
import { locked, makeNeuron, neuronSample, openNeuron, SPEC } from "./support/neuron-page.ts";
import { closeAll, drawn, leave } from "./support/page.ts";

beforeEach(leave);
afterEach(closeAll);

const note = (view: { all(selector: string): HTMLElement[] }) =>
  view
    .all(".hw-note")
    .map((node) => [node.querySelector("b")?.textContent, node.querySelector("p")?.textContent]);

describe("a trace of weights only", () => {
  const given = neuronSample({ vectors: [null, null] });

  it("says what is missing, and offers the lines", async () => {
    const view = await openNeuron({ sample: given });
    expect(note(view)).toEqual([
      [
        "No queries and keys in this trace",
        "It was made from weights only. Use hw.trace(model, tokenizer, text) to see neurons.",
      ],
    ]);
    expect(view.texts(".hw-note p code")).toEqual(["hw.trace(model, tokenizer, text)"]);
    expect(view.find(".hw-neuron").hidden).toBe(true);
    expect(getComputedStyle(view.find(".hw-legend")).display).toBe("none");
    expect(view.calls).toEqual([]);
    view.find(".hw-neuron-missing .hw-button").click();
    expect(view.host.sent).toEqual([{ form: "lines" }]);
    await expect.poll(() => view.all('.headwise[data-view="head"]').length).toBe(1);
    await expect.poll(() => view.root.dataset.state).toBe("ready");
    expect(note(view)).toEqual([]);
  });
});

describe("a trace of some layers and heads", () => {
  const vectors = [null, SPEC, null, SPEC, null, SPEC];
  const captured = [[], [0, 1], [], [1], [], [0, 1]];
  const given = neuronSample({ vectors, captured });

  it("says which layers it has, and shows Python's layer and head", async () => {
    const traits = { layer: 0, head: 1, selection: locked(null, null, [0, 1]) };
    const view = await openNeuron({ sample: given, traits });
    const missing = ["Layer 0 was not captured", "This trace has layers 1, 3 and 5."];
    expect(note(view)).toEqual([missing]);
    expect(view.all(".hw-neuron-missing .hw-button")).toEqual([]);
    expect([view.root.dataset.layer, view.root.dataset.head]).toEqual(["0", "1"]);
    const selects = [".hw-layer-value select", ".hw-head-value select"].map(
      (selector) => (view.find(selector) as HTMLSelectElement).value,
    );
    expect(selects).toEqual(["0", "1"]);
    view.host.receive({ index_base: 1 });
    await expect
      .poll(() => note(view))
      .toEqual([["Layer 1 was not captured", "This trace has layers 2, 4 and 6."]]);
    view.button("Next layer").click();
    await expect.poll(() => note(view)).toEqual([]);
    expect(view.selection.heads).toEqual([[1, 1]]);
  });

  it("says which heads it has of a layer", async () => {
    const traits = { layer: 3, selection: locked(null, null, [3, 0]) };
    const view = await openNeuron({ sample: given, traits });
    const missing = ["Head 0 was not captured", "This trace has head 1 of layer 3."];
    expect(note(view)).toEqual([missing]);
    expect(view.calls).toEqual([]);
    expect(view.root.dataset.head).toBe("0");
    view.button("Next head").click();
    await expect.poll(() => note(view)).toEqual([]);
    expect(view.selection.heads).toEqual([[3, 1]]);
  });
});

describe("layers of different kinds", () => {
  it("have the columns of their own vectors", async () => {
    const view = await openNeuron({
      sample: neuronSample({ vectors: [SPEC, { ...SPEC, size: 9, scale: 1 / 3 }, null] }),
    });
    expect(view.titles).toContain("÷ √4");
    view.button("Next layer").click();
    await expect.poll(() => view.titles).toContain("÷ √9");
    view.button("Next layer").click();
    await expect
      .poll(() => note(view)[0])
      .toEqual(["No queries and keys of layer 2", "This trace has those of layers 0 to 1."]);
    expect(view.all(".hw-neuron-missing .hw-button")).toHaveLength(1);
    view.button("Previous layer").click();
    await expect.poll(() => note(view)).toEqual([]);
    expect(view.find(".hw-neuron").hidden).toBe(false);
  });
});

describe("the lines form", () => {
  it("is a head view of this head with the same lock", async () => {
    const view = await openNeuron({ traits: { selection: locked(3) } });
    view.table.focus();
    view.press("e");
    expect(view.host.sent).toEqual([{ form: "lines" }]);
    const part = () => view.find('.headwise .headwise[data-view="head"]');
    await expect.poll(() => part().dataset.state).toBe("ready");
    expect(part().querySelector(".hw-toolbar")).toBeNull();
    expect(part().contains(document.activeElement)).toBe(true);
    const chosen = () => part().querySelector('[data-side="query"][aria-selected="true"]');
    await expect.poll(() => chosen()?.textContent).toBe("sat");
    expect(view.find(".hw-neuron").hidden).toBe(true);
    expect(view.all(".hw-slider")).toHaveLength(1);

    await userEvent.click(view.token("query", 5));
    expect(view.selection).toEqual(locked(5));
    document.activeElement?.dispatchEvent(
      new KeyboardEvent("keydown", { key: "]", bubbles: true }),
    );
    expect(view.selection).toEqual(locked(5, null, [1, 0]));
    expect(view.host.get("layer")).toBe(1);
    await expect.poll(() => part().dataset.layer).toBe("1");
    part()
      .querySelector(".hw-tokens")
      ?.dispatchEvent(new KeyboardEvent("keydown", { key: ".", bubbles: true }));
    expect([view.host.get("head"), view.selection.heads]).toEqual([1, [[1, 1]]]);

    part()
      .querySelector(".hw-tokens")
      ?.dispatchEvent(new KeyboardEvent("keydown", { key: "e", bubbles: true }));
    await expect.poll(() => view.all('.headwise[data-view="head"]').length).toBe(0);
    await expect.poll(() => view.root.dataset.query).toBe("5");
    expect(view.root.dataset.state).toBe("ready");
    expect(document.activeElement).toBe(view.table);
  });

  it("releases the key first, then the query", async () => {
    const view = await openNeuron({ traits: { form: "lines", selection: locked(3, 2) } });
    const pressEscape = () =>
      view
        .find(".headwise .headwise .hw-tokens")
        .dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    pressEscape();
    expect(view.selection).toEqual(locked(3));
    pressEscape();
    expect(view.selection).toEqual(locked(null));
    expect(view.host.sent).toHaveLength(2);
  });

  it("leaves nothing behind when it is switched often", async () => {
    const view = await openNeuron();
    const { listeners } = view.host;
    for (let i = 0; i < 5; i++) {
      view.host.receive({ form: "lines" });
      await expect.poll(() => view.all('.headwise[data-view="head"]').length).toBe(1);
      view.host.receive({ form: "columns" });
      await expect.poll(() => view.all('.headwise[data-view="head"]').length).toBe(0);
    }
    expect(view.host.listeners).toBe(listeners);
  });
});

describe("what has not come", () => {
  it("is asked for once, and the last picture stays until it is here", async () => {
    const view = await openNeuron({ stored: [0], traits: { selection: locked(3) } });
    const before = view.column("dot");
    view.held = true;
    view.button("Next layer").click();
    await expect.poll(() => view.calls.length).toBe(2);
    expect(view.calls.map(({ params }) => [params.kind, params.layer, params.stop])).toEqual([
      ["query", 1, 6],
      ["key", 1, 6],
    ]);
    await expect.poll(() => view.root.dataset.state).toBe("loading");
    expect(view.column("dot")).toEqual(before);
    expect(view.root.dataset.layer).toBe("0");
    view.host.setKernel("waiting");
    await expect
      .poll(() => note(view)[0]?.[1])
      .toBe(
        "Waiting for the running cell. What is here can still be explored; layer 1, head 0 appears when the cell ends.",
      );
    for (const call of view.calls) call.answer();
    await expect.poll(() => view.root.dataset.layer).toBe("1");
    expect(view.column("dot")).not.toEqual(before);
    await expect.poll(() => view.root.dataset.idle).toBe("true");
    expect(view.calls).toHaveLength(2);
  });

  it("is said when Python refuses it", async () => {
    const view = await openNeuron({ stored: [0] });
    view.refusing = new HostError("OutOfRange", "layer 1 does not exist: this trace has layer 0");
    view.button("Next layer").click();
    await expect.poll(() => view.root.dataset.state).toBe("error");
    expect(note(view)).toEqual([
      [
        "Layer 1 does not exist",
        "This trace has layer 0. The view still shows layer 0, head 0, query 1.",
      ],
    ]);
    view.refusing = null;
    view.button("Previous layer").click();
    await expect.poll(() => note(view)).toEqual([]);
    await expect.poll(() => view.root.dataset.state).toBe("ready");
  });

  it("is said once on a saved page", async () => {
    const view = await openNeuron({ stored: [0], kernel: "none" });
    expect(note(view)).toEqual([]);
    view.button("Next layer").click();
    await expect
      .poll(() => note(view))
      .toEqual([
        [
          "Saved page",
          "Layer 0, heads 0 to 1 are stored here. The view still shows layer 0, head 0, query 1. The rest needs Python: open the notebook and run the cell.",
        ],
      ]);
    await expect.poll(() => view.root.dataset.state).toBe("error");
  });
});

describe("one token", () => {
  it("has one row with all of the weight", async () => {
    const view = await openNeuron({ sample: neuronSample({ labels: ["the"] }) });
    expect(view.column("weight")).toEqual(["1.000"]);
  });
});

describe("linked views", () => {
  it("outline the key and the query that the other one points at", async () => {
    const first = await openNeuron({ traits: { _links: ["a"] } });
    const second = await openNeuron({ traits: { _links: ["a"], selection: locked(3) } });
    first.table.focus();
    first.press("Home");
    await expect.poll(() => second.row(0).classList.contains("hw-heard")).toBe(true);
    expect(first.row(0).classList.contains("hw-heard")).toBe(false);
    document.dispatchEvent(
      new CustomEvent("headwise:highlight", {
        detail: {
          from: "elsewhere",
          links: ["a"],
          highlight: { block: "encoder", token: { side: "query", index: 3, label: "sat" } },
        },
      }),
    );
    await expect.poll(() => second.pill.classList.contains("hw-heard")).toBe(true);
    expect(first.pill.classList.contains("hw-heard")).toBe(false);
  });
});

describe("the life of a view", () => {
  it("leaves nothing behind after twenty renders", async () => {
    const first = await openNeuron();
    makeNeuron({}, first).close();
    const [listeners, canvases] = [
      first.host.listeners,
      document.querySelectorAll("canvas, .headwise").length,
    ];
    const observed = vi.spyOn(ResizeObserver.prototype, "observe");
    const released = vi.spyOn(ResizeObserver.prototype, "disconnect");
    for (let i = 0; i < 20; i++) {
      const view = makeNeuron({}, first, first.loader);
      await expect.poll(() => view.root.dataset.state).toBe("ready");
      expect(first.host.listeners).toBeGreaterThan(listeners);
      view.close();
    }
    expect(observed).toHaveBeenCalledTimes(20);
    expect(released).toHaveBeenCalledTimes(20);
    vi.restoreAllMocks();
    expect(first.host.listeners).toBe(listeners);
    await drawn();
    expect(document.querySelectorAll("canvas, .headwise")).toHaveLength(canvases);
  });
});
