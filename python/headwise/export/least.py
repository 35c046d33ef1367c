"""The least that a page must hold of what its view shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headwise.thumbnails import pool_factor
from headwise.wire.limits import HEADER_ENTRY, HEADER_START
from headwise.wire.matrix import coarsest_cost

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headwise.block import Block
    from headwise.record import AttentionRecord
    from headwise.trace import Trace

# Explore keeps each of its three parts within a third, compare each side within a half. The curves
# of a runs view take less than a half.
_PARTS = {"explore": 3, "liveexplore": 3, "compare": 2, "runs": 2}


class Least(NamedTuple):
    """What a page cannot do without.

    Attributes
    ----------
    tensor : str
        Start of the name of a tensor that has to be there; "" where none has to.
    rows : int or None
        Rows that it has to have; None where it is there whole or not at all.
    words : str
    nbytes : int
        The least budget with which it is.
    """

    tensor: str
    rows: int | None
    words: str
    nbytes: int

    def is_in(self, shapes: Mapping[str, Sequence[int]]) -> bool:
        """Tell whether it is among tensors of these names and shapes."""
        return not self.tensor or any(
            name.startswith(self.tensor) and self.rows in (None, shape[0])
            for name, shape in shapes.items()
        )


def least_of(traces: Sequence[Trace], shown: Mapping[str, Any]) -> Least:
    """Return what a page of a view cannot do without.

    Parameters
    ----------
    traces : sequence of Trace
    shown : mapping
        The view's values, as JSON.
    """
    parts = _PARTS.get(shown["_view"], 1)
    kind = _kind(shown)
    if kind == "none":
        return Least("", None, "nothing", 0)
    block = traces[0].block(shown["block"])
    if kind == "heads":
        rows = sum(len(record.captured) for record in block.records)
        name = f"table/{block.name}/{shown['metric']}"
        return Least(name, None, f"the column {shown['metric']!r}", _whole(4 * rows))
    if kind == "matrix":
        nbytes = coarsest_cost(block)
        return Least(f"matrix/{block.name}/", None, "the map", nbytes)
    if kind == "model":
        included = shown.get("include_layers")
        there = [n for n in block.captured_layers if included is None or n in included]
        layer = next(iter(there), 0)
        record = block.record(layer)
        factor = pool_factor(record.query_count, record.key_count)
        cells = -(-record.query_count // factor) * -(-record.key_count // factor)
        words = f"the thumbnails of layer {layer}"
        nbytes = parts * _whole(record.heads * cells)
        return Least(f"thumb/{block.name}/{layer}/", None, words, nbytes)
    layer = shown["layer"]
    record = block.record(layer)
    if kind == "neuron" and record.queries is not None and record.given is None:
        head = shown["head"]
        rows = record.query_count + record.key_count
        nbytes = 4 * record.queries.shape[2] * rows + HEADER_ENTRY
        words = f"the vectors of head {head} of layer {layer}"
        name = f"rows/key/{block.name}/{layer}/{head // (record.heads // record.key_heads)}/0"
        return Least(name, record.key_count, words, parts * _whole(nbytes))
    several = max(_layer(trace.block(block.name), layer) for trace in traces)
    if kind == "compare":
        # The map of the difference stands beside the first side.
        several += _whole(4 * record.query_count * record.key_count)
    words = f"layer {layer} of block {block.name!r}"
    return Least(f"w/{block.name}/{layer}", None, words, parts * several)


def zeros_share(traces: Sequence[Trace], shown: Mapping[str, Any]) -> float:
    """Return how many bytes there are for one that says something: heads left out are zeros.

    They deflate to next to nothing. A neuron view leaves out their vectors themselves.
    """
    if _kind(shown) in ("neuron", "explore", "liveexplore", "heads"):
        return 1.0
    records = [record for trace in traces for record in _records(trace) if record.captured]
    there = sum(len(record.captured) for record in records)
    return sum(record.heads for record in records) / there if there else 1.0


def _kind(shown: Mapping[str, Any]) -> str:
    """Name the view of the attention that is shown: in a runs view one of others, or none."""
    kind: str = shown["_view"]
    if kind != "runs":
        return kind
    return shown["show"] if shown["_run"].get("step") is not None else "none"


def _records(trace: Trace) -> list[AttentionRecord]:
    return [record for block in trace.blocks.values() for record in block.records]


def _layer(block: Block, layer: int) -> int:
    record = block.record(layer)
    missing = record.given is not None and bool(np.isnan(record.given).any())
    cells = record.heads * record.query_count * record.key_count
    return _whole(cells * (4 if missing else 1))


def _whole(nbytes: int) -> int:
    return HEADER_START + HEADER_ENTRY + nbytes
