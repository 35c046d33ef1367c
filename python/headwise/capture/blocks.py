"""Sorting the calls of one run into the blocks of a trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headwise.capture.crop import Cropper
from headwise.errors import NoAttentionFound, OutOfRange
from headwise.record import NO_ATTENTION, AttentionRecord
from headwise.tokens import Tokens
from headwise.trace import Block

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headwise.capture.calls import Call
    from headwise.capture.kinds import Kinds
    from headwise.capture.plan import Plan
    from headwise.masks import Bools

_ORDER = ("text", "vision", "audio", "encoder", "decoder", "cross")


@dataclass(frozen=True)
class Side:
    """One sequence of tokens that went into the model.

    Parameters
    ----------
    tokens
        The tokens without padding.
    real
        Bool, (N,): which positions are no padding.
    """

    tokens: Tokens
    real: Bools

    @classmethod
    def unpadded(cls, tokens: Tokens) -> Side:
        """Make a side without padding."""
        return cls(tokens, np.ones(len(tokens), np.bool_))


@dataclass(frozen=True)
class Sides:
    """The sequences of one text: what stacks of each kind run over.

    Parameters
    ----------
    named
        Sides by block or tower: ``"encoder"``, ``"decoder"``, ``"vision"``, ``"audio"``; the
        entry ``""`` serves where no other fits.
    strict
        Whether every stack must run over the tokens given, as for a text.
    """

    named: Mapping[str, Side]
    strict: bool = True

    def find(self, name: str, count: int) -> Side | None:
        """Return the side of `name` if it has `count` positions, padding counted."""
        for known in (name, ""):
            side = self.named.get(known)
            if side is not None and len(side.real) == count:
                return side
        return None


def make_blocks(
    calls: Sequence[Call], kinds: Kinds, sides: Sides, text: int, model_type: str
) -> list[Block]:
    """Sort the calls into blocks and drop the padding of text number `text`.

    Raises
    ------
    NoAttentionFound
        If a stack is of a kind that is not read.
    """
    blocks: list[Block] = []
    for name, group in _named_groups(calls, kinds):
        runs = _runs(group, text)
        for number, run in enumerate(runs):
            shown = name if len(runs) == 1 else f"{name} {number + 1}"
            start = run[0].layer if number else 0
            blocks.append(_block(shown, name, run, sides, text, model_type, start))
    return sorted(blocks, key=lambda block: _ORDER.index(block.name.partition(" ")[0]))


def check_wanted(blocks: Sequence[Block], plan: Plan) -> None:
    """Check that the layers and heads that were asked for exist.

    Raises
    ------
    OutOfRange
        If one does not exist in any block.
    """
    wanted = sorted((plan.layers or frozenset()) | (plan.heads or {}).keys())
    layers = max(block.layers for block in blocks)
    for layer in wanted:
        if layer >= layers:
            raise OutOfRange(
                f"layer {layer} does not exist: the model has layers 0 to {layers - 1}"
            )
    for layer, heads in (plan.heads or {}).items():
        there = max(block.heads(layer) for block in blocks if layer < block.layers)
        for head in heads:
            if head >= there:
                raise OutOfRange(
                    f"head {head} does not exist: layer {layer} has heads 0 to {there - 1}"
                )


def _named_groups(calls: Sequence[Call], kinds: Kinds) -> list[tuple[str, list[Call]]]:
    """Group calls into stacks and give each stack its block's name."""
    groups: dict[tuple[bool, str], list[Call]] = {}
    for call in calls:
        groups.setdefault((kinds.is_cross(call.module), call.pattern), []).append(call)
    first = {key: group[0].module for key, group in groups.items()}
    towers = {key: kinds.tower(name) for key, name in first.items()}
    several = len({tower for (cross, _), tower in towers.items() if not cross}) > 1
    stacks = {kinds.stack(name) for (cross, _), name in first.items() if not cross}
    named: list[tuple[str, list[Call]]] = []
    for key, group in groups.items():
        causal = all(call.causal for call in group)
        tower, stack = towers[key], kinds.stack(first[key])
        if key[0]:
            name = "cross"
        elif several:
            name = tower or ("text" if None in towers.values() else "encoder")
        elif stacks == {"encoder", "decoder"} and stack is not None:
            name = stack
        else:
            name = "decoder" if causal else "encoder"
        named.append((name, group))
    return _told_apart(named)


def _told_apart(named: list[tuple[str, list[Call]]]) -> list[tuple[str, list[Call]]]:
    names = [name for name, _ in named]
    told: list[tuple[str, list[Call]]] = []
    for place, (name, group) in enumerate(named):
        number = names[:place].count(name) + 1
        told.append((name if names.count(name) == 1 else f"{name} {number}", group))
    return told


def _runs(group: Sequence[Call], text: int) -> list[list[Call]]:
    """Cut a stack where its size changes: pooling, and stages of a hierarchical model."""
    runs: list[list[Call]] = []
    before: tuple[int, int] | None = None
    for call in group:
        record = call.records[text]
        size = (record.query_count, record.key_count)
        if size != before:
            runs.append([])
        runs[-1].append(call)
        before = size
    return runs


def _block(
    shown: str,
    name: str,
    calls: Sequence[Call],
    sides: Sides,
    text: int,
    model_type: str,
    start: int,
) -> Block:
    first = calls[0].records[text]
    base = name.partition(" ")[0]
    query_name, key_name = ("decoder", "encoder") if base == "cross" else (base, base)
    queries = sides.find(query_name, first.query_count)
    keys = sides.find(key_name, first.key_count)
    if sides.strict and base != "cross" and (queries is None or keys is None):
        tokens = max(len(side.real) for side in sides.named.values())
        if max(first.query_count, first.key_count) > tokens:
            raise NoAttentionFound(
                f"{first.module} of this {model_type} model has {first.query_count} queries and "
                f"{first.key_count} keys for {tokens} tokens, which headwise does not read: "
                "adapters that add positions are such"
            )
    queries = queries or _unnamed(first.query_count, calls[0].windows)
    keys = keys or _unnamed(first.key_count, calls[0].windows)
    cropper = Cropper(queries.real, keys.real)
    cropped = [cropper.crop(call.records[text]) for call in calls]
    return Block(
        name=shown,
        records=tuple(_without_gaps(calls, cropped, start)),
        query_tokens=queries.tokens,
        key_tokens=keys.tokens,
        causal=base != "cross" and all(call.causal for call in calls),
    )


def _unnamed(count: int, windows: int) -> Side:
    """Give numbers to positions that are no tokens: pooled ones, and those of windows."""
    if windows == 1:
        return Side.unpadded(Tokens.from_labels([f"position {place}" for place in range(count)]))
    size = count // windows
    labels = [f"window {place // size}: {place % size}" for place in range(count)]
    return Side.unpadded(Tokens.from_labels(labels))


def _without_gaps(
    calls: Sequence[Call], records: Sequence[AttentionRecord], start: int
) -> list[AttentionRecord]:
    """Stand in for layers without attention, so that numbers stay those of the model."""
    filled: list[AttentionRecord] = []
    for call, record in zip(calls, records, strict=True):
        while len(filled) < call.layer - start:
            filled.append(_absent(record))
        filled.append(record)
    return filled


def _absent(like: AttentionRecord) -> AttentionRecord:
    return AttentionRecord(
        queries=np.zeros((0, like.query_count, 1), np.float32),
        keys=np.zeros((0, like.key_count, 1), np.float32),
        module=NO_ATTENTION,
        kept=(),
        model_heads=(like.heads, like.key_heads),
    )
