import { describe, expect, it } from "vitest";
import {
  inPlay,
  isSink,
  sentenceEnds,
  tokenAxis,
  withSink,
  wordAxis,
} from "../src/views/head/axis.ts";
import { PAIR, tokenList } from "./support/sample.ts";

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

  it("takes the labels of words from Python, and the label of the token where there is none", () => {
    const list = tokenList(["😀 1/2", "😀 2/2", "##"], {
      words: [0, 0, 1],
      word_labels: ["😀"],
    });
    const axis = wordAxis(list);
    expect(axis.labels).toEqual(["😀", "##"]);
    expect(axis.tokens).toEqual([[0, 1], [2]]);
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

describe("withSink", () => {
  const axis = withSink(tokenAxis(PAIR));

  it("adds an item without a token, after the last", () => {
    expect([axis.labels.at(-1), axis.tokens.at(-1), axis.itemOf.length]).toEqual(["sink", [], 8]);
    expect([isSink(axis, 8), isSink(axis, 7), isSink(axis, 9)]).toEqual([true, false, false]);
    expect(sentenceEnds(axis)).toEqual(sentenceEnds(tokenAxis(PAIR)));
  });

  it("is out of play with the special tokens and with each sentence filter", () => {
    const query = tokenAxis(PAIR);
    const plays = (sentences: "all" | "bb", hide: boolean) =>
      inPlay(query, axis, sentences, hide).key.at(-1);
    expect([plays("all", false), plays("all", true), plays("bb", false)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
