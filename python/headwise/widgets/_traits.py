"""Trait types whose values must exist in the trace of the view they belong to."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import (
    TYPE_CHECKING,
    Any,
    NamedTuple,
    Protocol,
    SupportsIndex,
    cast,
    runtime_checkable,
)

from traitlets import Enum, Float, TraitError, TraitType

from headwise.errors import InputError, OutOfRange, SelectionError
from headwise.reduce import Sentences
from headwise.selection import Selection
from headwise.wire.protocol import SENTENCES

if TYPE_CHECKING:
    from headwise.trace import Block, Trace

_PAIR = 2


class TraceView(Protocol):
    """What these traits ask of a view."""

    @property
    def trace(self) -> Trace: ...

    def shown_blocks(self, name: str) -> tuple[Block, ...]: ...


class At(NamedTuple):
    """The block and layer in which a value must exist, and the values that are set before it."""

    block: str
    layer: int
    taken: Mapping[str, Any] = MappingProxyType({})


@runtime_checkable
class TraceBound(Protocol):
    """A trait that can be checked against another block or layer than the one shown."""

    def fit(self, view: Any, value: object, at: At, /) -> object:  # noqa: ANN401 - any view
        """Return the value, or raise what says why it is none."""
        ...


class BlockName(TraitType[str, str]):
    """The name of a block of the trace."""

    default_value = ""
    info_text = "the name of a block"

    def validate(self, obj: Any, value: Any) -> str:  # noqa: ANN401 - traitlets' own signature
        return self.fit(obj, value)

    def fit(self, view: TraceView, value: object, _at: At | None = None) -> str:
        """Return the name, or raise OutOfRange where a trace has no such block."""
        if not isinstance(value, str):
            raise TraitError(f"block must be the name of a block, not {value!r:.80}")
        return view.shown_blocks(value)[0].name


class LayerNumber(TraitType[int, SupportsIndex]):
    """The number of a layer of the view's block, from 0."""

    default_value = 0
    info_text = "a layer number"

    def validate(self, obj: Any, value: Any) -> int:  # noqa: ANN401 - traitlets' own signature
        return self.fit(obj, value, At(obj.block, 0))

    def fit(self, view: TraceView, value: object, at: At) -> int:
        """Return the number, or raise OutOfRange where a block that is shown has no such layer."""
        return min(layer_number(block, value) for block in view.shown_blocks(at.block))


class HeadNumbers(TraitType["list[int]", "Iterable[SupportsIndex]"]):
    """Numbers of heads of the view's layer, from 0, each once."""

    info_text = "a list of head numbers"

    def make_dynamic_default(self) -> list[int]:
        """Start with no heads."""
        return []

    def validate(self, obj: Any, value: Any) -> list[int]:  # noqa: ANN401 - traitlets' own signature
        block: Block = obj.trace.block(obj.block)
        return head_numbers(block, obj.layer, value)


class SelectionValue(TraitType[Selection, "Selection | Mapping[str, object] | str"]):
    """A Selection, given as one, as its dict or as JSON; always with the name of its block."""

    default_value = Selection()
    info_text = "a Selection"

    def validate(self, obj: Any, value: Any) -> Selection:  # noqa: ANN401 - traitlets' own signature
        return self.fit(obj, value, At(obj.block, 0))

    def fit(self, view: TraceView, value: object, at: At) -> Selection:
        """Return the selection, or raise SelectionError where it is none or does not fit."""
        selection = read_selection(value)
        block = at.block if selection.block is None else selection.block
        selection = replace(selection, block=block)
        selection.check(view.trace)
        try:
            for other in view.shown_blocks(block)[1:]:
                for head in selection.heads:
                    other.record(head.layer)
        except OutOfRange as error:
            raise SelectionError(f"the selection does not fit both traces: {error}") from error
        return selection


class SentenceFilter(Enum[Sentences]):
    """Which sentence looks at which: the text must have the sentences that it names."""

    def __init__(self, help: str) -> None:  # noqa: A002 - traitlets' own name
        super().__init__(SENTENCES, "all", help=help)

    def validate(self, obj: Any, value: Any) -> Sentences:  # noqa: ANN401 - traitlets' own signature
        return self.fit(obj, value, At(obj.block, 0))

    def fit(self, view: TraceView, value: object, at: At) -> Sentences:
        """Return the filter, or raise InputError where the text has one sentence only."""
        chosen = super().validate(view, value)
        if not all(has_sentences(block, chosen) for block in view.shown_blocks(at.block)):
            raise InputError(
                f"sentences={chosen!r} needs two sentences, and the text of block {at.block!r} "
                "has one: give trace() a text pair, or keep sentences='all'"
            )
        return chosen


class Share(Float[float, "float | int"]):
    """A number from 0 to 1."""

    def __init__(self, default: float, help: str) -> None:  # noqa: A002 - traitlets' own name
        super().__init__(default, min=0.0, max=1.0, help=help)

    def validate(self, obj: Any, value: Any) -> float:  # noqa: ANN401 - traitlets' own signature
        """Refuse also what is not a number, which compares with no bound."""
        share = super().validate(obj, value)
        if math.isnan(share):
            raise TraitError(f"{self.name} must be a number from 0 to 1, not nan")
        return share


def read_selection(value: object) -> Selection:
    """Make a Selection of one, of its dict or of its JSON text.

    Raises
    ------
    SelectionError
        The value is none of these.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise SelectionError(
                f"a selection must be a Selection, its dict or its JSON; {value!r:.80} is no JSON"
            ) from error
    return Selection.from_json(value)


def block_shown(trace: Trace, block: str | None, selection: Selection) -> Block:
    """Find the block that a view opens with: the one that is named, else that of the selection.

    Raises
    ------
    InputError
        They are two blocks.
    OutOfRange
        There is no such block.
    """
    if block is not None and selection.block not in (None, block):
        raise InputError(
            f"block is {block!r}, but the selection is of block {selection.block!r}: "
            "leave one of them out"
        )
    return trace.block(selection.block if block is None else block)


def entries_of(value: object, expected: str) -> Iterable[object]:
    """Go through the entries of a list.

    Raises
    ------
    InputError
        The value is not a list; the message says what is expected.
    """
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes, Mapping)):
        raise InputError(f"{expected}, not {value!r:.80}")
    return cast("Iterable[object]", value)


def layer_number(block: Block, value: object) -> int:
    """Check a layer number, of any integer type.

    Raises
    ------
    OutOfRange
        The block has no such layer.
    """
    block.record(cast("int", value))
    return operator.index(cast("SupportsIndex", value))


def head_numbers(block: Block, layer: int, value: object) -> list[int]:
    """Check head numbers of one layer and drop those that are named twice.

    Raises
    ------
    InputError
        The value is not a list.
    OutOfRange
        The layer has no such head, or it was not captured.
    """
    numbers: list[int] = []
    for entry in entries_of(value, "heads must be a list of head numbers"):
        _, number = block.check_captured(layer, cast("int", entry))
        numbers.append(number)
    return list(dict.fromkeys(numbers))


def has_sentences(block: Block, sentences: Sentences) -> bool:
    """Say whether both sides of a block have the sentences that a filter names."""
    if sentences == "all":
        return True
    sides = (block.query_tokens, block.key_tokens)
    return all(
        letter == "a" or tokens.segment_count >= _PAIR
        for letter, tokens in zip(sentences, sides, strict=True)
    )
