import { describe, expect, it } from "vitest";
import { tokenAxis, withSink, wordAxis } from "../src/views/head/axis.ts";
import { findTokens, type Haystack } from "../src/views/head/find.ts";
import { arrowTo, strongestItem } from "../src/views/head/jump.ts";
import { wheelDistance } from "../src/views/head/scroll.ts";
import { PAIR, tokenList } from "./support/sample.ts";

const words = tokenList(["[CLS]", "The", "cat", "is", "the", "12", "<b>", "other"]);
const query = (axis = tokenAxis(words)): Haystack => ({ side: "query", axis });
const items = (text: string, base = 0, lists = [query()]) =>
  findTokens(lists, text, base).map(({ item }) => item);

describe("findTokens", () => {
  it("finds parts of labels, whatever their case, in their order", () => {
    expect(items("the")).toEqual([1, 4, 7]);
    expect(items(" THE ")).toEqual([1, 4, 7]);
    expect(items("[cls]")).toEqual([0]);
    expect(items("<b>")).toEqual([6]);
    expect(items("dog")).toEqual([]);
    expect(items(" ")).toEqual([]);
  });

  it("finds a token by its number first, then labels with those digits, none twice", () => {
    expect(items("2")).toEqual([2, 5]);
    expect(items("5")).toEqual([5]);
    expect(items("12")).toEqual([5]);
    expect(items("0")).toEqual([0]);
    expect(items("99")).toEqual([]);
  });

  it("counts as the view counts", () => {
    expect(findTokens([query()], "1", 1)[0]).toEqual({
      side: "query",
      item: 0,
      label: "[CLS]",
      number: 1,
    });
    expect(items("0", 1)).toEqual([]);
    expect(items("8", 1)).toEqual([7]);
  });

  it("finds a merged word by the number of any of its pieces", () => {
    const merged = [query(wordAxis(PAIR))];
    expect(findTokens(merged, "3", 0)).toEqual([
      { side: "query", item: 2, label: "cats", number: 2 },
    ]);
    expect(findTokens(merged, "4", 0)[0]).toMatchObject({ item: 3, number: 4 });
  });

  it("searches both lists where they differ, and no sink", () => {
    const keys: Haystack = {
      side: "key",
      axis: withSink(tokenAxis(tokenList(["the", "sinking"]))),
    };
    const sides = (text: string) =>
      findTokens([query(), keys], text, 0).map(({ side, item }) => [side, item]);
    expect(sides("the")).toEqual([
      ["query", 1],
      ["query", 4],
      ["query", 7],
      ["key", 0],
    ]);
    expect(sides("sink")).toEqual([["key", 1]]);
    expect(sides("1")).toEqual([
      ["query", 1],
      ["key", 1],
      ["query", 5],
    ]);
  });
});

describe("the strongest token", () => {
  const strips = [Float32Array.of(0.1, 0.5, 0.2, 0), Float32Array.of(0.1, 0, 0.9, 0)];

  it("is that of any head, of those in play", () => {
    expect(strongestItem(strips, [true, true, true, true])).toBe(2);
    expect(strongestItem(strips, [true, true, false, true])).toBe(1);
    expect(strongestItem(strips, [false, false, false, true])).toBeNull();
    expect(strongestItem([], [true])).toBeNull();
  });

  it("is the first of equal ones, and never a missing weight", () => {
    expect(strongestItem([Float32Array.of(Number.NaN, 0.5, 0.5)], [true, true, true])).toBe(1);
    const later = [Float32Array.of(0, 0, 0.5), Float32Array.of(0.5, 0, 0)];
    expect(strongestItem(later, [true, true, true])).toBe(0);
  });

  it("lies above, below, or in sight", () => {
    expect([3, 4, 9, 10].map((item) => arrowTo(item, [4, 10]))).toEqual(["↑", "", "", "↓"]);
  });
});

describe("wheelDistance", () => {
  const layout = { row: 18, viewport: 400 };

  it("is in px, also sideways, in lines and in pages", () => {
    const turn = (deltaX: number, deltaY: number, deltaMode = 0) =>
      wheelDistance({ deltaX, deltaY, deltaMode }, layout);
    expect([turn(0, 100), turn(-100, 0), turn(0, 3, 1), turn(0, 1, 2)]).toEqual([
      100, -100, 54, 400,
    ]);
  });
});
