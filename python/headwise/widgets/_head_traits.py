"""Trait types for one head, and for the layers and heads that a grid shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, Protocol, SupportsIndex, cast

from traitlets import TraitType

from headwise.block import whole_number
from headwise.errors import InputError, OutOfRange, SelectionError
from headwise.selection import Head, Selection
from headwise.widgets._moves import nearest_head
from headwise.widgets._traits import At, LayerNumber, TraceView, entries_of

if TYPE_CHECKING:
    from headwise.trace import Block


class GridView(TraceView, Protocol):
    """What the traits of a grid ask of a view."""

    include_layers: list[int] | None
    include_heads: list[int] | None


class HeadNumber(TraitType[int, SupportsIndex]):
    """The number of a head of the view's layer, from 0."""

    default_value = 0
    info_text = "a head number"

    def validate(self, obj: Any, value: Any) -> int:  # noqa: ANN401 - traitlets' own signature
        return self.fit(obj, value, At(obj.block, obj.layer))

    def fit(self, view: TraceView, value: object, at: At) -> int:
        """Return the number, or raise OutOfRange where no such head was captured of the layer."""
        block = view.trace.block(at.block)
        _, number = block.check_head(at.layer, cast("int", value))
        # Where nothing was captured, the number that stands for none is one too.
        if number != nearest_head(block, at.layer, None):
            block.check_captured(at.layer, number)
        return number


class CapturedLayer(LayerNumber):
    """The number of a layer of which something was captured."""

    def fit(self, view: TraceView, value: object, at: At) -> int:
        """Return the number, or raise OutOfRange where there is no such layer to show."""
        number = super().fit(view, value, at)
        view.trace.block(at.block).check_layer(number)
        return number


class OpenedHead(TraitType["Head | None", Iterable[SupportsIndex] | None]):
    """The head that a grid shows large, as (layer, head); None for none."""

    default_value = None
    info_text = "a pair (layer, head) or None"

    def validate(self, obj: Any, value: Any) -> Head | None:  # noqa: ANN401 - traitlets' own
        return self.fit(obj, value, At(obj.block, 0))

    def fit(self, view: GridView, value: object, at: At) -> Head | None:
        """Return the head, or raise OutOfRange where the grid has no such head."""
        if value is None:
            return None
        head = one_head(value)
        block = view.trace.block(at.block)
        block.check_captured(*head)
        if not is_included(head, *_included(view, at)):
            raise OutOfRange(
                f"head {head.head} of layer {head.layer} is hidden and cannot be opened: "
                "it is not in include_layers and include_heads"
            )
        return head


class IncludedNumbers(TraitType["list[int] | None", Iterable[SupportsIndex] | None]):
    """Numbers of the layers, or of the heads, that a grid shows; None for all."""

    default_value = None
    info_text = "a list of numbers or None"

    def __init__(self, what: Literal["layer", "head"], help: str) -> None:  # noqa: A002 - traitlets'
        self._what: Literal["layer", "head"] = what
        super().__init__(help=help)

    def validate(self, obj: Any, value: Any) -> list[int] | None:  # noqa: ANN401 - traitlets' own
        return self.fit(obj, value, At(obj.block, 0))

    def fit(self, view: GridView, value: object, at: At) -> list[int] | None:
        """Return the numbers in rising order, or raise OutOfRange where nothing is left to show."""
        if value is None:
            return None
        numbers = _numbers(value, self._what)
        most = max(_count(block, self._what) for block in view.trace.blocks.values())
        for number in numbers:
            if not 0 <= number < most:
                raise OutOfRange(
                    f"include_{self._what}s names {self._what} {number}: "
                    f"there are {self._what}s 0 to {most - 1}"
                )
        block = view.trace.block(at.block)
        alone = (numbers, None) if self._what == "layer" else (None, numbers)
        if not included_layers(block, *alone):
            raise OutOfRange(
                f"include_{self._what}s is {numbers}, which leaves nothing of block {block.name!r}"
            )
        layers, heads = _included(view, at)
        both = (numbers, heads) if self._what == "layer" else (layers, numbers)
        if not included_layers(block, *both):
            raise OutOfRange(
                f"include_layers {both[0]} and include_heads {both[1]} together leave nothing of "
                f"block {block.name!r}: set one of them to None first"
            )
        return numbers


def one_head(value: object) -> Head:
    """Read a pair (layer, head).

    Raises
    ------
    InputError
        The value is no such pair.
    """
    try:
        (head,) = Selection(heads=cast("tuple[Head]", (value,))).heads
    except SelectionError as error:
        raise InputError(f"a head must be a pair (layer, head), not {value!r:.80}") from error
    return head


def is_included(head: Head, layers: list[int] | None, heads: list[int] | None) -> bool:
    """Say whether a grid that shows some layers and heads shows this one."""
    return (layers is None or head.layer in layers) and (heads is None or head.head in heads)


def included_layers(block: Block, layers: list[int] | None, heads: list[int] | None) -> list[int]:
    """List the layers of a block of which a grid shows at least one head that was captured."""
    return [
        layer
        for layer in block.captured_layers
        if any(
            is_included(Head(layer, head), layers, heads) for head in block.record(layer).captured
        )
    ]


def _included(view: GridView, at: At) -> tuple[list[int] | None, list[int] | None]:
    layers: list[int] | None = at.taken.get("include_layers", view.include_layers)
    heads: list[int] | None = at.taken.get("include_heads", view.include_heads)
    return layers, heads


def _numbers(value: object, what: str) -> list[int]:
    entries = entries_of(value, f"include_{what}s must be a list of numbers or None")
    numbers = {whole_number(entry, what) for entry in entries}
    if not numbers:
        raise InputError(f"include_{what}s is empty: name at least one {what}, or None for all")
    return sorted(numbers)


def _count(block: Block, what: Literal["layer", "head"]) -> int:
    return block.layers if what == "layer" else max(record.heads for record in block.records)
