"""What a person or a program picked: heads, a query token and a key token, a part of the map."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

from headwise.errors import OutOfRange, SelectionError

if TYPE_CHECKING:
    from headwise.trace import Trace

_KEYS = frozenset({"block", "heads", "query", "key", "query_range", "key_range"})
_RANGES = ("query_range", "key_range")
_ENDS = 2


class Head(NamedTuple):
    """One attention head.

    Attributes
    ----------
    layer, head
        Zero-based numbers.
    """

    layer: int
    head: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Heads that are on, the query and key that are locked, and a part of the map.

    Parameters
    ----------
    block
        Name of the block the selection is about; ``None`` means the block that is shown. A view
        writes the name in, so what it returns is not equal to a selection set without a block.
    heads
        Pairs ``(layer, head)``. Any iterable is accepted; the order is kept and a head that is
        named twice counts once.
    query, key
        Token numbers, also while pieces are merged to words on screen; ``None`` for no lock.
    query_range, key_range
        Tokens of a rectangle brushed in a matrix view, as ``(start, stop)`` with `stop` left out;
        ``None`` for no rectangle.

    Raises
    ------
    SelectionError
        If a value is not of this form. A bool is not a number here.

    Examples
    --------
    >>> Selection(heads=[(3, 1), (3, 1)], query=0)
    Selection(block=None, heads=(Head(layer=3, head=1),), query=0, key=None)
    """

    block: str | None = None
    heads: tuple[Head, ...] = ()
    query: int | None = None
    key: int | None = None
    query_range: tuple[int, int] | None = None
    key_range: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "block", _block(self.block))
        object.__setattr__(self, "heads", _heads(self.heads))
        object.__setattr__(self, "query", _optional_index(self.query, "query"))
        object.__setattr__(self, "key", _optional_index(self.key, "key"))
        for name in _RANGES:
            object.__setattr__(self, name, _range(getattr(self, name), name))

    def __repr__(self) -> str:
        entries = ["block", "heads", "query", "key"]
        entries += [name for name in _RANGES if getattr(self, name) is not None]
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in entries)
        return f"Selection({shown})"

    def to_json(self) -> dict[str, object]:
        """Return the selection as the plain dict that goes over the wire; ranges only if set."""
        entries: dict[str, object] = {
            "block": self.block,
            "heads": [[layer, head] for layer, head in self.heads],
            "query": self.query,
            "key": self.key,
        }
        for name, pair in zip(_RANGES, (self.query_range, self.key_range), strict=True):
            if pair is not None:
                entries[name] = list(pair)
        return entries

    @classmethod
    def from_json(cls, value: object) -> Selection:
        """Read a selection from the dict of :meth:`to_json`; missing entries are empty.

        Raises
        ------
        SelectionError
            If `value` is not such a dict or has an entry that is not known.
        """
        if isinstance(value, Selection):
            return value
        if not isinstance(value, Mapping):
            raise SelectionError(f"a selection must be a dict or a Selection, not {value!r}")
        entries = cast("Mapping[str, object]", value)
        if unknown := sorted(str(name) for name in entries.keys() - _KEYS):
            raise SelectionError(
                f"unknown entry {', '.join(unknown)} in a selection: "
                "it has block, heads, query, key, query_range and key_range"
            )
        return cls(
            block=cast("str | None", entries.get("block")),
            heads=cast("tuple[Head, ...]", entries.get("heads", ())),
            query=cast("int | None", entries.get("query")),
            key=cast("int | None", entries.get("key")),
            query_range=cast("tuple[int, int] | None", entries.get("query_range")),
            key_range=cast("tuple[int, int] | None", entries.get("key_range")),
        )

    def check(self, trace: Trace, block: str | None = None) -> None:
        """Check that everything selected exists, and that its heads were captured.

        Parameters
        ----------
        trace
            The trace the selection is meant for.
        block
            Block to use where the selection names none; ``None`` for the default block.

        Raises
        ------
        SelectionError
            If a block, head, query or key does not exist, a head was not captured, or a range
            reaches beyond the tokens; the message names what there is.
        """
        try:
            found = trace.block(self.block if self.block is not None else block)
            for layer, head in self.heads:
                found.check_captured(layer, head)
        except OutOfRange as error:
            raise SelectionError(f"the selection does not fit: {error}") from error
        for side, index, pair, tokens in (
            ("query", self.query, self.query_range, found.query_tokens),
            ("key", self.key, self.key_range, found.key_tokens),
        ):
            if pair is not None and pair[1] > len(tokens):
                raise SelectionError(
                    f"the selection does not fit: {side}_range {pair} reaches beyond the "
                    f"{len(tokens)} tokens of block {found.name!r}"
                )
            if index is not None and index >= len(tokens):
                raise SelectionError(
                    f"the selection does not fit: {side} {index} does not exist: "
                    f"block {found.name!r} has tokens 0 to {len(tokens) - 1}"
                )


def _block(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise SelectionError(f"block must be a name or None, not {value!r}")


def _heads(value: object) -> tuple[Head, ...]:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise SelectionError(f"heads must be pairs (layer, head), not {value!r}")
    pairs = cast("Iterable[object]", value)
    return tuple(dict.fromkeys(_head(pair) for pair in pairs))


def _head(pair: object) -> Head:
    if isinstance(pair, (str, bytes, Mapping)) or not isinstance(pair, Iterable):
        raise SelectionError(f"a head must be a pair (layer, head), not {pair!r}")
    numbers = list(cast("Iterable[object]", pair))
    if len(numbers) != len(Head._fields):
        raise SelectionError(f"a head must be a pair (layer, head), not {pair!r}")
    return Head(_index(numbers[0], "a layer"), _index(numbers[1], "a head"))


def _range(value: object, name: str) -> tuple[int, int] | None:
    if value is None:
        return None
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise SelectionError(f"{name} must be a pair (start, stop) or None, not {value!r}")
    numbers = [_index(number, name) for number in cast("Iterable[object]", value)]
    if len(numbers) != _ENDS:
        raise SelectionError(f"{name} must be a pair (start, stop) or None, not {value!r}")
    start, stop = numbers
    if start >= stop:
        raise SelectionError(f"{name} holds no token: start {start} must be below stop {stop}")
    return start, stop


def _optional_index(value: object, name: str) -> int | None:
    return None if value is None else _index(value, name)


def _index(value: object, name: str) -> int:
    if isinstance(value, bool):
        raise SelectionError(f"{name} must be a whole number, not {value!r}")
    try:
        number = operator.index(cast("int", value))
    except TypeError as error:
        raise SelectionError(f"{name} must be a whole number, not {value!r}") from error
    if number < 0:
        raise SelectionError(f"{name} must be 0 or more, not {number}")
    return number
