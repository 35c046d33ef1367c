import type { Sentences, TokenList } from "../../state/types.ts";

/** What stands in one of the two lists: tokens, or words made of tokens; last the sink, where there is one. */
export interface Axis {
  labels: string[];
  special: boolean[];
  segments: number[];
  /** Token indices of each item; a sink has none. */
  tokens: number[][];
  /** Item of each token. */
  itemOf: number[];
}

export function tokenAxis(list: TokenList): Axis {
  const indices = list.labels.map((_, i) => i);
  return {
    labels: list.labels,
    special: list.special,
    segments: list.segments,
    tokens: indices.map((i) => [i]),
    itemOf: indices,
  };
}

/** Merges the pieces of each word; Python joins their labels. */
export function wordAxis(list: TokenList): Axis {
  const axis: Axis = { labels: [], special: [], segments: [], tokens: [], itemOf: [] };
  list.labels.forEach((label, token) => {
    const item = axis.labels.length - 1;
    if (token > 0 && list.words[token] === list.words[token - 1]) {
      axis.tokens[item]?.push(token);
    } else {
      axis.labels.push(list.word_labels[item + 1] ?? label);
      axis.special.push(list.special[token] ?? false);
      axis.segments.push(list.segments[token] ?? 0);
      axis.tokens.push([token]);
    }
    axis.itemOf.push(axis.labels.length - 1);
  });
  return axis;
}

/** Adds what takes weight and is no key (GPT-OSS), after the last one. */
export function withSink({ labels, special, segments, tokens, itemOf }: Axis): Axis {
  return {
    labels: [...labels, "sink"],
    special: [...special, true],
    segments: [...segments, segments.at(-1) ?? 0],
    tokens: [...tokens, []],
    itemOf,
  };
}

export function isSink({ tokens }: Pick<Axis, "tokens">, item: number): boolean {
  return tokens[item]?.length === 0;
}

/** Which items take part, by sentence and by being special. Both conditions split into rows and keys. */
export interface Play {
  query: boolean[];
  key: boolean[];
}

export function inPlay(query: Axis, key: Axis, sentences: Sentences, hideSpecial: boolean): Play {
  const of = (axis: Axis, letter: string | undefined) =>
    axis.labels.map((_, i) => {
      const sentence = letter === "b" ? 1 : 0;
      const wanted =
        sentences === "all" || (!isSink(axis, i) && (axis.segments[i] ?? 0) === sentence);
      return wanted && !(hideSpecial && axis.special[i]);
    });
  return { query: of(query, sentences[0]), key: of(key, sentences[1]) };
}

/** Items after which a rule is drawn: the last of each sentence but the last. */
export function sentenceEnds(axis: Axis): number[] {
  return axis.segments.flatMap((segment, i) =>
    i + 1 < axis.segments.length && axis.segments[i + 1] !== segment ? [i] : [],
  );
}
