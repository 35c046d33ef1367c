"""What was measured of one tool at one length, and the medians of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Run = dict[str, Any]
Scope = Literal["rendererSeconds", "browserSeconds"]
MEGABYTE = 2**20
NOT_TRIED = "not tried"


@dataclass(slots=True)
class Cell:
    """One tool at one number of tokens.

    Attributes
    ----------
    tool, tokens
        Which tool, and N.
    build_seconds
        CPU of Python to make the view or the page, without its input; None if it was stopped.
    build_peak_bytes
        Most memory of Python above its input while it does; None likewise.
    stopped
        Why there is no page to open, or None.
    runs
        What `drive.mjs` printed, one dict a repetition.
    """

    tool: str
    tokens: int
    build_seconds: float | None = None
    build_peak_bytes: int | None = None
    stopped: str | None = None
    runs: list[Run] = field(default_factory=list)

    def _middle(self, value: Callable[[Run], float], needs: str) -> float | None:
        values = [value(run) for run in self.runs if needs in run]
        return median(values) if values else None

    def figure(self, name: str) -> float | None:
        """Return the median of what a run holds under a name, such as ``"bytes"``.

        Parameters
        ----------
        name
            A key of a run.

        Returns
        -------
        float or None
            None where no run came so far.
        """
        return self._middle(lambda run: run[name], name)

    def first_picture(self, scope: Scope, floor: float = 0) -> float | None:
        """CPU seconds until the first complete picture, less `floor`."""
        return self._middle(lambda run: max(run["load"]["laps"]["first"][scope] - floor, 0), "load")

    def load(self, scope: Scope, floor: float = 0) -> float | None:
        """CPU seconds until the page has loaded and rests, less `floor`."""
        return self._middle(lambda run: max(run["load"][scope] - floor, 0), "load")

    def each(self, stage: str, scope: Scope) -> float | None:
        """CPU milliseconds of one step of a stage: a hover, a layer change, a click."""
        return self._middle(lambda run: 1000 * run[stage][scope] / run[stage]["count"], stage)

    def python_load(self) -> float | None:
        """CPU seconds of Python to answer the page until it has loaded."""
        return self._middle(lambda run: run["load"]["pythonSeconds"], "load")

    def python_each(self, stage: str) -> float | None:
        """CPU milliseconds of Python for one step of a stage."""
        return self._middle(lambda run: 1000 * run[stage]["pythonSeconds"], stage)

    def peak_megabytes(self) -> float | None:
        """Most memory of the renderer."""
        return self._middle(lambda run: run["peakBytes"] / MEGABYTE, "peakBytes")

    def was_stopped(self) -> bool:
        """Whether a limit was passed, in Python or in the browser."""
        return self.stopped is not None or any("stopped" in run for run in self.runs)

    def why(self, stage: str) -> str:
        """Say why a stage has no figure.

        Parameters
        ----------
        stage
            "load", "hover", "layer" or "open".

        Returns
        -------
        str
            The limit that was passed, or "-".
        """
        if self.stopped is not None:
            return self.stopped
        for run in self.runs:
            if "stopped" in run:
                after = run["stopped"]["stage"]
                reason = f"stopped: {run['stopped']['reason']}"
                return reason if after == stage else f"stopped at {after}"
        return "-"
