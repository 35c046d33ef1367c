"""What one view's selection is in another view, and what of it is not there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from headwise.selection import Head, Selection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headwise.tokens import Tokens
    from headwise.trace import Block
    from headwise.widgets._base import BaseView


class NoBlock(NamedTuple):
    """The other view has no such block."""

    block: str
    there: tuple[str, ...]


class NoHeads(NamedTuple):
    """The other view's block lacks these heads, or they were not captured there."""

    heads: tuple[Head, ...]
    exist: bool
    counts: tuple[int, ...]
    captured: tuple[tuple[int, ...], ...]


class NoToken(NamedTuple):
    """The other view has another token, or none, at this number."""

    side: Literal["query", "key"]
    number: int
    label: str
    found: str | None
    length: int


Gap = NoBlock | NoHeads | NoToken


@dataclass(frozen=True, slots=True)
class Mapped:
    """A selection in another view.

    Parameters
    ----------
    selection
        None where the block is not there.
    layer
        The layer to follow where none of its heads is there.
    gaps
        What is not there.
    """

    selection: Selection | None
    layer: int | None = None
    gaps: tuple[Gap, ...] = ()


def mapped(source: BaseView, target: BaseView) -> Mapped:
    """Find what the selection of one view is in another.

    A head is the same head if layer and number are the same; a token if number and label are.
    """
    selection = source.selection
    block = source.trace.block(selection.block)
    other = matching_block(block, target)
    if other is None:
        return Mapped(None, gaps=(NoBlock(block.name, target.block_names),))
    layers = _layers(target, other)
    there = [head for head in selection.heads if _has(other, layers, head)]
    missing = tuple(head for head in selection.heads if head not in there)
    gaps: list[Gap] = []
    if missing:
        records = other.records[:layers]
        counts = tuple(record.heads for record in records)
        exist = all(head.layer < layers and head.head < counts[head.layer] for head in missing)
        captured = tuple(record.captured for record in records)
        gaps.append(NoHeads(missing, exist, counts, captured))
    if not _speaks_of_tokens(block):
        # What is locked there stays: a table of heads says nothing of tokens.
        kept = replace(target.selection, block=other.name, heads=tuple(there))
        if target.selection.block != other.name:
            kept = Selection(other.name, tuple(there))
        follow = missing[0].layer if missing and not there else layers
        return Mapped(kept, follow if follow < layers else None, tuple(gaps))
    if not _speaks_of_tokens(other):
        found = replace(selection, block=other.name, heads=tuple(there))
        return Mapped(found, None, tuple(gaps))
    locks: dict[str, int | None] = {}
    for side, number, ours, theirs in (
        ("query", selection.query, block.query_tokens, other.query_tokens),
        ("key", selection.key, block.key_tokens, other.key_tokens),
    ):
        gap = None if number is None else _other_token(side, number, ours, theirs)
        locks[side] = number if gap is None else None
        gaps += [] if gap is None else [gap]
    follow = missing[0].layer if missing and not there else layers
    return Mapped(
        Selection(
            other.name,
            tuple(there),
            locks["query"],
            locks["key"],
            _same_part(selection.query_range, block.query_tokens, other.query_tokens),
            _same_part(selection.key_range, block.key_tokens, other.key_tokens),
        ),
        follow if follow < layers else None,
        tuple(gaps),
    )


def matching_block(block: Block, view: BaseView) -> Block | None:
    """Find the block of a view that has the same name, else the only one of the same kind."""
    names = view.block_names
    if block.name in names:
        return view.trace.block(block.name)
    alike = [name for name in names if _crosses(view.trace.block(name)) == _crosses(block)]
    return view.trace.block(alike[0]) if len(alike) == 1 else None


def share_a_head(a: BaseView, b: BaseView) -> bool:
    """Say whether two views have a head in common, in any of their blocks."""
    return _finds_a_head(a, b) or _finds_a_head(b, a)


def _finds_a_head(source: BaseView, target: BaseView) -> bool:
    for name in source.block_names:
        block = source.trace.block(name)
        other = matching_block(block, target)
        if other is not None:
            layers = _layers(target, other)
            if any(_has(other, layers, head) for head in _heads(block, _layers(source, block))):
                return True
    return False


def _speaks_of_tokens(block: Block) -> bool:
    return len(block.query_tokens) > 0


def _crosses(block: Block) -> bool:
    return block.name.startswith("cross") or block.query_tokens != block.key_tokens


def _layers(view: BaseView, block: Block) -> int:
    return min(shown.layers for shown in view.shown_blocks(block.name))


def _heads(block: Block, layers: int) -> Iterable[Head]:
    return (Head(layer, head) for layer in range(layers) for head in block.records[layer].captured)


def _has(block: Block, layers: int, head: Head) -> bool:
    return head.layer < layers and head.head in block.records[head.layer].captured


def _other_token(side: str, number: int, ours: Tokens, theirs: Tokens) -> NoToken | None:
    label = ours.labels[number]
    found = _at(theirs.labels, number)
    if found == label:
        return None
    return NoToken("query" if side == "query" else "key", number, label, found, len(theirs))


def _same_part(
    part: tuple[int, int] | None, ours: Tokens, theirs: Tokens
) -> tuple[int, int] | None:
    """Keep a range of tokens where the other text has the same tokens there."""
    if part is None:
        return None
    start, stop = part
    return part if ours.labels[start:stop] == theirs.labels[start:stop] else None


def _at(labels: Sequence[str], number: int) -> str | None:
    return labels[number] if number < len(labels) else None
