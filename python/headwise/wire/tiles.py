"""Pieces of weights on their way to the browser, each within a budget of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from headwise.errors import BudgetError
from headwise.reduce import allowed_pairs, marginals
from headwise.wire.codec import encode, quantize
from headwise.wire.limits import HEADER_ENTRY, HEADER_START, TOLERANCE, check_span
from headwise.wire.protocol import TILE_BUDGET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from headwise.record import AttentionRecord
    from headwise.reduce import Sentences
    from headwise.trace import Block, Trace
    from headwise.wire.protocol import Dtype, MarginalParams, TileParams

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
        uint8 or at least its first queries, with its marginals; then further layers of the block
        as float32 while they fit.

    Raises
    ------
    OutOfRange
        There is no such block or layer.
    """
    shown = trace.block(block)
    shown.record(layer)
    whole = list(_every_layer(trace))
    if _fits((_layer_cells(part.records[n]) * 4 for part, n in whole), budget):
        return encode({_name("w", part, n): _weights(part, n, "f32") for part, n in whole})
    arrays, left = _shown_layer(shown, layer, budget)
    for other in range(shown.layers):
        cost = _layer_cells(shown.records[other]) * 4 + HEADER_ENTRY
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
    sizes = [_layer_cells(part.records[n]) for part, n in whole]
    dtype: Dtype = "f32" if _fits((size * 4 for size in sizes), budget) else "u8"
    left = budget - HEADER_START
    arrays: Arrays = {}
    for (part, n), size in zip(whole, sizes, strict=True):
        cost = size * _ITEM_SIZE[_sendable(part.records[n], dtype)] + HEADER_ENTRY
        if cost <= left:
            arrays[_name("w", part, n)] = _weights(part, n, dtype)
            left -= cost
    if shown.record(layer).captured and _name("w", shown, layer) not in arrays:
        arrays, _ = _shown_layer(shown, layer, budget)
    return encode(arrays)


def tile(trace: Trace, params: TileParams) -> bytes:
    """Answer one request for weights.

    Parameters
    ----------
    trace : Trace
    params : TileParams
        ``start`` and ``stop`` count queries or keys; ``axis="all"`` does not look at them.

    Returns
    -------
    bytes
        One tensor: ``w/…`` (H, Nq, Nk), ``q/…`` (H, n, Nk) or ``k/…`` (H, Nq, n). Of a layer with
        missing weights (NaN) it is float32, whatever was asked for: bytes cannot say NaN.

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
    axis: Literal["query", "key"] = "query" if by_query else "key"
    return encode({name: _weights(block, layer, dtype, axis, slice(start, stop))})


def marginal_tile(trace: Trace, params: MarginalParams) -> bytes:
    """Answer one request for the per-token figures of a layer under the filters in force.

    Parameters
    ----------
    trace : Trace
    params : MarginalParams

    Returns
    -------
    bytes
        ``strongest/…`` (H, Nq): each query's largest weight among the allowed keys;
        ``received/…`` (H, Nk): each key's mean weight over the queries that the filters leave it.

    Raises
    ------
    OutOfRange
        The block or layer does not exist.
    """
    block = trace.block(params["block"])
    block.record(params["layer"])
    return encode(_marginals(block, params["layer"], params["sentences"], params["hide_special"]))


def _shown_layer(block: Block, layer: int, budget: int) -> tuple[Arrays, int]:
    record = block.records[layer]
    cells = _layer_cells(record)
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
    if cost <= left:
        arrays |= _marginals(block, layer, "all", hide_special=False)
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


def _marginals(block: Block, layer: int, sentences: Sentences, hide_special: bool) -> Arrays:
    record = block.records[layer]
    plain = sentences == "all" and not hide_special
    allowed = (
        None
        if plain
        else allowed_pairs(block.query_tokens, block.key_tokens, sentences, hide_special)
    )
    strongest = np.empty((record.heads, record.query_count), np.float32)
    received = np.empty((record.heads, record.key_count), np.float32)
    for heads in _head_groups(record, record.query_count):
        strongest[heads], received[heads] = marginals(record.weights(heads), allowed)
    return {
        _name("strongest", block, layer): strongest,
        _name("received", block, layer): received,
    }


def _head_groups(record: AttentionRecord, query_count: int) -> Iterable[slice]:
    """Heads in groups whose softmax stays small, however long the text is."""
    step = max(1, _WORK_CELLS // max(1, query_count * record.key_count))
    return (slice(first, first + step) for first in range(0, record.heads, step))


def _every_layer(trace: Trace) -> Iterable[tuple[Block, int]]:
    return ((block, layer) for block in trace.blocks.values() for layer in block.captured_layers)


def _layer_cells(record: AttentionRecord) -> int:
    return record.heads * record.query_count * record.key_count


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
