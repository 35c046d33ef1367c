"""Which heads do what: heads ranked by how much of their weight lies where a pattern wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headwise.errors import InputError
from headwise.metrics.cells import PATTERNS
from headwise.metrics.groups import groups
from headwise.metrics.index import of_block, ranked_heads
from headwise.metrics.measures import GroupMeasures, Question
from headwise.metrics.running import RunningMean
from headwise.metrics.scores import FARTHEST, CellScores
from headwise.metrics.several import blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from headwise.metrics.cells import Marker
    from headwise.metrics.several import Traces
    from headwise.trace import Block

BROAD = "broad"


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
    if marker is None:
        scores, queries = _spreads(first, shown, special_queries)
        offsets = None
    else:
        heads = [record.heads for record in first.records]
        found = CellScores(marker, heads, special_queries=special_queries)
        for each in shown:
            found.add(each)
        scores, queries, offsets = found.scores, found.queries, found.offsets
    if not queries:
        raise InputError(
            f"no query of these texts has a key that {_name_of(pattern)!r} wants: "
            "give texts in which the pattern can occur"
        )
    return of_block(_ranked(scores, queries, offsets), first.name)


def _spreads(
    first: Block, shown: Iterable[Block], special_queries: bool
) -> tuple[list[RunningMean], int]:
    """Return how evenly each head spreads its weight, and over how many queries."""
    question = Question(("spread",), special_queries)
    scores = [RunningMean((record.heads,)) for record in first.records]
    queries = 0
    for group in groups(shown):
        measures = GroupMeasures(group, question)
        for layer in group[0].captured_layers:
            scores[layer].add_all(measures.layer(layer)[:, :, 1])
        special = sum(group[0].query_tokens.special)
        each = len(group[0].query_tokens) - (0 if special_queries else special)
        queries += each * len(group)
    return scores, queries


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


def _ranked(
    scores: list[RunningMean], queries: int, offsets: RunningMean | None = None
) -> pd.DataFrame:
    baseline = offset = np.nan
    if offsets is not None and offsets.count.any():
        best = int(np.nan_to_num(offsets.mean, nan=-1.0).argmax())
        baseline, offset = float(offsets.mean[best]), float(best - FARTHEST)
    texts = np.concatenate([each.count for each in scores])
    return ranked_heads(
        {
            "score": np.concatenate([each.mean for each in scores]),
            "score_se": np.concatenate([each.standard_error for each in scores]),
            "baseline": np.full(texts.shape, baseline),
            "offset": np.full(texts.shape, offset),
            "queries": np.full(texts.shape, queries, np.int64),
            "texts": texts.astype(np.int64),
        },
        [len(each.count) for each in scores],
        "score",
        texts > 0,
    )
