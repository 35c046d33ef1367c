"""Many texts of one model: checks that they belong together, and a bar that says how far it is."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, TypeVar, cast

from headwise.batch import TraceBatch
from headwise.errors import InputError
from headwise.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from headwise.trace import Block

Traces: TypeAlias = "Trace | Iterable[Trace | TraceBatch]"
Item = TypeVar("Item")


def blocks_of(traces: Traces, name: str | None, *, progress: bool) -> tuple[Block, Iterator[Block]]:
    """Return the first block, and the block of each trace, that first one among them.

    Parameters
    ----------
    traces
        A trace, a batch, or any iterable of traces and batches, such as a generator.
    name
        The block; None for the default block of the first trace.
    progress
        Show a bar where there is more than one text.

    Returns
    -------
    Block, iterator of Block
        All with the same numbers of layers and heads; each trace is read when it is asked for.

    Raises
    ------
    InputError
        If there is no trace, something is no trace, or layers and heads differ.
    OutOfRange
        If a trace has no such block.
    """
    found = _blocks(traces, name, progress)
    first = next(found, None)
    if first is None:
        raise InputError("there is no trace to measure: give at least one")
    return first, chain([first], found)


def _blocks(traces: Traces, name: str | None, progress: bool) -> Iterator[Block]:
    shape: list[int] | None = None
    for number, trace in enumerate(_one_by_one(traces, progress)):
        if not isinstance(trace, Trace):
            raise InputError(
                f"text {number} is no trace but {type(trace).__name__}: "
                "make traces with headwise.trace or headwise.traces"
            )
        block = trace.block(name)
        name = block.name
        heads = [record.heads for record in block.records]
        if shape is None:
            shape = heads
        if heads != shape:
            raise InputError(
                f"text {number} has {len(heads)} layers of {heads[0]} heads, but the first has "
                f"{len(shape)} of {shape[0]}: give traces of one model"
            )
        yield block


def _one_by_one(traces: object, progress: bool) -> Iterator[object]:
    if isinstance(traces, Trace):
        yield traces
        return
    if isinstance(traces, (str, bytes)) or not isinstance(traces, Iterable):
        raise InputError(f"give a trace or several, not {type(traces).__name__}")
    several = cast("Iterable[object]", traces)
    shown = chain.from_iterable(
        item if isinstance(item, TraceBatch) else (item,) for item in several
    )
    yield from bar(shown, progress, len(traces) if isinstance(traces, TraceBatch) else None)


def bar(items: Iterable[Item], progress: bool, count: int | None = None) -> Iterator[Item]:
    """Iterate with a bar that appears after three seconds, or without one."""
    if not progress:
        yield from items
        return
    from tqdm.auto import tqdm  # noqa: PLC0415 - only where a bar is asked for

    yield from tqdm(items, total=count, unit="text", delay=3)
