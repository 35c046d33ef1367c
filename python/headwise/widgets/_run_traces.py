"""The attention that was kept at steps of runs: the last traces that were read, and small maps."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import numpy as np

from headwise.bands import bands, work
from headwise.block import Block
from headwise.errors import HeadwiseError, InputError
from headwise.export.parts import record_of
from headwise.record import AttentionRecord
from headwise.thumbnails import Thumbnails, pool_factor
from headwise.tokens import Tokens
from headwise.trace import Trace
from headwise.wire.runs import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headwise.tracking.readers.run import Run

_MOST_BYTES: Final = 256_000_000
_MOST_MAPS: Final = 4000
_MOST_WORK: Final = 8_000_000
_SIDE: Final = 48


class RunTraces:
    """Traces by run, probe text and step; those that were used last stay in memory."""

    def __init__(self) -> None:
        self._traces: OrderedDict[tuple[str, int, int], Trace] = OrderedDict()
        self._sizes: dict[tuple[str, int, int], int] = {}
        self._maps: OrderedDict[tuple[object, ...], NDArray[np.uint8]] = OrderedDict()

    def at(self, run: Run, step: int, probe: int = 0) -> Trace:
        """Read the trace of the saved step that is nearest.

        Parameters
        ----------
        run : Run
        step : int
        probe : int
            Number of the probe text.

        Returns
        -------
        Trace

        Raises
        ------
        InputError
            The run has no trace of this text.
        TraceFileError
            The file is cut.
        """
        found = nearest_step(run, step)
        if found is None:
            raise InputError(
                f"run {run.name!r} has no traces: they are kept by "
                "headwise.tracking.AttentionCallback and headwise.tracking.Tracker"
            )
        key = (run.key, found, probe)
        if key not in self._traces:
            self._traces[key] = run.trace(found, probe)
            self._sizes[key] = _size(self._traces[key])
            while len(self._traces) > 1 and sum(self._sizes.values()) > _MOST_BYTES:
                oldest, _ = self._traces.popitem(last=False)
                del self._sizes[oldest]
        self._traces.move_to_end(key)
        return self._traces[key]

    def strip(
        self, run: Run, steps: Sequence[int], probe: int, place: tuple[str, int, int]
    ) -> dict[str, NDArray[np.uint8]]:
        """Draw one head at several saved steps.

        Parameters
        ----------
        run : Run
        steps : sequence of int
            Saved ones; others are left out.
        probe : int
        place : (str, int, int)
            Block, layer and head.

        Returns
        -------
        dict of str to uint8 array (queries, keys)
            ``strip/STEP``, as :func:`headwise.thumbnails.thumbnail` has it. A step whose file
            cannot be read, or that lacks the head, is left out.
        """
        there = set(run.trace_steps)
        found: dict[str, NDArray[np.uint8]] = {}
        for step in dict.fromkeys(steps):
            if step not in there:
                continue
            key = (run.key, step, probe, *place)
            if key not in self._maps:
                try:
                    trace = self.at(run, step, probe)
                    self._maps[key] = _map_of(trace.block(place[0]), *place[1:])
                except (HeadwiseError, OSError):
                    continue
                if len(self._maps) > _MOST_MAPS:
                    self._maps.popitem(last=False)
            found[f"strip/{step}"] = self._maps[key]
        return found

    def clear(self) -> None:
        """Forget everything."""
        self._traces.clear()
        self._sizes.clear()
        self._maps.clear()


def nearest_step(run: Run, step: int) -> int | None:
    """Return the saved step that is nearest to `step`; None where no trace was kept."""
    steps = run.trace_steps
    return steps[nearest(steps, step)] if steps else None


def changed_most(first: Trace, last: Trace) -> tuple[int, int] | None:
    """Find the head of the default block whose weights moved most between two traces.

    Returns
    -------
    (int, int) or None
        Layer and head; None where the traces do not match or have too many weights for a moment.
    """
    before, after = first.block(), last.block()
    found: tuple[float, int, int] | None = None
    if before.layers != after.layers or sum(map(work, after.records)) > _MOST_WORK:
        return None
    for layer, (old, new) in enumerate(zip(before.records, after.records, strict=True)):
        shape = (old.captured, old.query_count, old.key_count)
        if shape != (new.captured, new.query_count, new.key_count) or not new.captured:
            continue
        moved = np.abs(new.weights() - old.weights()).sum((1, 2))
        for head in new.captured:
            if found is None or float(moved[head]) > found[0]:
                found = (float(moved[head]), layer, head)
    return None if found is None else found[1:]


def empty_trace() -> Trace:
    """Make what a view holds where no attention was kept: one token that attends to itself."""
    tokens = Tokens.from_labels([""])
    record = AttentionRecord(given=np.ones((1, 1, 1), np.float32))
    return Trace([Block("encoder", (record,), tokens, tokens, causal=False)])


def _map_of(block: Block, layer: int, head: int) -> NDArray[np.uint8]:
    record, number = block.check_captured(layer, head)
    alone = record_of(record, [number])
    factor = pool_factor(record.query_count, record.key_count, _SIDE)
    drawn = Thumbnails(
        alone.heads, alone.query_count, alone.key_count, pooling="max", factor=factor
    )
    for band in bands(alone, factor):
        drawn.add(band.heads, band.start, band.weights, band.visible)
    return drawn.codes[number]


def _size(trace: Trace) -> int:
    return sum(record.nbytes for block in trace.blocks.values() for record in block.records)
