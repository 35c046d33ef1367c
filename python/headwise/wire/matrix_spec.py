"""Which map: some heads of a block laid over each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwise.reduce import Aggregate


class MapSpec(NamedTuple):
    """Which map: some heads of a block laid over each other.

    Attributes
    ----------
    block
        Name of the block.
    heads
        Pairs (layer, head), rising.
    aggregate
        How they are laid over each other; ``"mean"`` of one head.
    hide_special
        Whether special tokens are out of play.
    """

    block: str
    heads: tuple[tuple[int, int], ...]
    aggregate: Aggregate
    hide_special: bool

    @classmethod
    def of(
        cls,
        block: str,
        heads: Sequence[tuple[int, int]],
        aggregate: Aggregate,
        hide_special: bool,
    ) -> MapSpec:
        """Name a map so that equal maps have equal names."""
        pairs = tuple(sorted({(layer, head) for layer, head in heads}))
        return cls(block, pairs, aggregate if len(pairs) > 1 else "mean", hide_special)

    @property
    def full(self) -> int:
        """The weight that is drawn at full strength: the number of heads where they are summed."""
        return len(self.heads) if self.aggregate == "sum" else 1

    @property
    def by_layer(self) -> dict[int, list[int]]:
        """The heads of each layer."""
        found: dict[int, list[int]] = {}
        for layer, head in self.heads:
            found.setdefault(layer, []).append(head)
        return found

    @property
    def name(self) -> str:
        """The part of a tensor's name that says which map it is of, as the browser writes it."""
        layers = "+".join(f"{layer}.{_ranges(heads)}" for layer, heads in self.by_layer.items())
        return f"{layers}~{self.aggregate}~{int(self.hide_special)}"


def _ranges(numbers: Sequence[int]) -> str:
    parts: list[str] = []
    first = last = numbers[0]
    for number in [*numbers[1:], -1]:
        if number != last + 1:
            parts.append(f"{first}-{last}" if last > first else f"{first}")
            first = number
        last = number
    return ",".join(parts)
