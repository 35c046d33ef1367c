import { describe, expect, it } from "vitest";
import { type EdgeWord, edgeSummary, edgeWords } from "../src/views/head/edges.ts";
import type { Line } from "../src/views/head/lines.ts";

const labels = ["ferry", "the", "to", "islands", "is", "late"];
const axis = { labels, tokens: labels.map((_, i) => [i]) };
const line = (key: number, weight: number, head = 0): Line => ({ query: 2, key, head, weight });
const lines = [line(0, 0.25), line(0, 0.125, 1), line(2, 0.25), line(4, 0.125), line(5, 0.25)];
const held = { side: "query", item: 2, locked: true } as const;
const sight: [number, number] = [2, 4];

describe("edgeSummary", () => {
  it("counts the items beyond each edge and their share of the weight", () => {
    expect(edgeSummary(lines, "key", axis, sight, "top", null)).toEqual({
      arrow: "▲",
      named: [],
      count: 1,
      share: 0.375,
    });
    expect(edgeSummary(lines, "key", axis, sight, "bottom", null)).toEqual({
      arrow: "▼",
      named: [],
      count: 2,
      share: 0.375,
    });
  });

  it("names the two strongest while a token is held, each once with its largest weight", () => {
    const summary = edgeSummary(lines, "key", axis, [3, 4], "top", held);
    expect(summary.named).toEqual([
      { item: 0, token: 0, label: "ferry", weight: 0.25 },
      { item: 2, token: 2, label: "to", weight: 0.25 },
    ]);
    const many = [line(0, 0.1), line(1, 0.3), line(2, 0.2)];
    const all = edgeSummary(many, "key", axis, [3, 4], "top", held);
    expect(all.named.map(({ item }) => item)).toEqual([1, 2]);
    expect(all.count).toBe(3);
  });

  it("takes the ends of what is in sight as in sight and beyond", () => {
    const ends = [line(2, 0.5), line(3, 0.5), line(4, 0.5)];
    expect(edgeSummary(ends, "key", axis, sight, "top", null).count).toBe(0);
    expect(edgeSummary(ends, "key", axis, sight, "bottom", null).count).toBe(1);
  });

  it("looks at queries when a key is held", () => {
    const toKey = [0, 3, 5].map((query) => ({ query, key: 3, head: 0, weight: 0.5 }));
    const summary = edgeSummary(toKey, "query", axis, sight, "bottom", { ...held, side: "key" });
    expect(summary.named).toEqual([{ item: 5, token: 5, label: "late", weight: 0.5 }]);
  });

  it("is empty without lines", () => {
    expect(edgeSummary([], "key", axis, sight, "top", held)).toEqual({
      arrow: "▲",
      named: [],
      count: 0,
      share: 0,
    });
  });
});

describe("edgeWords", () => {
  const many = [line(0, 0.402), line(1, 0.0914), line(2, 0.05), line(5, 0.4)];
  const summary = edgeSummary(many, "key", axis, [3, 4], "top", held);
  const texts = (room: number, more = summary) =>
    edgeWords(
      more,
      "key",
      { base: 0, exact: true },
      (words: EdgeWord[]) => words.map(({ text }) => text).join("").length <= room,
    ).map(({ text }) => text);

  it("names as many as fit, else counts them", () => {
    expect(texts(100)).toEqual(["▲", "ferry 0 0.402", "the 1 0.091", "+1 more"]);
    expect(texts(30)).toEqual(["▲", "ferry 0 0.402", "+2 more"]);
    expect(texts(20)).toEqual(["▲ 3 keys, 58 %"]);
    expect(texts(5)).toEqual(["▲ 3"]);
  });

  it("leads to the items that it names", () => {
    const words = edgeWords(summary, "key", { base: 1, exact: false }, () => true);
    expect(words.map(({ item }) => item)).toEqual([undefined, 0, 1, undefined]);
    expect(words[1]?.text).toBe("ferry 1 ≈0.40");
  });

  it("says at rest how many there are, and nothing of none", () => {
    const rest = edgeSummary(many, "key", axis, [3, 4], "bottom", null);
    expect(texts(100, rest)).toEqual(["▼ 1 key, 42 %"]);
    expect(texts(100, { ...rest, count: 0 })).toEqual([]);
    const rough = edgeWords(rest, "key", { base: 0, exact: false }, () => true);
    expect(rough).toEqual([{ text: "▼ 1 key, ≈42 %" }]);
  });
});
