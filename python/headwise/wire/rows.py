"""Vectors and rows of bias and mask on their way to the neuron view, within a budget of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headwise.errors import BudgetError, OutOfRange, UnsupportedAttention
from headwise.wire.codec import encode
from headwise.wire.describe import has_vectors, hides_pairs
from headwise.wire.limits import HEADER_ENTRY, HEADER_START, TOLERANCE, check_span
from headwise.wire.protocol import TILE_BUDGET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from headwise.record import AttentionRecord
    from headwise.trace import Block, Trace
    from headwise.wire.protocol import RowKind, RowParams

    Arrays = dict[str, NDArray[Any]]


class _Table(NamedTuple):
    """A table of rows: the vectors of a head, its bias, or the mask of a layer."""

    block: Block
    layer: int
    kind: RowKind
    head: int

    @property
    def record(self) -> AttentionRecord:
        return self.block.records[self.layer]

    @property
    def rows(self) -> int:
        return self.record.key_count if self.kind == "key" else self.record.query_count

    @property
    def row_bytes(self) -> int:
        if self.kind == "mask":
            return self.record.key_count
        if self.kind == "bias":
            return 4 * self.record.key_count
        return 0 if self.record.queries is None else 4 * self.record.queries.shape[2]

    @property
    def cost(self) -> int:
        return self.rows * self.row_bytes + HEADER_ENTRY

    def name(self, start: int = 0) -> str:
        return f"rows/{self.kind}/{self.block.name}/{self.layer}/{self.head}/{start}"

    def read(self, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        record, part = self.record, slice(start, self.rows if stop is None else stop)
        if self.kind == "query":
            return record.query_vectors(self.head)[part]
        if self.kind == "key":
            return record.key_vectors(_reader(record, self.head))[part]
        if self.kind == "bias":
            bias = record.bias_of(self.head)
            shape = (part.stop - part.start, record.key_count)
            return np.zeros(shape, np.float32) if bias is None else bias[part]
        allowed = record.allowed(part)
        shape = (part.stop - part.start, record.key_count)
        return np.ones(shape, np.uint8) if allowed is None else allowed.astype(np.uint8)


def rows_tile(trace: Trace, params: RowParams) -> bytes:
    """Answer one request for consecutive rows of a table.

    Parameters
    ----------
    trace : Trace
    params : RowParams
        ``head`` is the number of the key head for ``kind="key"``, and is not looked at for
        ``kind="mask"``. ``start`` and ``stop`` count keys for ``kind="key"``, else queries.

    Returns
    -------
    bytes
        One tensor ``rows/{kind}/{block}/{layer}/{head}/{start}``: float32 (n, d) for ``query``
        and ``key``, float32 (n, Nk) for ``bias`` (0 where the model adds none), uint8 (n, Nk) for
        ``mask``: 1 where the query sees the key; head 0.

    Raises
    ------
    OutOfRange
        The block, layer, head or rows do not exist or were not captured.
    UnsupportedAttention
        The layer holds weights only.
    BudgetError
        The answer would be over `TILE_BUDGET` and more than one row was asked for.
    """
    block, layer, kind = trace.block(params["block"]), params["layer"], params["kind"]
    record = block.check_layer(layer)
    if not has_vectors(record):
        raise UnsupportedAttention(
            f"layer {layer} of block {block.name!r} holds weights only, so there are no queries "
            "and keys: capture the model with headwise.trace to have them"
        )
    if kind == "key":
        _check_key_head(block, layer, params["head"])
    elif kind != "mask":
        block.check_captured(layer, params["head"])
    table = _Table(block, layer, kind, 0 if kind == "mask" else params["head"])
    start, stop = params["start"], params["stop"]
    check_span(block, "keys" if kind == "key" else "queries", start, stop, table.rows)
    limit = int(TILE_BUDGET * TOLERANCE)
    if stop - start > 1 and (stop - start) * table.row_bytes > limit:
        fitting = max(1, limit // table.row_bytes)
        raise BudgetError(
            f"{stop - start} rows of {kind} are {(stop - start) * table.row_bytes} bytes, over the "
            f"budget of {limit}: ask for at most {fitting} at a time, such as start {start}, stop "
            f"{start + fitting}"
        )
    return encode({table.name(start): table.read(start, stop)})


def neuron_snapshot(trace: Trace, block: str, layer: int, head: int, budget: int) -> bytes:
    """Collect what a neuron view can show before it asks for anything.

    Parameters
    ----------
    trace : Trace
    block, layer, head : str, int, int
        What the view shows first.
    budget : int
        Bytes; the blob, with its header, is never larger.

    Returns
    -------
    bytes
        The rows (queries, keys, bias, and the mask where it hides more than the causal triangle)
        of everything where they fit, else of the shown layer, else of the shown head; bias and
        mask of a head only where they fit whole. Else the first keys of the shown head, in half
        of the budget, and its first queries. Then the weights of the shown layer as float32
        where they fit. Of a layer that holds weights only, just these.

    Raises
    ------
    OutOfRange
        There is no such block, layer or head.
    """
    arrays, _ = _shown(trace, block, layer, head, budget)
    return encode(arrays)


def neuron_archive(trace: Trace, block: str, layer: int, head: int, budget: int) -> bytes:
    """Collect what a neuron view without Python can show.

    Parameters
    ----------
    trace, block, layer, head, budget
        As for `neuron_snapshot`.

    Returns
    -------
    bytes
        What `neuron_snapshot` has, then further layers, rows and weights together, while they
        fit: first of the shown block, from the shown layer on.

    Raises
    ------
    OutOfRange
        There is no such block, layer or head.
    """
    arrays, left = _shown(trace, block, layer, head, budget)
    shown = trace.block(block)
    others = [other for other in trace.blocks.values() if other is not shown]
    order = [(shown, number) for number in (*range(layer, shown.layers), *range(layer))]
    order += [(other, number) for other in others for number in range(other.layers)]
    for part, number in order:
        tables = [table for table in _tables(part, number) if table.name() not in arrays]
        weights = _weights_name(part, number)
        cost = sum(table.cost for table in tables)
        if weights not in arrays:
            cost += _weights_cost(part.records[number])
        if not part.records[number].captured or cost > left:
            continue
        arrays |= {table.name(): table.read() for table in tables}
        if weights not in arrays:
            arrays[weights] = part.records[number].weights()
        left -= cost
    return encode(arrays)


def _shown(trace: Trace, name: str, layer: int, head: int, budget: int) -> tuple[Arrays, int]:
    block = trace.block(name)
    record, _ = block.check_head(layer, head)
    left = budget - HEADER_START
    arrays: Arrays = {}
    for tables in (_every_table(trace), _tables(block, layer)):
        cost = sum(table.cost for table in tables)
        if cost <= left:
            arrays = {table.name(): table.read() for table in tables}
            left -= cost
            break
    else:
        arrays, left = _shown_head(block, layer, head, left)
    cost = _weights_cost(record)
    if record.captured and cost <= left:
        arrays[_weights_name(block, layer)] = record.weights()
        left -= cost
    return arrays, left


def _shown_head(block: Block, layer: int, head: int, left: int) -> tuple[Arrays, int]:
    record = block.records[layer]
    if head not in record.captured or not has_vectors(record):
        return {}, left
    keys = _Table(block, layer, "key", _key_head(record, head))
    queries = _Table(block, layer, "query", head)
    arrays: Arrays = {}
    if keys.cost + queries.cost <= left:
        extra = [_Table(block, layer, "bias", head)] if record.bias is not None else []
        extra += [_Table(block, layer, "mask", 0)] if hides_pairs(record) else []
        for table in (keys, queries, *extra):
            if table.cost <= left:
                arrays[table.name()] = table.read()
                left -= table.cost
        return arrays, left
    for table, room in ((keys, left // 2), (queries, left - left // 2)):
        count = min(table.rows, (room - HEADER_ENTRY) // table.row_bytes)
        if count > 0:
            arrays[table.name()] = table.read(0, count)
            left -= count * table.row_bytes + HEADER_ENTRY
    return arrays, left


def _every_table(trace: Trace) -> list[_Table]:
    return [
        table
        for block in trace.blocks.values()
        for layer in range(block.layers)
        for table in _tables(block, layer)
    ]


def _tables(block: Block, layer: int) -> list[_Table]:
    """List all that the neuron view reads of a layer; nothing of one that holds weights only."""
    record = block.records[layer]
    if not has_vectors(record):
        return []
    kinds: list[RowKind] = ["query", "bias"] if record.bias is not None else ["query"]
    tables = [_Table(block, layer, kind, head) for kind in kinds for head in record.captured]
    tables += [_Table(block, layer, "key", head) for head in _key_heads(record)]
    return [*tables, _Table(block, layer, "mask", 0)] if hides_pairs(record) else tables


def _key_head(record: AttentionRecord, head: int) -> int:
    return head // (record.heads // record.key_heads)


def _key_heads(record: AttentionRecord) -> Iterable[int]:
    return sorted({_key_head(record, head) for head in record.captured})


def _reader(record: AttentionRecord, key_head: int) -> int:
    """Return a captured head that reads a key head."""
    return next(head for head in record.captured if _key_head(record, head) == key_head)


def _check_key_head(block: Block, layer: int, key_head: int) -> None:
    record = block.records[layer]
    if key_head not in _key_heads(record):
        there = ", ".join(map(str, _key_heads(record)))
        raise OutOfRange(
            f"key head {key_head} does not exist or was not captured: layer {layer} of block "
            f"{block.name!r} has key heads {there}"
        )


def _weights_name(block: Block, layer: int) -> str:
    return f"w/{block.name}/{layer}"


def _weights_cost(record: AttentionRecord) -> int:
    return 4 * record.heads * record.query_count * record.key_count + HEADER_ENTRY
