"""Several texts that went through a model together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn, overload

from headwise.errors import InputError
from headwise.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable


class BatchError(InputError, AttributeError):
    """A batch of traces stands where one trace is needed."""


class TraceBatch(Sequence[Trace]):
    """The traces of a batch, one for each text, without padding.

    Parameters
    ----------
    traces
        The traces in the order of the texts.
    """

    def __init__(self, traces: Iterable[Trace]) -> None:
        self._traces = tuple(traces)

    def __len__(self) -> int:
        return len(self._traces)

    @overload
    def __getitem__(self, index: int) -> Trace: ...
    @overload
    def __getitem__(self, index: slice) -> TraceBatch: ...
    def __getitem__(self, index: int | slice) -> Trace | TraceBatch:
        """Return the trace of one text, or a batch of some."""
        if isinstance(index, slice):
            return TraceBatch(self._traces[index])
        return self._traces[index]

    def __repr__(self) -> str:
        return f"<TraceBatch of {len(self)} texts; batch[0] is {self._traces[:1]}>"

    def __getattr__(self, name: str) -> NoReturn:
        if not name.startswith("_") and (name in vars(Trace) or name in ("blocks", "meta")):
            raise BatchError(
                f"this is a batch of {len(self)} traces and has no {name!r}: pick one text, as in "
                "batch[0]"
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
