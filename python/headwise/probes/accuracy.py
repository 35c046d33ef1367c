"""Single heads as predictors of dependency relations, beside the best fixed offset."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from headwise.errors import InputError
from headwise.metrics.index import head_index
from headwise.probes.data import ROOT
from headwise.probes.maps import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from headwise.probes.words import WordTrace

    Counts = NDArray[np.float64]

DIRECTIONS = ("dependent to head", "head to dependent")
_REACH = 12
_HALVES = 2
ALL = "all"


@dataclass(slots=True)
class _Hits:
    """How often each head and each offset was right, for both directions and both halves."""

    heads: Counts
    offsets: Counts = field(default_factory=lambda: np.zeros((_HALVES, 2 * _REACH + 1)))
    count: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_HALVES, np.int64))


def relation_accuracy(
    traces: Iterable[WordTrace],
    *,
    control: Iterable[WordTrace] | None = None,
    block: str | None = None,
    least: int = 20,
    seed: int = 0,
) -> pd.DataFrame:
    """Say for each relation which head finds it best, on sentences that did not choose it.

    The head of a word is taken to be the word that it attends to most, itself and special tokens
    left out (Clark et al. 2019, section 4.2), or the other way round. The sentences are dealt into
    two halves; head, direction and the baseline's offset are picked on the one half and scored on
    the other, once each way, and both scores are averaged by their counts: picking and scoring on
    the same sentences flatters the best of many heads.

    Parameters
    ----------
    traces
        From :func:`trace_words` over :class:`Tree` sentences; read once, memory does not grow.
    control
        The same sentences read by :func:`random_weights` of the model.
    block
        Name of the block; None for the default one.
    least
        Relations that are rarer in either half are left out.
    seed
        Of the deal.

    Returns
    -------
    pandas.DataFrame
        One row a relation and ``"all"``, the most frequent first: ``count``; ``layer``, ``head``
        and ``direction``, picked on the first half; ``accuracy`` and its binomial standard error
        ``accuracy_se``; ``baseline``, the best fixed ``offset`` (from dependent to head, picked
        and scored in the same way); ``same_sentences``, the accuracy of the best head where it
        was picked, to show how much that flatters; with a control ``control``, the accuracy of the
        control's own best heads.

    Raises
    ------
    InputError
        If there are fewer than two sentences, or no relation is frequent enough.
    """
    tally = _tallied(traces, block, seed)
    table = tally.table(least)
    if control is not None:
        rival = _tallied(control, block, seed)
        if not rival.same_as(tally):
            raise InputError(
                "the control was read from other sentences: run trace_words over the same list "
                "twice, with the same tokenizer"
            )
        table["control"] = rival.table(least)["accuracy"]
    return table


def _tallied(traces: Iterable[WordTrace], block: str | None, seed: int) -> _Tally:
    tally = _Tally(seed)
    for each in traces:
        tally.add(each, block)
    return tally


class _Tally:
    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._hits: dict[tuple[str, int], _Hits] = {}
        self._layout: list[int] = []
        self._dealt: list[int] = []

    def add(self, each: WordTrace, block: str | None) -> None:
        tree = tree_of(each)
        self._layout = [record.heads for record in each.trace.block(block).records]
        # Sentences are dealt in pairs, so that the halves stay equal.
        if not self._dealt:
            self._dealt = self._random.permutation(_HALVES).tolist()
        half = self._dealt.pop()
        if len(tree.words) < 2:  # noqa: PLR2004 - a word alone depends on none
            return
        weights = each.weights(block)
        known = each.known
        weights[:, :, ~known] = -1
        diagonal = np.arange(len(tree.words))
        weights[:, diagonal, diagonal] = -1
        most = weights.argmax(axis=2)
        for word, (head, relation) in enumerate(zip(tree.heads, tree.relations, strict=True)):
            if head == ROOT or tree.punctuation[word] or not (known[word] and known[head]):
                continue
            right = (most[:, word] == head, most[:, head] == word)
            for name in (relation, ALL):
                for direction, hits in enumerate(right):
                    self._count(name, direction, half, hits, head - word)

    def same_as(self, other: _Tally) -> bool:
        """Whether the same words were counted, as far as counts can say."""
        return self._counts() == other._counts()

    def _counts(self) -> dict[tuple[str, int], list[int]]:
        return {name: [int(each) for each in hits.count] for name, hits in self._hits.items()}

    def _count(
        self, name: str, direction: int, half: int, hits: NDArray[np.bool_], offset: int
    ) -> None:
        found = self._hits.setdefault((name, direction), _Hits(np.zeros((_HALVES, len(hits)))))
        found.heads[half] += hits
        found.count[half] += 1
        if abs(offset) <= _REACH:
            found.offsets[half, offset + _REACH] += 1

    def table(self, least: int) -> pd.DataFrame:
        import pandas as pd  # noqa: PLC0415 - only where a table is made

        names = [name for (name, direction) in self._hits if direction == 0]
        enough = [name for name in names if self._hits[name, 0].count.min() >= max(1, least)]
        if not enough:
            raise InputError(
                f"no relation stands {least} times in each half of these sentences: give more "
                "sentences, or a smaller `least`"
            )
        enough.sort(key=lambda name: (name != ALL, -int(self._hits[name, 0].count.sum())))
        pairs = head_index(self._layout).to_list()
        rows = [self._row(name, pairs) for name in enough]
        return pd.DataFrame(rows, index=pd.Index(enough, name="relation"))

    def _row(self, name: str, pairs: Sequence[tuple[int, int]]) -> dict[str, object]:
        both = [self._hits[name, direction] for direction in range(len(DIRECTIONS))]
        heads = np.stack([hits.heads for hits in both])
        count = both[0].count
        offsets = both[0].offsets
        total = int(count.sum())
        right = lucky = baseline = 0.0
        for fit in range(_HALVES):
            direction, head = np.unravel_index(heads[:, fit].argmax(), heads[:, fit].shape)
            right += heads[direction, 1 - fit, head]
            lucky += heads[direction, fit, head]
            baseline += offsets[1 - fit, offsets[fit].argmax()]
        direction, head = np.unravel_index(heads[:, 0].argmax(), heads[:, 0].shape)
        accuracy = right / total
        return {
            "count": total,
            "layer": pairs[int(head)][0],
            "head": pairs[int(head)][1],
            "direction": DIRECTIONS[int(direction)],
            "accuracy": accuracy,
            "accuracy_se": float(np.sqrt(accuracy * (1 - accuracy) / total)),
            "baseline": baseline / total,
            "offset": int(offsets[0].argmax()) - _REACH,
            "same_sentences": lucky / total,
        }
