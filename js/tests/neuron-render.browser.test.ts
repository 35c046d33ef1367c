import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rampColor, signedLevel, signedRamp } from "../src/ramps.ts";
import { cellText, dotDecimals } from "../src/views/neuron/cells.ts";
import { parsed } from "../src/views/neuron/numbers.ts";
import { neuronOrder, products } from "../src/views/neuron/shares.ts";
import {
  expectedRow,
  locked,
  makeNeuron,
  neuronSample,
  openNeuron,
  SPEC,
  vectorOf,
} from "./support/neuron-page.ts";
import { closeAll, drawn, leave, pixel } from "./support/page.ts";

beforeEach(leave);
afterEach(() => {
  closeAll();
  document.body.style.removeProperty("--jp-ui-font-family");
});

const sample = neuronSample();
const keys = sample.labels.map((_, i) => i);
const largest = (values: ArrayLike<number>) => Math.max(...Array.from(values, Math.abs));

describe("the numbers on screen", () => {
  it("are those of the head and the query that are asked for", async () => {
    const view = await openNeuron({
      traits: { layer: 1, head: 1, selection: locked(3, null, [1, 1]) },
    });
    const row = expectedRow(sample, 1, 1, 3);
    const decimals = dotDecimals(row.dot, false);
    for (const id of ["dot", "scaled", "score", "weight"] as const)
      expect(view.column(id)).toEqual(keys.map((key) => cellText(id, key, row, decimals).text));
    expect(view.titles).toEqual(
      ["key", "key k", "q × k", "q · k", "× 0.5", "score", "softmax"].map((title) =>
        title === "× 0.5" ? "÷ √4" : title,
      ),
    );
    const { layer, head, query } = view.root.dataset;
    expect([layer, head, query]).toEqual(["1", "1", "3"]);
    expect(view.pill.textContent).toBe("sat");
  });

  it("make the shown weight: with bias, soft cap, mask, sink and a shared key head", async () => {
    const spec = {
      ...SPEC,
      key_heads: 1,
      softcap: 3,
      bias: true,
      mask: true,
      sinks: [0.5, -0.5],
    } as const;
    const view = await openNeuron({
      sample: neuronSample({ vectors: [{ ...spec, sinks: [...spec.sinks] }], position: "alibi" }),
      traits: { head: 1, selection: locked(4, null, [0, 1]) },
    });
    expect(view.titles.slice(3)).toEqual([
      "q · k",
      "÷ √4",
      "soft cap 3",
      "ALiBi",
      "mask",
      "score",
      "softmax",
    ]);
    const cells = (id: string) =>
      view
        .all(`.hw-cell[data-column="${id}"]`)
        .map((cell) => parsed(cell.title.split(" ").at(-1) ?? ""));
    const powers = cells("score").map(Math.exp);
    const total = powers.reduce((sum, power) => sum + power, Math.exp(-0.5));
    cells("weight").forEach((weight, key) => {
      expect(Math.abs(weight - (powers[key] ?? 0) / total), `key ${key}`).toBeLessThan(1e-4);
    });
    expect(view.column("mask")).toEqual(["–", "hidden", "–", "–", "–", "–"]);
    expect(view.column("weight")[1]).toBe("0");
    expect(view.legend).toContain("shares key head 0 with heads 0–1");
    expect(view.legend).toContain("1 key is hidden from this query");
    expect(view.legend).toContain(`the sink, no key, takes ${(Math.exp(-0.5) / total).toFixed(3)}`);
    expect(view.legend).toContain(
      "softmax(3 · tanh(q · k ÷ √4 ÷ 3) + ALiBi + mask) over keys and sink",
    );
  });

  it("follow the causal triangle", async () => {
    const view = await openNeuron({
      sample: neuronSample({ vectors: [{ ...SPEC, causal: true }], position: "rotary" }),
      traits: { selection: locked(2) },
    });
    expect(view.column("mask")).toEqual(["–", "–", "–", "hidden", "hidden", "hidden"]);
    expect(view.column("score").slice(3)).toEqual(["−∞", "−∞", "−∞"]);
    expect(view.legend).toContain("rotary position is inside q and k");
    expect(view.legend).toContain("3 keys are hidden");
  });

  it("say which share the first neurons carry", async () => {
    const view = await openNeuron({ traits: { selection: locked(2, 4) } });
    const parts = products(vectorOf(sample, "query", 0, 0, 2), vectorOf(sample, "key", 0, 0, 4));
    const [first = 0] = neuronOrder(parts, "share");
    const all = parts.reduce((sum, part) => sum + part, 0);
    const share = (parts[first] ?? 0) / all;
    const carry = share > 1 ? "add" : `carry ${Math.round(100 * share)} %`;
    expect(view.share).toContain(`sorted by share in cat · on: the first 1 of 4 neurons ${carry}`);
    view.host.receive({ neurons: "index" });
    await expect
      .poll(() => view.share)
      .toContain("share in cat · on: the strongest 1 of 4 neurons");
    expect(view.find(".hw-share").title).toContain("q × k over q · k");
  });
});

describe("strips", () => {
  it.each(["light", "dark"] as const)("have the colours of the values, in %s", async (theme) => {
    const view = await openNeuron({
      traits: { theme, neurons: "index", selection: locked(3) },
      ground: theme === "dark" ? "#111111" : "#ffffff",
    });
    const ramp = signedRamp(theme === "dark");
    const q = vectorOf(sample, "query", 0, 0, 3);
    const vectors = keys.flatMap((key) => [
      ...vectorOf(sample, "query", 0, 0, key),
      ...vectorOf(sample, "key", 0, 0, key),
    ]);
    const all = keys.flatMap((key) => [...products(q, vectorOf(sample, "key", 0, 0, key))]);
    const title = (text: string) => {
      const node = view.all(".hw-neuron-title").find((found) => found.textContent === text);
      return node ? node.offsetLeft : -1;
    };
    const cell = 16;
    for (const [name, full, at] of [
      [
        "key k",
        largest(vectors),
        (key: number, n: number) => vectorOf(sample, "key", 0, 0, key)[n],
      ],
      [
        "q × k",
        largest(all),
        (key: number, n: number) => products(q, vectorOf(sample, "key", 0, 0, key))[n],
      ],
    ] as const) {
      for (const key of [0, 3, 5])
        for (const n of [0, 2, 3]) {
          const spot = { x: title(name) + n * cell + 6, y: key * 22 + 11 };
          const [r, g, b] = pixel(view.strips, spot);
          const color = rampColor(ramp, signedLevel(at(key, n) ?? 0, full));
          expect(`rgb(${r}, ${g}, ${b})`, `${name}, key ${key}, neuron ${n}`).toBe(color);
        }
    }
    expect(view.legend).toContain(
      `full colour: q and k ±${largest(vectors).toFixed(1)}, q × k ±${largest(all).toFixed(1)}`,
    );
  });

  it("leave nothing between the rows", async () => {
    const view = await openNeuron();
    const left = view.find(".hw-neuron-titles").children[1] as HTMLElement;
    expect(pixel(view.strips, { x: left.offsetLeft + 6, y: 1 })[3]).toBe(0);
    expect(pixel(view.strips, { x: left.offsetLeft + 6, y: 11 })[3]).toBe(255);
  });
});

describe("widths", () => {
  it("fold columns below 900 px, and show them for the row that is looked at", async () => {
    const view = await openNeuron({ width: 640, traits: { selection: locked(2, 3) } });
    expect(view.titles).toEqual(["key", "key k", "q × k", "q · k", "softmax"]);
    expect(view.all('[data-column="score"]')).toHaveLength(0);
    const row = expectedRow(sample, 0, 0, 2);
    const number = (id: "dot" | "scaled" | "score" | "weight") =>
      cellText(id, 3, row, dotDecimals(row.dot, false)).text;
    expect(view.find(".hw-neuron-chain").textContent).toBe(
      `sat: q · k ${number("dot")}, ÷ √4 ${number("scaled")}, score ${number("score")}, softmax ${number("weight")}`,
    );
    view.row(4).click();
    await expect.poll(() => view.find(".hw-neuron-chain").textContent).toContain("on: q · k");
    view.el.style.width = "1100px";
    await expect.poll(() => view.titles).toContain("score");
    expect(view.find(".hw-neuron-chain").hidden).toBe(true);
  });

  it.each([
    [640, "sans-serif"],
    [230, "monospace"],
    [160, "serif"],
  ])("say at %i px in %s which keys are hidden, and draw them pale", async (width, font) => {
    const causal = neuronSample({ vectors: [{ ...SPEC, size: 40, causal: true }] });
    const traits = { neurons: "index", selection: locked(2) } as const;
    document.body.style.setProperty("--jp-ui-font-family", font);
    const view = await openNeuron({ width, sample: causal, traits });
    expect(view.column("weight").slice(3)).toEqual(["hidden", "hidden", "hidden"]);
    const hidden = view.row(4).querySelector<HTMLElement>('[data-column="weight"]');
    expect(hidden?.title).toBe("softmax hidden by the mask: 0");
    expect(hidden?.scrollWidth).toBeLessThanOrEqual(hidden?.clientWidth ?? 0);
    const faint = keys.map((key) => view.row(key).classList.contains("hw-faint"));
    expect(faint).toEqual([false, false, false, true, true, true]);
    expect(view.legend).toContain("3 keys are hidden from this query, in grey");
    if (width < 600) return;
    // Bars of q · k stand beside the zero line, at either side of it.
    const title = view.find('[data-title="dot"]');
    const alphas = (key: number) =>
      Array.from({ length: 36 }, (_, i) => {
        const left = title.offsetLeft + title.offsetWidth - 60 - i;
        return pixel(view.strips, { x: left, y: key * 22 + 11 })[3] ?? 0;
      });
    const pale = Math.round(0.35 * 255);
    expect(alphas(4).some((alpha) => Math.abs(alpha - pale) <= 1)).toBe(true);
    expect(alphas(2).some((alpha) => Math.abs(alpha - pale) <= 1)).toBe(false);
  });

  it("say of what is drawn alone how far its colours reach", async () => {
    const view = await openNeuron({ width: 400, traits: { selection: locked(2) } });
    expect(view.titles).toEqual(["key", "key k", "q · k", "softmax"]);
    expect(view.legend).toContain("full colour: q and k ±");
    expect(view.legend).not.toContain("q × k");
    const shown = (name: string) =>
      view
        .all(".hw-label")
        .filter((label) => getComputedStyle(label).display !== "none")
        .map((label) => label.textContent)
        .includes(name);
    expect([shown("Layer"), shown("Head"), shown("Neurons")]).toEqual([true, true, false]);
    view.close();
    const tiny = await openNeuron({
      width: 160,
      sample: neuronSample({ vectors: [{ ...SPEC, size: 64 }] }),
    });
    expect(tiny.all("canvas.hw-query-strip").filter((node) => !node.hidden)).toEqual([]);
    expect(tiny.find(".hw-legend-signs").offsetWidth).toBe(0);
  });

  it("leave the locked query whole, and name it", async () => {
    for (const label of ["␣because", "mmmmmm", "it"])
      for (const width of [160, 640, 1100]) {
        const labels = ["a", label, "b"];
        const traits = { selection: locked(1) };
        const view = await openNeuron({ width, sample: neuronSample({ labels }), traits });
        const { scrollWidth, clientWidth } = view.pill;
        expect(scrollWidth, `${label}, ${width} px`).toBeLessThanOrEqual(clientWidth);
        expect(getComputedStyle(view.pill).fontWeight).toBe("700");
        expect(view.find(".hw-neuron-choice select").title).toBe(`${label}, query 1, locked`);
        view.close();
      }
  });

  it("never leave the page", async () => {
    for (const width of [200, 320, 419, 640, 899, 900]) {
      const view = await openNeuron({
        width,
        sample: neuronSample({ vectors: [{ ...SPEC, size: 256 }] }),
      });
      const stage = view.find(".hw-neuron").getBoundingClientRect().width;
      expect(stage, `${width} px`).toBeLessThanOrEqual(width);
      expect(view.column("weight")).toHaveLength(6);
      view.close();
    }
  });

  it("scroll strips that are too long, together", async () => {
    const view = await openNeuron({
      sample: neuronSample({ vectors: [{ ...SPEC, size: 400 }] }),
      traits: { neurons: "index", selection: locked(2) },
    });
    const pan = view.find(".hw-neuron-pan");
    expect(pan.hidden).toBe(false);
    expect(view.share).toMatch(/, the \d+ in sight/);
    const before = view.strips.toDataURL();
    pan.scrollLeft = 200;
    await expect.poll(() => view.strips.toDataURL()).not.toBe(before);
  });
});

describe("many tokens", () => {
  it("are in the document only where they are in sight, and cost nothing to point at", async () => {
    const labels = Array.from({ length: 5000 }, (_, i) => `t${i}`);
    const long = neuronSample({ labels, vectors: [{ ...SPEC, size: 64, key_heads: 2 }] });
    const view = await openNeuron({ sample: long, stored: [], traits: { selection: locked(7) } });
    expect(view.all(".hw-neuron-row").length).toBe(21);
    expect(view.find(".hw-neuron-choice select").children).toHaveLength(1);
    await expect.poll(() => view.root.dataset.idle).toBe("true");
    const asked = view.calls.length;
    const scroll = view.find(".hw-neuron-scroll");
    scroll.scrollTop = 22 * 2500;
    await expect.poll(() => view.row(2501).textContent).toContain("t2501");
    expect(view.all(".hw-neuron-row").length).toBeLessThan(40);
    const row = expectedRow(long, 0, 0, 7);
    expect(
      parsed(view.row(2501).querySelector('[data-column="dot"]')?.textContent ?? ""),
    ).toBeCloseTo(row.dot[2501] ?? 0, 1);
    view.row(2505).dispatchEvent(new PointerEvent("pointermove", { bubbles: true }));
    await drawn();
    expect(view.calls).toHaveLength(asked);
    expect(view.find(".hw-neuron-edges").textContent).toMatch(
      /^(22 of 5000 keys in sight: 2500–2521|21 of 5000 keys in sight: 2500–2520) · above/,
    );
  });

  it("wait until all keys have come", async () => {
    const labels = Array.from({ length: 5000 }, (_, i) => `t${i}`);
    const long = neuronSample({ labels, vectors: [{ ...SPEC, size: 64 }] });
    const view = makeNeuron({ sample: long, stored: [] });
    view.held = true;
    await expect.poll(() => view.calls.length).toBe(2);
    const [query, key] = view.calls;
    expect(query?.params).toMatchObject({ kind: "query", head: 0, start: 0, stop: 3906 });
    expect(key?.params).toMatchObject({ kind: "key", head: 0, start: 0, stop: 3906 });
    query?.answer();
    key?.answer();
    await expect.poll(() => view.calls.length).toBeGreaterThan(2);
    await drawn();
    expect(view.root.dataset.state).toBe("loading");
    expect(view.calls[2]?.params).toMatchObject({ kind: "key", start: 3906, stop: 5000 });
    view.held = false;
    for (const call of view.calls.slice(2)) call.answer();
    await expect.poll(() => view.root.dataset.state).toBe("ready");
    await expect.poll(() => view.root.dataset.idle).toBe("true");
  });
});
