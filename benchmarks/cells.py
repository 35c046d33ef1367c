"""What was measured of one tool at one length, and the medians of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Run = dict[str, Any]
Scope = Literal["rendererSeconds", "browserSeconds"]


@dataclass(slots=True)
class Cell:
    """One tool at one number of tokens.

    Attributes
    ----------
    tool, tokens
        Which tool, and N.
    build_seconds
        CPU of Python to make the view or the page, without its input; None if it was stopped.
    stopped
        Why there is no page to open, or None.
    runs
        What `drive.mjs` printed, one dict a repetition.
    """

    tool: str
    tokens: int
    build_seconds: float | None = None
    stopped: str | None = None
    runs: list[Run] = field(default_factory=list)

    def _middle(self, value: Callable[[Run], float], needs: str) -> float | None:
        values = [value(run) for run in self.runs if needs in run]
        return median(values) if values else None

    def bytes_first(self) -> float | None:
        """Bytes sent until the first picture."""
        return self._middle(lambda run: run["bytes"], "bytes")

    def bytes_all_layers(self) -> float | None:
        """Bytes sent until every layer was shown once."""
        return self._middle(lambda run: run["allLayersBytes"], "allLayersBytes")

    def load(self, scope: Scope, floor: float = 0) -> float | None:
        """CPU seconds to load, less `floor` (what an empty page takes)."""
        return self._middle(lambda run: max(run["load"][scope] - floor, 0), "load")

    def hover(self, scope: Scope, hovers: int) -> float | None:
        """CPU milliseconds of one hover."""
        return self._middle(lambda run: 1000 * run["hover"][scope] / hovers, "hover")

    def layer(self, scope: Scope) -> float | None:
        """CPU milliseconds of one layer change."""
        return self._middle(lambda run: 1000 * run["layer"][scope] / run["layer"]["count"], "layer")

    def python_layer(self) -> float | None:
        """CPU milliseconds of Python for one layer change."""
        return self._middle(lambda run: 1000 * run["pythonPerLayer"], "pythonPerLayer")

    def peak_megabytes(self) -> float | None:
        """Most memory of the renderer."""
        return self._middle(lambda run: run["peakBytes"] / 2**20, "peakBytes")

    def why(self, stage: str) -> str:
        """Say why a stage has no figure.

        Parameters
        ----------
        stage
            "load", "hover" or "layer".

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
