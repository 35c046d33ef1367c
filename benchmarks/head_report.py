"""The tables of the head views as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.cells import NOT_TRIED
from benchmarks.tables import RUNS, Column, bytes_text, compared, number, troubles, whole
from benchmarks.targets import NOT_RUN, Target, targets_table, times_less

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.cells import Cell, Scope

HOVER_MS = 16
P50, P95 = 0.5, 0.95
BYTES, REST_BYTES, FIRST, REST, HOVER, LAYER = range(6)
NAMES = {
    BYTES: "bytes to the first picture",
    FIRST: "CPU to the first picture",
    LAYER: "CPU of a layer change",
}
TARGETS = (
    ("BertViz", BYTES, {128: 100, 256: 300}),
    ("BertViz", FIRST, {64: 10, 128: 25, 256: 60}),
    ("Inspectus", BYTES, {128: 10, 512: 50}),
    ("Inspectus", FIRST, {128: 3, 256: 8, 512: 20}),
    ("BertViz", LAYER, {64: 10, 128: 30}),
)
"""Against whom, which column, and by N how many times less headwise is to take."""
AT_REST = {BYTES: REST_BYTES, FIRST: REST}

STEPS = (
    Column("hover p50", "hover", lambda cell: cell.percentile("hover", "task", P50)),
    Column("hover p95", "hover", lambda cell: cell.percentile("hover", "task", P95)),
    Column("script p50", "hover", lambda cell: cell.percentile("hover", "script", P50)),
    Column("script p95", "hover", lambda cell: cell.percentile("hover", "script", P95)),
    Column("layer change p50", "layer", lambda cell: cell.percentile("layer", "task", P50)),
    Column("layer change p95", "layer", lambda cell: cell.percentile("layer", "task", P95)),
    Column("hovers", "hover", lambda cell: cell.count("hover"), whole, compared=False),
    Column("changes", "layer", lambda cell: cell.count("layer"), whole, compared=False),
)


def _all_layers(cell: Cell) -> float | None:
    whole_at_once = None if cell.tool == "headwise" else cell.figure("bytes")
    return cell.figure("allLayersBytes") or whole_at_once


OTHERS = (
    Column("bytes, all layers", "load", _all_layers, bytes_text),
    Column("Python to make it, s", "load", lambda cell: cell.build_seconds),
    Column("and its memory, MB", "load", lambda cell: cell.build_megabytes()),
    Column("Python while it loads, s", "load", lambda cell: cell.python_load(), compared=False),
    Column(
        "Python per layer change, ms",
        "layer",
        lambda cell: cell.python_each("layer"),
        compared=False,
    ),
    Column("renderer at rest, MB", "load", lambda cell: cell.rest_megabytes()),
    Column("renderer's most, MB", "load", lambda cell: cell.peak_megabytes()),
)


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
            "## Targets",
            targets_table(self._targets()),
            "## How it was measured",
            "\n".join(self.facts),
            "## Each with its defaults",
            "CPU of the renderer process.",
            self._compared(self.ours, "rendererSeconds"),
            "CPU of all processes of Chromium.",
            self._compared(self.ours, "browserSeconds"),
            "## Hover and layer change, step by step",
            "CPU of the page's main thread in ms: all tasks, and of the hover its scripts alone.",
            compared(STEPS, self._groups(self.ours)),
            "## Every line drawn",
            "headwise with `strongest=1`, which leaves no weight out. CPU of the renderer process.",
            self._compared(self.every_line, "rendererSeconds"),
            "## The rest",
            "Bytes once all 12 layers were shown, CPU of Python, and the memory of both.",
            compared(OTHERS, self._groups(self.ours)),
            *troubles(self._all()),
        ]
        return "\n\n".join(parts) + "\n"

    def broken(self) -> bool:
        """Whether headwise failed, other than by a limit."""
        return any(cell.troubles() for cell in (*self.ours, *self.every_line))

    def _all(self) -> list[Cell]:
        return [*self.ours, *self.every_line, *(cell for cells in self.peers for cell in cells)]

    def _targets(self) -> list[Target]:
        columns = self._columns("rendererSeconds")
        ours = {cell.tokens: cell for cell in self.ours}
        peers = {(cell.tool, cell.tokens): cell for cells in self.peers for cell in cells}
        lines = [
            times_less(
                f"{NAMES[column]}, N = {tokens}, {tool} / headwise",
                columns[column],
                (ours.get(tokens), peers.get((tool, tokens))),
                factor,
                columns[AT_REST[column]] if column in AT_REST else None,
            )
            for tool, column, factors in TARGETS
            for tokens, factor in factors.items()
        ]
        return lines + [_hover_target(cell) for cell in self.ours]

    def _columns(self, scope: Scope) -> list[Column]:
        first = self.empty.first_picture(scope) or 0
        rest = self.empty.load(scope) or 0
        return [
            Column("bytes, first picture", "load", lambda cell: cell.figure("bytes"), bytes_text),
            Column("bytes, at rest", "load", lambda cell: cell.figure("loadedBytes"), bytes_text),
            Column("first picture, s", "load", lambda cell: cell.first_picture(scope, first)),
            Column("at rest, s", "load", lambda cell: cell.load(scope, rest)),
            Column("hover, ms", "hover", lambda cell: cell.each("hover", scope)),
            Column("layer change, ms", "layer", lambda cell: cell.each("layer", scope)),
            RUNS,
        ]

    def _compared(self, ours: Sequence[Cell], scope: Scope) -> str:
        return compared(self._columns(scope), self._groups(ours))

    def _groups(self, ours: Sequence[Cell]) -> list[tuple[Cell, list[Cell]]]:
        return [(cell, self._tried(index)) for index, cell in enumerate(ours)]

    def _tried(self, index: int) -> list[Cell]:
        return [cells[index] for cells in self.peers if cells[index].stopped != NOT_TRIED]


def _hover_target(cell: Cell) -> Target:
    line = partial(
        Target,
        f"script of a hover, p95, N = {cell.tokens}",
        f"under {HOVER_MS} ms, then no message",
    )
    first, again = (cell.percentile(stage, "script", P95) for stage in ("hover", "again"))
    messages = cell.messages("again")
    if first is None or again is None or messages is None:
        why = cell.why("hover")
        return line(why=NOT_RUN if why == "-" else f"headwise {why}")
    measured = (
        f"{number(first)} ms; over the same tokens again {number(again)} ms, "
        f"{messages} message{'' if messages == 1 else 's'}"
    )
    return line(measured, met=max(first, again) < HOVER_MS and messages == 0)
