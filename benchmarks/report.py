"""The tables of a run as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.cells import Cell, Scope

KILO = 1000
TARGET_TOKENS = 128
TARGETS = {"bytes sent": 50, "CPU to load": 10, "CPU per layer change": 5}


@dataclass(frozen=True, slots=True)
class Report:
    """All that a run found.

    Attributes
    ----------
    ours, peers, every_line
        headwise with its defaults, BertViz, and headwise with ``strongest=1``; one cell a length.
    empty
        The empty page.
    hovers
        How many hovers one figure is the mean of.
    facts
        Versions, date, machine and method: items of a Markdown list.
    """

    ours: Sequence[Cell]
    peers: Sequence[Cell]
    every_line: Sequence[Cell]
    empty: Cell
    hovers: int
    facts: Sequence[str]

    def markdown(self) -> str:
        """Return the whole report.

        Returns
        -------
        str
            Markdown, with a newline at the end.
        """
        parts = [
            "# headwise and BertViz's head view on the same attention",
            "Written by `make bench`; do not edit. Ratios are BertViz / headwise.",
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
            f"* {name} at N = {TARGET_TOKENS}: {_verdict(_ratio(mine, theirs), target)}"
            for (name, target), mine, theirs in pairs
        ]

    def _figures(self, cell: Cell, scope: Scope, *, skip_hover: bool = False) -> list[float | None]:
        floor = self.empty.load(scope) or 0
        figures = [cell.bytes_first(), cell.load(scope, floor)]
        if not skip_hover:
            figures.append(cell.hover(scope, self.hovers))
        return [*figures, cell.layer(scope)]

    def _compared(self, ours: Sequence[Cell], scope: Scope) -> str:
        rows = [["N", "", "bytes sent", "load, s", "hover, ms", "layer change, ms", "runs"]]
        peers = {cell.tokens: cell for cell in self.peers}
        for cell in ours:
            peer = peers[cell.tokens]
            mine, theirs = self._figures(cell, scope), self._figures(peer, scope)
            rows += [
                [str(cell.tokens), "headwise", *_shown(cell, mine), str(len(cell.runs))],
                ["", "BertViz", *_shown(peer, theirs), str(len(peer.runs))],
                ["", "ratio", *map(_times, map(_ratio, mine, theirs)), ""],
            ]
        return _table(rows)

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
                _bytes(cell.bytes_all_layers() or _whole(cell)),
                _number(cell.build_seconds),
                _number(cell.python_layer()),
                _number(cell.peak_megabytes()),
            ]
            for pair in pairs
            for cell in pair
        ]
        return _table(rows)


def _whole(cell: Cell) -> float | None:
    return None if cell.tool == "headwise" else cell.bytes_first()


def _ratio(mine: float | None, theirs: float | None) -> float | None:
    return theirs / mine if mine and theirs is not None else None


def _verdict(ratio: float | None, target: float) -> str:
    if ratio is None:
        return f"no ratio (target {target})"
    return f"{_times(ratio)} (target {target} x): **{'met' if ratio >= target else 'missed'}**"


def _times(ratio: float | None) -> str:
    return "-" if ratio is None else f"{_number(ratio)} x"


def _shown(cell: Cell, figures: Sequence[float | None]) -> list[str]:
    sent, *costs = figures
    stages = ("load", "hover", "layer")
    return [
        cell.why("load") if sent is None else _bytes(sent),
        *(
            cell.why(stage) if cost is None else _number(cost)
            for stage, cost in zip(stages, costs, strict=True)
        ),
    ]


def _bytes(count: float | None) -> str:
    if count is None:
        return "-"
    if count < KILO**2:
        return f"{count / KILO:.0f} kB"
    return f"{count / KILO**2:.{1 if count < 100 * KILO**2 else 0}f} MB"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    digits_before = len(str(int(value)))
    return f"{value:.{max(3 - digits_before, 0)}f}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])
