import { afterEach, describe, expect, it } from "vitest";
import { HostError } from "../src/host/host.ts";
import { closeAll, drawn, OpenView, openView, ready } from "./support/page.ts";
import { PAIR, pairsOf, sampleOf, tokenList } from "./support/sample.ts";

afterEach(closeAll);

describe("a head view", () => {
  it("shows its tokens twice, its chips, its layer and one line a weight", async () => {
    const view = await openView();
    expect(view.root.dataset).toMatchObject({ view: "head", layer: "0", theme: "light" });
    for (const side of ["query", "key"])
      expect(view.texts(`[role=option][data-side="${side}"]`)).toEqual(PAIR.labels);
    expect(view.texts(".hw-chip")).toEqual(["0", "1", "2"]);
    expect(view.chipsOn).toEqual([0, 1, 2]);
    expect(view.find(".hw-layer-value span").textContent).toBe("0 / 1");
    expect(view.drawn).toBe(3 * 8 * 8);
    expect(view.root.dataset.lmSuppressShortcuts).toBe("true");
    expect(view.kernel.calls).toEqual([]);
    expect(view.host.sent).toEqual([]);
  });

  it("says what is shown and what is hidden", async () => {
    const view = await openView({ traits: { strongest: 0.5 } });
    expect(view.drawn).toBe(3 * 8);
    expect(view.legend).toContain("shown 60 % of the weight, hidden 40 %");
    expect(view.legend).toContain("(tallest 0.60)");
  });

  it("is loading until its layer is here, and asks for it once", async () => {
    const view = new OpenView({
      stored: [0],
      traits: {
        layer: 1,
        selection: { block: null, heads: pairsOf(1, [0, 1, 2]), query: null, key: null },
      },
    });
    view.kernel.held = true;
    await expect.poll(() => view.kernel.calls.length).toBe(1);
    await drawn();
    expect(view.root.dataset.state).toBe("loading");
    expect(view.drawn).toBe(0);
    view.kernel.calls[0]?.answer();
    await ready(view);
    expect(view.drawn).toBe(3 * 8 * 8);
    expect(view.kernel.calls.map(({ params }) => [params.axis, params.layer])).toEqual([
      ["all", 1],
    ]);
  });

  it("keeps the last picture and says why when Python refuses", async () => {
    const view = await openView({ stored: [0] });
    view.kernel.held = true;
    view.button("Next layer").click();
    await expect.poll(() => view.kernel.calls.length).toBe(1);
    view.kernel.calls[0]?.refuse(
      new HostError("OutOfRange", "layer 1 does not exist: this trace has layers 0 to 0"),
    );
    await expect.poll(() => view.root.dataset.state).toBe("error");
    expect(view.notes).toEqual(["Layer 1 does not exist"]);
    expect(view.texts(".hw-note code")).toEqual([
      "OutOfRange: layer 1 does not exist: this trace has layers 0 to 0",
    ]);
    view.button("Previous layer").click();
    await ready(view);
    expect(view.notes).toEqual([]);
    expect(view.kernel.calls).toHaveLength(1);
  });

  it("shows markup in tokens as text", async () => {
    const evil = "</script><img src=x onerror=\"document.title='broken'\">";
    const tokens = tokenList([evil, "<b>cat</b>", "&amp;"]);
    const view = await openView({
      sample: sampleOf({ tokens }),
      traits: {
        selection: {
          block: null,
          heads: pairsOf(0, [0]),
          query: 0,
          key: null,
        },
      },
    });
    await expect.poll(() => view.live).toContain(evil);
    expect(view.texts('[role=option][data-side="query"]')).toEqual(tokens.labels);
    expect(view.find(".hw-panel-title b").textContent).toBe(evil);
    expect(view.all("img, b > *, script")).toEqual([]);
    expect(document.title).not.toBe("broken");
  });

  it("raises no error in the page while it opens with a token locked and a panel beside", async () => {
    const errors: string[] = [];
    const scope = new AbortController();
    const { signal } = scope;
    window.addEventListener("error", (event) => errors.push(event.message), { signal });
    const selection = { block: null, heads: pairsOf(0, [0, 1, 2]), query: 0, key: null };
    const view = await openView({ traits: { selection } });
    await expect.poll(() => view.texts(".hw-panel section")).toHaveLength(3);
    view.el.style.width = "1000px";
    await expect.poll(() => view.find(".hw-stage").getBoundingClientRect().width).toBeLessThan(720);
    await drawn();
    scope.abort();
    expect(errors).toEqual([]);
  });

  it("shows one token, one head and no token at all", async () => {
    const one = await openView({
      sample: sampleOf({ tokens: tokenList(["a"]), heads: 1, weightAt: () => 1 }),
    });
    expect(one.drawn).toBe(1);
    const none = await openView({ sample: sampleOf({ tokens: tokenList([]) }) });
    expect(none.drawn).toBe(0);
  });

  it.each([
    [1100, 2, true],
    [500, 2, true],
    [380, 1, true],
    [280, 0, false],
  ])("at %i px fits the width", async (width, _bars, lines) => {
    const view = await openView({ width });
    const stage = view.find(".hw-stage");
    expect(stage.getBoundingClientRect().width).toBeLessThanOrEqual(width);
    expect(view.root.scrollWidth).toBeLessThanOrEqual(width);
    expect(view.root.classList.contains("hw-no-lines")).toBe(!lines);
    for (const node of view.all("[role=option]")) {
      const [inner, outer] = [node, stage].map((one) => one.getBoundingClientRect());
      expect(inner?.left).toBeGreaterThanOrEqual(outer?.left ?? 0);
      expect(inner?.right).toBeLessThanOrEqual((outer?.right ?? 0) + 0.5);
    }
  });

  it("lists the held token's weights where there is no room for lines", async () => {
    const view = await openView({ width: 280 });
    view.host.receive({ selection: { block: null, heads: pairsOf(0, [1]), query: 0, key: null } });
    await expect.poll(() => view.texts(".hw-panel-label")[0]).toBe("the");
    expect(view.texts(".hw-panel-weight")[0]).toBe("0.600");
  });

  it("has only the rows in sight in the document, and says what is beyond", async () => {
    const tokens = tokenList(Array.from({ length: 200 }, (_, i) => `t${i}`));
    const weightAt = (_layer: number, _head: number, query: number, key: number) =>
      (query + 40) % 200 === key ? 1 : 0;
    const view = await openView({ sample: sampleOf({ tokens, heads: 1, weightAt }) });
    const keys = () => view.texts('[role=option][data-side="key"]');
    expect(keys()).toEqual(tokens.labels.slice(0, 26));
    expect(view.texts(".hw-edge")).toEqual(["", "▼ 26 keys, 100 %"]);
    view.find(".hw-scroll").scrollTop = 18 * 100;
    await expect.poll(keys).toEqual(tokens.labels.slice(100, 126));
    expect(view.texts('[role=option][data-side="query"]')).toEqual(keys());

    view.host.receive({
      selection: { block: null, heads: pairsOf(0, [0]), query: 100, key: null },
    });
    await expect.poll(() => view.texts(".hw-link")).toEqual(["t140 140 1.000"]);
    view.find(".hw-link").click();
    await expect.poll(keys).toContain("t140");
  });
});

describe("the theme", () => {
  it.each([
    ["#ffffff", "auto", "light"],
    ["#111111", "auto", "dark"],
    ["#111111", "light", "light"],
    ["#ffffff", "dark", "dark"],
    ["#111111", "contrast", "contrast"],
    ["#ffffff", "contrast", "contrast-light"],
    ["oklch(0.97 0.01 250)", "auto", "light"],
    ["oklch(0.2 0.02 250)", "auto", "dark"],
    ["color(srgb 0.98 0.98 0.98)", "auto", "light"],
  ] as const)("on %s with %s is %s", async (ground, theme, expected) => {
    const view = await openView({ ground, traits: { theme } });
    expect(view.root.dataset.theme).toBe(expected);
  });

  it("follows the setting from Python", async () => {
    const view = await openView();
    view.host.receive({ theme: "dark" });
    expect(view.root.dataset.theme).toBe("dark");
    expect(view.root.style.colorScheme).toBe("dark");
    view.host.receive({ theme: "auto" });
    expect(view.root.dataset.theme).toBe("light");
  });

  it("follows the page when its ground changes", async () => {
    const view = await openView({ ground: "transparent", traits: { theme: "auto" } });
    document.body.style.background = "#111111";
    await expect.poll(() => view.root.dataset.theme).toBe("dark");
    document.body.style.background = "#ffffff";
    await expect.poll(() => view.root.dataset.theme).toBe("light");
    document.body.style.background = "";
  });
});
