"""How far apart heads are in what they attend to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headwise.errors import InputError
from headwise.metrics.index import head_index, of_block
from headwise.metrics.running import RunningMean
from headwise.metrics.several import blocks_of

if TYPE_CHECKING:
    import pandas as pd

    from headwise.metrics.running import Doubles
    from headwise.metrics.several import Traces
    from headwise.record import Floats
    from headwise.trace import Block

_AT_ONCE = 2_000_000
_TINY = np.finfo(np.float32).tiny


def head_distances(
    traces: Traces,
    *,
    block: str | None = None,
    special_queries: bool = False,
    progress: bool = True,
) -> pd.DataFrame:
    """Measure the Jensen-Shannon divergence between the rows of every two heads.

    Parameters
    ----------
    traces
        A trace, a batch, or any iterable of them; texts of up to about 200 tokens.
    block
        Name of the block; None for the default one of the first trace.
    special_queries
        Whether the rows of special tokens count.
    progress
        Show a bar over several texts when they take more than three seconds.

    Returns
    -------
    pandas.DataFrame
        Square, with index and columns ``(layer, head)``: the mean over queries, then over texts,
        of ``H((p + q) / 2) - (H(p) + H(q)) / 2`` in nats, from 0 (alike) to ln 2 = 0.693 (never
        the same key). Clark et al. 2019, section 6, sum it over the tokens. NaN for heads that
        were not captured.

    Raises
    ------
    InputError
        If there is no trace or the traces are of different models.
    OutOfRange
        If a trace has no such block.
    """
    first, shown = blocks_of(traces, block, progress=progress)
    heads = [record.heads for record in first.records]
    total = sum(heads)
    mean = RunningMean((total, total))
    for each in shown:
        rows = _rows(each, special_queries)
        if rows.shape[1]:
            mean.add(_divergences(rows))
    if not mean.count.any():
        raise InputError("no text has a row that counts: their tokens are all special")
    import pandas as pd  # noqa: PLC0415 - only where a table is made

    index = head_index(heads)
    return of_block(pd.DataFrame(mean.mean, index=index, columns=index), first.name)


def _rows(block: Block, special_queries: bool) -> Floats:
    """Return the rows that count, of all heads of all layers: (all heads, n, Nk)."""
    special = np.array(block.query_tokens.special, np.bool_)
    queries = np.flatnonzero(np.ones_like(special) if special_queries else ~special)
    layers: list[Floats] = []
    for record in block.records:
        weights = np.full((record.heads, len(queries), record.key_count), np.nan, np.float32)
        captured = list(record.captured)
        if captured:
            weights[captured] = record.weights(captured, queries)
        layers.append(weights)
    return np.concatenate(layers)


def _divergences(rows: Floats) -> Doubles:
    """Return the mean divergence of every two heads: (H, H)."""
    count = len(rows)
    entropies = _entropies(rows)
    found = np.zeros((count, count))
    step = max(1, _AT_ONCE // max(1, rows[0].size))
    for head in range(count):
        for start in range(head + 1, count, step):
            others = slice(start, min(start + step, count))
            middle = _entropies((rows[others] + rows[head]) / 2)
            apart = middle - (entropies[others] + entropies[head]) / 2
            found[head, others] = found[others, head] = np.maximum(apart, 0).mean(axis=1)
    missing = np.isnan(entropies).any(axis=1)
    found[missing] = np.nan
    found[:, missing] = np.nan
    return found


def _entropies(rows: Floats) -> Doubles:
    logs = np.log(np.maximum(rows, _TINY))
    return -np.einsum("hqk,hqk->hq", rows, logs).astype(np.float64)
