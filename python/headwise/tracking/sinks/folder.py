"""A plain folder: no tracker is needed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from headwise.tracking.layout import FOLDER
from headwise.tracking.sinks.base import RunFacts, Sink
from headwise.tracking.sinks.keep import keep_run, keep_step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headwise.tracking.snapshot import Snapshot


class FolderSink(Sink):
    """Writes into a folder: numbers as JSON lines; traces, pages, maps and tables for each step.

    Parameters
    ----------
    path : path-like
        Made where it is not there. Each writer has a file of numbers of its own, so that two can
        write into one folder; a step that both write has the files of the one that came last.
    name : str, optional
        Of the run; that of the Trainer, or of the folder, unless given.
    """

    def __init__(self, path: str | os.PathLike[str], *, name: str = "") -> None:
        self.path = Path(path).expanduser()
        self._name = name
        self._facts = RunFacts()
        self._lines: Path | None = None

    def start(self, facts: RunFacts) -> None:
        """Begin a run in the folder."""
        self._facts = RunFacts(self._name or facts.name or self.path.resolve().name, facts.config)
        keep_run(self.path, self._facts)
        stamp = f"{time.time_ns()}-{os.getpid()}"
        self._lines = self.path / FOLDER / f"scalars-{stamp}.jsonl"
        self._lines.touch()

    def log(self, snapshot: Snapshot) -> None:
        """Write the numbers and the files of a step."""
        keep_step(self.path, snapshot)
        self.scalars(snapshot.step, snapshot.scalars)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write a line of numbers."""
        if self._lines is None:
            self.start(self._facts)
        row = {"step": int(step), "time": time.time(), "values": dict(values)}
        with Path(self._lines or self.path).open("ab") as file:
            file.write(json.dumps(row).encode() + b"\n")

    def close(self, *, failed: bool = False) -> None:
        """Say in the folder that the run has ended."""
        if self._lines is not None:
            keep_run(self.path, self._facts, state="failed" if failed else "finished")
