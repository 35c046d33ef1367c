"""Pure functions on the curves of runs: smoothing, fewer points, the best step, CSV."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from headwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from headwise.tracking.readers.run import Run

    Doubles = NDArray[np.float64]
    Whole = NDArray[np.intp]

MOST_SMOOTHING: Final = 0.999
_LEAST_POINTS: Final = 4
# Metrics of which less is better, by a part of their name.
_LESS_IS_BETTER: Final = ("loss", "perplexity", "error", "mse", "mae", "wer", "cer", "entropy")


def smooth(values: ArrayLike, weight: float) -> Doubles:
    """Smooth a curve exponentially, without the pull to zero at its start.

    Parameters
    ----------
    values : array (points,)
    weight : float
        Of the past, 0 (none) to 0.999.

    Returns
    -------
    float64 array (points,)
        ``sum_k (1 - w) w^(i - k) v_k / (1 - w^n)`` over the n finite values up to i. A value that
        is not finite stays as it is and is left out of the mean; a curve whose values are all
        alike stays as it is. The same as in TensorBoard (time-series plugin, ``classicSmoothing``).

    Raises
    ------
    InputError
        `weight` is out of range.
    """
    if not 0 <= weight <= MOST_SMOOTHING:
        raise InputError(f"smoothing goes from 0 to {MOST_SMOOTHING}, not {weight}")
    given = np.asarray(values, np.float64)
    if weight == 0 or not len(given) or bool((given == given[0]).all()):
        return given.copy()
    smoothed: list[float] = []
    last, bias = 0.0, 1.0
    for value in given.tolist():
        if math.isfinite(value):
            last = last * weight + (1 - weight) * value
            bias *= weight
            smoothed.append(last / (1 - bias))
        else:
            smoothed.append(value)
    return np.array(smoothed)


def thinned(values: ArrayLike, most: int) -> Whole:
    """Choose points of a curve that keep its shape; smooth before, not behind.

    Parameters
    ----------
    values : array (points,)
    most : int
        Points to keep at most, from 4.

    Returns
    -------
    int array
        Places of the points to keep, rising: the first, the last, and the least and the largest
        finite value of each stretch between them. All of them where there are at most `most`; a
        stretch without a finite value keeps its first place, so that a gap stays one.

    Raises
    ------
    InputError
        `most` is below 4.
    """
    if most < _LEAST_POINTS:
        raise InputError(f"a curve keeps at least {_LEAST_POINTS} points, not {most}")
    given = np.asarray(values, np.float64)
    count = len(given)
    if count <= most:
        return np.arange(count)
    stretches = (most - 2) // 2
    edges = np.linspace(1, count - 1, stretches + 1).astype(np.intp)
    inner = given[1:-1]
    finite = np.isfinite(inner)
    starts = edges[:-1] - 1
    stretch = np.repeat(np.arange(stretches), np.diff(edges))
    kept = [np.array([0, count - 1])]
    for sign in (1.0, -1.0):
        # Of the values of a stretch that are its least, the first.
        values = np.where(finite, sign * inner, np.inf)
        least = np.minimum.reduceat(values, starts)
        places = np.flatnonzero(finite & (values == least[stretch]))
        kept.append(1 + places[np.unique(stretch[places], return_index=True)[1]])
    kept.append(edges[:-1][~np.logical_or.reduceat(finite, starts)])
    return np.unique(np.concatenate(kept)).astype(np.intp)


def best_step(
    steps: Sequence[int] | NDArray[np.int64],
    values: ArrayLike,
    mode: Literal["min", "max"],
) -> int | None:
    """Find the step of the best value.

    Parameters
    ----------
    steps : int array (points,)
    values : array (points,)
    mode : {"min", "max"}
        Which is better; `better` guesses it from the name of a metric.

    Returns
    -------
    int or None
        The first of the best; None where no value is finite.
    """
    given = np.asarray(values, np.float64)
    finite = np.flatnonzero(np.isfinite(given))
    if not len(finite):
        return None
    inner = given[finite]
    place = int(finite[inner.argmin() if mode == "min" else inner.argmax()])
    return int(steps[place])


def better(metric: str) -> Literal["min", "max"]:
    """Guess from the name of a metric whether less is better.

    Parameters
    ----------
    metric : str

    Returns
    -------
    {"min", "max"}
        ``"min"`` of losses, errors, perplexity and entropy.
    """
    name = metric.lower()
    return "min" if any(part in name for part in _LESS_IS_BETTER) else "max"


def to_csv(runs: Iterable[Run], metrics: Sequence[str] | None = None) -> str:
    """Write the points of runs as CSV.

    Parameters
    ----------
    runs : iterable of Run
    metrics : sequence of str, optional
        All unless given.

    Returns
    -------
    str
        A row a point: ``run``, ``metric``, ``step``, ``value``, ``time`` (seconds since 1970, empty
        where it is not known); the values as they were logged, neither smoothed nor thinned. A name
        that a spreadsheet would take for a formula has an apostrophe in front.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["run", "metric", "step", "value", "time"])
    for run in runs:
        for metric in run.metrics:
            if metrics is not None and metric not in metrics:
                continue
            series = run[metric]
            names = (_plain(run.name), _plain(metric))
            rows = zip(
                series.steps.tolist(), series.values.tolist(), series.times.tolist(), strict=True
            )
            writer.writerows(
                [*names, step, repr(value), "" if math.isnan(time) else f"{time:.3f}"]
                for step, value, time in rows
            )
    return file.getvalue()


def _plain(name: str) -> str:
    return f"'{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name
