"""Curves of runs on their way to the browser, and what it may ask about them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal, TypedDict, cast

import numpy as np

from headwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]

Over = Literal["step", "time", "epoch"]
OVERS: Final[tuple[Over, ...]] = ("step", "time", "epoch")
MOST_POINTS: Final = 4000
MOST_SMOOTHING: Final = 0.999
_LEAST_POINTS: Final = 4
_MOST_MAPS: Final = 200


class CurveParams(TypedDict):
    """Curves of one metric: of which runs, over what, and how finely from where to where."""

    metric: str
    runs: list[int]
    over: Over
    smooth: float
    start: float | None
    stop: float | None
    points: int


class ValueParams(TypedDict):
    """Values of metrics at a step."""

    metrics: list[str]
    runs: list[int]
    smooth: float
    step: int


class StripParams(TypedDict):
    """Maps of one head at some steps of a run."""

    run: int
    block: str
    layer: int
    head: int
    probe: int
    steps: list[int]


class TableParams(TypedDict):
    """Points as they were logged, as CSV."""

    metrics: list[str]
    runs: list[int]


def read_curves(params: Mapping[str, object]) -> CurveParams:
    """Check the parameters of a ``curves`` request.

    Raises
    ------
    InputError
        A field is missing, of another type or out of its range; the message names it.
    """
    over = params.get("over")
    if over not in OVERS:
        raise InputError(f"parameter 'over' must be one of {', '.join(OVERS)}; got {over!r:.80}")
    return {
        "metric": _text(params, "metric"),
        "runs": _whole(params, "runs"),
        "over": over,
        "smooth": read_smoothing(params.get("smooth")),
        "start": _bound(params, "start"),
        "stop": _bound(params, "stop"),
        "points": _number(params, "points", _LEAST_POINTS, MOST_POINTS),
    }


def read_values(params: Mapping[str, object]) -> ValueParams:
    """Check the parameters of an ``at`` request; InputError as for `read_curves`."""
    return {
        "metrics": _texts(params, "metrics"),
        "runs": _whole(params, "runs"),
        "smooth": read_smoothing(params.get("smooth")),
        "step": _number(params, "step", 0, 2**62),
    }


def read_strip(params: Mapping[str, object]) -> StripParams:
    """Check the parameters of a ``strip`` request; InputError as for `read_curves`."""
    steps = _whole(params, "steps")
    if len(steps) > _MOST_MAPS:
        raise InputError(f"parameter 'steps' holds {_MOST_MAPS} numbers at most, not {len(steps)}")
    return {
        "run": _number(params, "run", 0, 2**31),
        "block": _text(params, "block"),
        "layer": _number(params, "layer", 0, 2**31),
        "head": _number(params, "head", 0, 2**31),
        "probe": _number(params, "probe", 0, 2**31),
        "steps": steps,
    }


def read_table(params: Mapping[str, object]) -> TableParams:
    """Check the parameters of a ``csv`` request; InputError as for `read_curves`."""
    return {"metrics": _texts(params, "metrics"), "runs": _whole(params, "runs")}


def read_smoothing(value: object) -> float:
    """Check a weight of the past, from 0 to 0.999; InputError where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"smooth must be a number, not {value!r:.80}")
    if not 0.0 <= value <= MOST_SMOOTHING:
        raise InputError(f"smooth goes from 0 to {MOST_SMOOTHING}, not {value!r}")
    return float(value)


def curve_array(steps: NDArray[np.int64], x: Doubles, values: Doubles) -> Floats:
    """Pack the points of a curve; steps and places are in two parts, so that none is rounded.

    Parameters
    ----------
    steps : int64 array (points,)
    x, values : float64 array (points,)

    Returns
    -------
    float32 array (5, points)
        Step, what is left of it, place, what is left of it, value. The sum of two parts is exact
        up to 2⁴⁷.
    """
    return np.stack([*_parts(steps.astype(np.float64)), *_parts(x), values.astype(np.float32)])


def in_range(x: Doubles, start: float | None, stop: float | None) -> slice:
    """Find the points of a rising `x` from `start` to `stop`, and one more at either side."""
    first = 0 if start is None else int(np.searchsorted(x, start, "left")) - 1
    last = len(x) if stop is None else int(np.searchsorted(x, stop, "right")) + 1
    return slice(max(0, first), min(len(x), last))


def nearest(sorted_numbers: Sequence[int] | NDArray[np.int64], wanted: int) -> int:
    """Return the place of the number that is nearest; of two, that of the lower.

    Raises
    ------
    InputError
        There are no numbers.
    """
    if len(sorted_numbers) == 0:
        raise InputError("there is no step")
    numbers = np.asarray(sorted_numbers, np.int64)
    after = int(np.searchsorted(numbers, wanted))
    if after == 0:
        return 0
    if after == len(numbers):
        return after - 1
    before = after - 1
    is_lower = wanted - int(numbers[before]) <= int(numbers[after]) - wanted
    return before if is_lower else after


def _parts(numbers: Doubles) -> tuple[Floats, Floats]:
    high = numbers.astype(np.float32)
    return high, (numbers - high).astype(np.float32)


def _text(params: Mapping[str, object], name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str):
        raise InputError(f"parameter {name!r} must be str, not {type(value).__name__}")
    return value


def _number(params: Mapping[str, object], name: str, least: int, most: int) -> int:
    value = params.get(name)
    if type(value) is not int:
        raise InputError(f"parameter {name!r} must be int, not {type(value).__name__}")
    if not least <= value <= most:
        raise InputError(f"parameter {name!r} goes from {least} to {most}, not {value}")
    return value


def _bound(params: Mapping[str, object], name: str) -> float | None:
    value = params.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InputError(f"parameter {name!r} must be a number or nothing, not {value!r:.80}")
    return float(value)


def _list(params: Mapping[str, object], name: str) -> list[object]:
    value = params.get(name)
    if not isinstance(value, list):
        raise InputError(f"parameter {name!r} must be a list, not {type(value).__name__}")
    return cast("list[object]", value)


def _texts(params: Mapping[str, object], name: str) -> list[str]:
    given = _list(params, name)
    if not all(isinstance(entry, str) for entry in given):
        raise InputError(f"parameter {name!r} must hold names only")
    return cast("list[str]", given)


def _whole(params: Mapping[str, object], name: str) -> list[int]:
    given = _list(params, name)
    if not all(type(entry) is int and entry >= 0 for entry in given):
        raise InputError(f"parameter {name!r} must hold whole numbers from 0 only")
    return cast("list[int]", given)
