"""Which relation two words stand in, from the weights of all heads between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headwise.errors import InputError
from headwise.probes.accuracy import DIRECTIONS
from headwise.probes.classify import Examples, cross_validated
from headwise.probes.data import ROOT, PairSentence, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from headwise.probes.classify import Classified
    from headwise.probes.words import WordTrace

UNRELATED = "unrelated"
ANTECEDENT = "antecedent"
_REACH = 12


def classify_pairs(
    traces: Iterable[WordTrace],
    *,
    control: Iterable[WordTrace] | None = None,
    classifier: Any = None,  # noqa: ANN401 - any classifier of scikit-learn
    least: int = 20,
    block: str | None = None,
    folds: int = 5,
    repeats: int = 3,
    seed: int = 0,
) -> Classified:
    """Say which heads tell relations between words from each other and from none.

    The examples are ordered pairs of words: each word with its head (or each mention with its
    antecedent), labelled with the relation, and for each of these the same first word with another
    word of the sentence that it has nothing to do with, drawn by chance and labelled
    ``"unrelated"``. The features are what each head gives from the first word to the second and
    from the second to the first. All pairs of a sentence are in one fold.

    Parameters
    ----------
    traces
        From :func:`trace_words` over sentences with trees or with pairs.
    control
        The same sentences read by :func:`random_weights` of the model.
    classifier
        A scikit-learn classifier, cloned for each fold; None for a logistic regression over
        standardised features.
    least
        Relations with fewer pairs are left out.
    block
        Name of the block; None for the default one.
    folds
        Number of parts, 2 or more, of which each is held out once.
    repeats
        How often the features of a head are dealt out anew to measure its importance.
    seed
        Of the folds, the drawn pairs and the importance.

    Returns
    -------
    Classified
        Its ``folds`` have, beside the baseline, ``distance``: the accuracy of the same classifier
        over how far apart the words are; and with a control ``control``. Features are named
        ``dependent to head`` and ``head to dependent``.

    Raises
    ------
    InputError
        If fewer than two labels are frequent enough, a label stands in fewer texts than there are
        folds, the control is not of the same sentences, or weights are missing (NaN).
    ModuleNotFoundError
        If scikit-learn is not installed.

    Notes
    -----
    Punctuation and words that the tokenizer drops are no part of any pair. A word for which no
    unrelated word is left gives its relation alone.
    """
    found = _read(traces, block, seed)
    if not found.labels:
        raise InputError("there is no pair of words that the tokenizer kept: give more sentences")
    labels = np.array(found.labels)
    names, counts = np.unique(labels, return_counts=True)
    kept = np.isin(labels, names[counts >= least])
    steps = np.array(found.steps)
    beside = {"distance": np.eye(2 * _REACH + 1)[np.clip(steps, -_REACH, _REACH) + _REACH][kept]}
    if control is not None:
        other = _read(control, block, seed)
        if (other.words, other.labels, other.steps) != (found.words, found.labels, found.steps):
            raise InputError(
                "the control was read from other sentences, or split into other words: run "
                "trace_words over the same list twice, with the same tokenizer"
            )
        beside["control"] = (
            np.concatenate(other.features)[kept].reshape(int(kept.sum()), -1).astype(np.float64)
        )
    examples = Examples(
        features=np.concatenate(found.features)[kept].astype(np.float64),
        names=DIRECTIONS,
        labels=labels[kept],
        groups=np.array(found.groups)[kept],
        layout=found.layout,
        beside=beside,
    )
    return cross_validated(examples, classifier=classifier, folds=folds, repeats=repeats, seed=seed)


class _Found(NamedTuple):
    features: list[NDArray[np.float32]]
    labels: list[str]
    steps: list[int]
    groups: list[int]
    words: list[tuple[str, ...]]
    layout: tuple[int, ...]


def _read(traces: Iterable[WordTrace], block: str | None, seed: int) -> _Found:
    random = np.random.default_rng(seed)
    found = _Found([], [], [], [], [], ())
    for number, each in enumerate(traces):
        layout = tuple(record.heads for record in each.trace.block(block).records)
        if found.layout and layout != found.layout:
            raise InputError(
                f"sentence {number} has {sum(layout)} heads, the first has {sum(found.layout)}: "
                "give traces of one model"
            )
        found = found._replace(layout=layout)
        found.words.append(each.sentence.words)
        weights = each.weights(block)
        for first, second, label in _examples(each, random):
            both = np.stack([weights[:, first, second], weights[:, second, first]], axis=1)
            found.features.append(both[None])
            found.labels.append(label)
            found.steps.append(second - first)
            found.groups.append(number)
    return found


def _examples(each: WordTrace, random: np.random.Generator) -> Iterator[tuple[int, int, str]]:
    sentence = each.sentence
    usable = each.known.copy()
    if isinstance(sentence, Tree):
        usable &= ~np.array(sentence.punctuation, np.bool_)
    related = list(_related(sentence))
    tied = {(first, second) for first, second, _ in related}
    candidates = range(len(sentence.words))
    if isinstance(sentence, PairSentence) and sentence.candidates:
        candidates = sentence.candidates
    for first, second, label in related:
        if not (usable[first] and usable[second]):
            continue
        yield first, second, label
        others = [
            word
            for word in candidates
            if usable[word] and word != first and not {(first, word), (word, first)} & tied
        ]
        if others:
            yield first, int(random.choice(others)), UNRELATED


def _related(sentence: Tree | PairSentence) -> Iterator[tuple[int, int, str]]:
    if isinstance(sentence, PairSentence):
        yield from ((first, second, ANTECEDENT) for first, second in sentence.pairs)
        return
    for word, (head, relation) in enumerate(zip(sentence.heads, sentence.relations, strict=True)):
        if head != ROOT:
            yield word, head, relation
