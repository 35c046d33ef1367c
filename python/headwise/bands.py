"""Long layers in small pieces: bands of queries of a few heads, whose weights fit a cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headwise.masks import Bools
    from headwise.record import AttentionRecord, Floats

_BAND_WEIGHTS = 800_000
_LEAST_QUERIES = 96
# Where this many weights are not enough for the queries of one multiple, it has several bands.
_MOST_WEIGHTS = 4_000_000


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
        Queries are counted in multiples of this; see `spans`.

    Yields
    ------
    Band
        By rising queries, and for the same queries by rising heads. The part of a causal record
        that no query sees is not computed.
    """
    before = -1
    visible: Bools | None = None
    for heads, start, stop in spans(record, multiple):
        weights = record.band(heads, start, stop)
        if start != before:
            allowed = record.allowed(slice(start, stop))
            visible = None if allowed is None else allowed[:, : weights.shape[2]]
            before = start
        yield Band(heads, start, weights, visible)


def spans(record: AttentionRecord, multiple: int = 1) -> Iterator[tuple[list[int], int, int]]:
    """Name the bands of `bands`: some captured heads, the first query, and the one after the last.

    No band has queries of two multiples unless it has all queries of both.
    """
    captured = list(record.captured)
    keys = record.key_count
    if not captured or not keys:
        return
    step = max(_LEAST_QUERIES, _BAND_WEIGHTS // (keys * len(captured)))
    if multiple <= step or multiple * keys <= _MOST_WEIGHTS:
        multiple = step = -(-step // multiple) * multiple
    for cell in range(0, record.query_count, multiple):
        end = min(cell + multiple, record.query_count)
        for start in range(cell, end, step):
            stop = min(start + step, end)
            width = min(stop, keys) if record.causal else keys
            together = max(1, _BAND_WEIGHTS // ((stop - start) * width))
            for first in range(0, len(captured), together):
                yield captured[first : first + together], start, stop


def work(record: AttentionRecord) -> int:
    """Return about how many weights `bands` computes."""
    pairs = record.query_count * record.key_count * len(record.captured)
    return pairs // 2 if record.causal else pairs
