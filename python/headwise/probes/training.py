"""Fitting probes of word maps with torch; with `control`, the one place of probes that imports it.

Nothing here touches torch's random numbers or asks whether gradients are on: a probe is fitted the
same wherever it is called.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from numpy.typing import NDArray

    from headwise.probes.maps import WordMaps

PENALTY = 10.0
STEPS = 40
HIDDEN = 64
DISTANCES = 8
_BATCH = 32
_FAR = (1, 2, 5)


class Batch(NamedTuple):
    """Sentences of about one length, filled up to the longest: B of them, W words, K heads.

    ``pairs`` is (B, W, W, 2K): of words i and j, what each head gives from i to j, then from j to
    i. So one layout is read along i and along j without a copy.
    """

    places: list[int]
    pairs: torch.Tensor
    special: torch.Tensor
    vectors: torch.Tensor
    allowed: torch.Tensor
    gold: torch.Tensor
    scored: torch.Tensor


class AttentionProbe(torch.nn.Module):
    """Clark et al. 2019, section 5: the maps of all heads, each way, weighed and added.

    Parameters
    ----------
    heads
        Number K of heads.
    dimensions
        Length of the word vectors that the weights depend on; 0 for none.
    """

    def __init__(self, heads: int, dimensions: int) -> None:
        super().__init__()
        self.both = _zeros(2 * heads)
        self.special = _zeros(heads)
        self.root = _zeros(1)
        self.of_dependent = _zeros(dimensions, 2 * heads)
        self.of_head = _zeros(dimensions, 2 * heads)
        self.of_root = _zeros(dimensions, heads)
        self._dimensions = dimensions

    def forward(self, batch: Batch) -> torch.Tensor:
        """Return a score of each word (B, W) for each candidate, the root last: (B, W, W + 1)."""
        if not self._dimensions:
            return _with_root(
                batch.pairs @ self.both, batch.special @ self.special + self.root, batch
            )
        count, words, _, width = batch.pairs.shape
        pairs = batch.pairs.view(count * words, words, width)
        dependent = (batch.vectors @ self.of_dependent + self.both).view(-1, width, 1)
        # Read along the head, the two halves of the features change places.
        head = (batch.vectors @ self.of_head).roll(width // 2, dims=2).reshape(-1, width, 1)
        scores = torch.bmm(pairs, dependent).view(count, words, words)
        scores = scores + torch.bmm(pairs, head).view(count, words, words).transpose(1, 2)
        special = batch.vectors @ self.of_root + self.special
        return _with_root(scores, (batch.special * special).sum(dim=2) + self.root, batch)


class DistanceProbe(torch.nn.Module):
    """Two words and how far apart they are through one hidden layer: no attention.

    Parameters
    ----------
    dimensions
        Length of the word vectors.
    seed
        Of the first weights.
    """

    def __init__(self, dimensions: int, seed: int) -> None:
        super().__init__()
        self.dependent = _drawn(dimensions, HIDDEN, seed=seed)
        self.head = _drawn(dimensions, HIDDEN, seed=seed + 1)
        self.distance = _drawn(DISTANCES, HIDDEN, seed=seed + 2)
        self.out = _drawn(HIDDEN, seed=seed + 3)
        self.root = _drawn(HIDDEN, seed=seed + 4)

    def forward(self, batch: Batch) -> torch.Tensor:
        """Return a score of each word (B, W) for each candidate, the root last: (B, W, W + 1)."""
        dependent = batch.vectors @ self.dependent
        head = batch.vectors @ self.head
        far = self.distance[_distance_class(batch.vectors.shape[1])]
        hidden = torch.tanh(dependent[:, :, None] + head[:, None] + far[None])
        return _with_root(hidden @ self.out, torch.tanh(dependent) @ self.root, batch)


def batches(
    sentences: Sequence[WordMaps], vectors: Sequence[NDArray[np.float32]] | None
) -> list[Batch]:
    """Put sentences of like length together.

    Parameters
    ----------
    sentences
        At least one.
    vectors
        float32, (W, d), of each sentence; None for d = 0.
    """
    order = sorted(range(len(sentences)), key=lambda place: len(sentences[place].gold))
    return [
        _batch(sentences, vectors, order[start : start + _BATCH])
        for start in range(0, len(order), _BATCH)
    ]


def fit(probe: torch.nn.Module, found: Sequence[Batch]) -> None:
    """Fit a probe to the right heads by L-BFGS over all sentences.

    Parameters
    ----------
    probe
        One of the above; it is changed. A log-linear probe has one best fit, which does not depend
        on an order of sentences or a learning rate; the squares of its weights cost `PENALTY`.
    found
        Of :func:`batches`.
    """
    count = sum(int(batch.scored.sum()) for batch in found)
    weights = list(probe.parameters())
    search = torch.optim.LBFGS(weights, max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> float:
        search.zero_grad()
        total = 0.0
        for batch in found:
            scores = probe(batch)[batch.scored]
            part = torch.nn.functional.cross_entropy(
                scores, batch.gold[batch.scored], reduction="sum"
            )
            cast("Any", part / count).backward()
            total += float(part.detach()) / count
        cost = sum((each.square().sum() for each in weights), torch.zeros(())) * (PENALTY / count)
        cast("Any", cost).backward()
        return total + float(cost.detach())

    cast("Any", search).step(loss)


def predicted(probe: torch.nn.Module, found: Sequence[Batch]) -> Iterator[tuple[int, list[int]]]:
    """Yield the place of each sentence and the head that the probe gives each of its words.

    The number of the words stands for the root.
    """
    for batch in found:
        with torch.no_grad():
            best = probe(batch).argmax(dim=2)
        root = batch.pairs.shape[2]
        for row, place in enumerate(batch.places):
            count = int(batch.allowed[row, :, root].sum())
            heads = [int(head) for head in best[row, :count].numpy()]
            yield place, [count if head == root else head for head in heads]


@contextmanager
def fitting() -> Generator[None]:
    """Make probes, batches and fits in here: with gradients, whatever holds outside.

    On one thread: these products are small, and waiting for other threads costs more.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode(mode=False), torch.enable_grad():
            yield
    finally:
        torch.set_num_threads(before)


def _batch(
    sentences: Sequence[WordMaps],
    vectors: Sequence[NDArray[np.float32]] | None,
    places: list[int],
) -> Batch:
    count = len(places)
    heads = len(sentences[places[0]].maps)
    width = max(len(sentences[place].gold) for place in places)
    dimensions = 0 if vectors is None else vectors[places[0]].shape[1]
    pairs = np.zeros((count, width, width, 2 * heads), np.float32)
    special = np.zeros((count, width, heads), np.float32)
    known = np.zeros((count, width, dimensions), np.float32)
    allowed = np.zeros((count, width, width + 1), np.bool_)
    gold = np.zeros((count, width), np.int64)
    scored = np.zeros((count, width), np.bool_)
    for row, place in enumerate(places):
        sentence = sentences[place]
        words = len(sentence.gold)
        pairs[row, :words, :words, :heads] = sentence.maps.transpose(1, 2, 0)
        pairs[row, :words, :words, heads:] = sentence.maps.transpose(2, 1, 0)
        special[row, :words] = sentence.special.T
        allowed[row, :words, :words] = sentence.known & ~np.eye(words, dtype=np.bool_)
        allowed[row, :words, width] = True
        gold[row, :words] = np.where(sentence.gold == words, width, sentence.gold)
        scored[row, :words] = sentence.scored
        if vectors is not None:
            known[row, :words] = vectors[place]
    arrays = (pairs, special, known, allowed, gold, scored)
    return Batch(places, *(_tensor(array) for array in arrays))


def _with_root(scores: torch.Tensor, root: torch.Tensor, batch: Batch) -> torch.Tensor:
    both = torch.cat([scores, root[:, :, None]], dim=2)
    # Rows that only fill up allow nothing: a large number, not infinity, keeps gradients finite.
    return both.masked_fill(~batch.allowed, -1e9)


def _distance_class(words: int) -> torch.Tensor:
    """Return 0 to 7 for each pair: 1, 2, 3 to 5 or more words away, before or behind."""
    place = np.arange(words)
    offset = place[None] - place[:, None]
    far = np.searchsorted(_FAR, np.abs(offset))
    return _tensor(far + (len(_FAR) + 1) * (offset > 0))


def _tensor(array: NDArray[Any]) -> torch.Tensor:
    return cast("Any", torch).from_numpy(array)


def _zeros(*shape: int) -> torch.nn.Parameter:
    return torch.nn.Parameter(_tensor(np.zeros(shape, np.float32)))


def _drawn(*shape: int, seed: int) -> torch.nn.Parameter:
    drawn = np.random.default_rng(seed).normal(0, shape[0] ** -0.5, shape)
    return torch.nn.Parameter(_tensor(drawn.astype(np.float32)))
