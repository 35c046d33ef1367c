"""Runs in plain folders, as `FolderSink` writes them."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, cast

from headwise.tracking.layout import FOLDER, RUN, read_json
from headwise.tracking.readers.kept import KeptMedia
from headwise.tracking.readers.run import Run

if TYPE_CHECKING:
    from pathlib import Path

    from headwise.tracking.readers.deadline import Deadline

LINES = "scalars-*.jsonl"
_CHUNK = 64_000


def folder_run(folder: Path, name: str | None = None) -> Run:
    """Make the run of a plain folder; nothing is read yet.

    Parameters
    ----------
    folder : Path
        The one that was given to `FolderSink`.
    name : str, optional
        That of the folder unless given, or unless the run has one.

    Returns
    -------
    Run
    """
    return Run(name or folder.name, folder, "folder", FolderSource(folder))


class FolderSource:
    """Reads the lines of a folder, each file from where the last reading ended.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets: dict[str, int] = {}
        self._torn: dict[str, int] = {}
        self._bad = 0
        self._kept = KeptMedia(folder)

    def read(self, run: Run, deadline: Deadline) -> bool:
        """Add to `run` what is new; whether there is more."""
        facts = read_json(self._folder / FOLDER / RUN)
        config = facts.get("config")
        if isinstance(config, dict):
            run.config = cast("dict[str, Any]", config)
        if isinstance(facts.get("name"), str) and facts["name"]:
            run.name = facts["name"]
        if facts.get("state") in ("running", "finished", "failed"):
            run.state = facts["state"]
        self._kept.read(run)
        for path in sorted((self._folder / FOLDER).glob(LINES)):
            while lines := self._lines(path):
                for line in lines:
                    self._take(run, line)
                if deadline.over:
                    return True
        return False

    def notes(self) -> list[str]:
        """Say what was lost."""
        said = [
            f"{name}: the last line is not whole ({count} bytes): it is being written, or torn; "
            "all before it is read"
            for name, count in self._torn.items()
            if count
        ]
        if self._bad:
            several = "line is" if self._bad == 1 else "lines are"
            said.append(f"{self._bad} {several} no JSON and left out")
        return said

    def _lines(self, path: Path) -> list[bytes]:
        start = self._offsets.get(path.name, 0)
        with path.open("rb") as file:
            size = file.seek(0, 2)
            start = start if start <= size else 0
            file.seek(start)
            chunk = file.read(_CHUNK)
            while b"\n" not in chunk and start + len(chunk) < size:
                chunk += file.read(_CHUNK)
        end = chunk.rfind(b"\n") + 1
        self._offsets[path.name] = start + end
        self._torn[path.name] = size - start - end if start + len(chunk) == size else 0
        return chunk[:end].splitlines()

    def _take(self, run: Run, line: bytes) -> None:
        try:
            row = json.loads(line)
            step, time = int(row["step"]), float(row.get("time", math.nan))
            values = {str(name): float(value) for name, value in row["values"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            self._bad += 1
            return
        for name, value in values.items():
            run.add(name, step, value, time)
