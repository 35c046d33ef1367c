"""Handing snapshots to sinks, so that no failure stops a training."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from headwise.errors import HeadwiseWarning, InputError
from headwise.tracking.measure import snapshot_of
from headwise.tracking.sinks.base import Sink

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from headwise.tracking.measure import Probe
    from headwise.tracking.sinks.base import RunFacts
    from headwise.tracking.snapshot import Snapshot


class Reporter:
    """Sinks that were started, and those that could not be.

    Parameters
    ----------
    sinks : iterable of Sink
    facts : RunFacts
    """

    def __init__(self, sinks: Iterable[Sink], facts: RunFacts) -> None:
        self.sinks = check_sinks(sinks)
        self.facts = facts
        self._ready: dict[int, Sink] = {}
        self._said: set[tuple[str, str]] = set()

    def log(
        self,
        model: Any,  # noqa: ANN401 - transformers types it in part
        probe: Probe,
        step: int,
        epoch: float | None = None,
    ) -> Snapshot | None:
        """Read a model and hand what was read to every sink.

        Returns
        -------
        Snapshot or None
            None where the model could not be read, which is said once.
        """
        with self._guarded("reading the attention of the model"):
            found = snapshot_of(model, probe, step, epoch, self._guarded)
            for sink in self.started():
                with self._guarded(type(sink).__name__):
                    sink.log(found)
            return found
        return None

    def scalars(
        self, step: int, values: Mapping[str, float], *, without_logs: bool = False
    ) -> None:
        """Hand numbers to every sink, or only to those that have no logs of the Trainer's."""
        for sink in self.started():
            if not (without_logs and sink.has_logs):
                with self._guarded(type(sink).__name__):
                    sink.scalars(step, values)

    def close(self, *, failed: bool = False) -> None:
        """End the run in every sink that was started."""
        for sink in list(self._ready.values()):
            with self._guarded(type(sink).__name__):
                sink.close(failed=failed)
        self._ready.clear()

    def started(self) -> list[Sink]:
        """Start what is not started yet, and list what is."""
        for place, sink in enumerate(self.sinks):
            if place not in self._ready:
                with self._guarded(f"starting {type(sink).__name__}"):
                    sink.start(self.facts)
                    self._ready[place] = sink
        return [self._ready[place] for place in sorted(self._ready)]

    @contextmanager
    def _guarded(self, what: str) -> Generator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, the training goes on
            kind = (what, type(error).__name__)
            if kind in self._said:
                return
            self._said.add(kind)
            warnings.warn(
                f"{what} failed, and the training goes on without it: "
                f"{type(error).__name__}: {error}",
                HeadwiseWarning,
                stacklevel=4,
            )


def check_sinks(sinks: object) -> tuple[Sink, ...]:
    """Return sinks as a tuple.

    Raises
    ------
    InputError
        There is none, or one is no `Sink`.
    """
    given = (sinks,) if isinstance(sinks, Sink) else sinks
    if not isinstance(given, (list, tuple)):
        raise InputError(f"sinks must be one Sink or a list of them, not {sinks!r:.80}")
    found: list[Sink] = []
    for sink in cast("list[object]", given):
        if not isinstance(sink, Sink):
            raise InputError(
                f"a sink is a headwise.tracking.Sink, not {type(sink).__name__}: FolderSink, "
                "TensorBoardSink, WandbSink, TrackioSink, or a class of your own"
            )
        found.append(sink)
    if not found:
        raise InputError("sinks is empty: give one, such as FolderSink('runs/first')")
    return tuple(found)
