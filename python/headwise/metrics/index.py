"""The index of every table of heads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray


def head_index(heads: Sequence[int]) -> pd.MultiIndex:
    """Return all heads in order, as ``headwise.Selection(heads=...)`` takes them.

    Parameters
    ----------
    heads
        Number of heads of each layer.

    Returns
    -------
    pandas.MultiIndex
        Levels ``layer`` and ``head``.
    """
    import pandas as pd  # noqa: PLC0415 - only where a table is made

    pairs = [(layer, head) for layer, count in enumerate(heads) for head in range(count)]
    return pd.MultiIndex.from_tuples(pairs, names=["layer", "head"])


def of_block(table: pd.DataFrame, block: str) -> pd.DataFrame:
    """Note in ``table.attrs["block"]`` which block a table is about, for views and links."""
    table.attrs["block"] = block
    return table


def ranked_heads(
    columns: Mapping[str, NDArray[Any]],
    heads: Sequence[int],
    by: str,
    keep: NDArray[np.bool_],
) -> pd.DataFrame:
    """Make a table of some heads, the largest value first; equal ones stay in order.

    Parameters
    ----------
    columns
        One array over all heads a column.
    heads
        Number of heads of each layer.
    by
        The column that decides.
    keep
        Which heads are in the table.

    Returns
    -------
    pandas.DataFrame
        Index ``(layer, head)``; NaN last.
    """
    import pandas as pd  # noqa: PLC0415 - only where a table is made

    order = np.argsort(-columns[by], kind="stable")
    order = order[keep[order]]
    sorted_columns = {name: values[order] for name, values in columns.items()}
    return pd.DataFrame(sorted_columns, index=head_index(heads).take(order))
