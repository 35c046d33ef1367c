"""Which heads do what: heads ranked by how much of their weight lies where a pattern wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headwise.bands import bands
from headwise.errors import InputError
from headwise.metrics.cells import PATTERNS, cells_of
from headwise.metrics.index import ranked_heads
from headwise.metrics.measures import MEASURES, text_measures
from headwise.metrics.running import RunningMean
from headwise.metrics.several import blocks_of

if TYPE_CHECKING:
    import pandas as pd

    from headwise.masks import Bools
    from headwise.metrics.cells import Marker
    from headwise.metrics.running import Doubles
    from headwise.metrics.several import Traces
    from headwise.record import AttentionRecord
    from headwise.trace import Block

BROAD = "broad"
_FARTHEST = 16
_SPREAD = MEASURES.index("spread")


def find_heads(
    traces: Traces,
    pattern: str | Marker,
    *,
    block: str | None = None,
    special_queries: bool = False,
    progress: bool = True,
) -> pd.DataFrame:
    """Rank heads by how much of their weight lies where a pattern wants it.

    Parameters
    ----------
    traces
        A trace, a batch, or any iterable of them.
    pattern
        ``"previous_token"``, ``"next_token"``, ``"self"``, ``"first_token"``, ``"special"``,
        ``"punctuation"``, ``"same_token"`` (a token's other places), ``"induction"`` (the token
        behind an earlier place of this one), ``"broad"`` (entropy over the most it can be); or a
        function of the :class:`headwise.Tokens` of a text that returns bools (N, N), the cells
        (query, key) it wants.
    block
        Name of the block, not ``"cross"``; None for the default one of the first trace.
    special_queries
        Whether the rows of special tokens count.
    progress
        Show a bar over several texts when they take more than three seconds.

    Returns
    -------
    pandas.DataFrame
        Index ``(layer, head)``, the best head first, heads that were not captured left out.

        ``score``
            Mean weight on the wanted cells, over the queries that see at least one; first over
            the queries of a text, then over texts.
        ``score_se``
            Standard error of it over texts, NaN for one text.
        ``baseline``
            What the best head that looks to one fixed offset (-16 to 16) and nowhere else would
            score on the same queries; 1 for ``"previous_token"``, which is such a head. NaN for
            ``"broad"``.
        ``offset``
            That offset.
        ``queries``, ``texts``
            On how many queries and texts the score stands.

    Raises
    ------
    InputError
        If the pattern is not known, marks no cell in any text, or needs one list of tokens and
        the block has two.
    OutOfRange
        If a trace has no such block.
    """
    marker = _marker_of(pattern)
    first, shown = blocks_of(traces, block, progress=progress)
    scores = [RunningMean((record.heads, 1)) for record in first.records]
    offsets = RunningMean((2 * _FARTHEST + 1,))
    queries = 0
    for each in shown:
        if marker is None:
            count = _add_spread(each, scores, special_queries)
        else:
            count = _add_cells(each, marker, scores, offsets, special_queries)
        queries += count
    if not queries:
        raise InputError(
            f"no query of these texts has a key that {_name_of(pattern)!r} wants: "
            "give texts in which the pattern can occur"
        )
    return _ranked(scores, offsets, queries)


def _marker_of(pattern: str | Marker) -> Marker | None:
    if callable(pattern):
        return pattern
    if pattern == BROAD:
        return None
    if pattern not in PATTERNS:
        known = ", ".join(repr(name) for name in (*PATTERNS, BROAD))
        raise InputError(f"no pattern is called {pattern!r}: there are {known}, or a function")
    return PATTERNS[pattern]


def _name_of(pattern: str | Marker) -> str:
    return pattern if isinstance(pattern, str) else getattr(pattern, "__name__", repr(pattern))


def _add_spread(block: Block, scores: list[RunningMean], special_queries: bool) -> int:
    for layer in block.captured_layers:
        found = text_measures(
            block, layer, special_queries=special_queries, epsilon=0.0, sink_tokens=1
        )
        scores[layer].add(found[:, _SPREAD : _SPREAD + 1])
    special = sum(block.query_tokens.special)
    return len(block.query_tokens) - (0 if special_queries else special)


def _add_cells(
    block: Block,
    marker: Marker,
    scores: list[RunningMean],
    offsets: RunningMean,
    special_queries: bool,
) -> int:
    tokens = block.query_tokens
    if block.name == "cross" or tokens != block.key_tokens:
        raise InputError(
            f"block {block.name!r} has two lists of tokens, where a pattern of one text says "
            "nothing: name another block"
        )
    cells = cells_of(marker, tokens)
    if not special_queries:
        cells = cells & ~np.array(tokens.special, np.bool_)[:, None]
    count = 0
    for layer in block.captured_layers:
        record = block.records[layer]
        allowed = record.allowed()
        wanted = cells if allowed is None else cells & allowed
        rows: Bools = np.any(wanted, axis=1)
        count = int(rows.sum())
        if count:
            scores[layer].add(_on_cells(record, wanted)[:, None] / count)
            if layer == block.captured_layers[0]:
                offsets.add(_at_offsets(wanted, rows))
    return count


def _on_cells(record: AttentionRecord, wanted: Bools) -> Doubles:
    """Return the weight on the wanted cells, summed over queries: (H,), NaN where not captured."""
    sums = np.full(record.heads, np.nan)
    sums[list(record.captured)] = 0
    for heads, start, weights, _ in bands(record):
        part = wanted[start : start + weights.shape[1], : weights.shape[2]].astype(np.float32)
        sums[heads] += np.tensordot(np.nan_to_num(weights), part, axes=2)
    return sums


def _at_offsets(wanted: Bools, rows: Bools) -> Doubles:
    """Return the share of the queries whose key at each offset is wanted."""
    reach = range(-_FARTHEST, _FARTHEST + 1)
    hits = [np.diagonal(wanted, offset).sum() for offset in reach]
    return np.array(hits, np.float64) / rows.sum()


def _ranked(scores: list[RunningMean], offsets: RunningMean, queries: int) -> pd.DataFrame:
    best = int(np.nan_to_num(offsets.mean, nan=-1.0).argmax())
    known = offsets.count[best] > 0
    texts = np.concatenate([each.count[:, 0] for each in scores])
    return ranked_heads(
        {
            "score": np.concatenate([each.mean[:, 0] for each in scores]),
            "score_se": np.concatenate([each.standard_error[:, 0] for each in scores]),
            "baseline": np.full(texts.shape, offsets.mean[best]),
            "offset": np.full(texts.shape, best - _FARTHEST if known else np.nan),
            "queries": np.full(texts.shape, queries, np.int64),
            "texts": texts.astype(np.int64),
        },
        [len(each.count) for each in scores],
        "score",
        texts > 0,
    )
