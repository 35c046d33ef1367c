"""Pieces of maps of heads on their way to the browser: pooled by level, or exact."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from headwise.bands import work
from headwise.errors import InputError, OutOfRange
from headwise.wire.codec import encode
from headwise.wire.limits import HEADER_ENTRY, HEADER_START, STEP_WORK
from headwise.wire.matrix_maps import EXACT, halved, strip_size
from headwise.wire.matrix_spec import MapSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from headwise.block import Block
    from headwise.trace import Trace
    from headwise.wire.matrix_maps import MatrixMaps
    from headwise.wire.protocol import MapParams, MatrixParams

    Arrays = dict[str, NDArray[Any]]

DOTS = 128
"""Side of a pooled piece, in dots."""

CELLS = 64
"""Side of an exact piece, in weights."""

MAP_SIDE = 560
"""Most pixels of a map's side: the whole is pooled until it is no larger."""

SNAPSHOT_WORK = 16_000_000
"""Weights that are computed before a view opens; the browser asks for the rest."""

_FINER = 4
_MOST_POOL = 1 << 30
# Fewest pixels of a map's side, as in a view 200 px wide.
_LEAST_SIDE = 120


def matrix_tile(
    trace: Trace, maps: MatrixMaps, params: MatrixParams, effort: float = STEP_WORK
) -> bytes:
    """Answer one request for a piece of a map.

    Parameters
    ----------
    trace : Trace
    maps : MatrixMaps
        What the view has computed; it is added to.
    params : MatrixParams
        With dtype ``"u8"``, the piece in row and column `row` and `column` of pieces of `DOTS` x
        `DOTS` dots, each the largest of `pool` x `pool` weights. With ``"f32"``, `pool` is 1 and
        pieces are of `CELLS` x `CELLS` weights.
    effort : float
        Weights to compute at most, by and large.

    Returns
    -------
    bytes
        One tensor ``matrix/{block}/{map}/{pool}/{row}/{column}`` uint8 (n, m): 0 where no head
        sees a pair in play, else ``1 + round(254 * sqrt(weight / full))``, where `full` is 1, or
        the number of heads where they are summed. Or ``matrix/{block}/{map}/exact/…`` float32:
        -inf where no head sees a pair in play. It has fewer rows than the piece while these are
        not computed: asked again, Python goes on.

    Raises
    ------
    OutOfRange
        The block, a head or the piece does not exist, or a dot is larger than the map.
    InputError
        There is no head, or `pool` is no power of 2.
    """
    block, spec = _map(trace, params)
    exact = params["dtype"] == "f32"
    pool, row, column = params["pool"], params["row"], params["column"]
    if pool < 1 or pool & (pool - 1):
        raise InputError(f"a dot covers 1, 2, 4, 8, … weights a side, not {pool}")
    if pool > _MOST_POOL:
        raise OutOfRange("pool is too large: such a dot is larger than the whole map")
    if exact and pool != 1:
        raise InputError(f"exact weights are not pooled: pool is 1, not {pool}")
    side = CELLS if exact else DOTS * pool
    for what, number, tokens in (
        ("row", row, block.query_tokens),
        ("column", column, block.key_tokens),
    ):
        count = -(-len(tokens) // side)
        if not 0 <= number < count:
            raise OutOfRange(
                f"{what} {number} of pieces does not exist: a map of {len(tokens)} tokens a side, "
                f"pooled by {pool}, has {what}s 0 to {count - 1}"
            )
    piece = _piece(block, spec, maps, EXACT if exact else pool, row, column, effort)
    return encode({_name(spec, EXACT if exact else pool, row, column): piece})


def marginals_tile(
    trace: Trace, maps: MatrixMaps, params: MapParams, effort: float = STEP_WORK
) -> bytes:
    """Answer one request for what each token of a map gives and receives.

    Parameters
    ----------
    trace, maps, effort
        As for `matrix_tile`.
    params : MapParams

    Returns
    -------
    bytes
        ``matrix-strongest/{block}/{map}`` float32 (Nq,), NaN where it is not computed, and, once
        all is computed, ``matrix-received/{block}/{map}`` float32 (Nk,): the mean over the
        queries in play.

    Raises
    ------
    OutOfRange, InputError
        As for `matrix_tile`.
    """
    block, spec = _map(trace, params)
    return encode(_marginals(block, spec, maps, effort))


def matrix_snapshot(trace: Trace, maps: MatrixMaps, params: MapParams, budget: int) -> bytes:
    """Collect what a matrix view can show before it asks for anything.

    Parameters
    ----------
    trace, maps, params
        As for `matrix_tile`.
    budget : int
        Bytes; the blob is never larger.

    Returns
    -------
    bytes
        Nothing where more than `SNAPSHOT_WORK` weights have to be computed for it. Else the
        whole as exact pieces if they fit and the whole is shown without pooling, or as pooled
        pieces; and the marginals.

    Raises
    ------
    OutOfRange, InputError
        As for `matrix_tile`.
    """
    block, spec = _map(trace, params)
    parts = [
        work(block.record(layer)) * len(heads) // len(block.record(layer).captured)
        for layer, heads in spec.by_layer.items()
    ]
    if sum(parts) > SNAPSHOT_WORK:
        return encode({})
    pool = whole_pool(block)
    narrow = _narrow(block, pool)
    if pool == 1 and _fits(block, [EXACT, *narrow], budget):
        pool = EXACT
    return _collected(block, spec, maps, [pool, *narrow], budget)


def matrix_archive(trace: Trace, maps: MatrixMaps, params: MapParams, budget: int) -> bytes:
    """Collect what a matrix view without Python can show.

    Parameters
    ----------
    trace, maps, params, budget
        As for `matrix_snapshot`.

    Returns
    -------
    bytes
        The marginals, the whole at the levels at which it is shown in wide and narrow pages, then
        exactly if that fits, else at finer levels while they fit.

    Raises
    ------
    OutOfRange, InputError
        As for `matrix_tile`.
    """
    block, spec = _map(trace, params)
    pool = whole_pool(block)
    levels = [*([pool] if pool > 1 else []), *_narrow(block, pool)]
    if _fits(block, [*levels, EXACT], budget):
        return _collected(block, spec, maps, [*levels, EXACT], budget)
    finer = [1 << power for power in range(int(math.log2(pool)) - (pool > 1), -1, -1)]
    return _collected(block, spec, maps, [*levels, *finer], budget)


def whole_pool(block: Block) -> int:
    """Return how many tokens a dot covers, a side, while the whole map is in sight."""
    pool = 1
    while max(len(block.query_tokens), len(block.key_tokens)) > pool * MAP_SIDE:
        pool *= 2
    return pool


def coarsest_cost(block: Block) -> int:
    """Return the bytes of the least that `matrix_archive` keeps of a map."""
    pool = whole_pool(block)
    level = next(iter([*([pool] if pool > 1 else []), *_narrow(block, pool)]), 1)
    return HEADER_START + _cost(block, level) + _marginals_cost(block)


def _narrow(block: Block, pool: int) -> list[int]:
    """Name the coarser levels at which the whole is shown where a view has little room."""
    side = max(len(block.query_tokens), len(block.key_tokens)) / pool
    return [pool * times for times in (2, 4) if side * 2 / times > _LEAST_SIDE]


def _fits(block: Block, levels: list[int], budget: int) -> bool:
    cost = sum(_cost(block, level) for level in levels)
    return HEADER_START + cost + _marginals_cost(block) <= budget


def _map(trace: Trace, params: MapParams) -> tuple[Block, MapSpec]:
    block = trace.block(params["block"])
    if not params["heads"]:
        raise InputError("a map needs at least one head")
    for layer, head in params["heads"]:
        block.check_captured(layer, head)
    spec = MapSpec.of(block.name, params["heads"], params["aggregate"], params["hide_special"])
    return block, spec


def _piece(
    block: Block,
    spec: MapSpec,
    maps: MatrixMaps,
    pool: int,
    row: int,
    column: int,
    effort: float,
) -> NDArray[Any]:
    """Cut a piece out of strips; it has the rows that are computed."""
    side = CELLS if pool == EXACT else DOTS * pool
    queries, keys = len(block.query_tokens), len(block.key_tokens)
    start, stop = row * side, min((row + 1) * side, queries)
    left, right = column * side, min((column + 1) * side, keys)
    base = _base(block, spec, maps, pool, start, stop)
    cells = max(1, base)
    strips = maps.strips(block, spec, base, start, stop, effort)
    size = strip_size(block, base)
    before = start % size
    computed = min(len(strips) * size - before, stop - start)
    columns = slice(left // cells, -(-right // cells))
    if not strips:
        width = -(-(right - left) // max(1, pool))
        return np.zeros((0, width), np.float32 if pool == EXACT else np.uint8)
    cut = np.concatenate([strip[:, columns] for strip in strips])
    piece = cut[before // cells : -(-(before + computed) // cells)]
    for _ in range(int(math.log2(max(1, pool) // cells))):
        piece = halved(piece)
    whole = len(piece) if computed == stop - start else computed // max(1, pool)
    return piece[:whole]


def _base(block: Block, spec: MapSpec, maps: MatrixMaps, pool: int, start: int, stop: int) -> int:
    """Choose the strips that a piece is cut out of: those that are there, else somewhat finer."""
    if pool == EXACT:
        return EXACT
    base = 1
    while base <= pool:
        if maps.has(block, spec, base, start, stop):
            return base
        base *= 2
    return max(1, pool // _FINER)


def _marginals(block: Block, spec: MapSpec, maps: MatrixMaps, effort: float) -> Arrays:
    sums = maps.sums(block, spec, max(1, whole_pool(block) // _FINER), effort)
    at = f"{block.name}/{spec.name}"
    arrays: Arrays = {f"matrix-strongest/{at}": sums.strongest}
    if sums.complete:
        arrays[f"matrix-received/{at}"] = sums.received
    return arrays


def _collected(
    block: Block, spec: MapSpec, maps: MatrixMaps, levels: list[int], budget: int
) -> bytes:
    """Put levels together, each whole, in this order while they fit."""
    arrays: Arrays = {}
    left = budget - HEADER_START - _marginals_cost(block)
    for level in levels:
        cost = _cost(block, level)
        if cost > left:
            break
        left -= cost
        for row, column in _places(block, level):
            piece = _piece(block, spec, maps, level, row, column, math.inf)
            arrays[_name(spec, level, row, column)] = piece
    if arrays:
        arrays |= _marginals(block, spec, maps, math.inf)
    return encode(arrays)


def _places(block: Block, level: int) -> Iterator[tuple[int, int]]:
    side = CELLS if level == EXACT else DOTS * level
    rows, columns = -(-len(block.query_tokens) // side), -(-len(block.key_tokens) // side)
    return ((row, column) for row in range(rows) for column in range(columns))


def _cost(block: Block, level: int) -> int:
    cells = max(1, level)
    queries, keys = -(-len(block.query_tokens) // cells), -(-len(block.key_tokens) // cells)
    pieces = sum(1 for _ in _places(block, level))
    return queries * keys * (4 if level == EXACT else 1) + pieces * HEADER_ENTRY


def _marginals_cost(block: Block) -> int:
    return 4 * (len(block.query_tokens) + len(block.key_tokens)) + 2 * HEADER_ENTRY


def _name(spec: MapSpec, level: int, row: int, column: int) -> str:
    at = "exact" if level == EXACT else str(level)
    return f"matrix/{spec.block}/{spec.name}/{at}/{row}/{column}"
