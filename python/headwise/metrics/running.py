"""Means and standard errors of numbers that come one text at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]


class RunningMean:
    """Mean and standard error of arrays of one shape, in memory that does not grow.

    Parameters
    ----------
    shape
        Of every array.

    Attributes
    ----------
    count
        float64 array: how many values came at each place; NaN does not count.
    """

    count: Doubles

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.count = np.zeros(shape)
        self._mean = np.zeros(shape)
        self._squares = np.zeros(shape)

    def add(self, values: Doubles) -> None:
        """Take in one array (Welford 1962: no sum of squares that loses digits)."""
        known = ~np.isnan(values)
        self.count += known
        step = np.where(known, values - self._mean, 0)
        self._mean += step / np.maximum(self.count, 1)
        self._squares += step * np.where(known, values - self._mean, 0)

    def add_all(self, values: Doubles) -> None:
        """Take in several arrays along the first axis (Chan et al. 1979: means joined in pairs)."""
        known = ~np.isnan(values)
        count = known.sum(axis=0, dtype=np.float64)
        mean = np.where(known, values, 0).sum(axis=0) / np.maximum(count, 1)
        squares = (np.where(known, values - mean, 0) ** 2).sum(axis=0)
        total = np.maximum(self.count + count, 1)
        apart = np.where(count > 0, mean - self._mean, 0)
        self._squares += squares + apart**2 * self.count * count / total
        self._mean += apart * count / total
        self.count += count

    @property
    def mean(self) -> Doubles:
        """The mean at each place, NaN where nothing came."""
        return np.where(self.count > 0, self._mean, np.nan)

    @property
    def standard_error(self) -> Doubles:
        """Standard deviation (n - 1) / sqrt(n), NaN where fewer than two values came."""
        some = self.count > 1
        count = np.where(some, self.count, 2)
        return np.where(some, np.sqrt(self._squares / (count - 1) / count), np.nan)
