"""What a selection becomes when the view moves to another layer or block."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from headwise.selection import Head, Selection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headwise.trace import Block


def heads_in(selection: Selection, layer: int) -> list[int]:
    """List the heads of one layer that are on."""
    return [head.head for head in selection.heads if head.layer == layer]


def with_heads(selection: Selection, layer: int, heads: Iterable[int]) -> Selection:
    """Put other heads of one layer on; those of other layers stay."""
    others = [head for head in selection.heads if head.layer != layer]
    return replace(selection, heads=(*others, *(Head(layer, head) for head in heads)))


def to_layer(selection: Selection, block: Block, old: int, new: int) -> Selection:
    """Take the heads of the old layer along, unless the new one has heads that are on."""
    if heads_in(selection, new):
        return selection
    captured = block.record(new).captured
    moved = (Head(new, head.head) if head.layer == old else head for head in selection.heads)
    return replace(
        selection,
        heads=tuple(head for head in moved if head.layer != new or head.head in captured),
    )


def to_block(selection: Selection, old: Block, new: Block) -> Selection:
    """Keep of a selection what was captured of the new block, and tokens of the same text."""
    heads = (
        head
        for head in selection.heads
        if head.layer < new.layers and head.head in new.record(head.layer).captured
    )
    same_queries = new.query_tokens == old.query_tokens
    same_keys = new.key_tokens == old.key_tokens
    return Selection(
        block=new.name,
        heads=tuple(heads),
        query=selection.query if same_queries else None,
        key=selection.key if same_keys else None,
        query_range=selection.query_range if same_queries else None,
        key_range=selection.key_range if same_keys else None,
    )


def within(selection: Selection, layers: int) -> Selection:
    """Leave out the heads of layers from number `layers` on."""
    return replace(selection, heads=tuple(head for head in selection.heads if head.layer < layers))


def nearest_head(block: Block, layer: int, head: int | None) -> int:
    """Return a head of the layer: this one if it was captured, else the first that was."""
    captured = block.record(layer).captured
    if head is not None and head in captured:
        return head
    return next(iter(captured), 0)


def nearest_layer(block: Block, layer: int) -> int:
    """Return a layer of which something was captured: the last up to this one, else the first."""
    captured = block.captured_layers
    return max((number for number in captured if number <= layer), default=captured[0])
