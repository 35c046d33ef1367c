"""What the page is told of runs before it asks, and which metrics have a chart at first."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from headwise.tracking.curves import better
from headwise.wire.codec import encode
from headwise.wire.saved import deflated_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from headwise.tracking.readers.run import Run
    from headwise.widgets._run_set import RunSet
    from headwise.wire.runs import Over

    Arrays = dict[str, NDArray[np.float32] | NDArray[np.uint8]]

_CHARTS: Final = 4
_OF_HEADS: Final = "headwise/"
_POINTS: Final = (600, 300, 150, 75, 30)
_MOST_MAPS: Final = 24
# What says how fast a training runs, not how well.
_ABOUT_SPEED: Final = re.compile(
    r"(runtime|per_second|total_flos|epoch|global_step|learning_rate|grad_norm|_timestamp|_step"
    r"|num_input_tokens)",
)
_ORDER: Final = (
    re.compile(r"^eval/loss$"),
    re.compile(r"^train/loss$"),
    re.compile(r"^(eval|valid|val|test)[/_]"),
    re.compile(r"loss"),
)


def first_metrics(runs: RunSet) -> list[str]:
    """Choose the metrics that have a chart unless somebody says which.

    Parameters
    ----------
    runs : RunSet

    Returns
    -------
    list of str
        At most four: losses, what was evaluated, then the rest; what measures speed only where
        there is nothing else. Of what the heads do the one that changes most has a place.
    """

    def rank(name: str) -> tuple[int, str]:
        place = next((at for at, form in enumerate(_ORDER) if form.search(name)), len(_ORDER))
        return (place, name)

    names = runs.metrics()
    telling = [name for name in names if not _ABOUT_SPEED.search(name)] or names
    of_heads = [name for name in telling if name.startswith(_OF_HEADS)]
    others = sorted((name for name in telling if name not in of_heads), key=rank)
    changing = sorted(of_heads, key=lambda name: (-runs.change(name), name))
    room = _CHARTS - min(len(changing), max(1, _CHARTS - len(others)))
    return [*others[:room], *changing[: _CHARTS - len(others[:room])]]


def describe_runs(runs: RunSet, version: int) -> dict[str, Any]:
    """List what is known of runs, as JSON.

    Parameters
    ----------
    runs : RunSet
    version : int
        Another one wherever there is more than before.

    Returns
    -------
    dict
    """
    return {
        "version": version,
        "runs": [
            {
                "name": name,
                "tracker": run.tracker,
                "state": run.state,
                "going": runs.goes_on(place),
                "steps": run.trace_steps,
                "probes": _probes(run),
                "metrics": run.metrics,
            }
            for place, (name, run) in enumerate(zip(runs.names, runs.runs, strict=True))
        ],
        "metrics": [{"name": name, "better": better(name)} for name in runs.metrics()],
        "parameters": runs.parameters(),
        "notes": [
            {"run": name, "words": words}
            for name, run in zip(runs.names, runs.runs, strict=True)
            for words in run.notes
        ],
        "live": runs.live,
        "more": runs.more,
        "points": runs.points,
    }


def tensor_name(kind: str, *of: object) -> str:
    """Name a tensor by what it is of, as JSON."""
    return json.dumps([kind, *of], separators=(",", ":"), ensure_ascii=False)


def named_curves(
    arrays: Mapping[str, NDArray[np.float32]], metric: str, over: Over, smooth: float
) -> Arrays:
    """Name what `RunSet.drawn` made: ``["curve", metric, over, smooth, run]``, ``["best", …]``."""
    return {
        tensor_name("best", metric, over)
        if name == "best"
        else tensor_name("curve", metric, over, smooth, int(name.partition("/")[2])): array
        for name, array in arrays.items()
    }


def opening(
    runs: RunSet,
    shown: Iterable[int],
    metrics: Iterable[str],
    how: tuple[Over, float],
    budget: int,
) -> Arrays:
    """Draw all charts, as finely as a budget allows.

    Parameters
    ----------
    runs : RunSet
    shown : iterable of int
        Numbers of runs.
    metrics : iterable of str
    how : (str, float)
        Over what, and how much they are smoothed.
    budget : int
        Bytes once they are deflated.

    Returns
    -------
    dict of str to array
    """
    over, smooth = how
    found: Arrays = {}
    size = budget
    for points in _POINTS:
        # Half as many points take about half as many bytes.
        if size > budget and points * size > budget * _POINTS[0] * 1.5:
            continue
        found = {}
        for metric in metrics:
            drawn = runs.drawn(
                {
                    "metric": metric,
                    "runs": list(shown),
                    "over": over,
                    "smooth": smooth,
                    "start": None,
                    "stop": None,
                    "points": points,
                }
            )
            found |= named_curves(drawn, metric, over, smooth)
        # The page has to know whether it has all points.
        found[tensor_name("points", points)] = np.zeros(1, np.uint8)
        now = deflated_size(found)
        if now <= budget:
            return found
        size = max(size, now)
    while found and deflated_size(found) > budget:
        found = dict(list(found.items())[: len(found) // 2])
    return found


def strip_steps(
    steps: Sequence[int], current: int | None = None, most: int = _MOST_MAPS
) -> list[int]:
    """Choose saved steps that stand for all: the ends, some evenly between, and `current`."""
    if len(steps) <= most:
        return list(steps)
    last = len(steps) - 1
    chosen = {steps[round(place * last / (most - 1))] for place in range(most)}
    return sorted(chosen if current is None else {*chosen, current})


def within(blob: Arrays, more: Mapping[str, NDArray[np.uint8]], budget: int) -> bytes:
    """Put two sets of arrays together where they fit; the first alone where they do not."""
    both: Arrays = {**blob, **more}
    return encode(both if deflated_size(both) <= budget else blob)


def _probes(run: Run) -> int:
    return len({each.name for each in run.media if each.kind == "trace"})
