"""TensorBoard: event files of our own, in the folder that is there."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headwise.tracking.extras import needed
from headwise.tracking.sinks.base import RunFacts, Sink
from headwise.tracking.sinks.keep import keep_run, keep_step
from headwise.tracking.snapshot import PREFIX
from headwise.tracking.tables import markdown_table

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from headwise.tracking.snapshot import Snapshot

_RGB = 3


class TensorBoardSink(Sink):
    """Writes scalars, maps, histograms and a table as events, and the pages for the own tab.

    Parameters
    ----------
    path : path-like
        The folder of the run, such as the one that another writer uses already: TensorBoard reads
        all event files of a folder as one run. What events have no place for, pages and traces,
        goes into ``headwise/`` in it.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).expanduser()
        self._writer: Any = None

    def start(self, facts: RunFacts) -> None:
        """Open an event file.

        Raises
        ------
        TrackerMissing
            TensorBoard is not installed.
        """
        module = needed("tensorboard.summary.writer.event_file_writer")
        # Our own event files, of an earlier training, have no logs of the Trainer's to come.
        self.has_logs = any(
            "tfevents" in each.name and not each.name.endswith(f".{PREFIX}")
            for each in self.path.glob("*")
        )
        keep_run(self.path, facts)
        self._facts = facts
        self._writer = module.EventFileWriter(str(self.path), filename_suffix=f".{PREFIX}")

    def log(self, snapshot: Snapshot) -> None:
        """Write the events and the files of a step."""
        keep_step(self.path, snapshot)
        self.scalars(snapshot.step, snapshot.scalars)
        proto = needed("tensorboard.compat.proto.summary_pb2").Summary
        values: list[Any] = []
        for name, heat in snapshot.maps.items():
            tag = f"{PREFIX}/heads/{name}"
            image = proto.Image(
                height=heat.height,
                width=heat.width,
                colorspace=_RGB,
                encoded_image_string=heat.png,
            )
            values.append(proto.Value(tag=tag, image=image))
            histogram = needed("tensorboard.plugins.histogram.summary_v2").histogram_pb
            values += histogram(f"{tag}/histogram", snapshot.known(name)).value
        text = needed("tensorboard.plugins.text.summary_v2").text_pb
        values += text(f"{PREFIX}/heads", markdown_table(snapshot)).value
        self._write(snapshot.step, values)
        self._writer.flush()

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write numbers."""
        value = needed("tensorboard.compat.proto.summary_pb2").Summary.Value
        self._write(step, [value(tag=tag, simple_value=each) for tag, each in values.items()])

    def close(self, *, failed: bool = False) -> None:
        """Close the event file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            keep_run(self.path, self._facts, state="failed" if failed else "finished")

    def _started(self) -> Any:  # noqa: ANN401 - TensorBoard's own class
        if self._writer is None:
            self.start(RunFacts())
        return self._writer

    def _write(self, step: int, values: list[Any]) -> None:
        writer = self._started()
        event = needed("tensorboard.compat.proto.event_pb2").Event
        summary = needed("tensorboard.compat.proto.summary_pb2").Summary
        writer.add_event(
            event(wall_time=time.time(), step=int(step), summary=summary(value=values))
        )
