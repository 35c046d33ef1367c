"""Texts of one shape together: their weights are computed in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headwise.bands import bands
from headwise.metrics.heads import known_weights
from headwise.softmax import softmax_in_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from headwise.masks import Bools
    from headwise.record import AttentionRecord, Floats
    from headwise.trace import Block

_MOST_TEXTS = 256
_MOST_BYTES = 128_000_000
# So many weights of one layer stay in a cache between the passes over them.
_MOST_WEIGHTS = 300_000


class Band(NamedTuple):
    """Weights of consecutive queries of some rows; a row is a head of a text.

    Attributes
    ----------
    rows
        Which rows: text by text, of each the captured heads in rising order.
    start
        Number of the first query.
    weights
        float32, (R, n, W): to the first W keys, 0 where a key is not seen.
    seen
        bool, (n, W), or with missing weights (R, n, W); None for all.
    """

    rows: slice
    start: int
    weights: Floats
    seen: Bools | None


def groups(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Sort texts into groups whose weights can be computed together.

    At most 256 texts, or 128 MB of vectors, are looked at ahead.

    Yields
    ------
    list of Block
        Alone, or with equal numbers of tokens, the special ones and the sentences at the same
        places, and nothing but q, k and a scale in each record.
    """
    ahead: list[Block] = []
    held = 0
    for block in blocks:
        ahead.append(block)
        held += sum(record.nbytes for record in block.records)
        if len(ahead) == _MOST_TEXTS or held >= _MOST_BYTES:
            yield from _alike(ahead)
            ahead, held = [], 0
    yield from _alike(ahead)


def group_bands(records: Sequence[AttentionRecord]) -> Iterator[Band]:
    """Compute the weights of one layer of a group, by rising queries."""
    first = records[0]
    if not first.captured:
        return
    if len(records) > 1:
        weights, seen = _together(records), first.allowed()
        if np.isnan(weights.sum()):
            seen, weights = known_weights(weights, seen)
        yield Band(slice(0, len(weights)), 0, weights, seen)
        return
    places = {head: place for place, head in enumerate(first.captured)}
    for band in bands(first):
        rows = slice(places[band.heads[0]], places[band.heads[-1]] + 1)
        seen, weights = band.visible, band.weights
        if first.given is not None or np.isnan(weights.sum()):
            seen, weights = known_weights(weights, seen)
        yield Band(rows, band.start, weights, seen)


def _alike(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    found: dict[object, list[Block]] = {}
    for place, block in enumerate(blocks):
        found.setdefault(_shape(block) or place, []).append(block)
    for group in found.values():
        record = group[0].records[0]
        weights = record.heads * record.query_count * record.key_count
        most = max(1, _MOST_WEIGHTS // max(1, weights))
        for start in range(0, len(group), most):
            yield group[start : start + most]


def _shape(block: Block) -> object | None:
    """Return what texts of a group share, None for a text that has to stay alone."""
    tokens = block.query_tokens
    if block.name == "cross" or tokens != block.key_tokens or not len(tokens):
        return None
    if not all(map(_is_plain, block.records)):
        return None
    records = [
        (record.heads, record.key_heads, record.causal, record.scale) for record in block.records
    ]
    return (tokens.special, tokens.segments, tuple(records))


def _is_plain(record: AttentionRecord) -> bool:
    extras = (record.given, record.mask, record.bias, record.softcap, record.sinks, record.kept)
    return all(extra is None for extra in extras)


def _together(records: Sequence[AttentionRecord]) -> Floats:
    first = records[0]
    queries = _stack([record.queries for record in records if record.queries is not None])
    keys = _stack([record.keys for record in records if record.keys is not None])
    if first.key_heads != first.heads:
        keys = np.repeat(keys, first.heads // first.key_heads, axis=1)
    scores = queries @ keys.swapaxes(2, 3)
    scores *= np.float32(first.scale)
    scores = scores.reshape(-1, *scores.shape[2:])
    allowed = first.allowed()
    if allowed is not None:
        np.copyto(scores, -np.inf, where=~allowed)
    return softmax_in_place(scores)


def _stack(vectors: Sequence[Floats]) -> Floats:
    return np.stack(vectors).astype(np.float32, copy=False)
