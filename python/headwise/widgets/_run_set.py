"""The runs of a view: their names, their metrics, and the curves that are drawn of them."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from headwise.errors import HeadwiseError, InputError
from headwise.tracking.curves import best_step, better, smooth, thinned
from headwise.tracking.parameters import differing, training_defaults
from headwise.wire.runs import curve_array, in_range, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from headwise.tracking.readers.run import Run, Series
    from headwise.wire.runs import CurveParams, Over

    Doubles = NDArray[np.float64]
    Arrays = dict[str, NDArray[np.float32]]

_KEPT: Final = 400
# A run of which a tracker does not say whether it goes on: while something came lately.
_LATELY: Final = 600.0
_LOOK_FOR_NEW: Final = 10.0


class Curve(NamedTuple):
    """The points of a metric of a run, smoothed, over steps, seconds or epochs.

    Attributes
    ----------
    steps : int64 array (points,)
    x, values : float64 array (points,)
        `x` rises.
    """

    steps: NDArray[np.int64]
    x: Doubles
    values: Doubles


class RunSet:
    """Runs in the order in which they were found; none is ever dropped, so numbers stay.

    Parameters
    ----------
    find : callable
        Returns the runs that there are, the known ones among them.
    """

    def __init__(self, find: Callable[[], Sequence[Run]]) -> None:
        self._find = find
        self._looked = time.monotonic()
        self._curves: OrderedDict[tuple[int, str, Over, float], tuple[Any, Curve]] = OrderedDict()
        self._more: set[int] = set()
        self._turn = 0
        self.runs: list[Run] = []
        self.names: list[str] = []
        self._waiting = list(find())

    def look(self) -> None:
        """Look for runs that began since."""
        known = {run.key for run in (*self.runs, *self._waiting)}
        self._waiting += [run for run in self._found() if run.key not in known]
        self._looked = time.monotonic()

    def refresh(self, seconds: float) -> bool:
        """Read what is new, for about so many seconds.

        Returns
        -------
        bool
            Whether anything came.
        """
        end = time.monotonic() + seconds
        came = False
        if not self._waiting and not self._more and time.monotonic() > self._looked + _LOOK_FOR_NEW:
            self.look()
        while self._waiting and (not self.runs or time.monotonic() < end):
            came = True
            run = self._waiting.pop(0)
            self._read(len(self.runs), run, max(0.05, end - time.monotonic()))
            self.runs.append(run)
            self.names.append(self._unused(run.name))
        # Those of which there is more to read go first; who had no turn has the next one.
        count = len(self.runs)
        order = sorted(
            range(count), key=lambda at: (at not in self._more, (at - self._turn) % count)
        )
        for place in order:
            if time.monotonic() >= end and place != order[0]:
                self._turn = place
                break
            came |= self._read(place, self.runs[place], max(0.02, end - time.monotonic()))
        return came

    @property
    def more(self) -> bool:
        """Whether there is more to read at once."""
        return bool(self._waiting or self._more)

    @property
    def points(self) -> int:
        """How many numbers there are."""
        return sum(len(run[name].steps) for run in self.runs for name in run.metrics)

    @property
    def live(self) -> bool:
        """Whether more may come."""
        return self.more or any(self.goes_on(place) for place in range(len(self.runs)))

    def goes_on(self, place: int) -> bool:
        """Whether a run is still going, as far as one can tell."""
        run = self.runs[place]
        if run.state == "unknown":
            return time.time() - _last_time(run) < _LATELY
        return run.state == "running"

    def metrics(self) -> list[str]:
        """List the names of all metrics, sorted."""
        return sorted({name for run in self.runs for name in run.metrics})

    def place(self, name: str) -> int:
        """Return the number of a run; InputError where no run has this name."""
        if name not in self.names:
            there = ", ".join(repr(each) for each in self.names)
            raise InputError(f"no run is called {name!r:.80}: there are {there:.400}")
        return self.names.index(name)

    def run(self, place: int) -> Run:
        """Return a run by its number; InputError where there is none."""
        if not 0 <= place < len(self.runs):
            raise InputError(f"run {place} does not exist: there are {len(self.runs)} runs")
        return self.runs[place]

    def first_with_traces(self) -> str:
        """Name the first run that has traces, else the first; "" where there is none."""
        for name, run in zip(self.names, self.runs, strict=True):
            if run.trace_steps:
                return name
        return next(iter(self.names), "")

    def saved_steps(self, name: str) -> list[int]:
        """List the steps of which a run has traces."""
        return self.runs[self.place(name)].trace_steps if name else []

    def last_step(self, name: str) -> int | None:
        """Return the last saved step of a run, else the last step of all runs."""
        saved = self.saved_steps(name)
        if saved:
            return saved[-1]
        ends = [
            int(run[metric].steps[-1])
            for run in self.runs
            for metric in run.metrics
            if len(run[metric].steps)
        ]
        return max(ends, default=None)

    def curve(self, place: int, metric: str, over: Over, weight: float) -> Curve | None:
        """Smooth the points of a metric; None where the run does not have it over that axis."""
        run = self.run(place)
        if metric not in run.metrics:
            return None
        series = run[metric]
        key = (place, metric, over, weight)
        epochs = run.epochs if over == "epoch" else None
        # Arrays of a series are new where points came.
        signs = (series.steps, None if epochs is None else epochs.steps)
        known = self._curves.get(key)
        if known is not None and known[0][0] is signs[0] and known[0][1] is signs[1]:
            self._curves.move_to_end(key)
            return known[1]
        made = _curve(run, series, over, weight)
        self._curves[key] = (signs, made)
        if len(self._curves) > _KEPT:
            self._curves.popitem(last=False)
        return made

    def drawn(self, asked: CurveParams) -> Arrays:
        """Make what is drawn of a metric: ``curve/RUN`` for each run, and their best values.

        Returns
        -------
        dict of str to float32 array
            ``curve/RUN`` (5, points) as `curve_array` has it; ``best`` (runs, 6): number of the
            run and, of its best value as it was logged, what `curve_array` has.
        """
        found: Arrays = {}
        best: list[NDArray[np.float32]] = []
        for place in dict.fromkeys(asked["runs"]):
            curve = self.curve(place, asked["metric"], asked["over"], asked["smooth"])
            if curve is None or not len(curve.x):
                continue
            part = in_range(curve.x, asked["start"], asked["stop"])
            kept = thinned(curve.values[part], asked["points"])
            steps, x, values = curve.steps[part], curve.x[part], curve.values[part]
            found[f"curve/{place}"] = curve_array(steps[kept], x[kept], values[kept])
            raw = self.curve(place, asked["metric"], asked["over"], 0.0)
            at = None if raw is None else best_step(raw.steps, raw.values, better(asked["metric"]))
            if raw is not None and at is not None:
                which = [int(np.flatnonzero(raw.steps == at)[0])]
                one = curve_array(raw.steps[which], raw.x[which], raw.values[which])[:, 0]
                best.append(np.concatenate([np.array([place], np.float32), one]))
        found["best"] = np.stack(best) if best else np.zeros((0, 6), np.float32)
        return found

    def value(self, place: int, metric: str, step: int, weight: float) -> tuple[float, float]:
        """Return the value of a curve at the logged step nearest to `step`, and that step."""
        curve = self.curve(place, metric, "step", weight)
        if curve is None or not len(curve.steps):
            return math.nan, math.nan
        at = nearest(curve.steps, step)
        return float(curve.values[at]), float(curve.steps[at])

    def change(self, metric: str) -> float:
        """Return how far a metric goes in a run, as a share of its largest value."""
        most = 0.0
        for run in self.runs:
            values = run[metric].values if metric in run.metrics else np.zeros(0)
            known = values[np.isfinite(values)]
            if len(known):
                largest = float(np.abs(known).max()) or 1.0
                most = max(most, float(known.max() - known.min()) / largest)
        return most

    def parameters(self) -> dict[str, list[Any]]:
        """List the hyperparameters in which the runs differ, as JSON values."""
        found = differing([run.config for run in self.runs], training_defaults())
        return {name: [_plain(value) for value in values] for name, values in found.items()}

    def _found(self) -> Sequence[Run]:
        try:
            return self._find()
        except HeadwiseError:
            # A folder that is gone takes nothing away from what was read.
            return []

    def _read(self, place: int, run: Run, seconds: float) -> bool:
        points, media, more = run.refresh(seconds)
        (self._more.add if more else self._more.discard)(place)
        return bool(points or media)

    def _unused(self, name: str) -> str:
        wanted, number = name, 2
        while wanted in self.names:
            wanted, number = f"{name} ({number})", number + 1
        return wanted


def _curve(run: Run, series: Series, over: Over, weight: float) -> Curve:
    values = smooth(series.values, weight)
    if over == "step":
        x = series.steps.astype(np.float64)
    elif over == "time":
        x = series.times - _first_time(run)
    else:
        epochs = run.epochs
        known = None if epochs is None else np.isfinite(epochs.values)
        if epochs is None or known is None or not known.any():
            return Curve(series.steps[:0], np.zeros(0), np.zeros(0))
        x = np.interp(series.steps, epochs.steps[known], epochs.values[known])
    there = np.isfinite(x)
    order = np.argsort(x[there], kind="stable")
    return Curve(series.steps[there][order], x[there][order], values[there][order])


def _first_time(run: Run) -> float:
    starts = [times[0] for name in run.metrics if len(times := _times(run, name))]
    return float(min(starts, default=0.0))


def _last_time(run: Run) -> float:
    ends = [times[-1] for name in run.metrics if len(times := _times(run, name))]
    return float(max(ends, default=-math.inf))


def _times(run: Run, name: str) -> Doubles:
    times = run[name].times
    known = times[np.isfinite(times)]
    return np.array([known.min(), known.max()]) if len(known) else known


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)[:200]
