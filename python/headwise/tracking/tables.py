"""Tables of heads, in the forms that trackers take."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headwise.tracking.snapshot import Snapshot


def rows_of(snapshot: Snapshot) -> tuple[list[str], list[list[int | float | None]]]:
    """List the heads with all metrics.

    Parameters
    ----------
    snapshot : Snapshot

    Returns
    -------
    columns : list of str
        ``layer``, ``head`` and the metrics.
    rows : list of list
        One a head; None for NaN.
    """
    columns = ["layer", "head", *snapshot.metrics]
    rows: list[list[int | float | None]] = []
    for place, (layer, head) in enumerate(snapshot.heads.tolist()):
        values = [float(snapshot.values[name][place]) for name in snapshot.metrics]
        rows.append([layer, head, *(None if math.isnan(each) else each for each in values)])
    return columns, rows


def markdown_table(snapshot: Snapshot) -> str:
    """Write the heads as a table in Markdown.

    Parameters
    ----------
    snapshot : Snapshot

    Returns
    -------
    str
    """
    columns, rows = rows_of(snapshot)
    lines = [columns, ["---:"] * len(columns)]
    lines += [[_cell(each) for each in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def csv_table(snapshot: Snapshot) -> str:
    """Write the heads as CSV, with all digits.

    Parameters
    ----------
    snapshot : Snapshot

    Returns
    -------
    str
    """
    columns, rows = rows_of(snapshot)
    lines = [columns, *(["" if each is None else repr(each) for each in row] for row in rows)]
    return "".join(f"{','.join(line)}\n" for line in lines)


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.4f}"
