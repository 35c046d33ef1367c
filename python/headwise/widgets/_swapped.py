"""What a view shows when it is given another trace: the same, as far as it is there too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from headwise.selection import Head
from headwise.widgets._moves import nearest_layer
from headwise.widgets._traits import has_sentences

if TYPE_CHECKING:
    from headwise.block import Block
    from headwise.widgets.head import HeadView


def fit(view: HeadView, block: Block, *, first: bool) -> None:
    """Set block, layer and selection of a view such that they are in its new trace.

    Parameters
    ----------
    view : HeadView
        Its trace is the new one already.
    block : Block
        That of the new trace which is to be shown.
    first : bool
        Whether nothing was shown before: then all heads of the layer are on.
    """
    selection = view.selection
    if block.name != view.block:
        view.block = block.name
    layer = nearest_layer(block, min(view.layer, block.layers - 1))
    if layer != view.layer:
        view.layer = layer
    heads = tuple(
        head
        for head in selection.heads
        if head.layer < block.layers and head.head in block.record(head.layer).captured
    )
    if first or (selection.heads and not heads):
        heads = tuple(Head(layer, number) for number in block.record(layer).captured)
    counts = (len(block.query_tokens), len(block.key_tokens))
    query, key = (
        None if place is None or place >= count else place
        for place, count in zip((selection.query, selection.key), counts, strict=True)
    )
    fitting = replace(selection, block=block.name, heads=heads, query=query, key=key)
    if (query, key) != (selection.query, selection.key):
        fitting = replace(fitting, query_range=None, key_range=None)
    if fitting != view.selection:
        view.selection = fitting
    if not has_sentences(block, view.sentences):
        view.sentences = "all"
