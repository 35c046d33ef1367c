"""What a notebook saves of a view: its first tensors, deflated and, where they must be, coarse."""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from headwise.wire.codec import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]

SAVED_BUDGET: Final = 230_000
"""Characters that a view takes in a saved notebook: program, style sheet, tokens, tensors."""

LEAST_TENSORS: Final = 40_000
"""Bytes that the deflated tensors may take, however long program and tokens are."""

STEPS: Final = (1, 4, 8, 16, 32)
"""Levels that are one where there is little room, finest first."""

# Of 255 levels: a weight of 0.06. Above it nothing is made coarser, so that the error of a weight
# stays about the same: 0.004 at a step of 4, 0.016 at one of 16.
_KNEE = 64
# A blob that deflates to less than this share of its bytes has not been seen.
_BEST_RATIO = 0.15


def deflate(blob: bytes) -> bytes:
    """Deflate a blob as the browser inflates it (zlib).

    Parameters
    ----------
    blob : bytes

    Returns
    -------
    bytes
        Nothing for nothing.
    """
    if not blob:
        return b""
    # Weights are hardly ever alike over more than a few bytes: runs and frequencies are all there
    # is to find, and this finds them in a tenth of the time, and somewhat better.
    work = zlib.compressobj(6, strategy=zlib.Z_RLE)
    return work.compress(blob) + work.flush()


def tensor_budget(others: int) -> int:
    """Return the bytes that the deflated tensors of a view may take.

    Parameters
    ----------
    others : int
        Characters of all else that the view saves.

    Returns
    -------
    int
        Base64 makes four characters of three bytes.
    """
    return max(LEAST_TENSORS, (SAVED_BUDGET - others) * 3 // 4)


def deflated_size(arrays: Mapping[str, NDArray[Any]]) -> int:
    """Return how many bytes arrays take once they are deflated."""
    return len(deflate(encode(arrays)))


def first_that_fits(makers: Iterable[Callable[[], Arrays | None]], budget: int) -> Arrays:
    """Make arrays, the best first, until some fit the budget once they are deflated.

    Parameters
    ----------
    makers : iterable of callables
        Each returns arrays, or None for those that cannot be had.
    budget : int
        Bytes.

    Returns
    -------
    dict of str to array
        Nothing where nothing fits.
    """
    for make in makers:
        arrays = make()
        if arrays is not None and deflated_size(arrays) <= budget:
            return arrays
    return {}


def can_fit(nbytes: int, budget: int) -> bool:
    """Tell whether so many bytes could be within a budget once they are deflated."""
    return nbytes * _BEST_RATIO <= budget


def coarser(codes: NDArray[np.uint8], step: int, zero: int = 0) -> NDArray[np.uint8]:
    """Round small levels to multiples of `step`, which deflates much better.

    Parameters
    ----------
    codes : uint8 array, any shape
        Levels of a square-root scale that begin at `zero`.
    step : int
        1 changes nothing.
    zero : int
        The level of weight 0; what lies below says that there is no weight.

    Returns
    -------
    uint8 array of the same shape
        Levels from 64 on are as they were: that is a weight of 0.06.
    """
    if step == 1:
        return codes
    levels = np.arange(256)
    low = levels[:_KNEE]
    levels[:_KNEE] = np.minimum((low + step // 2) // step * step, _KNEE)
    table = np.concatenate([np.arange(zero), levels + zero])[:256].astype(np.uint8)
    return table[codes]


def halved(codes: NDArray[np.uint8], *, largest: bool) -> NDArray[np.uint8]:
    """Pool thumbnails once more, by 2 x 2 cells.

    Parameters
    ----------
    codes : uint8 array (H, n, m)
        As :func:`headwise.thumbnails.thumbnail` has them.
    largest : bool
        Take the largest cell, else the mean weight of those that have one.

    Returns
    -------
    uint8 array (H, ceil(n / 2), ceil(m / 2))
    """
    heads, rows, columns = codes.shape
    even = np.zeros((heads, rows + rows % 2, columns + columns % 2), np.uint8)
    even[:, :rows, :columns] = codes
    cells = even.reshape(heads, even.shape[1] // 2, 2, even.shape[2] // 2, 2)
    if largest:
        return cells.max(axis=(2, 4))
    weights = np.square(np.maximum(cells.astype(np.float32) - 1, 0) / np.float32(254))
    count = (cells > 0).sum(axis=(2, 4))
    mean = weights.sum(axis=(2, 4)) / np.maximum(count, 1)
    return np.where(count > 0, 1 + np.rint(254 * np.sqrt(mean)), 0).astype(np.uint8)


def share(budget: int, part: float) -> int:
    """Return a part of a budget in whole bytes."""
    return math.floor(budget * part)
