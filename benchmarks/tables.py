"""Figures, verdicts and tables as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.cells import Cell

KILO = 1000
DIGITS = 3


def ratio(mine: float | None, theirs: float | None) -> float | None:
    """How many times the other's figure is of mine; None where one of them is missing."""
    return theirs / mine if mine and theirs is not None else None


def verdict(found: float | None, target: float) -> str:
    """Say whether a ratio reaches its target."""
    if found is None:
        return f"no ratio (target {target})"
    return f"{times(found)} (target {target} x): **{'met' if found >= target else 'missed'}**"


def number(value: float | None) -> str:
    """Write three digits, or all before the point."""
    if value is None:
        return "-"
    digits_before = len(str(int(value)))
    return f"{value:.{max(DIGITS - digits_before, 0)}f}"


def times(value: float | None) -> str:
    """Write a ratio."""
    return "-" if value is None else f"{number(value)} x"


def bytes_text(count: float | None) -> str:
    """Write a number of bytes as kB or MB."""
    if count is None:
        return "-"
    if count < KILO**2:
        return f"{count / KILO:.0f} kB"
    return f"{count / KILO**2:.{1 if count < 100 * KILO**2 else 0}f} MB"


def shown(cell: Cell, stages: Iterable[str], figures: Sequence[float | None]) -> list[str]:
    """Write the bytes of a cell and the cost of each stage, or why there is none.

    Parameters
    ----------
    cell
        Whose figures they are.
    stages
        The stage of each figure after the first.
    figures
        Bytes, then one figure a stage.

    Returns
    -------
    list of str
        One text a figure.
    """
    sent, *costs = figures
    return [
        cell.why("load") if sent is None else bytes_text(sent),
        *(
            cell.why(stage) if cost is None else number(cost)
            for stage, cost in zip(stages, costs, strict=True)
        ),
    ]


def table(rows: Sequence[Sequence[str]]) -> str:
    """Write a table, every column aligned to the right.

    Parameters
    ----------
    rows
        The heading first; all of one length.

    Returns
    -------
    str
        Markdown, with no newline at the end.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])
