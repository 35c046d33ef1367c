"""The tables of the views in JupyterLab as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.tables import RUNS, Column, bytes_text, compared, troubles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.cells import Cell

    Group = tuple[Cell, Sequence[Cell]]

P50, P95 = 0.5, 0.95
SCOPE = "rendererSeconds"
HEADINGS = {"head_view": "Head view", "model_view": "Model view"}

LOADING = (
    Column("bytes, first picture", "load", lambda cell: cell.figure("bytes"), bytes_text),
    Column("bytes, at rest", "load", lambda cell: cell.figure("loadedBytes"), bytes_text),
    Column("first picture, s", "load", lambda cell: cell.first_picture(SCOPE)),
    Column("at rest, s", "load", lambda cell: cell.load(SCOPE)),
)
MEMORY = (
    Column("renderer at rest, MB", "load", lambda cell: cell.rest_megabytes()),
    Column("renderer's most, MB", "load", lambda cell: cell.peak_megabytes()),
    RUNS,
)
STEPS = {
    "head_view": (
        Column("hover p50, ms", "hover", lambda cell: cell.percentile("hover", "task", P50)),
        Column("hover p95, ms", "hover", lambda cell: cell.percentile("hover", "task", P95)),
        Column("its script p95", "hover", lambda cell: cell.percentile("hover", "script", P95)),
        Column("layer change p50, ms", "layer", lambda cell: cell.percentile("layer", "task", P50)),
        Column("layer change p95, ms", "layer", lambda cell: cell.percentile("layer", "task", P95)),
    ),
    "model_view": (
        Column("open p50, ms", "open", lambda cell: cell.percentile("open", "task", P50)),
        Column("open p95, ms", "open", lambda cell: cell.percentile("open", "task", P95)),
    ),
}


@dataclass(frozen=True, slots=True)
class LabReport:
    """All that a run found.

    Attributes
    ----------
    views
        By the name of the view, headwise's cell and BertViz' at each length.
    facts
        Versions, date, machine and method: items of a Markdown list.
    """

    views: Mapping[str, Sequence[Group]]
    facts: Sequence[str]

    def markdown(self) -> str:
        """Return the whole report.

        Returns
        -------
        str
            Markdown, with a newline at the end.
        """
        parts = [
            "# The views in JupyterLab",
            "In brackets: the figure of BertViz / that of headwise.",
            "\n".join(self.facts),
        ]
        for view, groups in self.views.items():
            columns = (*LOADING, *STEPS[view], *MEMORY)
            parts += [f"## {HEADINGS[view]}", compared(columns, groups)]
        return "\n\n".join([*parts, *troubles(self._all())]) + "\n"

    def broken(self) -> bool:
        """Whether headwise failed, other than by a limit."""
        return any(ours.troubles() for groups in self.views.values() for ours, _ in groups)

    def _all(self) -> list[Cell]:
        pairs = [pair for groups in self.views.values() for pair in groups]
        return [cell for ours, others in pairs for cell in (ours, *others)]
