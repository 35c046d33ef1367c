"""How much of a head's weight lies on wanted cells, over many texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headwise.bands import bands
from headwise.errors import InputError
from headwise.metrics.cells import cells_of
from headwise.metrics.running import RunningMean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwise.masks import Bools
    from headwise.metrics.cells import Marker
    from headwise.metrics.running import Doubles
    from headwise.record import AttentionRecord
    from headwise.trace import Block

FARTHEST = 16
"""Heads that look to one fixed offset are a baseline up to this many tokens away."""


class CellScores:
    """Mean weight of heads on the cells that a pattern wants, text by text.

    Parameters
    ----------
    marker
        The pattern.
    heads
        Number of heads of each layer.
    special_queries
        Whether the rows of special tokens count.

    Attributes
    ----------
    scores
        One a layer, of shape (heads,).
    offsets
        What heads that look to each offset from -16 to 16 would score.
    even
        What a head that spreads its weight evenly over the keys that it sees would score.
    queries
        How many queries see a wanted cell.
    """

    def __init__(self, marker: Marker, heads: Sequence[int], *, special_queries: bool) -> None:
        self._marker = marker
        self._special_queries = special_queries
        self.scores = [RunningMean((count,)) for count in heads]
        self.offsets = RunningMean((2 * FARTHEST + 1,))
        self.even = RunningMean(())
        self.queries = 0

    def add(self, block: Block) -> None:
        """Take in a text.

        Raises
        ------
        InputError
            If the block has two lists of tokens, or the pattern returns no bools.
        """
        tokens = block.query_tokens
        if block.name == "cross" or tokens != block.key_tokens:
            raise InputError(
                f"block {block.name!r} has two lists of tokens, where a pattern of one text says "
                "nothing: name another block"
            )
        cells = cells_of(self._marker, tokens)
        if not self._special_queries:
            cells = cells & ~np.array(tokens.special, np.bool_)[:, None]
        count = 0
        for layer in block.captured_layers:
            record = block.records[layer]
            allowed = record.allowed()
            wanted = cells if allowed is None else cells & allowed
            rows: Bools = np.any(wanted, axis=1)
            count = int(rows.sum())
            if not count:
                continue
            self.scores[layer].add(_on_cells(record, wanted))
            if layer == block.captured_layers[0]:
                self.offsets.add(_at_offsets(wanted, count))
                seen = np.full(len(rows), len(tokens)) if allowed is None else allowed.sum(axis=1)
                self.even.add(np.array((wanted[rows].sum(axis=1) / seen[rows]).mean()))
        self.queries += count


def _on_cells(record: AttentionRecord, wanted: Bools) -> Doubles:
    """Return the mean weight on the wanted cells, over the queries that see one: (H,).

    A weight that is missing (NaN) is not seen; NaN for heads that see no wanted cell, and for those
    that were not captured.
    """
    sums, queries = np.zeros(record.heads), np.zeros(record.heads)
    for heads, start, weights, _ in bands(record):
        part = wanted[start : start + weights.shape[1], : weights.shape[2]]
        here = np.tensordot(weights, part.astype(np.float32), axes=2)
        there = np.full(len(heads), part.any(axis=1).sum())
        if np.isnan(here).any():
            known = part & ~np.isnan(weights)
            here, there = (
                np.where(known, weights, 0).sum(axis=(1, 2)),
                known.any(axis=2).sum(axis=1),
            )
        sums[heads] += here
        queries[heads] += there
    return sums / np.where(queries > 0, queries, np.nan)


def _at_offsets(wanted: Bools, count: int) -> Doubles:
    """Return the share of the queries whose key at each offset is wanted."""
    reach = range(-FARTHEST, FARTHEST + 1)
    hits = [np.diagonal(wanted, offset).sum() for offset in reach]
    return np.array(hits, np.float64) / count
