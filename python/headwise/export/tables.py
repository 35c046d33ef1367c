"""What is picked as a table: a pandas.DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from headwise.errors import BudgetError
from headwise.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headwise.tokens import Tokens
    from headwise.trace import Trace

MOST_ROWS: Final = 20_000_000
"""Rows of a table: about 1 GB."""

COLUMNS: Final = (
    "block",
    "layer",
    "head",
    "query",
    "key",
    "query_token",
    "key_token",
    "weight",
)


def to_dataframe(trace: Trace, selection: Mapping[str, Any] | Selection) -> pd.DataFrame:
    """List the weights that a selection picks; `Written.to_dataframe` says how.

    Parameters
    ----------
    trace : Trace
    selection : Selection or its dict

    Returns
    -------
    pandas.DataFrame
        With the columns `COLUMNS`, also where nothing is picked.

    Raises
    ------
    BudgetError
        There would be more than `MOST_ROWS` rows.
    """
    picked = Selection.from_json(selection)
    block = trace.block(picked.block)
    queries = _numbers(picked.query, picked.query_range, len(block.query_tokens))
    keys = _numbers(picked.key, picked.key_range, len(block.key_tokens))
    pairs = len(queries) * len(keys)
    rows = len(picked.heads) * pairs
    if rows > MOST_ROWS:
        raise BudgetError(
            f"{len(picked.heads)} heads of {len(queries)} queries and {len(keys)} keys make {rows} "
            f"rows, over the {MOST_ROWS} of a table: pick fewer heads, or lock a query or a key"
        )
    weights = [
        trace.weights(head.layer, head.head, block=block.name, queries=queries)[:, keys].ravel()
        for head in picked.heads
    ]
    count = len(picked.heads)
    query, key = np.repeat(queries, len(keys)), np.tile(keys, len(queries))
    columns: dict[str, Any] = {
        "block": np.full(rows, block.name, dtype=object),
        "layer": np.repeat([head.layer for head in picked.heads], pairs).astype(np.int64),
        "head": np.repeat([head.head for head in picked.heads], pairs).astype(np.int64),
        "query": np.tile(query, count),
        "key": np.tile(key, count),
        "query_token": np.tile(_texts(block.query_tokens)[query], count),
        "key_token": np.tile(_texts(block.key_tokens)[key], count),
        "weight": np.concatenate(weights) if weights else np.zeros(0, np.float32),
    }
    return pd.DataFrame({name: columns[name] for name in COLUMNS})


def _numbers(one: int | None, several: tuple[int, int] | None, count: int) -> np.ndarray[Any, Any]:
    if one is not None:
        return np.array([one], np.int64)
    return np.arange(*((0, count) if several is None else several), dtype=np.int64)


def _texts(tokens: Tokens) -> np.ndarray[Any, Any]:
    return np.array(tokens.labels, dtype=object)
