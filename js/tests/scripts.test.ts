import { describe, expect, it } from "vitest";
import { isolated } from "../src/format.ts";
import { tokenAxis } from "../src/views/head/axis.ts";
import { edgeSummary, edgeWords } from "../src/views/head/edges.ts";
import { findTokens, folded } from "../src/views/head/find.ts";
import { fitted } from "../src/views/matrix/axes.ts";
import { tokenList } from "./support/sample.ts";

/** Tokens of every script, control characters made visible as Python writes them. */

describe("a text as it is searched", () => {
  it.each([
    ["İstanbul", "istanbul"],
    ["ışık", "IŞIK"],
    ["ISIK", "ısık"],
    ["Straße", "STRASSE"],
    ["straße", "strasse"],
    ["ΟΔΟΣ", "οδος"],
    ["οδός", "οδοσ"],
    ["café", "CAFE"],
    ["cafe\u0301", "café"],
    ["ﬁn", "fin"],
    ["Ａｂ１", "ab1"],
    ["ЁЛКА", "елка"],
  ])("%s is %s", (a, b) => {
    expect(folded(a)).toBe(folded(b));
  });

  it("keeps letters apart that are others", () => {
    expect(folded("か")).not.toBe(folded("が"));
    expect(folded("が").includes(folded("か"))).toBe(false);
    expect(folded("가").includes(folded("ᄀ"))).toBe(false);
    expect(folded("שׁ")).not.toBe(folded("ש"));
    expect(folded("ö")).not.toBe(folded("oe"));
  });

  it("finds in labels, whatever the language of the browser", () => {
    const labels = ["İstanbul", "ısı", "Straße", "STRASSE", "שלום", "猫", "👩‍👩‍👧 1/2"];
    const list = { side: "query", axis: tokenAxis(tokenList(labels)) } as const;
    const items = (text: string) => findTokens([list], text, 0).map(({ item }) => item);
    expect(items("i")).toEqual([0, 1]);
    expect(items("ıs")).toEqual([0, 1]);
    expect(items("SS")).toEqual([2, 3]);
    expect(items("ß")).toEqual([2, 3]);
    expect(items("שלום")).toEqual([4]);
    expect(items("猫")).toEqual([5]);
    expect(items("👧")).toEqual([6]);
  });
});

describe("a token in a sentence", () => {
  it.each(["cat", "猫", "Straße", "10", "…", "👩‍👩‍👧", "⏎"])("stands as it is: %s", (label) => {
    expect(isolated(label)).toBe(label);
  });

  it.each(["שלום", "سلام", "abc שלום", "ﷺ", "\u{1e900}", "\u200f!"])(
    "turns nothing: %s",
    (label) => {
      expect(isolated(label)).toBe(`\u2068${label}\u2069`);
    },
  );

  it("keeps its number after it at an edge", () => {
    const axis = tokenAxis(tokenList(["שלום", "b"]));
    const held = { side: "query", item: 1, locked: true } as const;
    const lines = [{ query: 1, key: 0, head: 0, weight: 0.5 }];
    const summary = edgeSummary(lines, "key", axis, [1, 2], "top", held);
    const [, named] = edgeWords(summary, "key", { base: 0, exact: true }, () => true);
    expect(named?.text).toBe("\u2068שלום\u2069 0 0.500");
  });
});

/** Every code unit is 10 px wide. */
const ruler = { measureText: (text: string) => ({ width: 10 * text.length }) as TextMetrics };

describe("a label that is cut", () => {
  it("is whole where it fits", () => {
    expect(fitted(ruler, "cat", 30)).toBe("cat");
    expect(fitted(ruler, "cats", 30)).toBe("ca…");
  });

  it.each([
    ["👩‍👩‍👧x", 60, "👩‍👩‍👧…"],
    ["e\u0301e\u0301e\u0301", 50, "e\u0301e\u0301…"],
    ["🇩🇪🇫🇷", 50, "🇩🇪…"],
    ["क्षेत्र", 55, "क्षे…"],
    ["👍🏽👍🏽", 60, "👍🏽…"],
  ])("is never cut within a letter: %s", (label, room, shown) => {
    expect(fitted(ruler, label, room)).toBe(shown);
  });

  it("keeps one letter at least", () => {
    expect(fitted(ruler, "👩‍👩‍👧", 10)).toBe("👩‍👩‍👧…");
  });

  it("measures few texts of 10,000 letters, and none of them whole", () => {
    const measured: number[] = [];
    const counting = {
      measureText: (text: string) => {
        measured.push(text.length);
        return ruler.measureText(text);
      },
    };
    expect(fitted(counting, "x".repeat(10_000), 75)).toBe("xxxxxx…");
    expect(measured.length).toBeLessThan(12);
    expect(Math.max(...measured)).toBeLessThan(402);
  });
});
