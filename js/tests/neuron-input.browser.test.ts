import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { productInWords } from "../src/views/neuron/numbers.ts";
import { neuronOrder, products } from "../src/views/neuron/shares.ts";
import {
  expectedRow,
  locked,
  type NeuronView,
  neuronSample,
  openNeuron,
  SPEC,
  vectorOf,
} from "./support/neuron-page.ts";
import { closeAll, drawn, inked, leave } from "./support/page.ts";

beforeEach(leave);
afterEach(closeAll);

const sample = neuronSample();
const title = (view: NeuronView, text: string) => {
  const node = view.all(".hw-neuron-title").find((found) => found.textContent === text);
  if (!node) throw new Error(`the view has no title ${text}`);
  return node.offsetLeft;
};
const overlay = (view: NeuronView) => view.find("canvas.hw-overlay") as HTMLCanvasElement;

/** Puts the pointer on a neuron: its place in a strip of a row. */
async function point(view: NeuronView, strip: "key k" | "q × k", key: number, place: number) {
  const row = view.row(key).getBoundingClientRect();
  const table = view.table.getBoundingClientRect();
  const position = { x: title(view, strip) + 16 * place + 5, y: row.top - table.top + 11 };
  await userEvent.hover(view.table, { position });
}

describe("a click", () => {
  it("on a key locks it, beside the query, and again releases it", async () => {
    const view = await openNeuron({ traits: { selection: locked(3) } });
    await userEvent.click(view.row(2));
    expect(view.selection).toEqual(locked(3, 2));
    await expect.poll(() => view.row(2).getAttribute("aria-selected")).toBe("true");
    await userEvent.click(view.row(4));
    expect(view.selection).toEqual(locked(3, 4));
    await userEvent.click(view.row(4));
    expect(view.selection).toEqual(locked(3, null));
    expect(view.host.sent).toHaveLength(3);
  });

  it("on the pill chooses the query", async () => {
    const view = await openNeuron();
    expect(view.pill.classList.contains("hw-locked")).toBe(false);
    expect(view.root.dataset.query).toBe("1");
    const select = view.find("select[aria-label=Query]") as HTMLSelectElement;
    select.focus();
    expect([...select.options].map((option) => option.textContent)).toEqual([
      "none locked",
      "0  [CLS]",
      "1  the",
      "2  cat",
      "3  sat",
      "4  on",
      "5  it",
    ]);
    await userEvent.selectOptions(select, "5");
    expect(view.selection).toEqual(locked(5));
    await expect.poll(() => view.root.dataset.query).toBe("5");
    await expect.poll(() => view.pill.classList.contains("hw-locked")).toBe(true);
    await userEvent.selectOptions(select, "none");
    expect(view.selection).toEqual(locked(null));
    await expect.poll(() => view.pill.classList.contains("hw-locked")).toBe(false);
  });

  it("on the toolbar moves layer and head in one message", async () => {
    const view = await openNeuron({ traits: { selection: locked(3, 2) } });
    view.button("Next layer").click();
    view.button("Next head").click();
    expect(view.host.sent).toEqual([
      { layer: 1, selection: locked(3, 2, [1, 0]) },
      { head: 1, selection: locked(3, 2, [1, 1]) },
    ]);
    await expect.poll(() => [view.root.dataset.layer, view.root.dataset.head]).toEqual(["1", "1"]);
    view
      .all(".hw-two-way button")
      .find((node) => node.textContent === "by index")
      ?.click();
    expect(view.host.sent.at(-1)).toEqual({ neurons: "index" });
  });

  it("reaches only heads that the trace holds", async () => {
    const view = await openNeuron({
      sample: neuronSample({ vectors: [SPEC, null, SPEC], captured: [[0, 1], [], [1]] }),
    });
    view.button("Next layer").click();
    expect(view.host.sent).toEqual([{ layer: 2, head: 1, selection: locked(null, null, [2, 1]) }]);
    await expect.poll(() => view.root.dataset.head).toBe("1");
    expect((view.button("Previous head") as HTMLButtonElement).disabled).toBe(true);
  });
});

describe("pointing at a neuron", () => {
  it("outlines it in all three strips, and says what it adds", async () => {
    const view = await openNeuron({ traits: { selection: locked(3) } });
    const q = vectorOf(sample, "query", 0, 0, 3);
    const { weight, dot } = expectedRow(sample, 0, 0, 3);
    const reference = weight.indexOf(Math.max(...weight));
    const order = neuronOrder(products(q, vectorOf(sample, "key", 0, 0, reference)), "share");
    const neuron = order[1] ?? 0;
    const strip = view.find("canvas.hw-query-strip") as HTMLCanvasElement;
    const atRest = strip.toDataURL();
    expect(inked(overlay(view))).toBe(0);
    expect(view.card).toBeNull();

    await point(view, "q × k", 2, 1);
    const k = vectorOf(sample, "key", 0, 0, 2);
    await expect.poll(() => view.card).toContain(productInWords(q[neuron] ?? 0, k[neuron] ?? 0));
    expect(view.card).toContain(`neuron ${neuron}`);
    const share = ((q[neuron] ?? 0) * (k[neuron] ?? 0)) / (dot[2] ?? 1);
    if (Math.abs(share) <= 1)
      expect(view.card).toContain(`${Math.round(100 * share)} %`.replace("-", "−"));
    expect(view.card).toMatch(/with cat$/);
    const frames = inked(overlay(view));
    expect(frames).toBeGreaterThan(0);
    expect(strip.toDataURL()).not.toBe(atRest);
    expect(view.live).toMatch(
      /^head 0.0: sat attends to cat [<\d.]+, q · k .*; query 3, key 2; neuron/,
    );
    expect(view.live).toContain(`; neuron ${neuron}: q `);

    const card = view.find(".hw-card").getBoundingClientRect();
    const row = view.row(2).getBoundingClientRect();
    expect(card.top >= row.bottom || card.bottom <= row.top).toBe(true);
    const root = view.root.getBoundingClientRect();
    expect(card.left >= root.left && card.right <= root.right).toBe(true);

    await leave();
    await expect.poll(() => view.card).toBeNull();
    await expect.poll(() => inked(overlay(view))).toBe(0);
    expect(strip.toDataURL()).toBe(atRest);
    expect(view.host.sent).toEqual([]);
    expect(view.calls).toEqual([]);
  });

  it("changes neither the strips nor the rows", async () => {
    const view = await openNeuron();
    const [pixels, text] = [view.strips.toDataURL(), view.table.textContent];
    const height = view.root.getBoundingClientRect().height;
    await point(view, "key k", 4, 2);
    await expect.poll(() => view.card).not.toBeNull();
    expect(view.strips.toDataURL()).toBe(pixels);
    expect(view.table.textContent).toBe(text);
    expect(view.root.getBoundingClientRect().height).toBe(height);
  });
});

describe("keys", () => {
  it("walk the rows and the neurons, and lock", async () => {
    const view = await openNeuron({ traits: { selection: locked(3) } });
    view.table.focus();
    view.press("Home");
    view.press("ArrowDown");
    view.press("ArrowDown");
    await expect.poll(() => view.live).toContain("attends to cat");
    await expect.poll(() => view.table.getAttribute("aria-activedescendant")).toBe(view.row(2).id);
    view.press("ArrowRight");
    await expect.poll(() => view.card).toContain("neuron");
    const first = view.card;
    view.press("ArrowRight");
    await expect.poll(() => view.card).not.toBe(first);
    view.press("ArrowLeft");
    await expect.poll(() => view.card).toBe(first);
    view.press("Enter");
    expect(view.selection).toEqual(locked(3, 2));
    view.press("End");
    await expect.poll(() => view.live).toContain("attends to it");
  });

  it("step the query, the layer and the head", async () => {
    const view = await openNeuron();
    view.press("ArrowDown", { shiftKey: true });
    expect(view.selection).toEqual(locked(2));
    view.press("ArrowUp", { shiftKey: true });
    expect(view.selection).toEqual(locked(1));
    view.press("]");
    view.press(".");
    expect(view.selection).toEqual(locked(1, null, [1, 1]));
    view.press(".");
    view.press("]");
    view.press("[");
    view.press(",");
    expect(view.selection).toEqual(locked(1));
    expect(view.host.sent).toHaveLength(6);
    view.press("h");
    expect(view.host.get("hide_special")).toBe(true);
  });

  it("release the key, then the query, then the view", async () => {
    const view = await openNeuron({ traits: { selection: locked(3, 2) } });
    view.table.focus();
    view.press("Escape");
    expect(view.selection).toEqual(locked(3));
    view.press("Escape");
    expect(view.selection).toEqual(locked(null));
    view.press("ArrowDown");
    view.press("Escape");
    expect(document.activeElement).toBe(view.table);
    view.press("Escape");
    expect(document.activeElement).not.toBe(view.table);
    expect(view.host.sent).toHaveLength(2);
  });
});

describe("the filters", () => {
  it("grey keys, which stay in the softmax", async () => {
    const view = await openNeuron({ traits: { selection: locked(3) } });
    const before = view.column("weight");
    view.check("Hide special").click();
    await expect.poll(() => view.row(0).classList.contains("hw-faint")).toBe(true);
    expect(view.row(1).classList.contains("hw-faint")).toBe(false);
    expect(view.column("weight")).toEqual(before);
    const { weight } = expectedRow(sample, 0, 0, 3);
    expect(view.legend).toContain(
      `1 key in grey is out of play, with ${Math.round(100 * (weight[0] ?? 0))} % of the softmax`,
    );
  });
});

describe("changes from Python", () => {
  it("move the view without an echo", async () => {
    const view = await openNeuron();
    view.host.receive({ layer: 1, head: 1, selection: locked(4, 2, [1, 1]) });
    await expect
      .poll(() => [view.root.dataset.layer, view.root.dataset.head, view.root.dataset.query])
      .toEqual(["1", "1", "4"]);
    await expect.poll(() => view.live).toMatch(/: on attends to cat .*; query 4, key 2/);
    await drawn();
    expect(view.host.sent).toEqual([]);
    expect(view.row(2).classList.contains("hw-locked")).toBe(true);
  });

  it("count from 1 when asked", async () => {
    const view = await openNeuron({ traits: { index_base: 1, selection: locked(3, 2) } });
    expect(view.live).toMatch(/: sat attends to cat .*; query 4, key 3/);
    expect(view.find(".hw-head-value span").textContent).toBe("1 / 2");
  });
});
