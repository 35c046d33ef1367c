"""Numbers of one metric while they come in."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


class Points:
    """Steps, values and times in the order in which they came."""

    def __init__(self) -> None:
        self._steps = array("q")
        self._values = array("d")
        self._times = array("d")
        self._made: Arrays | None = None
        self._rising = True
        self._replaced = 0

    def __len__(self) -> int:
        return len(self._steps)

    def add(self, step: int, value: float, time: float) -> None:
        """Take in one number."""
        if self._steps and step <= self._steps[-1]:
            self._rising = False
        self._steps.append(step)
        self._values.append(value)
        self._times.append(time)
        self._made = None

    @property
    def replaced(self) -> int:
        """Values that another one, which came later at the same step, replaces."""
        self.arrays()
        return self._replaced

    def arrays(self) -> Arrays:
        """Return steps, values and times, one a step, sorted; the value that was logged last."""
        if self._made is None:
            steps = np.array(self._steps, np.int64)
            values = np.array(self._values, np.float64)
            times = np.array(self._times, np.float64)
            if not self._rising:
                # Stable, by step and then by time: the last of a step is the one logged last.
                order = np.lexsort((np.nan_to_num(times), steps))
                steps, values, times = steps[order], values[order], times[order]
                last = np.append(steps[1:] != steps[:-1], [True] * bool(len(steps)))
                other = np.append(values[1:] != values[:-1], False)[: len(last)]
                self._replaced = int((~last & other).sum())
                steps, values, times = steps[last], values[last], times[last]
            for made in (steps, values, times):
                made.flags.writeable = False
            self._made = (steps, values, times)
        return self._made
