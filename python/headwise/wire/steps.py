"""Slow work, a little of it with each request, so that other requests get their turn between."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from headwise.wire.kept import Kept
from headwise.wire.limits import STEP_WORK

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable


class Sized(Protocol):
    """What takes room."""

    @property
    def nbytes(self) -> int:
        """Bytes of it."""
        ...


Result = TypeVar("Result")
Found = TypeVar("Found", bound=Sized)

_UNFINISHED = 8
_KEPT_BYTES = 32_000_000


class Steps:
    """The slow work of one view that is under way, and results that several requests read.

    Parameters
    ----------
    effort
        Weights that one request computes, by and large.

    Notes
    -----
    A request for slow work is answered without tensors until the work is done; asked again,
    Python goes on. A person who has moved on asks for something else: what they passed is not
    computed any further, and is dropped once enough other work was begun.
    """

    def __init__(self, effort: float = STEP_WORK) -> None:
        self._effort = effort
        self._running: OrderedDict[Hashable, Generator[int, None, object]] = OrderedDict()
        self._kept: Kept[Sized] = Kept(_KEPT_BYTES)

    def clear(self) -> None:
        """Forget everything."""
        self._running.clear()
        self._kept.clear()

    def advance(
        self, name: Hashable, begin: Callable[[], Generator[int, None, Result]]
    ) -> Result | None:
        """Do some of a piece of work.

        Parameters
        ----------
        name
            The same for the same work.
        begin
            Called where the work is not under way. After each step it yields how many weights
            the step computed.

        Returns
        -------
        object or None
            What the work returns, or None while it is not done.
        """
        running = cast("Generator[int, None, Result]", self._running.pop(name, None) or begin())
        spent = 0
        try:
            while spent < self._effort:
                spent += next(running)
        except StopIteration as done:
            return cast("Result", done.value)
        self._running[name] = running
        while len(self._running) > _UNFINISHED:
            self._running.popitem(last=False)
        return None

    def find(
        self, name: Hashable, begin: Callable[[], Generator[int, None, Found]]
    ) -> Found | None:
        """Do as `advance` does, once: the result is kept while there is room."""
        found = cast("Found | None", self._kept.get(name))
        if found is None:
            found = self.advance(name, begin)
            if found is not None:
                self._kept.put(name, found)
        return found


def at_once() -> Steps:
    """Return steps that do all of a piece of work with its first request."""
    return Steps(float("inf"))
