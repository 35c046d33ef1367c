"""What a head attends to in one text, as numbers that can be averaged over many texts."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

import numpy as np

from headwise.bands import bands
from headwise.metrics.heads import HeadFacts, known_weights, neighbours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headwise.bands import Band
    from headwise.masks import Bools
    from headwise.record import AttentionRecord
    from headwise.tokens import Tokens
    from headwise.trace import Block

    Doubles = NDArray[np.float64]

MEASURES: Final[tuple[str, ...]] = (
    "entropy",
    "spread",
    "confidence",
    "distance",
    "previous",
    "next",
    "self",
    "first",
    "special",
    "punctuation",
    "sink",
    "column",
    "own_sentence",
)
"""Names of the columns of `text_measures`."""

_PIECE_MARKS = "␣⏎⇥"


def is_punctuation(tokens: Tokens) -> Bools:
    """Tell which tokens are punctuation or symbols only, special ones left out: bool, (N,)."""
    return np.array(
        [
            not special and _is_punctuation(label)
            for label, special in zip(tokens.labels, tokens.special, strict=True)
        ],
        np.bool_,
    )


def text_measures(
    block: Block, layer: int, *, special_queries: bool, epsilon: float, sink_tokens: int
) -> Doubles:
    """Measure the heads of a layer on one text.

    Parameters
    ----------
    block
        Where the layer is.
    layer
        Its number.
    special_queries
        Whether the rows of special tokens count in the means.
    epsilon, sink_tokens
        The sink's least mean weight, and over how many first tokens that mean is taken.

    Returns
    -------
    float64 array (H, 13)
        Columns as in :data:`MEASURES`, which :func:`headwise.head_metrics` explains; NaN where
        the text says nothing, and for heads that were not captured.
    """
    record = block.record(layer)
    measures = _TextMeasures(block, record, special_queries, epsilon, sink_tokens)
    for band in bands(record):
        measures.add(band)
    return measures.result()


class _TextMeasures:
    """Sums over the queries of one layer, of which weights come band by band."""

    def __init__(
        self,
        block: Block,
        record: AttentionRecord,
        special_queries: bool,
        epsilon: float,
        sink_tokens: int,
    ) -> None:
        queries, keys = block.query_tokens, block.key_tokens
        self._square = block.name != "cross" and queries == keys
        special = np.array(queries.special, np.bool_)
        self._special_keys = np.array(keys.special, np.bool_)
        self._counted = np.ones(len(queries), np.bool_) if special_queries else ~special
        self._facts = HeadFacts(
            record.heads, special, self._special_keys, self._square, counted=self._counted
        )
        self._punctuation = is_punctuation(keys).astype(np.float32)
        self._query_sentences = np.array(queries.segments)
        self._key_sentences = np.array(keys.segments)
        self._pair = self._square and queries.segment_count > 1
        self._epsilon = epsilon
        self._sink_rows = min(sink_tokens, record.query_count)
        shape = (record.heads,)
        self._rows = np.zeros(shape)
        self._confidence = np.zeros(shape)
        self._mass = np.zeros(shape)
        self._distance = np.zeros(shape)
        self._own = np.zeros(shape)
        self._self = np.zeros(shape)
        self._self_rows = np.zeros(shape)
        self._marks = np.zeros(shape)
        self._first = np.zeros(shape)
        self._columns = np.zeros((record.heads, record.key_count))
        self._seen_by = np.zeros((record.heads, record.key_count))

    def add(self, band: Band) -> None:
        """Take in a band."""
        heads, start, weights, visible = band
        seen, weights = known_weights(weights, visible)
        self._facts.add_known(heads, start, seen, weights)
        count, width = weights.shape[1:]
        if start < self._sink_rows:
            self._first[heads] += weights[:, : self._sink_rows - start, 0].sum(axis=1)
        some = np.ones((len(heads), count), np.bool_) if seen is None else seen.any(axis=-1)
        counted = np.broadcast_to(some, (len(heads), count)) & self._counted[start : start + count]
        rows = np.where(counted, np.float32(1), np.float32(0))
        self._rows[heads] += rows.sum(axis=1)
        ordinary = weights[:, :, ~self._special_keys[:width]]
        if ordinary.shape[2]:
            self._confidence[heads] += (ordinary.max(axis=2) * rows).sum(axis=1)
        self._marks[heads] += ((weights @ self._punctuation[:width]) * rows).sum(axis=1)
        received = np.matmul(rows[:, None], weights)[:, 0]
        self._columns[heads, :width] += received
        self._seen_by[heads, :width] += (
            rows.sum(axis=1)[:, None] if seen is None else np.matmul(rows[:, None], seen)[:, 0]
        )
        if self._square:
            self._add_places(heads, start, weights, seen, rows)

    def _add_places(
        self,
        heads: Sequence[int],
        start: int,
        weights: NDArray[np.float32],
        seen: Bools | None,
        rows: NDArray[np.float32],
    ) -> None:
        count, width = int(weights.shape[1]), int(weights.shape[2])
        here = np.arange(start, start + count)
        apart = np.abs(here[:, None] - np.arange(width)).astype(np.float32)
        counted = weights * rows[:, :, None]
        self._mass[heads] += counted.sum(axis=(1, 2), dtype=np.float64)
        self._distance[heads] += np.tensordot(counted, apart, axes=2)
        found, there = neighbours(weights, seen, start, 0)
        self._self[heads] += np.where(there, found * rows, 0).sum(axis=1)
        self._self_rows[heads] += np.where(there, rows, 0).sum(axis=1)
        if self._pair:
            sentence = self._query_sentences[start : start + count, None]
            own = (sentence == self._key_sentences[:width]).astype(np.float32)
            self._own[heads] += np.tensordot(counted, own, axes=2)

    def result(self) -> Doubles:
        """Return the means: float64, (H, 13)."""
        facts = self._facts.result().astype(np.float64)
        entropy, possible, previous, following, first, special = facts[:, :6].T
        rows = np.where(self._rows > 0, self._rows, np.nan)
        mass = np.where(self._mass > 0, self._mass, np.nan)
        with_keys = np.where(possible > 0, possible, np.nan)
        # A key that few queries see has a mean over few of them: half of the rows is asked for.
        often = self._seen_by * 2 >= self._rows[:, None]
        columns = np.where(often & (self._seen_by > 0), self._columns, 0) / np.maximum(
            self._seen_by, 1
        )
        sink = (self._first / max(1, self._sink_rows) > self._epsilon).astype(np.float64)
        found = [
            entropy,
            entropy / with_keys,
            self._confidence / rows,
            self._distance / mass if self._square else np.full_like(rows, np.nan),
            previous,
            following,
            self._self / np.where(self._self_rows > 0, self._self_rows, np.nan),
            first,
            special,
            self._marks / rows,
            np.where(np.isnan(rows), np.nan, sink),
            np.where(np.isnan(rows), np.nan, columns.max(axis=1, initial=0)),
            self._own / mass if self._pair else np.full_like(rows, np.nan),
        ]
        return np.stack(found, axis=1)


def _is_punctuation(label: str) -> bool:
    text = label.strip(_PIECE_MARKS)
    text = text.removeprefix("##") if len(text) > len("##") else text
    return bool(text) and all(unicodedata.category(character)[0] in "PS" for character in text)
