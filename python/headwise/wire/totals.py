"""What each query gives and each key receives: one pass over a layer, then its columns cheaply."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headwise.bands import spans
from headwise.reduce import marginals, sides_in_play

if TYPE_CHECKING:
    from collections.abc import Generator

    from headwise.masks import Bools
    from headwise.record import AttentionRecord, Floats
    from headwise.reduce import Sentences
    from headwise.trace import Block

_ROWS_WEIGHTS = 800_000


class Totals(NamedTuple):
    """Figures of the rows and columns of a layer under a filter.

    Attributes
    ----------
    strongest
        float32, (H, Nq): the largest weight that each query gives.
    received
        float32, (H, Nk): the mean weight that each key receives, as `reduce.marginals` has it.
    top
        float32, (H, Nq): the largest score of each query before any filter, and `largest` its
        weight; 0 where it sees no key. Empty where weights were given.
    """

    strongest: Floats
    received: Floats
    top: Floats
    largest: Floats

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return sum(array.nbytes for array in self)


def totals(
    block: Block, layer: int, sentences: Sentences = "all", hide_special: bool = False
) -> Generator[int, None, Totals]:
    """Compute the figures of a layer; after each step, yield how many weights it computed."""
    record = block.records[layer]
    if record.given is not None:
        return (yield from _given_totals(block, record, record.given, sentences, hide_special))
    heads, queries, keys = record.heads, record.query_count, record.key_count
    rows, columns = sides_in_play(block.query_tokens, block.key_tokens, sentences, hide_special)
    filtered = not (rows.all() and columns.all())
    strongest, top, largest = (np.zeros((heads, queries), np.float32) for _ in range(3))
    received = np.zeros((heads, keys), np.float64)
    for group, start, stop in spans(record):
        found = np.empty((len(group), stop - start), np.float32)
        weights = record.band(group, start, stop, found)
        part, width = slice(start, stop), weights.shape[2]
        top[group, part] = np.where(np.isneginf(found), np.float32(0), found)
        largest[group, part] = weights.max(axis=2, initial=0.0)
        if filtered:
            weights *= columns[:width].astype(np.float32)
            weights *= rows[part, None].astype(np.float32)
            strongest[group, part] = weights.max(axis=2, initial=0.0)
        received[group, :width] += weights.sum(axis=1)
        yield (stop - start) * width * len(group)
    counts = max(1, int(rows.sum()))
    return Totals(
        strongest if filtered else largest, (received / counts).astype(np.float32), top, largest
    )


def columns_of(record: AttentionRecord, found: Totals, keys: slice) -> Floats:
    """Compute the weights of all queries to some keys: float32, (H, Nq, n).

    Each is the largest weight of its row times the exponential of how much lower its score is, so
    the other keys are not looked at.
    """
    count = len(range(*keys.indices(record.key_count)))
    weights = np.zeros((record.heads, record.query_count, count), np.float32)
    step = max(1, _ROWS_WEIGHTS // max(1, count * len(record.captured)))
    if record.mask is not None:
        # A mask is unpacked by whole rows.
        step = min(step, max(1, _ROWS_WEIGHTS // max(1, record.key_count)))
    heads = list(record.captured)
    for start in range(0, record.query_count, step):
        part = slice(start, start + step)
        scores = record.scores(heads, part, keys)
        scores -= found.top[heads, part, None]
        np.exp(scores, out=scores)
        scores *= found.largest[heads, part, None]
        weights[heads, part] = scores
    return weights


def _given_totals(
    block: Block, record: AttentionRecord, given: Floats, sentences: Sentences, hide_special: bool
) -> Generator[int, None, Totals]:
    allowed: Bools | None = None
    rows, columns = sides_in_play(block.query_tokens, block.key_tokens, sentences, hide_special)
    if not (rows.all() and columns.all()):
        allowed = rows[:, None] & columns
    strongest = np.zeros((record.heads, record.query_count), np.float32)
    received = np.zeros((record.heads, record.key_count), np.float32)
    for place, head in enumerate(record.captured):
        part, weights = slice(head, head + 1), given[place : place + 1]
        strongest[part], received[part] = marginals(weights, allowed)
        yield record.query_count * record.key_count
    empty = np.zeros((0, 0), np.float32)
    return Totals(strongest, received, empty, empty)
