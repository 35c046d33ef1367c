"""The tables of the head views as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.tables import bytes_text, number, ratio, shown, table, times, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.cells import Cell, Scope

TARGET_TOKENS = 128
TARGETS = {"bytes sent": 50, "CPU to load": 10, "CPU per layer change": 5}
STAGES = ("load", "hover", "layer")


@dataclass(frozen=True, slots=True)
class HeadReport:
    """All that a run found.

    Attributes
    ----------
    ours, peers, every_line
        headwise with its defaults, BertViz, and headwise with ``strongest=1``; one cell a length.
    empty
        The empty page.
    facts
        Versions, date, machine and method: items of a Markdown list.
    """

    ours: Sequence[Cell]
    peers: Sequence[Cell]
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
            "# The head view and BertViz's on the same attention",
            "Ratios are BertViz / headwise.",
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
            "Bytes once all 12 layers were shown, CPU of Python, and the renderer's most memory.",
            self._rest(),
        ]
        return "\n\n".join(parts) + "\n"

    def _targets(self) -> list[str]:
        ours = next((cell for cell in self.ours if cell.tokens == TARGET_TOKENS), None)
        peer = next((cell for cell in self.peers if cell.tokens == TARGET_TOKENS), None)
        if ours is None or peer is None:
            return [f"* N = {TARGET_TOKENS} was not part of this run."]
        pairs = zip(
            TARGETS.items(),
            self._figures(ours, "rendererSeconds", skip_hover=True),
            self._figures(peer, "rendererSeconds", skip_hover=True),
            strict=True,
        )
        return [
            f"* {name} at N = {TARGET_TOKENS}: {verdict(ratio(mine, theirs), target)}"
            for (name, target), mine, theirs in pairs
        ]

    def _figures(self, cell: Cell, scope: Scope, *, skip_hover: bool = False) -> list[float | None]:
        floor = self.empty.load(scope) or 0
        figures = [cell.figure("bytes"), cell.load(scope, floor)]
        if not skip_hover:
            figures.append(cell.each("hover", scope))
        return [*figures, cell.each("layer", scope)]

    def _compared(self, ours: Sequence[Cell], scope: Scope) -> str:
        rows = [["N", "", "bytes sent", "load, s", "hover, ms", "layer change, ms", "runs"]]
        peers = {cell.tokens: cell for cell in self.peers}
        for cell in ours:
            peer = peers[cell.tokens]
            mine, theirs = self._figures(cell, scope), self._figures(peer, scope)
            rows += [
                [str(cell.tokens), "headwise", *shown(cell, STAGES, mine), str(len(cell.runs))],
                ["", "BertViz", *shown(peer, STAGES, theirs), str(len(peer.runs))],
                ["", "ratio", *map(times, map(ratio, mine, theirs)), ""],
            ]
        return table(rows)

    def _rest(self) -> str:
        rows = [
            [
                "N",
                "",
                "bytes, all layers",
                "Python to make it, s",
                "Python per layer change, ms",
                "renderer, MB",
            ]
        ]
        pairs = zip(self.ours, self.peers, strict=True)
        rows += [
            [
                str(cell.tokens),
                cell.tool,
                bytes_text(cell.figure("allLayersBytes") or _whole(cell)),
                number(cell.build_seconds),
                number(cell.python_each("layer")),
                number(cell.peak_megabytes()),
            ]
            for pair in pairs
            for cell in pair
        ]
        return table(rows)


def _whole(cell: Cell) -> float | None:
    return None if cell.tool == "headwise" else cell.figure("bytes")
