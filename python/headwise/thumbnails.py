"""Small pictures of heads: weights pooled to at most 64 by 64 cells, one byte a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from headwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headwise.masks import Bools
    from headwise.record import Floats

Pooling = Literal["max", "mean"]

THUMBNAIL_SIDE = 64
_LEVELS = 254.0
_LEAST = np.nextafter(np.float32(0), np.float32(1))
# Few large weights make up most of a row: as a rule the cut lies among the first that are sorted.
_FIRST_LOOK = 64
_AT_ONCE = 100_000


def pool_factor(queries: int, keys: int, side: int = THUMBNAIL_SIDE) -> int:
    """Return how many queries and keys one cell covers, so that no side is over `side` cells.

    Returns
    -------
    int
        1 or more; 1 means that every pair has a cell of its own.
    """
    return max(1, -(-max(queries, keys) // side))


def thumbnail(
    weights: Floats, in_play: Bools | None, pooling: Pooling, factor: int
) -> NDArray[np.uint8]:
    """Pool weights to cells of `factor` queries by `factor` keys, one byte a cell.

    Parameters
    ----------
    weights
        float32, (H, Nq, Nk). A missing weight (NaN) is not in play.
    in_play
        bool, (Nq, Nk) or (H, Nq, Nk): the pairs that count; None for all.
    pooling
        ``"max"``: the largest weight of the pairs of a cell that are in play; ``"mean"``: their
        mean.
    factor
        Queries and keys of one cell.

    Returns
    -------
    uint8 array (H, ceil(Nq / factor), ceil(Nk / factor))
        0 where no pair of the cell is in play, else ``1 + round(254 * sqrt(weight))``.

    Raises
    ------
    InputError
        If `pooling` is neither of these names, or `factor` is below 1.
    """
    pooled = Thumbnails(*weights.shape, pooling=pooling, factor=factor)
    if in_play is not None:
        weights = np.where(in_play, weights, np.float32(0))
    pooled.add(range(weights.shape[0]), 0, weights, in_play)
    return pooled.codes


def above_cut(weights: Floats, share: float) -> Bools:
    """Mark the weights of each row that are at least as large as the row's cut.

    The cut is the weight with which the largest weights of the row reach `share` of its sum, as
    in :func:`headwise.reduce.top_share` (Hoover et al. 2020); other than there, weights equal to
    the cut are all kept, so nothing depends on the order of the keys.

    Parameters
    ----------
    weights
        float32, (..., Nk), without NaN.
    share
        0 (nothing is kept) to 1 (every weight above 0 is kept).

    Returns
    -------
    bool array of the shape of `weights`

    Raises
    ------
    InputError
        If `share` is not between 0 and 1.
    """
    if not 0.0 <= share <= 1.0:
        raise InputError(f"share must be between 0 and 1, not {share!r}")
    if share == 1.0:
        return weights > 0
    if share == 0.0 or not weights.size:
        return np.zeros(weights.shape, np.bool_)
    rows = weights.reshape(-1, weights.shape[-1])
    cuts = np.empty(len(rows), np.float32)
    step = max(1, _AT_ONCE // rows.shape[1])
    for first in range(0, len(rows), step):
        part = slice(first, first + step)
        cuts[part] = _cuts(rows[part], share * rows[part].sum(axis=1, dtype=np.float64))
    return weights >= cuts.reshape(*weights.shape[:-1], 1)


class Thumbnails:
    """Thumbnails of one layer for weights that come band by band.

    Parameters
    ----------
    heads, queries, keys
        H, Nq and Nk of the layer.
    pooling, factor
        As :func:`thumbnail` has them.

    Raises
    ------
    InputError
        If `pooling` is neither ``"max"`` nor ``"mean"``, or `factor` is below 1.
    """

    def __init__(
        self, heads: int, queries: int, keys: int, *, pooling: Pooling, factor: int
    ) -> None:
        if pooling not in ("max", "mean"):
            raise InputError(f"pooling must be 'max' or 'mean', not {pooling!r}")
        if factor < 1:
            raise InputError(f"a cell covers at least one query and key, not {factor}")
        self._pooling = pooling
        self._factor = factor
        shape = (heads, -(-queries // factor), -(-keys // factor))
        self._pooled = np.zeros(shape, np.float32)
        self._counts = np.zeros(shape, np.float32)

    def add(self, heads: Sequence[int], start: int, weights: Floats, in_play: Bools | None) -> None:
        """Take in a band of queries of some heads.

        Parameters
        ----------
        heads
            Numbers of the h heads.
        start
            Number of the first query. A band begins and ends at multiples of the factor or with
            the last query, or lies within one cell.
        weights
            float32, (h, n, W): to the first W keys. Pairs with the others are not in play.
        in_play
            bool, (n, W) or (h, n, W), or None for all. The weights of other pairs are 0.
        """
        if not weights.size:
            return
        how = np.maximum if self._pooling == "max" else np.add
        pooled = _pool(weights, self._factor, how)
        if np.isnan(pooled).any():
            known = ~np.isnan(weights)
            in_play = known if in_play is None else known & in_play
            pooled = _pool(np.where(known, weights, np.float32(0)), self._factor, how)
        if in_play is None:
            in_play = np.ones(weights.shape[1:], np.bool_)
        if self._pooling == "max":
            counts = _pool(in_play, self._factor, np.logical_or)
        else:
            counts = _pool(in_play.astype(np.float32), self._factor, np.add)
        first = start // self._factor
        rows, columns = pooled.shape[1:]
        place = (heads, slice(first, first + rows), slice(columns))
        self._pooled[place] = how(self._pooled[place], pooled)
        self._counts[place] += counts

    @property
    def codes(self) -> NDArray[np.uint8]:
        """The cells of what came so far: uint8, 0 where nothing did."""
        pooled = self._pooled
        if self._pooling == "mean":
            pooled = np.divide(pooled, np.maximum(self._counts, 1), dtype=np.float32)
        return np.where(self._counts > 0, _code(pooled), np.uint8(0))


def _cuts(rows: Floats, goals: NDArray[np.float64]) -> Floats:
    """Return the smallest weight that each row keeps to reach its goal, infinity where it is 0."""
    count = rows.shape[1]
    cuts = np.full(len(rows), np.inf, np.float32)
    waiting = np.flatnonzero(goals > 0)
    for taken in (min(count, max(_FIRST_LOOK, count // 8)), count):
        top = rows[waiting]
        if taken < count:
            top.partition(count - taken, axis=1)
        top = np.sort(top[:, count - taken :], axis=1)[:, ::-1]
        sums = np.cumsum(top.astype(np.float64, order="C"), axis=1)
        short = (sums < goals[waiting, None]).sum(axis=1)
        found = (short < taken) | (taken == count)
        last = np.minimum(short, taken - 1)[found]
        cuts[waiting[found]] = np.maximum(top[found, last], _LEAST)
        waiting = waiting[~found]
        if not waiting.size:
            break
    return cuts


def _code(pooled: Floats) -> NDArray[np.uint8]:
    levels = np.sqrt(np.clip(pooled, 0.0, 1.0))
    return (1 + np.rint(levels * _LEVELS)).astype(np.uint8)


def _pool(values: NDArray[Any], factor: int, how: np.ufunc) -> NDArray[Any]:
    """Pool the last two axes; the queries first, where neighbours in memory go together."""
    return _pool_axis(
        _pool_axis(values, factor, values.ndim - 2, how), factor, values.ndim - 1, how
    )


def _pool_axis(values: NDArray[Any], factor: int, axis: int, how: np.ufunc) -> NDArray[Any]:
    count = values.shape[axis]
    if factor == 1 or not count:
        return values
    whole = count - count % factor
    before, behind = values.shape[:axis], values.shape[axis + 1 :]
    lead = (slice(None),) * axis
    parts: list[NDArray[Any]] = []
    if whole:
        cells = values[(*lead, slice(whole))].reshape(*before, whole // factor, factor, *behind)
        parts.append(how.reduce(cells, axis=axis + 1))
    if whole < count:
        parts.append(how.reduce(values[(*lead, slice(whole, None))], axis=axis, keepdims=True))
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=axis)
