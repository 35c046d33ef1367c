"""Answers to what the page of a runs view asks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from headwise.threads import one_blas_thread
from headwise.tracking.curves import to_csv
from headwise.widgets._runs_words import named_curves, tensor_name
from headwise.wire.codec import encode
from headwise.wire.runs import read_curves, read_strip, read_table, read_values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from threading import RLock

    from headwise.widgets._run_set import RunSet
    from headwise.widgets._run_traces import RunTraces
    from headwise.wire.rpc import Handler

    Params = Mapping[str, object]


class Answers:
    """What is worked out of runs; one answer at a time.

    Parameters
    ----------
    runs : RunSet
    traces : RunTraces
    lock : RLock
        Held while runs are read.
    read_on : callable
        Reads what is new and shows it. The lock is not held meanwhile: it changes the view.
    """

    def __init__(
        self, runs: RunSet, traces: RunTraces, lock: RLock, read_on: Callable[[], None]
    ) -> None:
        self._runs = runs
        self._traces = traces
        self._lock = lock
        self._read_on = read_on

    def handlers(self) -> dict[str, Handler]:
        """Name the answers by what is asked."""
        worked = {
            "curves": self.curves,
            "at": self.values,
            "strip": self.strip,
            "csv": self.table,
        }
        answers: dict[str, Handler] = {
            name: partial(self._alone, work) for name, work in worked.items()
        }
        return {**answers, "refresh": self.refresh, "stepped": _heard}

    def curves(self, params: Params) -> bytes:
        """Draw the curves of a metric: ``["curve", metric, over, smooth, run]`` of each run."""
        asked = read_curves(params)
        drawn = self._runs.drawn(asked)
        return encode(named_curves(drawn, asked["metric"], asked["over"], asked["smooth"]))

    def values(self, params: Params) -> bytes:
        """Find values at a step: ``at`` float32 (metrics, runs, 3), value and step in two parts."""
        asked = read_values(params)
        found = [
            [self._runs.value(run, name, asked["step"], asked["smooth"]) for run in asked["runs"]]
            for name in asked["metrics"]
        ]
        pairs = np.array(found, np.float64).reshape(len(found), len(asked["runs"]), 2)
        value, step = pairs[..., 0], pairs[..., 1]
        high = step.astype(np.float32)
        parts = [value.astype(np.float32), high, (step - high).astype(np.float32)]
        return encode({"at": np.stack(parts, axis=-1)})

    def strip(self, params: Params) -> bytes:
        """Draw a head at steps of a run: ``["strip", run, probe, block, layer, head, step]``."""
        asked = read_strip(params)
        place = (asked["block"], asked["layer"], asked["head"])
        run = self._runs.run(asked["run"])
        maps = self._traces.strip(run, asked["steps"], asked["probe"], place)
        of = (asked["run"], asked["probe"], *place)
        return encode(
            {
                tensor_name("strip", *of, int(name.partition("/")[2])): codes
                for name, codes in maps.items()
            }
        )

    def table(self, params: Params) -> bytes:
        """Write the points as they were logged: ``csv`` uint8, UTF-8."""
        asked = read_table(params)
        text = to_csv([self._runs.run(run) for run in asked["runs"]], asked["metrics"])
        return encode({"csv": np.frombuffer(text.encode(), np.uint8)})

    def refresh(self, _params: Params) -> bytes:
        """Read what is new; it comes as the traits."""
        self._read_on()
        return encode({})

    def _alone(self, work: Callable[[Params], bytes], params: Params) -> bytes:
        with self._lock, one_blas_thread():
            return work(params)


def _heard(_params: Params) -> bytes:
    """Tell the page that the step it set has been taken."""
    return encode({})
