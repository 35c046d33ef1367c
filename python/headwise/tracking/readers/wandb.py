"""Runs of Weights & Biases in their folders, offline or not."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from headwise.tracking.extras import needed
from headwise.tracking.readers.kept import KeptMedia
from headwise.tracking.readers.leveldb import LogFile
from headwise.tracking.readers.rows import Rows
from headwise.tracking.readers.run import Media, Run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from headwise.tracking.readers.deadline import Deadline
    from headwise.tracking.readers.run import MediaKind

_KINDS: Final[dict[str, MediaKind]] = {
    "html-file": "page",
    "image-file": "image",
    "table-file": "table",
    "histogram": "histogram",
}
_ROWS_A_LOOK: Final = 100


def wandb_run(file: Path) -> Run:
    """Make the run of a ``run-….wandb`` file; nothing is read yet.

    Parameters
    ----------
    file : Path

    Returns
    -------
    Run
    """
    return Run(file.parent.name, file.parent, "wandb", WandbSource(file))


class WandbSource:
    """Reads the log of a run from where the last reading ended.

    Parameters
    ----------
    file : Path
    """

    def __init__(self, file: Path) -> None:
        self._log = LogFile(file)
        self._files = file.parent / "files"
        self._kept = KeptMedia(self._files, ("trace",))
        self._waiting: list[bytes] = []
        self._rows = Rows()

    def read(self, run: Run, deadline: Deadline) -> bool:
        """Add to `run` what is new; whether there is more."""
        parse = needed("wandb.proto.wandb_internal_pb2").Record.FromString
        self._kept.read(run)
        if run.state == "unknown":
            run.state = "running"
        while self._waiting or self._more():
            now, self._waiting = self._waiting[:_ROWS_A_LOOK], self._waiting[_ROWS_A_LOOK:]
            for data in now:
                self._take(run, parse(data))
            if deadline.over:
                return True
        return False

    def notes(self) -> list[str]:
        """Say what was lost."""
        return [*self._log.notes(), *self._rows.notes()]

    def _more(self) -> bool:
        self._waiting = self._log.read()
        return bool(self._waiting)

    def _take(self, run: Run, record: Any) -> None:  # noqa: ANN401 - a message of protobuf
        kind = record.WhichOneof("record_type")
        if kind == "history":
            row = _row(record.history.item)
            step = self._rows.take(run, row)
            self._media(run, row, step)
        elif kind == "config":
            _configure(run, record.config)
        elif kind == "run":
            run.name = record.run.display_name or record.run.run_id or run.name
            run.state = "running"
            _configure(run, record.run.config)
        elif kind == "exit":
            run.state = "failed" if record.exit.exit_code else "finished"

    def _media(self, run: Run, row: dict[str, Any], step: int) -> None:
        for name, value in row.items():
            given = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
            kind = _KINDS.get(str(given.get("_type", "")))
            if kind is None:
                continue
            inside = given.get("path")
            path = self._files / inside if isinstance(inside, str) and _is_inside(inside) else None
            read = path.read_bytes if path else partial(_as_json, given)
            run.media.append(Media(kind, name, step, path, read))


def _row(items: Iterable[Any]) -> dict[str, Any]:
    """Put the items of a row together; those of a medium come one by one."""
    row: dict[str, Any] = {}
    for item in items:
        names = list(item.nested_key) or [item.key]
        inner = row
        for name in names[:-1]:
            found = inner.setdefault(name, {})
            if not isinstance(found, dict):
                found = inner[name] = {}
            inner = cast("dict[str, Any]", found)
        try:
            inner[names[-1]] = json.loads(item.value_json)
        except ValueError:
            continue
    return row


def _configure(run: Run, config: Any) -> None:  # noqa: ANN401 - a message of protobuf
    found = _row(config.update)
    found.pop("_wandb", None)
    run.config.update(found)
    for item in config.remove:
        run.config.pop(item.key, None)


def _is_inside(path: str) -> bool:
    return not path.startswith("/") and ".." not in path.split("/")


def _as_json(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()
