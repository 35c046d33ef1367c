"""Long layers in small pieces: bands of queries of a few heads, whose weights fit a cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headwise.masks import Bools
    from headwise.record import AttentionRecord, Floats

_BAND_WEIGHTS = 800_000
_LEAST_QUERIES = 96


class Band(NamedTuple):
    """Weights of consecutive queries of some heads.

    Attributes
    ----------
    heads
        Numbers of the h heads.
    start
        Number of the first query.
    weights
        float32, (h, n, W): to the first W keys; none of these queries sees another.
    visible
        bool, (n, W): which keys each query sees; None for all.
    """

    heads: Sequence[int]
    start: int
    weights: Floats
    visible: Bools | None


def bands(record: AttentionRecord, multiple: int = 1) -> Iterator[Band]:
    """Compute the weights of all captured heads of a record, a little at a time.

    Parameters
    ----------
    record : AttentionRecord
    multiple : int
        Bands start at multiples of this many queries.

    Yields
    ------
    Band
        By rising queries, and for the same queries by rising heads. The part of a causal record
        that no query sees is not computed.
    """
    captured = list(record.captured)
    if not captured or not record.key_count:
        return
    step = max(_LEAST_QUERIES, _BAND_WEIGHTS // (record.key_count * len(captured)))
    step = -(-step // multiple) * multiple
    for start in range(0, record.query_count, step):
        stop = min(start + step, record.query_count)
        width = min(stop, record.key_count) if record.causal else record.key_count
        allowed = record.allowed(slice(start, stop))
        visible = None if allowed is None else allowed[:, :width]
        together = max(1, _BAND_WEIGHTS // ((stop - start) * width))
        for first in range(0, len(captured), together):
            heads = captured[first : first + together]
            weights = record.band(heads, start, stop)
            yield Band(heads, start, weights, visible)


def work(record: AttentionRecord) -> int:
    """Return about how many weights `bands` computes."""
    pairs = record.query_count * record.key_count * len(record.captured)
    return pairs // 2 if record.causal else pairs
