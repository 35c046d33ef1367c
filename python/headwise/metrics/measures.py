"""What heads attend to in one text, as numbers that can be averaged over many texts."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from headwise.metrics.groups import group_bands

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from headwise.masks import Bools
    from headwise.metrics.groups import Band
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
"""What can be measured on a text."""

_PIECE_MARKS = "␣⏎⇥"
_TINY = np.finfo(np.float32).tiny
_AT_ONCE = 4096


def is_punctuation(tokens: Tokens) -> Bools:
    """Tell which tokens are punctuation or symbols only, special ones left out: bool, (N,)."""
    return np.array(
        [
            not special and _is_punctuation(label)
            for label, special in zip(tokens.labels, tokens.special, strict=True)
        ],
        np.bool_,
    )


class Question(NamedTuple):
    """What is asked of a text.

    Attributes
    ----------
    names
        Some of :data:`MEASURES`.
    special_queries
        Whether the rows of special tokens count in the means.
    epsilon, sink_tokens
        The sink's least mean weight, and over how many first tokens that mean is taken.
    """

    names: tuple[str, ...] = MEASURES
    special_queries: bool = False
    epsilon: float = 0.3
    sink_tokens: int = 64

    def any_of(self, *names: str) -> bool:
        """Whether one of these is asked for."""
        return not set(names).isdisjoint(self.names)


class GroupMeasures:
    """Measures of all heads of texts of one group, see :func:`headwise.metrics.groups.groups`.

    Parameters
    ----------
    blocks
        The T texts.
    question
        What is asked.
    """

    def __init__(self, blocks: Sequence[Block], question: Question) -> None:
        self._blocks = blocks
        self._question = question
        tokens, keys = blocks[0].query_tokens, blocks[0].key_tokens
        self._sides = _Sides(
            square=blocks[0].name != "cross" and tokens == keys,
            counted=_counted(tokens, question.special_queries),
            special_keys=np.array(keys.special, np.bool_),
            query_segments=np.array(tokens.segments),
            key_segments=np.array(keys.segments),
            pair=tokens.segment_count > 1,
        )
        self._marks: NDArray[np.float32] | None = None
        if question.any_of("punctuation"):
            marks = [is_punctuation(block.key_tokens) for block in blocks]
            self._marks = np.array(marks, np.float32)
        self._frames: dict[tuple[int, int, int], _Frame] = {}

    def layer(self, layer: int, look: Callable[[Band], None] | None = None) -> Doubles:
        """Measure the heads of a layer.

        Parameters
        ----------
        layer
            Its number.
        look
            Called with each band of weights before they are measured.

        Returns
        -------
        float64 array (T, H, 1 + names)
            In front the number of queries that count, then the measures that were asked for, which
            :func:`headwise.head_metrics` explains; NaN where the text says nothing, and for heads
            that were not captured.
        """
        records = [block.records[layer] for block in self._blocks]
        captured = list(records[0].captured)
        shape = (len(records), records[0].heads, 1 + len(self._question.names))
        found = np.full(shape, np.nan)
        found[:, :, 0] = 0
        if captured and len(self._sides.counted):
            sums = _Sums(len(records), records[0], self._sides, self._question, self._marks)
            for band in group_bands(records):
                if look is not None:
                    look(band)
                sums.add(band, self._frame(band))
            found[:, captured] = sums.result().reshape(len(records), len(captured), -1)
        return found

    def _frame(self, band: Band) -> _Frame:
        place = (band.start, *band.weights.shape[1:])
        if place not in self._frames:
            self._frames.clear()
            self._frames[place] = _Frame(self._sides, *place)
        return self._frames[place]


class _Sides(NamedTuple):
    """What the tokens of a group have in common."""

    square: bool
    counted: Bools
    special_keys: Bools
    query_segments: NDArray[np.int_]
    key_segments: NDArray[np.int_]
    pair: bool


_LINEAR: Final = ("mass", "distance", "previous", "next", "self", "own_sentence")


class _Seen(NamedTuple):
    """Of a band or of each of its rows: queries that see a key, and what they see."""

    rows: Doubles
    possible: Doubles
    by_key: NDArray[np.float32]
    by_cell: Doubles


class _Frame:
    """What a band's cells count for, equal for all heads and layers.

    Attributes
    ----------
    counted
        float32, (n,): 1 for the queries that the means are over.
    cells
        float32, (n * W, 6): what each cell adds to the sums of `_LINEAR`.
    each
        float32, (n * W,): 1 for all cells of a counted query.
    """

    def __init__(self, sides: _Sides, start: int, count: int, width: int) -> None:
        here, there = np.arange(start, start + count)[:, None], np.arange(width)
        self.counted = sides.counted[start : start + count].astype(np.float32)
        own = sides.query_segments[start : start + count, None] == sides.key_segments[:width]
        steps = [there - here == step for step in (-1, 1, 0)]
        cells = np.stack([np.ones(own.shape, np.bool_), np.abs(there - here), *steps, own], axis=2)
        cells = (cells * self.counted[:, None, None]).astype(np.float32)
        self.cells = cells.reshape(count * width, len(_LINEAR))
        self.each = np.ascontiguousarray(self.cells[:, 0])
        ordinary = np.flatnonzero(~sides.special_keys[:width])
        run = len(ordinary) and ordinary[-1] - ordinary[0] + 1 == len(ordinary)
        self.ordinary = slice(ordinary[0], ordinary[-1] + 1) if run else ordinary
        self._shape = count, width
        self._before: tuple[Bools | None, _Seen] | None = None

    def seen(self, seen: Bools | None) -> _Seen:
        """Count what is seen; heads of one layer hand over the same array."""
        if self._before is None or self._before[0] is not seen:
            known = np.ones(self._shape, np.bool_) if seen is None else seen
            self._before = seen, self._counts(known)
        return self._before[1]

    def _counts(self, seen: Bools) -> _Seen:
        keys = seen.sum(axis=-1)
        some = (keys > 0) * self.counted
        cells = seen.astype(np.float32)
        return _Seen(
            rows=some.sum(axis=-1),
            possible=(np.log(np.maximum(keys, 1)) * some).sum(axis=-1),
            by_key=np.matmul(self.counted, cells),
            by_cell=_sums(cells.reshape(*cells.shape[:-2], -1), self.cells),
        )


class _Sums:
    """Sums over the queries of one layer, for R rows: heads of texts."""

    def __init__(
        self,
        texts: int,
        record: AttentionRecord,
        sides: _Sides,
        question: Question,
        marks: NDArray[np.float32] | None,
    ) -> None:
        heads = len(record.captured)
        self._sides, self._ask, self._marks = sides, question, marks
        self._heads = heads
        self._sink_rows = min(question.sink_tokens, record.query_count)
        rows = texts * heads
        self._rows = np.zeros(rows)
        self._entropy = np.zeros(rows)
        self._possible = np.zeros(rows)
        self._confidence = np.zeros(rows)
        self._first = np.zeros(rows)
        self._linear = np.zeros((rows, len(_LINEAR)))
        self._there = np.zeros((rows, len(_LINEAR)))
        self._columns = np.zeros((rows, record.key_count))
        self._seen_by = np.zeros((rows, record.key_count))
        self._by_cell = sides.square and question.any_of(
            "distance", "previous", "next", "self", "own_sentence"
        )
        self._by_key = question.any_of("first", "special", "punctuation", "column")

    def add(self, band: Band, frame: _Frame) -> None:
        """Take in a band."""
        rows, start, weights, seen = band
        width = weights.shape[2]
        self._count(rows, width, frame.seen(seen))
        flat = weights.reshape(len(weights), -1)
        if self._ask.any_of("entropy", "spread"):
            work = np.maximum(weights, _TINY)
            np.log(work, out=work)
            work *= weights
            self._entropy[rows] -= _sums(work.reshape(flat.shape), frame.each)
        if self._ask.any_of("confidence"):
            ordinary = weights[:, :, frame.ordinary]
            if ordinary.shape[2]:
                self._confidence[rows] += ordinary.max(axis=2) @ frame.counted
        if self._ask.any_of("sink") and start < self._sink_rows:
            self._first[rows] += weights[:, : self._sink_rows - start, 0].sum(axis=1)
        if self._by_key:
            self._columns[rows, :width] += np.matmul(frame.counted, weights)
        if self._by_cell:
            self._linear[rows] += _sums(flat, frame.cells)

    def _count(self, rows: slice, width: int, seen: _Seen) -> None:
        """Count queries, keys and cells that are seen."""
        self._rows[rows] += seen.rows
        self._possible[rows] += seen.possible
        self._seen_by[rows, :width] += seen.by_key
        self._there[rows] += seen.by_cell

    def result(self) -> Doubles:
        """Return the number of queries and the means: float64, (R, 1 + names)."""
        rows = np.where(self._rows > 0, self._rows, np.nan)
        found = [self._rows]
        for name in self._ask.names:
            values = self._values(name, rows)
            found.append(np.where(np.isnan(rows), np.nan, values))
        return np.stack(found, axis=1)

    def _values(self, name: str, rows: Doubles) -> Doubles:
        if name == "spread":
            return self._entropy / np.where(self._possible > 0, self._possible, np.nan)
        if name == "sink":
            return np.where(self._first / max(1, self._sink_rows) > self._ask.epsilon, 1.0, 0.0)
        if name in _LINEAR:
            return self._by_cells(name)
        sums = {
            "entropy": lambda: self._entropy,
            "confidence": lambda: self._confidence,
            "first": lambda: self._columns[:, 0],
            "special": lambda: self._columns @ self._sides.special_keys,
            "punctuation": self._on_marks,
            "column": lambda: self._largest_column() * rows,
        }
        return sums[name]() / rows

    def _by_cells(self, name: str) -> Doubles:
        if not self._sides.square or (name == "own_sentence" and not self._sides.pair):
            return np.full(self._rows.shape, np.nan)
        place = _LINEAR.index(name)
        of_mass = name in ("distance", "own_sentence")
        total = self._linear[:, 0] if of_mass else self._there[:, place]
        return self._linear[:, place] / np.where(total > 0, total, np.nan)

    def _on_marks(self) -> Doubles:
        marks = self._marks
        if marks is None:
            return np.zeros(self._rows.shape)
        by_text = self._columns.reshape(len(marks), self._heads, -1)
        return np.matmul(by_text, marks[:, :, None]).reshape(-1)

    def _largest_column(self) -> Doubles:
        # A key that few queries see has a mean over few of them: half of the rows is asked for.
        often = (self._seen_by * 2 >= self._rows[:, None]) & (self._seen_by > 0)
        means = np.where(often, self._columns, 0) / np.maximum(self._seen_by, 1)
        return means.max(axis=1, initial=0)


def _sums(values: NDArray[np.float32], factors: NDArray[np.float32]) -> Doubles:
    """Multiply and add along the last axis of `values`: float32 sums of few, then of those."""
    parts = [
        values[..., start : start + _AT_ONCE] @ factors[start : start + _AT_ONCE]
        for start in range(0, values.shape[-1], _AT_ONCE)
    ]
    return np.asarray(np.sum(parts, axis=0, dtype=np.float64))


def _counted(tokens: Tokens, special_queries: bool) -> Bools:
    special = np.array(tokens.special, np.bool_)
    return np.ones_like(special) if special_queries else ~special


@lru_cache(maxsize=8192)
def _is_punctuation(label: str) -> bool:
    text = label.strip(_PIECE_MARKS)
    text = text.removeprefix("##") if len(text) > len("##") else text
    return bool(text) and all(unicodedata.category(character)[0] in "PS" for character in text)
