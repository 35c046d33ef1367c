"""The tables of the model views as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.tables import bytes_text, number, ratio, shown, table, times, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.cells import Cell, Scope

TARGET_TOKENS = 64
TARGET = 50
MUST_OPEN = (512, 2048)
STAGES = ("load", "load", "open")


@dataclass(frozen=True, slots=True)
class ModelReport:
    """All that a run found.

    Attributes
    ----------
    ours, peers
        headwise and BertViz; one cell a length.
    empty
        The empty page.
    facts
        Versions, date, machine and method: items of a Markdown list.
    """

    ours: Sequence[Cell]
    peers: Sequence[Cell]
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
            "Ratios are BertViz / headwise.",
            "\n".join(self.facts),
            "## Targets",
            "\n".join([*self._load_targets(), *map(self._opens, MUST_OPEN)]),
            "## CPU of the renderer process",
            self._compared("rendererSeconds"),
            "## CPU of all processes of Chromium",
            self._compared("browserSeconds"),
            "## The rest",
            "Bytes once every thumbnail has come, CPU of Python, and the renderer's most memory.",
            self._rest(),
        ]
        return "\n\n".join(parts) + "\n"

    def _load_targets(self) -> list[str]:
        pairs = {
            cell.tokens: (cell, peer) for cell, peer in zip(self.ours, self.peers, strict=True)
        }
        if TARGET_TOKENS not in pairs:
            return [f"* N = {TARGET_TOKENS} was not part of this run."]
        figures = [self._figures(cell, "rendererSeconds") for cell in pairs[TARGET_TOKENS]]
        _, first, whole, _ = map(ratio, *figures)
        return [
            f"* CPU to load at N = {TARGET_TOKENS}, all: {verdict(whole, TARGET)}",
            f"* CPU to load at N = {TARGET_TOKENS}, first: {verdict(first, TARGET)}",
        ]

    def _opens(self, tokens: int) -> str:
        cell = next((cell for cell in self.ours if cell.tokens == tokens), None)
        if cell is None:
            return f"* N = {tokens} was not part of this run."
        opens = not cell.was_stopped() and cell.figure("openedBytes") is not None
        return f"* opens at N = {tokens}: **{'met' if opens else 'missed'}**"

    def _figures(self, cell: Cell, scope: Scope) -> list[float | None]:
        floors = self.empty.first_picture(scope) or 0, self.empty.load(scope) or 0
        return [
            cell.figure("bytes"),
            cell.first_picture(scope, floors[0]),
            cell.load(scope, floors[1]),
            cell.each("open", scope),
        ]

    def _compared(self, scope: Scope) -> str:
        rows = [["N", "", "bytes sent", "load, first, s", "load, all, s", "open, ms", "runs"]]
        for cell, peer in zip(self.ours, self.peers, strict=True):
            mine, theirs = self._figures(cell, scope), self._figures(peer, scope)
            rows += [
                [str(cell.tokens), "headwise", *shown(cell, STAGES, mine), str(len(cell.runs))],
                ["", "BertViz", *shown(peer, STAGES, theirs), str(len(peer.runs))],
                ["", "ratio", *map(times, map(ratio, mine, theirs)), ""],
            ]
        return table(rows)

    def _rest(self) -> str:
        heading = ["N", "", "bytes, all", "Python to make it, s", "Python while it loads, s"]
        rows = [[*heading, "Python per open, ms", "renderer, MB"]]
        rows += [
            [
                str(cell.tokens),
                cell.tool,
                bytes_text(cell.figure("loadedBytes")),
                number(cell.build_seconds),
                number(cell.python_load()),
                number(cell.python_each("open")),
                number(cell.peak_megabytes()),
            ]
            for pair in zip(self.ours, self.peers, strict=True)
            for cell in pair
            if cell.build_seconds is not None
        ]
        return table(rows)
