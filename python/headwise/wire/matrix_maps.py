"""Maps of heads, computed a few queries at a time and kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from headwise.wire.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from numpy.typing import NDArray

    from headwise.block import Block
    from headwise.masks import Bools
    from headwise.record import AttentionRecord, Floats
    from headwise.wire.matrix_spec import MapSpec

    Codes = NDArray[np.uint8]
    # A strip: of which map, pooled by how much, and its number.
    Place = tuple[MapSpec, int, int]

EXACT = 0
"""In place of a pool: float32 weights, -inf where a pair is not seen or not in play."""

KEPT_BYTES = 64_000_000
"""Most bytes of computed strips that a view keeps."""

_SUMS_BYTES = 16_000_000
_UNFINISHED = 4
# Weights computed at once: what a processor's cache holds.
_UNIT = 524_288
_LEAST_QUERIES = 32
_LEVELS = np.float32(254.0)


class MatrixMaps:
    """The maps of one view: computed strips, unfinished ones, and the sums of each map.

    Parameters
    ----------
    limit
        Most bytes of computed strips.

    Notes
    -----
    A strip is some consecutive queries with all keys, pooled by max over `base` x `base` weights
    to bytes, or exact. Every strip that is computed also adds to the sums of its map, once.
    """

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self._kept: Kept[NDArray[Any]] = Kept(limit)
        self._sums: Kept[Sums] = Kept(_SUMS_BYTES)
        self._running: OrderedDict[Place, Generator[int, None, NDArray[Any]]] = OrderedDict()
        self._costs: dict[Place, int] = {}

    @property
    def nbytes(self) -> int:
        """Bytes of the strips that are kept."""
        return self._kept.nbytes

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._sums.clear()
        self._running.clear()
        self._costs.clear()

    def has(self, block: Block, spec: MapSpec, base: int, start: int, stop: int) -> bool:
        """Tell whether all strips from query start to stop are there."""
        size = strip_size(block, base)
        numbers = range(start // size, -(-stop // size))
        return all((spec, base, number) in self._kept for number in numbers)

    def strips(
        self, block: Block, spec: MapSpec, base: int, start: int, stop: int, work: float
    ) -> list[NDArray[Any]]:
        """Return the strips from query start to stop, as many as can be had for some work.

        Parameters
        ----------
        block, spec
            Which map.
        base
            Weights of a cell's side, a power of 2, or `EXACT`.
        start, stop
            Queries; the first strip may begin before `start`.
        work
            Weights to compute at most, by and large; at least one step is made.

        Returns
        -------
        list of uint8 or float32 array (queries of the strip / base, cells)
            Fewer than asked for where the work does not reach; the next call goes on from there.
        """
        size = strip_size(block, base)
        found: list[NDArray[Any]] = []
        for number in range(start // size, -(-stop // size)):
            place = (spec, base, number)
            strip = self._kept.get(place)
            if strip is None and work > 0:
                strip, spent = self._advance(block, place, work)
                work -= spent
            if strip is None:
                break
            found.append(strip)
        return found

    def sums(self, block: Block, spec: MapSpec, base: int, work: float) -> Sums:
        """Return what each token gives and receives, computing more of it for some work."""
        sums = self._sums_of(block, spec)
        size = strip_size(block, base)
        for number in range(-(-sums.queries // size)):
            if work <= 0:
                break
            if not sums.has(number * size, (number + 1) * size):
                _, spent = self._advance(block, (spec, base, number), work)
                work -= spent
        return self._sums_of(block, spec)

    def _advance(
        self, block: Block, place: Place, work: float
    ) -> tuple[NDArray[Any] | None, float]:
        """Go on with a strip; return it when it is done, and the work that was spent."""
        spec, base, number = place
        running = self._running.pop(place, None)
        if running is None:
            size = strip_size(block, base)
            start, stop = number * size, min((number + 1) * size, len(block.query_tokens))
            running = _strip(block, spec, base, start, stop, self._sums_of(block, spec))
            self._costs[place] = next(running)
        spent, cost = 0.0, self._costs.pop(place)
        try:
            while spent < work:
                spent += cost
                cost = next(running)
        except StopIteration as done:
            strip: NDArray[Any] = done.value
            self._kept.put(place, strip)
            return strip, spent
        self._running[place], self._costs[place] = running, cost
        while len(self._running) > _UNFINISHED:
            dropped, _ = self._running.popitem(last=False)
            del self._costs[dropped]
        return None, spent

    def _sums_of(self, block: Block, spec: MapSpec) -> Sums:
        sums = self._sums.get(spec)
        if sums is None:
            sums = Sums(block, spec)
            self._sums.put(spec, sums)
        return sums


class Sums:
    """What each token of a map gives and receives, for weights that come band by band.

    Parameters
    ----------
    block, spec
        Which map.
    """

    def __init__(self, block: Block, spec: MapSpec) -> None:
        self.queries, keys = len(block.query_tokens), len(block.key_tokens)
        self._band = band_size(block)
        self._done = np.zeros(-(-self.queries // self._band), np.bool_)
        self._received = np.zeros(keys, np.float64)
        self._missing = np.zeros(keys, np.int64)
        special = np.array(block.query_tokens.special, np.bool_)
        self._counted = self.queries - int(special.sum() if spec.hide_special else 0)
        self._strongest = np.full(self.queries, np.nan, np.float32)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        arrays = (self._received, self._missing, self._strongest, self._done)
        return sum(array.nbytes for array in arrays)

    @property
    def complete(self) -> bool:
        """Whether every query was seen."""
        return bool(self._done.all())

    def has(self, start: int, stop: int) -> bool:
        """Tell whether the queries from start to stop were seen."""
        return bool(self._done[start // self._band : -(-stop // self._band)].all())

    def add(self, start: int, weights: Floats, missing: Bools | None) -> None:
        """Take in a band: float32 (n, W), 0 where a pair is not in play, and which are unknown."""
        number = start // self._band
        if self._done[number]:
            return
        self._done[number] = True
        queries, width = weights.shape
        if missing is None:
            unknown = np.zeros(queries, np.bool_)
        else:
            self._missing[:width] += missing.sum(axis=0)
            unknown = missing.all(axis=1)
            weights = np.where(missing, np.float32(0), weights)
        self._received[:width] += weights.sum(axis=0)
        strongest = weights.max(axis=1, initial=0.0)
        self._strongest[start : start + queries] = np.where(unknown, np.nan, strongest)

    @property
    def strongest(self) -> Floats:
        """The largest weight of each query: float32 (Nq,), NaN where it is not computed."""
        return self._strongest

    @property
    def received(self) -> Floats:
        """The mean weight that each key receives over the queries in play: float32 (Nk,).

        NaN where all of it is unknown; not yet true while the map is not complete.
        """
        known = self._counted - self._missing
        received = (self._received / np.maximum(known, 1)).astype(np.float32)
        received[(known <= 0) & (self._missing > 0)] = np.nan
        return received


def band_size(block: Block) -> int:
    """Return how many queries are computed together: a power of 2."""
    queries, keys = len(block.query_tokens), max(1, len(block.key_tokens))
    size = _LEAST_QUERIES
    while size * 2 * keys <= _UNIT and size < queries:
        size *= 2
    return size


def strip_size(block: Block, base: int) -> int:
    """Return how many queries a strip has: a power of 2, and at least one row of cells."""
    return max(band_size(block), base)


def halved(values: NDArray[Any]) -> NDArray[Any]:
    """Pool 2 x 2 cells to their largest one; an odd row or column at the end stands alone."""
    for axis in (0, 1):
        lead = (slice(None),) * axis
        even = values[(*lead, slice(0, None, 2))]
        odd = values[(*lead, slice(1, None, 2))]
        pooled = even.copy()
        both = (*lead, slice(0, odd.shape[axis]))
        np.maximum(pooled[both], odd, out=pooled[both])
        values = pooled
    return values


def _strip(
    block: Block, spec: MapSpec, base: int, start: int, stop: int, sums: Sums
) -> Generator[int, None, NDArray[Any]]:
    """Compute a strip; before each step, yield the number of weights that it computes."""
    cells, keys = max(1, base), len(block.key_tokens)
    shape = (-(-(stop - start) // cells), -(-keys // cells))
    exact = np.full(shape if base == EXACT else (0, 0), -np.inf, np.float32)
    codes = np.zeros((0, 0) if base == EXACT else shape, np.uint8)
    size = band_size(block)
    for first in range(start, stop, size):
        last = min(first + size, stop)
        weights, in_play = yield from _band(block, spec, first, last)
        if spec.hide_special and in_play is not None:
            np.copyto(weights, 0, where=~in_play)
        missing = np.isnan(weights) if np.isnan(np.vdot(weights, weights)) else None
        sums.add(first, weights, missing)
        if missing is not None and base != EXACT:
            weights[missing] = -1
        place = slice((first - start) // cells, -(-(last - start) // cells))
        if base == EXACT:
            if in_play is not None:
                np.copyto(weights, -np.inf, where=~in_play)
            exact[place, : weights.shape[1]] = weights
        else:
            found = _codes(weights, in_play, base, spec.full)
            into = codes[place, : found.shape[1]]
            np.maximum(into, found, out=into)
    return exact if base == EXACT else codes


def _band(
    block: Block, spec: MapSpec, start: int, stop: int
) -> Generator[int, None, tuple[Floats, Bools | None]]:
    """Lay the heads over each other for some queries: weights (n, W) and the pairs in play."""
    layers = [(block.record(layer), heads) for layer, heads in spec.by_layer.items()]
    rows = stop - start
    width = max(_width(record, stop) for record, _ in layers)
    total = np.zeros((rows, width) if len(spec.heads) > 1 else (0, 0), np.float32)
    for record, heads in layers:
        together = max(1, _UNIT // max(1, rows * _width(record, stop)))
        for group in _groups(heads, together):
            yield len(group) * rows * _width(record, stop)
            weights = record.band(group, start, stop)
            if len(spec.heads) == 1:
                total = weights[0]
            elif spec.aggregate == "max":
                into = total[:, : weights.shape[2]]
                np.maximum(into, weights.max(axis=0), out=into)
            else:
                total[:, : weights.shape[2]] += weights.sum(axis=0)
    if spec.aggregate == "mean" and len(spec.heads) > 1:
        total /= np.float32(len(spec.heads))
    return total, _in_play(block, spec, [record for record, _ in layers], start, stop, width)


def _in_play(
    block: Block,
    spec: MapSpec,
    records: Sequence[AttentionRecord],
    start: int,
    stop: int,
    width: int,
) -> Bools | None:
    """Mark the pairs that at least one head sees and the filter leaves; None for all."""
    masks = {(None if one.mask is None else id(one.mask.bits), one.causal): one for one in records}
    found: Bools | None = np.zeros((stop - start, width), np.bool_)
    for record in masks.values():
        seen = record.allowed(slice(start, stop))
        if seen is None:
            found = None
            break
        found |= seen[:, :width]
    if spec.hide_special:
        queries = ~np.array(block.query_tokens.special[start:stop], np.bool_)
        left = queries[:, None] & ~np.array(block.key_tokens.special[:width], np.bool_)
        found = left if found is None else found & left
    return found


def _codes(weights: Floats, in_play: Bools | None, base: int, full: int) -> Codes:
    """Pool weights by max and write them as bytes: 0 where nothing is in play."""
    values = weights
    if in_play is not None:
        np.copyto(values, -1, where=~in_play)
    while base > 1:
        values = halved(values)
        base //= 2
    levels = np.sqrt(np.clip(values / np.float32(full), 0.0, 1.0))
    codes = (1 + np.rint(levels * _LEVELS)).astype(np.uint8)
    codes[values < 0] = 0
    return codes


def _width(record: AttentionRecord, stop: int) -> int:
    return min(stop, record.key_count) if record.causal else record.key_count


def _groups(heads: Sequence[int], together: int) -> Iterator[Sequence[int]]:
    return (heads[first : first + together] for first in range(0, len(heads), together))
