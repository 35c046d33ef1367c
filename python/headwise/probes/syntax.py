"""All heads together as a parser: the probes of Clark et al. 2019, section 5."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from headwise.errors import InputError
from headwise.metrics.index import head_index
from headwise.probes.accuracy import DIRECTIONS
from headwise.probes.control import need_torch
from headwise.probes.folds import deal
from headwise.probes.maps import word_maps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from headwise.probes.control import Embeddings
    from headwise.probes.maps import WordMaps
    from headwise.probes.training import AttentionProbe, DistanceProbe
    from headwise.probes.words import WordTrace

    Vectors = list[NDArray[np.float32]]

_REACH = 12
_UNTRAINED = ", random weights"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What probes and baselines found on sentences that they were not fitted to.

    Attributes
    ----------
    table
        One row a probe or baseline: ``uas``, the share of words whose head was found (unlabelled
        attachment score, 0 to 1); ``uas_se``, its standard error over sentences; ``count``, the
        number of words; ``same_sentences``, the score where it was fitted.
    heads
        One row a head, index ``(layer, head)``, of the attention-only probe: its weights on the
        map read from dependent to head and from head to dependent, each times the standard
        deviation of that map over pairs of words, averaged over folds; ``size``, the sum of both
        without their signs. Heads that say the same share a weight.
    """

    table: pd.DataFrame
    heads: pd.DataFrame


@dataclass(slots=True)
class _Score:
    right: dict[int, int] = field(default_factory=dict[int, int])
    count: dict[int, int] = field(default_factory=dict[int, int])
    fitted: list[float] = field(default_factory=list[float])

    def row(self) -> dict[str, float]:
        right = np.array(list(self.right.values()), np.float64)
        count = np.array(list(self.count.values()), np.float64)
        total = count.sum()
        uas = right.sum() / total
        # Words of a sentence are right or wrong together: the error is that of a ratio of sums.
        error = np.sqrt(((right - uas * count) ** 2).sum()) / total
        return {
            "uas": float(uas),
            "uas_se": float(error),
            "count": int(total),
            "same_sentences": float(np.mean(self.fitted)),
        }


def attention_probe(
    traces: Iterable[WordTrace],
    *,
    control: Iterable[WordTrace] | None = None,
    embeddings: Embeddings | None = None,
    dimensions: int = 50,
    block: str | None = None,
    folds: int = 5,
    seed: int = 0,
) -> ProbeResult:
    r"""Say how much of a dependency tree all heads together know, beside what knows nothing.

    For each word the probe chooses among the other words and the root. With the word-level weight
    :math:`a^k_{ij}` of head k from word i to word j, the attention-only probe scores j as the head
    of i with :math:`\sum_k w_k a^k_{ij} + u_k a^k_{ji}`; with `embeddings`, :math:`w_k` and
    :math:`u_k` are each a linear function of the vectors of both words (Clark et al. 2019, section
    5). The root is scored by what i gives to special tokens, one weight a head. Each probe is
    fitted on all folds of the sentences but one and scored on that one, in turn.

    Parameters
    ----------
    traces
        From :func:`trace_words` over :class:`Tree` sentences. Word maps of all sentences are held:
        heads x words x words x 4 bytes each. Sentences of one word are left out.
    control
        The same sentences read by :func:`random_weights` of the model: the same probes over heads
        that learned nothing.
    embeddings
        Vectors of words without their context, such as :func:`input_embeddings`; any callable from
        words to an array (W, d), such as a look-up in GloVe, which the paper takes. None for the
        attention-only probe alone.
    dimensions
        Vectors longer than this are projected to as many principal components of the words that
        a probe is fitted on.
    block
        Name of the block; None for the default one.
    folds
        Into how many parts the sentences are dealt, 2 or more.
    seed
        Of the deal.

    Returns
    -------
    ProbeResult
        In its table ``right-branching`` (the head is the next word, as in the paper),
        ``left-branching`` (the word before), ``best offset`` (picked where the probes are fitted),
        ``attention``; with embeddings ``distances + embeddings`` (no attention: 8 classes of
        distance and both vectors through 64 hidden units, 256 in the paper) and ``attention +
        embeddings``; with a control each attention row again with ``, random weights``.

    Raises
    ------
    InputError
        If there are fewer sentences than folds, the control is not of the same sentences, a
        sentence has no tree, or weights are missing (NaN).
    ModuleNotFoundError
        If torch is not installed.

    Notes
    -----
    Both attention probes are log-linear, so their best fit is unique; L-BFGS finds it in seconds
    on a CPU, with a penalty on squared weights. Punctuation and words that the tokenizer drops
    are not scored; dropped words are no candidates either.
    """
    need_torch()
    if dimensions < 1:
        raise InputError(f"dimensions must be 1 or more, not {dimensions}")
    sentences, layout = word_maps(traces, block)
    others = None if control is None else _same(sentences, word_maps(control, block)[0])
    vectors = None if embeddings is None else [_embed(embeddings, one) for one in sentences]
    trial = _Trial(sentences, others, vectors, dimensions, seed)
    for fitted, held in deal(len(sentences), folds, seed):
        trial.fold(fitted, held)
    return trial.result(layout)


class _Trial:
    def __init__(
        self,
        sentences: list[WordMaps],
        control: list[WordMaps] | None,
        vectors: Vectors | None,
        dimensions: int,
        seed: int,
    ) -> None:
        self._sentences = sentences
        self._sources = {"": sentences} if control is None else {"": sentences, _UNTRAINED: control}
        self._vectors = vectors
        self._dimensions = dimensions
        self._seed = seed
        self._scores: dict[str, _Score] = {}
        self._weights: list[NDArray[np.float64]] = []

    def fold(self, fitted: list[int], held: list[int]) -> None:
        """Fit everything on some sentences and score it on others."""
        offset = _best_offset([self._sentences[place] for place in fitted])
        for name, step in (("right-branching", 1), ("left-branching", -1), ("best offset", offset)):
            for places in (held, fitted):
                found = {place: _at_offset(self._sentences[place], step) for place in places}
                self._count(name, found, held=places is held)
        from headwise.probes import training  # noqa: PLC0415 - torch is needed only here

        with training.fitting():
            self._probes(fitted, held, None, "attention")
            if self._vectors is not None:
                vectors = _projected(self._vectors, fitted, self._dimensions)
                self._probes(fitted, held, vectors, "attention + embeddings")

    def _probes(
        self, fitted: list[int], held: list[int], vectors: Vectors | None, name: str
    ) -> None:
        from headwise.probes import training  # noqa: PLC0415 - torch is needed only here

        size = 0 if vectors is None else vectors[0].shape[1]
        if vectors is not None:
            distances = training.DistanceProbe(size, self._seed)
            self._fit(distances, self._sentences, vectors, fitted, held, "distances + embeddings")
        for suffix, sentences in self._sources.items():
            probe = training.AttentionProbe(len(sentences[0].maps), size)
            self._fit(probe, sentences, vectors, fitted, held, name + suffix)
            if vectors is None and not suffix:
                spread = _spread([sentences[place] for place in fitted])
                weights = probe.both.detach().numpy().reshape(2, -1) * spread
                self._weights.append(weights.T.astype(np.float64))

    def _fit(
        self,
        probe: AttentionProbe | DistanceProbe,
        sentences: list[WordMaps],
        vectors: Vectors | None,
        fitted: list[int],
        held: list[int],
        name: str,
    ) -> None:
        from headwise.probes import training  # noqa: PLC0415 - torch is needed only here

        for places in (fitted, held):
            found = training.batches(
                [sentences[place] for place in places],
                None if vectors is None else [vectors[place] for place in places],
            )
            if places is fitted:
                training.fit(probe, found)
            heads = {places[at]: heads for at, heads in training.predicted(probe, found)}
            self._count(name, heads, held=places is held)

    def _count(self, name: str, found: dict[int, list[int]], *, held: bool) -> None:
        score = self._scores.setdefault(name, _Score())
        right: dict[int, int] = {}
        count: dict[int, int] = {}
        for place, heads in found.items():
            sentence = self._sentences[place]
            right[place] = int((np.array(heads) == sentence.gold)[sentence.scored].sum())
            count[place] = int(sentence.scored.sum())
        if held:
            score.right |= right
            score.count |= count
        else:
            score.fitted.append(sum(right.values()) / sum(count.values()))

    def result(self, layout: Sequence[int]) -> ProbeResult:
        """Put the folds together."""
        import pandas as pd  # noqa: PLC0415 - only where a table is made

        rows = [score.row() for score in self._scores.values()]
        table = pd.DataFrame(rows, index=pd.Index(list(self._scores), name="probe"))
        weights = np.mean(self._weights, axis=0)
        heads = pd.DataFrame(weights, index=head_index(layout), columns=list(DIRECTIONS))
        heads["size"] = np.abs(weights).sum(axis=1)
        return ProbeResult(table, heads)


def _same(sentences: list[WordMaps], control: list[WordMaps]) -> list[WordMaps]:
    if [one.tree for one in sentences] != [one.tree for one in control]:
        raise InputError(
            "the control was read from other sentences: run trace_words over the same list twice"
        )
    return control


def _embed(
    embeddings: Callable[[Sequence[str]], NDArray[np.float32]], sentence: WordMaps
) -> NDArray[np.float32]:
    found = np.asarray(embeddings(sentence.tree.words), np.float32)
    words = len(sentence.tree.words)
    if found.ndim != 2 or len(found) != words or not np.isfinite(found).all():  # noqa: PLR2004
        raise InputError(
            f"embeddings of {words} words must be finite and of shape ({words}, d), not "
            f"{found.shape}"
        )
    return found


def _projected(vectors: Vectors, fitted: list[int], dimensions: int) -> Vectors:
    """Centre on the words of `fitted`, keep their principal components, and bring to size 1."""
    known = np.concatenate([vectors[place] for place in fitted])
    middle = known.mean(axis=0)
    _, sizes, axes = np.linalg.svd(known - middle, full_matrices=False)
    kept = axes[:dimensions].T
    scale = max(float(sizes[:dimensions].mean()) / np.sqrt(len(known)), 1e-12)
    return [((one - middle) @ kept / scale).astype(np.float32) for one in vectors]


def _best_offset(sentences: Sequence[WordMaps]) -> int:
    steps = np.concatenate(
        [(one.gold - np.arange(len(one.gold)))[one.scored & _has_head(one)] for one in sentences]
    )
    steps = steps[np.abs(steps) <= _REACH]
    return int(np.bincount(steps + _REACH, minlength=2 * _REACH + 1).argmax()) - _REACH


def _has_head(sentence: WordMaps) -> NDArray[np.bool_]:
    return sentence.gold < len(sentence.gold)


def _at_offset(sentence: WordMaps, step: int) -> list[int]:
    """Return the word at a distance; the root where there is none."""
    words = len(sentence.gold)
    return [at + step if 0 <= at + step < words else words for at in range(words)]


def _spread(sentences: Sequence[WordMaps]) -> NDArray[np.float64]:
    """Return the standard deviation of each head's weight over ordered pairs of words: (K,)."""
    sums = np.zeros((2, len(sentences[0].maps)))
    count = 0
    for one in sentences:
        words = len(one.gold)
        pairs = one.maps[:, ~np.eye(words, dtype=np.bool_)].astype(np.float64)
        sums += np.stack([pairs.sum(axis=1), (pairs**2).sum(axis=1)])
        count += pairs.shape[1]
    return np.sqrt(np.maximum(sums[1] / count - (sums[0] / count) ** 2, 0))
