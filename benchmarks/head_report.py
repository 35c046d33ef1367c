"""The tables of the head views as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.cells import MEGABYTE, NOT_TRIED
from benchmarks.tables import bytes_text, number, ratio, shown, table, times, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.cells import Cell, Scope

FIGURES = ("bytes to the first view", "CPU to load", "hover", "CPU per layer change")
TARGETS = (
    ("BertViz", 0, {128: 100, 256: 300}),
    ("BertViz", 1, {64: 10, 128: 25, 256: 60}),
    ("BertViz", 3, {64: 10, 128: 30}),
    ("Inspectus", 0, {128: 10, 512: 50}),
    ("Inspectus", 1, {128: 3, 256: 8, 512: 20}),
)
"""Against whom, which of `FIGURES`, and by N how many times less headwise is to take."""
STAGES = ("load", "hover", "layer")


@dataclass(frozen=True, slots=True)
class HeadReport:
    """All that a run found.

    Attributes
    ----------
    ours, every_line
        headwise with its defaults and with ``strongest=1``; one cell a length.
    peers
        The other tools, each with one cell a length.
    empty
        The empty page.
    facts
        Versions, date, machine and method: items of a Markdown list.
    """

    ours: Sequence[Cell]
    peers: Sequence[Sequence[Cell]]
    every_line: Sequence[Cell]
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
            "# The head view and other tools on the same attention",
            "In brackets: the figure of the other tool / that of headwise.",
            "\n".join(self.facts),
            "## Targets",
            "\n".join(self._targets()),
            "## Each with its defaults",
            "CPU of the renderer process.",
            self._compared(self.ours, "rendererSeconds"),
            "CPU of all processes of Chromium.",
            self._compared(self.ours, "browserSeconds"),
            "## Every line drawn",
            "headwise with `strongest=1`, which leaves no weight out. CPU of the renderer process.",
            self._compared(self.every_line, "rendererSeconds"),
            "## The rest",
            "Bytes once all 12 layers were shown, CPU of Python, and the most memory of both.",
            self._rest(),
        ]
        return "\n\n".join(parts) + "\n"

    def _targets(self) -> list[str]:
        ours = {cell.tokens: cell for cell in self.ours}
        peers = {(cell.tool, cell.tokens): cell for cells in self.peers for cell in cells}
        lines: list[str] = []
        for tool, figure, targets in TARGETS:
            for tokens, target in targets.items():
                cell, peer = ours.get(tokens), peers.get((tool, tokens))
                if cell is None or peer is None:
                    continue
                mine, theirs = (self._figures(one, "rendererSeconds") for one in (cell, peer))
                found = verdict(ratio(mine[figure], theirs[figure]), target)
                lines.append(f"* {FIGURES[figure]} against {tool}, N = {tokens}: {found}")
        return lines or ["* None of them was part of this run."]

    def _figures(self, cell: Cell, scope: Scope) -> list[float | None]:
        return [
            cell.figure("bytes"),
            cell.load(scope, self.empty.load(scope) or 0),
            cell.each("hover", scope),
            cell.each("layer", scope),
        ]

    def _compared(self, ours: Sequence[Cell], scope: Scope) -> str:
        rows = [["N", "", "bytes sent", "load, s", "hover, ms", "layer change, ms", "runs"]]
        for index, cell in enumerate(ours):
            mine = self._figures(cell, scope)
            rows.append(
                [str(cell.tokens), cell.tool, *shown(cell, STAGES, mine), str(len(cell.runs))]
            )
            for peer in self._tried(index):
                theirs = self._figures(peer, scope)
                texts = map(_with_ratio, shown(peer, STAGES, theirs), map(ratio, mine, theirs))
                rows.append(["", peer.tool, *texts, str(len(peer.runs))])
        return table(rows)

    def _tried(self, index: int) -> list[Cell]:
        return [cells[index] for cells in self.peers if cells[index].stopped != NOT_TRIED]

    def _rest(self) -> str:
        rows = [
            [
                "N",
                "",
                "bytes, all layers",
                "Python to make it, s",
                "and its memory, MB",
                "Python per layer change, ms",
                "renderer, MB",
            ]
        ]
        rows += [
            [
                str(cell.tokens),
                cell.tool,
                bytes_text(cell.figure("allLayersBytes") or _whole(cell)),
                number(cell.build_seconds),
                number(_megabytes(cell.build_peak_bytes)),
                number(cell.python_each("layer")),
                number(cell.peak_megabytes()),
            ]
            for index, mine in enumerate(self.ours)
            for cell in (mine, *self._tried(index))
        ]
        return table(rows)


def _whole(cell: Cell) -> float | None:
    return None if cell.tool == "headwise" else cell.figure("bytes")


def _with_ratio(text: str, found: float | None) -> str:
    return text if found is None else f"{text} ({times(found)})"


def _megabytes(count: int | None) -> float | None:
    return None if count is None else count / MEGABYTE
