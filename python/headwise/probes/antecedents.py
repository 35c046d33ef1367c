"""Single heads as finders of antecedents, beside the nearest and the head-match rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headwise.errors import InputError
from headwise.metrics.index import ranked_heads
from headwise.probes.data import PairSentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from headwise.probes.words import WordTrace


def antecedent_accuracy(traces: Iterable[WordTrace], *, block: str | None = None) -> pd.DataFrame:
    """Say how often each head's mention attends most to one of its antecedents.

    Of the candidates of a text, or of all words before the mention where it has none, the one that
    the mention attends to most is the answer (Clark et al. 2019, section 4.3, on the head words of
    mentions).

    Parameters
    ----------
    traces
        From :func:`trace_words` over :class:`PairSentence` texts; read once.
    block
        Name of the block; None for the default one.

    Returns
    -------
    pandas.DataFrame
        Index ``(layer, head)``, the best first. ``accuracy`` and its binomial standard error
        ``accuracy_se`` over ``count`` mentions; beside them the rules on the same mentions:
        ``nearest``, the closest candidate before the mention; ``head_match``, the closest that is
        the same word, else the closest. The best of many heads is flattered by having been picked
        here: score it on other texts before you name it.

    Raises
    ------
    InputError
        If no mention has a candidate.
    """
    right: NDArray[np.float64] | None = None
    nearest = match = count = 0
    heads: list[int] = []
    for each in traces:
        sentence = each.sentence
        if not isinstance(sentence, PairSentence):
            raise InputError("antecedents need texts with pairs: read them with read_pairs")
        heads = [record.heads for record in each.trace.block(block).records]
        weights = each.weights(block)
        right = np.zeros(len(weights)) if right is None else right
        for mention, antecedents, candidates in _questions(sentence, each.known):
            chosen = np.array(candidates)[weights[:, mention, candidates].argmax(axis=1)]
            right += np.isin(chosen, antecedents)
            nearest += _nearest(mention, candidates) in antecedents
            match += _head_match(sentence.words, mention, candidates) in antecedents
            count += 1
    if right is None or not count:
        raise InputError("no mention of these texts has a candidate that the tokenizer kept")
    accuracy = right / count
    columns = {
        "accuracy": accuracy,
        "accuracy_se": np.sqrt(accuracy * (1 - accuracy) / count),
        "count": np.full(len(right), count),
        "nearest": np.full(len(right), nearest / count),
        "head_match": np.full(len(right), match / count),
    }
    return ranked_heads(columns, heads, "accuracy", np.ones(len(right), np.bool_))


def _questions(
    sentence: PairSentence, known: NDArray[np.bool_]
) -> Iterator[tuple[int, list[int], list[int]]]:
    """Yield each mention with its antecedents and candidates, all of words that have a token."""
    for mention in dict.fromkeys(first for first, _ in sentence.pairs):
        antecedents = [second for first, second in sentence.pairs if first == mention]
        candidates = [
            word
            for word in sentence.candidates or range(mention)
            if word != mention and known[word]
        ]
        if known[mention] and any(word in candidates for word in antecedents):
            yield mention, antecedents, candidates


def _nearest(mention: int, candidates: list[int]) -> int:
    before = [word for word in candidates if word < mention]
    return max(before) if before else min(candidates)


def _head_match(words: tuple[str, ...], mention: int, candidates: list[int]) -> int:
    same = [word for word in candidates if words[word].casefold() == words[mention].casefold()]
    return _nearest(mention, same or candidates)
