"""Targets, what was measured, and whether one reaches the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.tables import ratio, table, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.cells import Cell
    from benchmarks.tables import Column

NOT_RUN = "not part of this run"


@dataclass(frozen=True, slots=True)
class Target:
    """One line of a table of targets.

    Attributes
    ----------
    name
        What was measured.
    wanted
        The target.
    measured
        What was found.
    met
        Whether that is enough; None where there is no figure.
    why
        Why there is none.
    """

    name: str
    wanted: str
    measured: str = "-"
    met: bool | None = None
    why: str = NOT_RUN

    def cells(self) -> list[str]:
        """Return the line of the table."""
        if self.met is None:
            return [self.name, self.measured, self.wanted, f"no figure: {self.why}"]
        return [self.name, self.measured, self.wanted, f"**{'met' if self.met else 'missed'}**"]


def targets_table(targets: Sequence[Target]) -> str:
    """Write all targets as Markdown, with no newline at the end."""
    return table([["", "measured", "target", ""], *(target.cells() for target in targets)])


def times_less(
    name: str,
    column: Column,
    cells: tuple[Cell | None, Cell | None],
    factor: float,
    at_rest: Column | None = None,
) -> Target:
    """Compare how many times less headwise takes than another tool.

    Parameters
    ----------
    name
        What is measured.
    column
        Reads it from a cell.
    cells
        headwise's and the other's; None where it was not run.
    factor
        How many times less it is to be.
    at_rest
        The same figure once the page rests, shown beside it.

    Returns
    -------
    Target
        The line.
    """
    wanted = f"at least {factor:g} x"
    ours, other = cells
    if ours is None or other is None:
        return Target(name, wanted)
    mine, theirs = column.value(ours), column.value(other)
    found = ratio(mine, theirs)
    if found is None:
        without = ours if mine is None else other
        return Target(name, wanted, why=f"{without.tool} {without.why(column.stage)}")
    texts = [f"{column.write(theirs)} / {column.write(mine)}"]
    if at_rest is not None:
        later = ratio(at_rest.value(ours), at_rest.value(other))
        texts.append(f"until at rest {times(later)}")
    return Target(name, wanted, f"{times(found)} ({'; '.join(texts)})", met=found >= factor)
