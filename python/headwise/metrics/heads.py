"""Figures of single heads that any capture can have: entropy, neighbours, first, special tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwise.masks import Bools
    from headwise.record import Floats

FACTS: Final[tuple[str, ...]] = (
    "entropy",
    "possible",
    "previous",
    "next",
    "first",
    "special",
    "pair_query",
    "pair_key",
    "pair_weight",
)
"""Names of the columns of `head_facts`."""

_TINY = np.finfo(np.float32).tiny


def head_facts(
    weights: Floats,
    visible: Bools | None,
    special_keys: Sequence[bool] | Bools,
    square: bool,
    *,
    special_queries: Sequence[bool] | Bools | None = None,
) -> Floats:
    """Summarise each head of a layer in nine numbers.

    Parameters
    ----------
    weights
        float32, (H, Nq, Nk). A missing weight (NaN) counts as a pair that is not seen.
    visible
        bool, (Nq, Nk): which keys a query sees; None for all.
    special_keys, special_queries
        Which tokens are special, one bool a token; queries as keys where only keys are given.
    square
        Whether queries and keys are the same tokens (self-attention).

    Returns
    -------
    float32 array (H, 9)
        Columns as in :data:`FACTS`. Every query that sees a key counts, special ones and the
        first among them; weights are not normalised again where a sink takes a part of a row.

        ``entropy``
            Mean over queries of ``-sum_j w_ij ln w_ij`` in nats (Clark et al. 2019, section 3.3).
        ``possible``
            Mean over queries of ln(number of keys that the query sees): the most that
            ``entropy`` can be, to compare texts of different length.
        ``previous``, ``next``
            Mean weight to key i - 1 and i + 1, over the queries i that see this key (Clark et
            al. 2019, section 3.1). NaN where none does, such as ``next`` in causal attention, and
            where `square` is false: places of two lists of tokens say nothing.
        ``first``, ``special``
            Mean weight to key 0, and to all special keys together.
        ``pair_query``, ``pair_key``, ``pair_weight``
            The strongest pair of two ordinary tokens, of equal ones the first in reading order. A
            token with itself is no pair where `square`: "the to the" says nothing. -1, -1 and NaN
            where no such pair has a weight above 0.
    """
    keys = np.asarray(special_keys, np.bool_)
    queries = keys if special_queries is None else np.asarray(special_queries, np.bool_)
    facts = HeadFacts(weights.shape[0], queries, keys, square)
    facts.add(range(weights.shape[0]), 0, weights, visible)
    return facts.result()


class HeadFacts:
    """The figures of :func:`head_facts` for weights that come band by band.

    Parameters
    ----------
    heads
        Number of heads H.
    special_queries, special_keys
        bool, (Nq,) and (Nk,).
    square
        Whether queries and keys are the same tokens.
    counted
        bool, (Nq,): the queries that the means are over; None for all.
    """

    def __init__(
        self,
        heads: int,
        special_queries: Bools,
        special_keys: Bools,
        square: bool,
        *,
        counted: Bools | None = None,
    ) -> None:
        self._counted = counted
        self._special_queries = special_queries
        self._special_keys = special_keys
        self._square = square
        self._sums = np.zeros((heads, len(FACTS) - 3))
        self._counts = np.zeros((heads, len(FACTS) - 3))
        self._pairs = np.full((heads, 3), (-1.0, -1.0, np.nan))

    def add(self, heads: Sequence[int], start: int, weights: Floats, visible: Bools | None) -> None:
        """Take in a band of queries of some heads; bands of one head come in rising order.

        Parameters
        ----------
        heads
            Numbers of the h heads.
        start
            Number of the first query.
        weights
            float32, (h, n, W): to the first W keys. The others are not seen by these queries.
        visible
            bool, (n, W), or None for all.
        """
        if weights.size:
            self.add_known(heads, start, *known_weights(weights, visible))

    def add_known(
        self, heads: Sequence[int], start: int, seen: Bools | None, weights: Floats
    ) -> None:
        """Take in a band as :func:`known_weights` returns it."""
        counts = np.broadcast_to(
            np.array(weights.shape[2]) if seen is None else seen.sum(axis=-1), weights.shape[:2]
        )
        some = counts > 0
        if self._counted is not None:
            some = some & self._counted[start : start + weights.shape[1]]
        work = np.maximum(weights, _TINY)
        np.log(work, out=work)
        self._mean(heads, 0, -np.einsum("hqk,hqk->hq", weights, work), some)
        self._mean(heads, 1, np.log(np.maximum(counts, 1)), some)
        if self._square:
            for column, step in ((2, -1), (3, 1)):
                found, there = neighbours(weights, seen, start, step)
                self._mean(heads, column, found, there & some)
        self._mean(heads, 4, weights[:, :, 0], some)
        special = self._special_keys[: weights.shape[2]]
        self._mean(heads, 5, weights @ special.astype(np.float32), some)
        self._strongest(heads, start, weights, work)

    def result(self) -> Floats:
        """Return what came in so far: float32, (H, 9), NaN for heads of which nothing came."""
        counts = np.where(self._counts > 0, self._counts, np.nan)
        return np.concatenate([self._sums / counts, self._pairs], axis=1).astype(np.float32)

    def _mean(self, heads: Sequence[int], column: int, values: Floats, where: Bools) -> None:
        self._sums[heads, column] += values.sum(axis=1, dtype=np.float64, where=where)
        self._counts[heads, column] += where.sum(axis=1)

    def _strongest(self, heads: Sequence[int], start: int, weights: Floats, work: Floats) -> None:
        count, width = weights.shape[1:]
        np.copyto(work, weights)
        work[:, :, self._special_keys[:width]] = 0.0
        work[:, self._special_queries[start : start + count]] = 0.0
        if self._square:
            rows = np.arange(min(count, width - start), dtype=np.intp)
            work[:, rows, rows + start] = 0.0
        flat = work.reshape(len(heads), -1)
        best = flat.argmax(axis=1)
        found = flat[np.arange(len(heads)), best]
        better = found > np.nan_to_num(self._pairs[heads, 2])
        queries, keys = np.divmod(best, width)
        pairs = np.stack([queries + start, keys, found.astype(np.float64)], axis=1)
        self._pairs[np.array(heads, np.intp)[better]] = pairs[better]


def known_weights(weights: Floats, visible: Bools | None) -> tuple[Bools | None, Floats]:
    """Return what is seen, (n, W) or with missing weights (h, n, W), and the weights of it."""
    seen = visible
    if np.isnan(np.vdot(weights, weights)):
        known = ~np.isnan(weights)
        seen = known if visible is None else known & visible
    return seen, weights if seen is None else np.where(seen, weights, np.float32(0))


def neighbours(weights: Floats, seen: Bools | None, start: int, step: int) -> tuple[Floats, Bools]:
    """Return the weights to key i + step, (h, n), and for which queries there is one."""
    heads, count, width = weights.shape
    rows = np.arange(count, dtype=np.intp)
    keys = rows + (start + step)
    there = (keys >= 0) & (keys < width)
    keys = np.clip(keys, 0, width - 1)
    if seen is not None:
        there = there & seen[..., rows, keys]
    return weights[:, rows, keys], np.broadcast_to(there, (heads, count))
