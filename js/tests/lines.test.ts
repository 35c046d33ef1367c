import { describe, expect, it } from "vitest";
import { strongest } from "../src/views/head/cut.ts";
import {
  type Choice,
  inDrawingOrder,
  limitLines,
  linesOf,
  type Mass,
  massInWords,
  NO_MASS,
} from "../src/views/head/lines.ts";
import { floats } from "./support/blob.ts";

const all = (count: number) => Array.from({ length: count }, () => true);
const none = (count: number) => Array.from({ length: count }, () => false);
const sorted = (values: number[]) => [...values].sort((a, b) => a - b);

describe("strongest", () => {
  const row = floats(0.125, 0.5, 0.25, 0.0625, 0.0625);

  it.each([
    [0.01, [1]],
    [0.5, [1]],
    [0.51, [1, 2]],
    [0.75, [1, 2]],
    [0.8, [0, 1, 2]],
    [0.875, [0, 1, 2]],
    [0.9, [0, 1, 2, 3]],
    [1, [0, 1, 2, 3, 4]],
  ])("keeps values until they reach %f of the row, the crossing one included", (share, kept) => {
    expect(sorted(strongest(row, all(5), share))).toEqual(kept);
  });

  it("takes its share of what is in play", () => {
    expect(sorted(strongest(row, [true, false, true, true, true], 0.5))).toEqual([2]);
    expect(sorted(strongest(row, [true, false, true, true, true], 0.51))).toEqual([0, 2]);
    expect(strongest(row, none(5), 1)).toEqual([]);
  });

  it("never takes zeros, not even at share 1", () => {
    expect(strongest(floats(0, 1, 0), all(3), 1)).toEqual([1]);
    expect(strongest(floats(0, 0), all(2), 0.5)).toEqual([]);
  });

  it("takes sums over heads, whose rows do not add up to 1", () => {
    expect(sorted(strongest(floats(1.5, 1, 0.5), all(3), 0.5))).toEqual([0]);
    expect(sorted(strongest(floats(1.5, 1, 0.5), all(3), 0.6))).toEqual([0, 1]);
  });
});

const choice = (more: Partial<Choice> = {}): Choice => ({
  heads: [0, 1],
  aggregate: "each",
  share: 1,
  hideSpecial: false,
  ...more,
});

// Two heads over four items; the first item is special, the last belongs to the other sentence.
const strip = {
  values: floats(0.5, 0.25, 0.125, 0.125, 0.125, 0.125, 0.25, 0.5),
  exact: true,
  length: 4,
};
const special = [true, false, false, false];
const ordinary = { play: true, special: false };
const total = ({ shown, special: hidden, otherSentence, belowCut }: Mass) =>
  shown + hidden + otherSentence + belowCut;

describe("linesOf", () => {
  it("draws one line a head and item, with the item at its end", () => {
    const side = { play: all(4), special };
    const { lines, mass } = linesOf(strip, "query", 3, ordinary, side, choice({ heads: [1] }));
    expect(lines).toEqual([
      { query: 3, key: 0, head: 1, weight: 0.125 },
      { query: 3, key: 1, head: 1, weight: 0.125 },
      { query: 3, key: 2, head: 1, weight: 0.25 },
      { query: 3, key: 3, head: 1, weight: 0.5 },
    ]);
    expect(mass).toEqual({ ...NO_MASS, shown: 1 });
    const columns = linesOf(strip, "key", 3, ordinary, side, choice({ heads: [1] })).lines;
    expect(columns[2]).toEqual({ query: 2, key: 3, head: 1, weight: 0.25 });
  });

  it("puts every weight in exactly one place", () => {
    const play = [false, true, true, false];
    const { lines, mass } = linesOf(
      strip,
      "query",
      1,
      ordinary,
      { play, special },
      choice({ share: 0.5, hideSpecial: true }),
    );
    expect(lines.map(({ head, key }) => [head, key])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(mass).toEqual({
      ...NO_MASS,
      shown: 0.25 + 0.25,
      special: 0.5 + 0.125,
      otherSentence: 0.125 + 0.5,
      belowCut: 0.125 + 0.125,
    });
    expect(total(mass)).toBe(2);
  });

  it("hides the whole row of a token that is out of play, and says why", () => {
    const side = { play: all(4), special };
    const hidden = linesOf(
      strip,
      "query",
      0,
      { play: false, special: true },
      side,
      choice({ hideSpecial: true }),
    );
    expect(hidden).toEqual({ lines: [], mass: { ...NO_MASS, special: 2 } });
    const other = linesOf(strip, "query", 0, { play: false, special: false }, side, choice());
    expect(other.mass).toEqual({ ...NO_MASS, otherSentence: 2 });
  });

  it("counts weights too weak to draw as hidden", () => {
    const faint = { values: floats(0.997, 0.003), exact: true, length: 2 };
    const side = { play: all(2), special: none(2) };
    const { lines, mass } = linesOf(faint, "query", 0, ordinary, side, choice({ heads: [0] }));
    expect(lines).toHaveLength(1);
    expect(mass.belowCut).toBeCloseTo(0.003, 6);
    expect(total(mass)).toBeCloseTo(1, 6);
  });

  it.each([
    ["sum", 0.625],
    ["mean", 0.3125],
    ["max", 0.5],
  ] as const)("draws one line for all heads with the %s", (aggregate, weight) => {
    const side = { play: all(4), special: none(4) };
    const { lines } = linesOf(strip, "query", 0, ordinary, side, choice({ aggregate }));
    expect(lines).toHaveLength(4);
    expect(lines[0]).toEqual({ query: 0, key: 0, head: -1, weight });
  });

  it("draws nothing and counts nothing when no head is on", () => {
    const side = { play: all(4), special: none(4) };
    for (const aggregate of ["each", "sum"] as const)
      expect(linesOf(strip, "query", 0, ordinary, side, choice({ heads: [], aggregate }))).toEqual({
        lines: [],
        mass: NO_MASS,
      });
  });
});

describe("the order of drawing", () => {
  const line = (query: number, key: number, weight: number) => ({ query, key, head: 0, weight });

  it("is special tokens first, then weak to strong", () => {
    const marks = { query: [false, true], key: [true, false] };
    const lines = [line(0, 1, 0.5), line(0, 0, 0.9), line(1, 1, 0.2), line(0, 1, 0.1)];
    expect(inDrawingOrder(lines, marks).map(({ weight }) => weight)).toEqual([0.2, 0.9, 0.1, 0.5]);
    expect(lines[0]?.weight).toBe(0.5);
  });

  it("keeps the strongest within the limit and moves the rest below the cut", () => {
    const mass = { ...NO_MASS, shown: 0.875, belowCut: 0.125 };
    const lines = [line(0, 0, 0.125), line(0, 1, 0.5), line(1, 0, 0.25)];
    expect(limitLines(lines, mass, 3)).toEqual({ lines, mass });
    const cut = limitLines(lines, mass, 1);
    expect(cut.lines.map(({ weight }) => weight)).toEqual([0.5]);
    expect(cut.mass).toEqual({ ...NO_MASS, shown: 0.5, belowCut: 0.5 });
  });
});

describe("a sink", () => {
  const strip = { values: floats(0.25, 0.25, 0.5), exact: true, length: 3 };
  const choice: Choice = { heads: [0], aggregate: "each", share: 1, hideSpecial: false };
  const side = { special: [false, false, true], play: all(3), sink: 2 };
  const own = { play: true, special: false };

  it("has a line of its own, and its weight is shown", () => {
    const { lines, mass } = linesOf(strip, "query", 0, own, side, choice);
    expect(lines.find(({ key }) => key === 2)?.weight).toBe(0.5);
    expect([mass.shown, mass.sink]).toEqual([1, 0]);
  });

  it("is named where it is hidden with the special tokens", () => {
    const hiding = { ...choice, hideSpecial: true };
    const { lines, mass } = linesOf(
      strip,
      "query",
      0,
      own,
      { ...side, play: [true, true, false] },
      hiding,
    );
    expect(lines.map(({ key }) => key)).toEqual([0, 1]);
    expect([mass.shown, mass.special, mass.sink]).toEqual([0.5, 0, 0.5]);
    expect(massInWords(mass, "")).toBe("shown 50 % of the weight, hidden 50 %: sink 50 %");
  });
});

describe("massInWords", () => {
  it("says what is shown, what is hidden and why", () => {
    const mass = { ...NO_MASS, shown: 28, special: 51, belowCut: 21 };
    expect(massInWords(mass, "")).toBe(
      "shown 28 % of the weight, hidden 72 %: special tokens 51 %, below the cut 21 %",
    );
    expect(massInWords({ ...mass, otherSentence: 100 }, " in sight")).toBe(
      "shown 14 % of the weight in sight, hidden 86 %: special tokens 26 %, other sentence 50 %, below the cut 10 %",
    );
  });

  it("names no reason when the cut is the only one", () => {
    expect(massInWords({ ...NO_MASS, shown: 8, belowCut: 2 }, "")).toBe(
      "shown 80 % of the weight, hidden 20 %",
    );
    expect(massInWords({ ...NO_MASS, shown: 8, special: 2 }, "")).toBe(
      "shown 80 % of the weight, hidden 20 %: special tokens 20 %",
    );
  });

  it("says of rounded weights that the shares are rough; all is all", () => {
    const mass = { ...NO_MASS, shown: 87, special: 13, sink: 0.01 };
    expect(massInWords(mass, "", false)).toBe(
      "shown ≈87 % of the weight, hidden ≈13 %: special tokens ≈13 %, sink <1 %",
    );
    expect(massInWords({ ...NO_MASS, shown: 2 }, "", false)).toBe(
      "shown 100 % of the weight, hidden 0 %",
    );
  });

  it("says nothing of nothing", () => {
    expect(massInWords(NO_MASS, "")).toBe("");
    expect(massInWords({ ...NO_MASS, shown: 2 }, "")).toBe("shown 100 % of the weight, hidden 0 %");
  });
});
