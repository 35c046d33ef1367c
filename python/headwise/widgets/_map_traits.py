"""Trait types of a map: the layers and heads that it is made of, and the part in sight."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, SupportsIndex

from traitlets import TraitType

from headwise.block import whole_number
from headwise.errors import InputError, OutOfRange
from headwise.selection import Head
from headwise.widgets._traits import At, entries_of

if TYPE_CHECKING:
    from headwise.trace import Block
    from headwise.widgets._traits import TraceView

LEAST_SIGHT = 4
"""Fewest tokens a side that are in sight, where the text has as many."""

_ENDS = 4


class MapNumbers(TraitType[list[int], Iterable[SupportsIndex]]):
    """Numbers of the layers, or of the heads, that a map is made of: rising, at least one."""

    info_text = "a list of numbers"

    def __init__(self, what: Literal["layer", "head"], help: str) -> None:  # noqa: A002 - traitlets'
        self._what: Literal["layer", "head"] = what
        super().__init__(help=help)

    def make_dynamic_default(self) -> list[int]:
        """Start with the first one."""
        return [0]

    def validate(self, obj: Any, value: Any) -> list[int]:  # noqa: ANN401 - traitlets' own signature
        return self.fit(obj, value, At(obj.block, 0))

    def fit(self, view: TraceView, value: object, at: At) -> list[int]:
        """Return the numbers, or raise OutOfRange where the block has no such layer or head."""
        entries = entries_of(value, f"{self._what}s must be a list of numbers")
        block = view.trace.block(at.block)
        numbers: set[int] = set()
        for entry in entries:
            number = whole_number(entry, self._what)
            count = block.layers
            if self._what == "head":
                count = max(record.heads for record in block.records)
            if not 0 <= number < count:
                raise OutOfRange(
                    f"{self._what} {number} does not exist: block {block.name!r} has "
                    f"{self._what}s 0 to {count - 1}"
                )
            numbers.add(number)
        if not numbers:
            raise InputError(f"{self._what}s is empty: a map needs at least one {self._what}")
        return sorted(numbers)


class Region(TraitType[list[int], Iterable[SupportsIndex] | None]):
    """The part of a map in sight, [q0, q1, k0, k1] with q1 and k1 left out; None for the whole."""

    info_text = "four token numbers [q0, q1, k0, k1]"

    def make_dynamic_default(self) -> list[int]:
        """Start with nothing; views set the whole of their block."""
        return []

    def validate(self, obj: Any, value: Any) -> list[int]:  # noqa: ANN401 - traitlets' own signature
        return self.fit(obj, value, At(obj.block, 0))

    def fit(self, view: TraceView, value: object, at: At) -> list[int]:
        """Return the region, or raise OutOfRange where the block has no such part."""
        block = view.trace.block(at.block)
        if value is None:
            return whole_region(block)
        expected = "region must be [q0, q1, k0, k1] or None"
        numbers = [whole_number(entry, "token") for entry in entries_of(value, expected)]
        if len(numbers) != _ENDS:
            raise InputError(f"{expected}, not {value!r:.80}")
        for side, start, stop, tokens in (
            ("queries", *numbers[:2], block.query_tokens),
            ("keys", *numbers[2:], block.key_tokens),
        ):
            least = min(LEAST_SIGHT, len(tokens))
            if not 0 <= start <= stop - least <= len(tokens) - least:
                raise OutOfRange(
                    f"region cannot show {side} {start} up to {stop}: block {block.name!r} has "
                    f"{len(tokens)} {side}, and at least {least} are in sight"
                )
        return numbers


def whole_region(block: Block) -> list[int]:
    """Return the region that is all of a block."""
    return [0, len(block.query_tokens), 0, len(block.key_tokens)]


def product(block: Block, layers: Iterable[int], heads: Iterable[int]) -> tuple[Head, ...]:
    """List the heads of layers x heads that exist and were captured."""
    numbers = list(heads)
    return tuple(
        Head(layer, head)
        for layer in layers
        if layer < block.layers
        for head in numbers
        if head in block.record(layer).captured
    )


def sides(heads: Iterable[Head]) -> tuple[list[int], list[int]]:
    """List the layers and the numbers of heads, each once and rising."""
    pairs = list(heads)
    return sorted({head.layer for head in pairs}), sorted({head.head for head in pairs})
