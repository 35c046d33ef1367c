import { describe, expect, it } from "vitest";
import { inPlay, sentenceEnds, tokenAxis, wordAxis } from "../src/views/head/axis.ts";
import { PAIR, tokenList } from "./support/sample.ts";

function words(labels: string[], numbers: number[]) {
  return wordAxis(tokenList(labels, { words: numbers }));
}

describe("tokenAxis", () => {
  it("has one item a token", () => {
    const axis = tokenAxis(PAIR);
    expect(axis.labels).toEqual(PAIR.labels);
    expect(axis.tokens).toEqual([[0], [1], [2], [3], [4], [5], [6], [7]]);
    expect(axis.itemOf).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe("wordAxis", () => {
  it("joins WordPiece pieces and keeps what belongs to a word", () => {
    const axis = wordAxis(PAIR);
    expect(axis.labels).toEqual(["[CLS]", "the", "cats", "[SEP]", "are", "sad", "[SEP]"]);
    expect(axis.tokens[2]).toEqual([2, 3]);
    expect(axis.itemOf).toEqual([0, 1, 2, 2, 3, 4, 5, 6]);
    expect(axis.special).toEqual([true, false, false, true, false, false, true]);
    expect(axis.segments).toEqual([0, 0, 0, 0, 1, 1, 1]);
  });

  it("drops the marks of leading spaces, of both tokenizer families", () => {
    expect(words(["␣un", "believ", "able", "␣cat"], [0, 0, 0, 1]).labels).toEqual([
      "unbelievable",
      "cat",
    ]);
    expect(words(["▁un", "believ", "▁cat"], [0, 0, 1]).labels).toEqual(["unbeliev", "cat"]);
  });

  it("keeps a mark that is the whole token", () => {
    expect(words(["␣", "␣a"], [0, 1]).labels).toEqual(["␣", "a"]);
    expect(words(["##", "a"], [0, 1]).labels).toEqual(["##", "a"]);
  });

  it("makes one character of its parts", () => {
    const axis = words(["😀 1/3", "😀 2/3", "😀 3/3"], [0, 0, 0]);
    expect(axis.labels).toEqual(["😀"]);
    expect(axis.tokens).toEqual([[0, 1, 2]]);
    expect(words(["␣😀 1/2", "😀 2/2", "!"], [0, 0, 1]).labels).toEqual(["😀", "!"]);
  });

  it("keeps two different characters in parts apart, and the word around them", () => {
    expect(
      words(["a", "😀 1/2", "😀 2/2", "é 1/2", "é 2/2", "b"], [0, 0, 0, 0, 0, 0]).labels,
    ).toEqual(["a😀éb"]);
  });

  it("keeps the same character twice in a row", () => {
    expect(words(["😀 1/2", "😀 2/2", "😀 1/2", "😀 2/2"], [0, 0, 0, 0]).labels).toEqual(["😀😀"]);
  });

  it("keeps labels that only look like marks inside a word", () => {
    expect(words(["a/b", "c"], [0, 1]).labels).toEqual(["a/b", "c"]);
    expect(words(["C", "##"], [0, 0]).labels).toEqual(["C"]);
  });
});

describe("inPlay", () => {
  const axis = tokenAxis(PAIR);
  const first = [true, true, true, true, true, false, false, false];
  const second = first.map((value) => !value);
  const everything = first.map(() => true);

  it.each([
    ["all", everything, everything],
    ["aa", first, first],
    ["ab", first, second],
    ["ba", second, first],
    ["bb", second, second],
  ] as const)("%s splits rows and keys by sentence", (sentences, query, key) => {
    expect(inPlay(axis, axis, sentences, false)).toEqual({ query, key });
  });

  it("takes special tokens out of both sides", () => {
    const ordinary = [false, true, true, true, false, true, true, false];
    expect(inPlay(axis, axis, "all", true)).toEqual({ query: ordinary, key: ordinary });
    expect(inPlay(axis, axis, "ab", true).key).toEqual([
      ...[false, false, false, false, false],
      ...[true, true, false],
    ]);
  });
});

describe("sentenceEnds", () => {
  it("names the last item of each sentence but the last", () => {
    expect(sentenceEnds(tokenAxis(PAIR))).toEqual([4]);
    expect(sentenceEnds(wordAxis(PAIR))).toEqual([3]);
    expect(sentenceEnds(tokenAxis(tokenList(["a", "b"])))).toEqual([]);
    expect(sentenceEnds(tokenAxis(tokenList([])))).toEqual([]);
  });
});
