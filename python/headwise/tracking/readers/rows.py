"""Rows of names and values, as W&B and Trackio log them, put into series."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headwise.tracking.readers.run import Run

STEP: Final = "train/global_step"
_OWN: Final = frozenset({"_step", "_timestamp", "_runtime", STEP})
_WORDS: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Rows:
    """Finds the training step of each row.

    The tracker counts rows; the training step is in ``train/global_step``. A row without it
    belongs to the step of the row before, or, in a run that has none, to its own number.
    """

    def __init__(self) -> None:
        self._step: int | None = None
        self._numbered = 0

    def take(self, run: Run, row: Mapping[str, Any], time: float | None = None) -> int:
        """Add the numbers of a row to `run`.

        Parameters
        ----------
        run : Run
        row : mapping
            With ``_step`` where the tracker counts, and ``_timestamp`` unless `time` is given.
        time : float, optional
            Seconds since 1970.

        Returns
        -------
        int
            The step.
        """
        said = _number(row.get(STEP))
        if said is not None and math.isfinite(said):
            self._step = int(said)
        elif self._step is not None:
            self._numbered += 1
        own = _number(row.get("_step"))
        step = int(own or 0) if self._step is None else self._step
        when = time if time is not None else _number(row.get("_timestamp"))
        for name, value in _flat(row):
            if name not in _OWN:
                number = _number(value)
                if number is not None:
                    run.add(name, step, number, math.nan if when is None else when)
        return step

    def notes(self) -> list[str]:
        """Say which rows had no step."""
        if not self._numbered:
            return []
        several = "row has" if self._numbered == 1 else "rows have"
        return [f"{self._numbered} {several} no {STEP}: shown at the step of the row before"]


def _flat(row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for name, value in row.items():
        if isinstance(value, dict):
            if "_type" not in value:
                flat += [
                    (f"{name}.{inner}", each)
                    for inner, each in _flat(cast("dict[str, Any]", value))
                ]
        else:
            flat.append((name, value))
    return flat


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value)
    return _WORDS.get(value) if isinstance(value, str) else None
