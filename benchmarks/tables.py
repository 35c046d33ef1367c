"""Figures and tables as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from benchmarks.cells import Cell

KILO = 1000
DIGITS = 3


def ratio(mine: float | None, theirs: float | None) -> float | None:
    """How many times the other's figure is of mine; None where one of them is missing."""
    return theirs / mine if mine and theirs is not None else None


def number(value: float | None) -> str:
    """Write three digits, or all before the point."""
    if value is None:
        return "-"
    digits_before = len(str(int(value)))
    return f"{value:.{max(DIGITS - digits_before, 0)}f}"


def whole(value: float | None) -> str:
    """Write a count."""
    return "-" if value is None else f"{value:.0f}"


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


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of each cell.

    Attributes
    ----------
    heading
        Above the column.
    stage
        What has to have succeeded: "load", "hover", "layer" or "open".
    value
        Reads the figure.
    write
        Writes it.
    compared
        Whether the other tools' ratio stands behind theirs.
    """

    heading: str
    stage: str
    value: Callable[[Cell], float | None]
    write: Callable[[float | None], str] = number
    compared: bool = True

    def text(self, cell: Cell, beside: Cell | None = None) -> str:
        """Write the figure of a cell, or why there is none.

        Parameters
        ----------
        cell
            Whose figure it is.
        beside
            headwise's, to write how many times of it the figure is; None for no ratio.

        Returns
        -------
        str
            One text.
        """
        found = self.value(cell)
        if found is None:
            return cell.why(self.stage)
        of_ours = ratio(self.value(beside), found) if beside and self.compared else None
        return self.write(found) + ("" if of_ours is None else f" ({times(of_ours)})")


RUNS = Column("runs", "load", lambda cell: len(cell.runs), whole, compared=False)


def compared(columns: Sequence[Column], groups: Iterable[tuple[Cell, Iterable[Cell]]]) -> str:
    """Write a table of headwise and the other tools, with ratios.

    Parameters
    ----------
    columns
        The figures.
    groups
        headwise's cell and those of the others at the same length, by rising length.

    Returns
    -------
    str
        Markdown, with no newline at the end.
    """
    rows = [["N", "", *(column.heading for column in columns)]]
    for ours, others in groups:
        rows.append([str(ours.tokens), ours.tool, *_texts(columns, ours)])
        rows += [["", other.tool, *_texts(columns, other, ours)] for other in others]
    return table(rows)


def _texts(columns: Sequence[Column], cell: Cell, beside: Cell | None = None) -> list[str]:
    """Write a row; why there is no figure is said once."""
    texts: list[str] = []
    for column in columns:
        text = column.text(cell, beside)
        texts.append("-" if text in texts and column.value(cell) is None else text)
    return texts


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


def troubles(cells: Iterable[Cell]) -> list[str]:
    """Write what failed other than by a limit.

    Parameters
    ----------
    cells
        All of a run.

    Returns
    -------
    list of str
        A heading and a list in Markdown, or nothing.
    """
    found = [trouble for cell in cells for trouble in cell.troubles()]
    return ["## What failed", "\n".join(f"* {one}" for one in found)] if found else []
