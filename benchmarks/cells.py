"""What was measured of one tool at one length, and the medians of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Run = dict[str, Any]
Scope = Literal["rendererSeconds", "browserSeconds"]
Clock = Literal["script", "task"]
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
    failed
        What went wrong outside the tool, or None.
    runs
        What `drive.mjs` or `lab_drive.mjs` printed, one dict a repetition.
    """

    tool: str
    tokens: int
    build_seconds: float | None = None
    build_peak_bytes: int | None = None
    stopped: str | None = None
    failed: str | None = None
    runs: list[Run] = field(default_factory=list)

    def middle(self, value: Callable[[Run], float | None], needs: str) -> float | None:
        """Return the median over the runs.

        Parameters
        ----------
        value
            Reads it from a run; None where the run has none.
        needs
            A key; runs without it do not count.

        Returns
        -------
        float or None
            None where no run came so far.
        """
        values = [value(run) for run in self.runs if needs in run]
        found = [one for one in values if one is not None]
        return median(found) if found else None

    def figure(self, name: str) -> float | None:
        """Return the median of what a run holds under a name, such as ``"bytes"``."""
        return self.middle(lambda run: run[name], name)

    def first_picture(self, scope: Scope, floor: float = 0) -> float | None:
        """CPU seconds until the first complete picture, less `floor` and the run's own."""

        def seconds(run: Run) -> float:
            own = run["floor"]["laps"]["first"][scope] if "floor" in run else 0
            return max(run["load"]["laps"]["first"][scope] - own - floor, 0)

        return self.middle(seconds, "load")

    def load(self, scope: Scope, floor: float = 0) -> float | None:
        """CPU seconds until the page has loaded and rests, less `floor` and the run's own."""

        def seconds(run: Run) -> float:
            own = run["floor"][scope] if "floor" in run else 0
            return max(run["load"][scope] - own - floor, 0)

        return self.middle(seconds, "load")

    def each(self, stage: str, scope: Scope) -> float | None:
        """CPU milliseconds of one step of a stage: a hover, a layer change, a click."""
        return self.middle(lambda run: 1000 * run[stage][scope] / run[stage]["count"], stage)

    def percentile(self, stage: str, clock: Clock, share: float) -> float | None:
        """CPU milliseconds of the page's thread that a share of the steps stays within.

        Parameters
        ----------
        stage
            "hover", "again", "layer" or "open".
        clock
            ``"script"``, or ``"task"`` for all that the thread did.
        share
            0.95 for the 95th percentile, by nearest rank over the steps of all runs.

        Returns
        -------
        float or None
            None where no step was made.
        """
        steps = sorted(step[clock] for run in self.runs for step in run["steps"].get(stage, ()))
        return steps[max(math.ceil(share * len(steps)), 1) - 1] if steps else None

    def count(self, stage: str) -> int:
        """Return how many steps of a stage all runs made."""
        return sum(len(run["steps"].get(stage, ())) for run in self.runs)

    def messages(self, stage: str) -> int | None:
        """Return the most messages that the page sent in a stage of a run."""
        found = [run[stage]["messages"] for run in self.runs if stage in run]
        return max(found) if found else None

    def python_load(self) -> float | None:
        """CPU seconds of Python to answer the page until it has loaded."""
        return self.middle(lambda run: run["load"]["pythonSeconds"], "load")

    def python_each(self, stage: str) -> float | None:
        """CPU milliseconds of Python for one step of a stage."""
        return self.middle(lambda run: 1000 * run[stage]["pythonSeconds"], stage)

    def opening(self, floor: float) -> float | None:
        """CPU seconds of Python and renderer until the first complete picture, less `floor`."""
        parts = (
            self.build_seconds,
            self.figure("firstPythonSeconds"),
            self.first_picture("rendererSeconds", floor),
        )
        return None if None in parts else sum(part for part in parts if part is not None)

    def peak_megabytes(self) -> float | None:
        """Most memory of the renderer."""
        return self.middle(lambda run: run["peakBytes"] / MEGABYTE, "peakBytes")

    def rest_megabytes(self) -> float | None:
        """Memory of the renderer once the page has loaded and rests."""
        return self.middle(lambda run: run["load"]["restBytes"] / MEGABYTE, "load")

    def build_megabytes(self) -> float | None:
        """Most memory of Python above its input."""
        return None if self.build_peak_bytes is None else self.build_peak_bytes / MEGABYTE

    def was_stopped(self) -> bool:
        """Whether a limit was passed, in Python or in the browser, or nothing could be measured."""
        nothing = self.failed is not None or self.stopped is not None
        return nothing or any("stopped" in run for run in self.runs)

    def troubles(self) -> list[str]:
        """Return what failed other than by a limit, one sentence each."""
        found = [] if self.failed is None else [self.failed]
        for run in self.runs:
            found += [f"{stage}: {why}" for stage, why in run.get("failed", {}).items()]
        return [f"{self.tool}, N = {self.tokens}: {why}" for why in dict.fromkeys(found)]

    def why(self, stage: str) -> str:
        """Say why a stage has no figure.

        Parameters
        ----------
        stage
            "load", "hover", "layer" or "open".

        Returns
        -------
        str
            The limit that was passed, that it failed, or "-".
        """
        if self.stopped is not None:
            return self.stopped
        for run in self.runs:
            if stage in run.get("failed", ()):
                return "failed"
            if "stopped" in run:
                after = run["stopped"]["stage"]
                reason = f"stopped: {run['stopped']['reason']}"
                return reason if after == stage else f"stopped at {after}"
            if "load" in run.get("failed", ()):
                return "failed at load"
        return "-" if self.failed is None else "failed"
