"""Pieces of weights on their way to the browser, each within a budget of bytes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from headwise.bands import work
from headwise.errors import BudgetError
from headwise.wire.codec import encode, quantize
from headwise.wire.limits import (
    HEADER_ENTRY,
    HEADER_START,
    SNAPSHOT_WORK,
    STEP_WORK,
    TOLERANCE,
    check_span,
    layer_cells,
)
from headwise.wire.protocol import TILE_BUDGET
from headwise.wire.steps import at_once
from headwise.wire.totals import columns_of, totals

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from numpy.typing import NDArray

    from headwise.record import AttentionRecord
    from headwise.trace import Block, Trace
    from headwise.wire.protocol import Dtype, MarginalParams, TileParams
    from headwise.wire.steps import Steps
    from headwise.wire.totals import Totals

    Arrays = dict[str, NDArray[Any]]

_ITEM_SIZE: dict[Dtype, int] = {"f32": 4, "u8": 1}
_WORK_CELLS = 4_000_000


def snapshot(trace: Trace, block: str, layer: int, budget: int) -> bytes:
    """Collect what a view can show before it asks for anything.

    Parameters
    ----------
    trace : Trace
    block, layer : str, int
        What the view shows first.
    budget : int
        Bytes; the blob, with its header, is never larger.

    Returns
    -------
    bytes
        All layers of all blocks as float32 where they fit. Else the shown layer as float32, as
        uint8 or at least its first queries, with its marginals unless they take long; then further
        layers of the block as float32 while they fit.

    Raises
    ------
    OutOfRange
        There is no such block or layer.
    """
    shown = trace.block(block)
    shown.record(layer)
    whole = list(_every_layer(trace))
    if _fits((layer_cells(part.records[n]) * 4 for part, n in whole), budget):
        return encode({_name("w", part, n): _weights(part, n, "f32") for part, n in whole})
    arrays, left = _shown_layer(shown, layer, budget, SNAPSHOT_WORK)
    for other in range(shown.layers):
        cost = layer_cells(shown.records[other]) * 4 + HEADER_ENTRY
        if other != layer and cost <= left:
            arrays[_name("w", shown, other)] = _weights(shown, other, "f32")
            left -= cost
    return encode(arrays)


def archive(trace: Trace, block: str, layer: int, budget: int) -> bytes:
    """Collect what a page without Python can show.

    Parameters
    ----------
    trace, block, layer
        As for `snapshot`.
    budget : int
        Bytes; the blob is never larger.

    Returns
    -------
    bytes
        Every layer as float32 where that fits, else every layer as uint8, else as many layers as
        uint8 as fit: the shown one, the rest of its block, the other blocks. Where the shown
        layer alone is too large, its first queries.

    Raises
    ------
    OutOfRange
        There is no such block or layer.
    """
    shown = trace.block(block)
    shown.record(layer)
    whole = sorted(
        _every_layer(trace),
        key=lambda entry: (entry[0] is not shown, entry[0] is shown and entry[1] != layer),
    )
    sizes = [layer_cells(part.records[n]) for part, n in whole]
    dtype: Dtype = "f32" if _fits((size * 4 for size in sizes), budget) else "u8"
    left = budget - HEADER_START
    arrays: Arrays = {}
    for (part, n), size in zip(whole, sizes, strict=True):
        cost = size * _ITEM_SIZE[_sendable(part.records[n], dtype)] + HEADER_ENTRY
        if cost <= left:
            arrays[_name("w", part, n)] = _weights(part, n, dtype)
            left -= cost
    if shown.record(layer).captured and _name("w", shown, layer) not in arrays:
        arrays, _ = _shown_layer(shown, layer, budget, math.inf)
    return encode(arrays)


def tile(trace: Trace, params: TileParams, steps: Steps | None = None) -> bytes:
    """Answer one request for weights.

    Parameters
    ----------
    trace : Trace
    params : TileParams
        ``start`` and ``stop`` count queries or keys; ``axis="all"`` does not look at them.
    steps : Steps, optional
        Of the view; without them all is done at once.

    Returns
    -------
    bytes
        One tensor: ``w/…`` (H, Nq, Nk), ``q/…`` (H, n, Nk) or ``k/…`` (H, Nq, n). Of a layer with
        missing weights (NaN) it is float32, whatever was asked for: bytes cannot say NaN. No
        tensor while the keys of a long layer take more work: asked again, Python goes on.

    Raises
    ------
    OutOfRange
        The block, layer, queries or keys do not exist.
    BudgetError
        The answer would be over `TILE_BUDGET` and more than one row or column was asked for.
    """
    block, layer, dtype = trace.block(params["block"]), params["layer"], params["dtype"]
    record = block.check_layer(layer)
    queries, keys = record.query_count, record.key_count
    if params["axis"] == "all":
        _check_budget(record.heads * keys, queries, dtype, "queries")
        return encode({_name("w", block, layer): _weights(block, layer, dtype)})
    start, stop = params["start"], params["stop"]
    by_query = params["axis"] == "query"
    count, across, what = (queries, keys, "queries") if by_query else (keys, queries, "keys")
    check_span(block, what, start, stop, count)
    _check_budget(record.heads * across, stop - start, dtype, what, start)
    name = f"{_name('q' if by_query else 'k', block, layer)}/{start}"
    part = slice(start, stop)
    if by_query or record.given is not None or work(record) <= STEP_WORK:
        return encode({name: _weights(block, layer, dtype, "query" if by_query else "key", part)})
    found = (steps or at_once()).find(*_plain_totals(trace, block, layer))
    if found is None:
        return encode({})
    weights = columns_of(record, found, part)
    return encode({name: weights if dtype == "f32" else quantize(weights)})


def marginal_tile(trace: Trace, params: MarginalParams, steps: Steps | None = None) -> bytes:
    """Answer one request for the per-token figures of a layer under the filters in force.

    Parameters
    ----------
    trace, steps
        As for `tile`.
    params : MarginalParams

    Returns
    -------
    bytes
        ``strongest/…`` (H, Nq): each query's largest weight among the allowed keys;
        ``received/…`` (H, Nk): each key's mean weight over the queries that the filters leave it.
        No tensor while the work is not done.

    Raises
    ------
    OutOfRange
        The block or layer does not exist.
    """
    block, layer = trace.block(params["block"]), params["layer"]
    block.record(layer)
    filters = (params["sentences"], params["hide_special"])
    steps = steps or at_once()
    if filters == ("all", False):
        found = steps.find(*_plain_totals(trace, block, layer))
    else:
        name = (id(trace), block.name, layer, filters)
        found = steps.advance(name, lambda: totals(block, layer, *filters))
    return encode({} if found is None else _marginals(block, layer, found))


def _plain_totals(
    trace: Trace, block: Block, layer: int
) -> tuple[tuple[int, str, int], Callable[[], Generator[int, None, Totals]]]:
    """Name the figures of a layer without a filter, and the work that finds them."""
    return (id(trace), block.name, layer), lambda: totals(block, layer)


def _shown_layer(block: Block, layer: int, budget: int, most: float) -> tuple[Arrays, int]:
    record = block.records[layer]
    cells = layer_cells(record)
    left = budget - HEADER_START
    arrays: Arrays = {}
    for dtype in ("f32", "u8"):
        cost = cells * _ITEM_SIZE[_sendable(record, dtype)] + HEADER_ENTRY
        if cost <= left:
            arrays[_name("w", block, layer)] = _weights(block, layer, dtype)
            left -= cost
            break
    else:
        room = min(budget // 2, left - HEADER_ENTRY)
        line = record.heads * record.key_count * _ITEM_SIZE[_sendable(record, "u8")]
        rows = min(record.query_count, room // line)
        if rows > 0:
            band = _weights(block, layer, "u8", "query", slice(0, rows))
            arrays[f"{_name('q', block, layer)}/0"] = band
            left -= band.nbytes + HEADER_ENTRY
    cost = record.heads * (record.query_count + record.key_count) * 4 + 2 * HEADER_ENTRY
    if cost <= left and work(record) <= most:
        found = at_once().advance(0, lambda: totals(block, layer))
        arrays |= {} if found is None else _marginals(block, layer, found)
        left -= cost
    return arrays, left


def _weights(
    block: Block,
    layer: int,
    dtype: Dtype,
    axis: Literal["query", "key"] = "query",
    part: slice = slice(None),
) -> NDArray[Any]:
    record = block.records[layer]
    dtype = _sendable(record, dtype)
    queries = part if axis == "query" else slice(None)
    keys = part if axis == "key" else slice(None)
    shape = (
        record.heads,
        len(range(*queries.indices(record.query_count))),
        len(range(*keys.indices(record.key_count))),
    )
    cells = np.empty(shape, np.float32 if dtype == "f32" else np.uint8)
    for heads in _head_groups(record, shape[1]):
        weights = record.weights(heads, queries, keys)
        cells[heads] = weights if dtype == "f32" else quantize(weights)
    return cells


def _sendable(record: AttentionRecord, dtype: Dtype) -> Dtype:
    """Return the type that can carry a record's weights: bytes have no place for NaN."""
    missing = record.given is not None and bool(np.isnan(record.given).any())
    return "f32" if missing else dtype


def _marginals(block: Block, layer: int, found: Totals) -> Arrays:
    return {
        _name("strongest", block, layer): found.strongest,
        _name("received", block, layer): found.received,
    }


def _head_groups(record: AttentionRecord, query_count: int) -> Iterable[slice]:
    """Heads in groups whose softmax stays small, however long the text is."""
    step = max(1, _WORK_CELLS // max(1, query_count * record.key_count))
    return (slice(first, first + step) for first in range(0, record.heads, step))


def _every_layer(trace: Trace) -> Iterable[tuple[Block, int]]:
    return ((block, layer) for block in trace.blocks.values() for layer in block.captured_layers)


def _fits(sizes: Iterable[int], budget: int) -> bool:
    return HEADER_START + sum(size + HEADER_ENTRY for size in sizes) <= budget


def _name(kind: str, block: Block, layer: int) -> str:
    return f"{kind}/{block.name}/{layer}"


def _check_budget(line: int, count: int, dtype: Dtype, what: str, start: int = 0) -> None:
    line_size = line * _ITEM_SIZE[dtype]
    limit = int(TILE_BUDGET * TOLERANCE)
    if count == 1 or line_size * count <= limit:
        return
    fitting = max(1, limit // line_size)
    raise BudgetError(
        f"{count} {what} as {dtype} are {line_size * count} bytes, over the budget of {limit}: "
        f"ask for at most {fitting} at a time, such as start {start}, stop {start + fitting}"
    )
