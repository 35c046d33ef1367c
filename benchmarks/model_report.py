"""The tables of the model views as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.cells import NOT_TRIED
from benchmarks.tables import RUNS, Column, bytes_text, compared, number, troubles
from benchmarks.targets import Target, targets_table, times_less

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.cells import Cell, Scope

FIRST, ALL = 1, 2
TARGET_TOKENS, TARGET = 64, 50
LONG_TOKENS, LONG_SECONDS = 2048, 3
P50, P95 = 0.5, 0.95

OTHERS = (
    Column("bytes, all", "load", lambda cell: cell.figure("loadedBytes"), bytes_text),
    Column("Python to make it, s", "load", lambda cell: cell.build_seconds),
    Column("and its memory, MB", "load", lambda cell: cell.build_megabytes()),
    Column("Python while it loads, s", "load", lambda cell: cell.python_load(), compared=False),
    Column("Python per open, ms", "open", lambda cell: cell.python_each("open"), compared=False),
    Column("open p50, ms", "open", lambda cell: cell.percentile("open", "task", P50)),
    Column("open p95, ms", "open", lambda cell: cell.percentile("open", "task", P95)),
    Column("renderer at rest, MB", "load", lambda cell: cell.rest_megabytes()),
    Column("renderer's most, MB", "load", lambda cell: cell.peak_megabytes()),
)


@dataclass(frozen=True, slots=True)
class ModelReport:
    """All that a run found.

    Attributes
    ----------
    ours, peers
        headwise and BertViz; one cell a length.
    causal
        headwise on a long causal trace, of which half is computed; None where it was not run.
    empty
        The empty page.
    facts
        Versions, date, machine and method: items of a Markdown list.
    """

    ours: Sequence[Cell]
    peers: Sequence[Cell]
    causal: Cell | None
    empty: Cell
    facts: Sequence[str]

    def markdown(self) -> str:
        """Return the whole report.

        Returns
        -------
        str
            Markdown, with a newline at the end.
        """
        parts = [
            "# The model view and BertViz's on the same attention",
            "In brackets: the figure of BertViz / that of headwise.",
            "## Targets",
            targets_table([self._against(), *self._long()]),
            "## How it was measured",
            "\n".join(self.facts),
            "## CPU of the renderer process",
            compared(self._columns("rendererSeconds"), self._groups()),
            "## CPU of all processes of Chromium",
            compared(self._columns("browserSeconds"), self._groups()),
            "## The rest",
            "Bytes once every thumbnail has come, CPU of Python and of the page's thread, memory.",
            compared(OTHERS, self._groups()),
            *troubles([*self._mine(), *self.peers]),
        ]
        return "\n\n".join(parts) + "\n"

    def broken(self) -> bool:
        """Whether headwise failed, other than by a limit."""
        return any(cell.troubles() for cell in self._mine())

    def _against(self) -> Target:
        columns = self._columns("rendererSeconds")
        ours, peer = (
            next((cell for cell in cells if cell.tokens == TARGET_TOKENS), None)
            for cells in (self.ours, self.peers)
        )
        name = f"CPU to the first picture, N = {TARGET_TOKENS}, BertViz / headwise"
        return times_less(name, columns[FIRST], (ours, peer), TARGET, columns[ALL])

    def _long(self) -> list[Target]:
        name = f"CPU to open it, renderer and Python, N = {LONG_TOKENS}"
        cell = next((cell for cell in self.ours if cell.tokens == LONG_TOKENS), None)
        named = ((name, cell), (f"{name}, causal", self.causal))
        return [self._opened(name, cell) for name, cell in named]

    def _opened(self, name: str, cell: Cell | None) -> Target:
        wanted = f"under {LONG_SECONDS} s"
        if cell is None:
            return Target(name, wanted)
        found = cell.opening(self.empty.first_picture("rendererSeconds") or 0)
        if found is None:
            return Target(name, wanted, why=f"headwise {cell.why('load')}")
        python = (cell.build_seconds or 0) + (cell.figure("firstPythonSeconds") or 0)
        measured = f"{number(found)} s ({number(python)} s of it Python)"
        return Target(name, wanted, measured, met=found < LONG_SECONDS)

    def _columns(self, scope: Scope) -> list[Column]:
        first = self.empty.first_picture(scope) or 0
        rest = self.empty.load(scope) or 0
        return [
            Column("bytes, first picture", "load", lambda cell: cell.figure("bytes"), bytes_text),
            Column("first picture, s", "load", lambda cell: cell.first_picture(scope, first)),
            Column("at rest, all, s", "load", lambda cell: cell.load(scope, rest)),
            Column("open, ms", "open", lambda cell: cell.each("open", scope)),
            RUNS,
        ]

    def _mine(self) -> list[Cell]:
        return [*self.ours, *([] if self.causal is None else [self.causal])]

    def _groups(self) -> list[tuple[Cell, list[Cell]]]:
        groups = [
            (cell, [] if peer.stopped == NOT_TRIED else [peer])
            for cell, peer in zip(self.ours, self.peers, strict=True)
        ]
        return groups if self.causal is None else [*groups, (self.causal, [])]
