"""What was computed, kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """What takes room."""

    @property
    def nbytes(self) -> int:
        """Bytes of it."""
        ...


Item = TypeVar("Item", bound=Sized)


class Kept(Generic[Item]):
    """Things by name, the least recently used dropped first, within a limit of bytes.

    Parameters
    ----------
    limit
        Bytes; one thing is kept however large it is.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: OrderedDict[object, Item] = OrderedDict()
        self.nbytes = 0

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def get(self, name: object) -> Item | None:
        """Return a thing, which is then the last to be dropped, or None."""
        item = self._items.get(name)
        if item is not None:
            self._items.move_to_end(name)
        return item

    def put(self, name: object, item: Item) -> None:
        """Keep a thing, in place of one of the same name."""
        before = self._items.pop(name, None)
        self.nbytes += item.nbytes - (0 if before is None else before.nbytes)
        self._items[name] = item
        while self.nbytes > self._limit and len(self._items) > 1:
            _, dropped = self._items.popitem(last=False)
            self.nbytes -= dropped.nbytes

    def clear(self) -> None:
        """Drop everything."""
        self._items.clear()
        self.nbytes = 0
