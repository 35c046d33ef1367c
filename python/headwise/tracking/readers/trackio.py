"""Runs of Trackio in its databases."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote

from headwise.errors import HeadwiseError
from headwise.tracking.layout import FOLDER
from headwise.tracking.readers.kept import KeptMedia
from headwise.tracking.readers.rows import Rows
from headwise.tracking.readers.run import Media, Run

if TYPE_CHECKING:
    from collections.abc import Generator

    from headwise.tracking.readers.deadline import Deadline
    from headwise.tracking.readers.run import MediaKind

_KINDS: Final[dict[str, MediaKind]] = {
    "trackio.html": "page",
    "trackio.image": "image",
    "trackio.table": "table",
    "trackio.histogram": "histogram",
    "trackio.file": "file",
}
_ROWS: Final = 200
_BUSY: Final = 2.0


def trackio_runs(database: Path) -> list[Run]:
    """List the runs of a database; nothing of them is read yet.

    Parameters
    ----------
    database : Path
        A ``PROJECT.db`` of Trackio's folder.

    Returns
    -------
    list of Run
        Empty where the file is no database of Trackio.
    """
    try:
        with closing(_connected(database)) as connection:
            rows = connection.execute(
                "SELECT run_id, run_name FROM metrics GROUP BY run_id "
                "UNION SELECT run_id, run_name FROM configs GROUP BY run_id"
            ).fetchall()
    except sqlite3.DatabaseError:
        return []
    runs: list[Run] = []
    for identity, name in sorted(dict(rows).items(), key=lambda each: (each[1], each[0])):
        run = Run(str(name), database, "trackio", TrackioSource(database, str(identity), str(name)))
        run.key = f"trackio:{database}:{identity}"
        runs.append(run)
    return runs


class TrackioSource:
    """Reads the rows of a run behind the last one that was read.

    Parameters
    ----------
    database : Path
    identity, name : str
        The run's, as the database has them.
    """

    def __init__(self, database: Path, identity: str, name: str) -> None:
        self._database = database
        self._identity = identity
        self._media = database.parent / "media"
        self._last = 0
        self._rows = Rows()
        root = self._media / database.stem / name
        self._kept = KeptMedia(root, ("trace",)) if _is_name(name) else None

    def read(self, run: Run, deadline: Deadline) -> bool:
        """Add to `run` what is new; whether there is more."""
        if self._kept:
            self._kept.read(run)
        try:
            with closing(_connected(self._database)) as connection:
                found = connection.execute(
                    "SELECT config FROM configs WHERE run_id = ?", (self._identity,)
                ).fetchone()
                if found:
                    config = _mapping(found[0])
                    run.config = {k: v for k, v in config.items() if not k.startswith("_")}
                for rows in self._new(connection):
                    for row in rows:
                        self._take(run, row)
                    if deadline.over:
                        return True
        except sqlite3.DatabaseError as error:
            run.note(f"{self._database.name} cannot be read ({error})")
        return False

    def notes(self) -> list[str]:
        """Say what is unusual."""
        return self._rows.notes()

    def _new(self, connection: sqlite3.Connection) -> Generator[list[tuple[Any, ...]]]:
        while True:
            rows = connection.execute(
                "SELECT id, timestamp, step, metrics FROM metrics "
                "WHERE run_id = ? AND id > ? ORDER BY id LIMIT ?",
                (self._identity, self._last, _ROWS),
            ).fetchall()
            if not rows:
                return
            yield rows

    def _take(self, run: Run, row: tuple[Any, ...]) -> None:
        self._last = int(row[0])
        metrics = _mapping(row[3])
        step = self._rows.take(run, {**metrics, "_step": row[2]}, _seconds(row[1]))
        for name, value in metrics.items():
            given = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
            kind = _KINDS.get(str(given.get("_type", "")))
            if kind is None:
                continue
            path = self._file(given.get("file_path"))
            read = path.read_bytes if path else partial(_as_json, given)
            run.media.append(Media(kind, name, step, path, read))

    def _file(self, inside: object) -> Path | None:
        if not isinstance(inside, str) or not inside:
            return None
        path = self._media / inside
        return path if path.resolve().is_relative_to(self._media.resolve()) else None


def kept_root(folder: Path, project: str, name: str) -> Path:
    """Name the folder beside Trackio's media in which traces of a run are kept.

    Raises
    ------
    HeadwiseError
        The run's name is no name of a folder.
    """
    if not _is_name(name):
        raise HeadwiseError(
            f"traces of Trackio run {name!r} cannot be kept: its name is no name of a folder; "
            f"give it another one, or add a FolderSink ({FOLDER!r} folder) to the sinks"
        )
    return folder / "media" / project / name


def _is_name(name: str) -> bool:
    return Path(name).name == name and name not in ("", ".", "..")


def _connected(database: Path) -> sqlite3.Connection:
    # Read only: a reader must not make the file, nor change its journal.
    address = f"file:{quote(str(database))}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=_BUSY)


def _mapping(text: str | bytes) -> dict[str, Any]:
    try:
        found: object = json.loads(text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _seconds(stamp: object) -> float | None:
    try:
        return datetime.fromisoformat(str(stamp)).timestamp()
    except ValueError:
        return None


def _as_json(value: dict[str, Any]) -> bytes:
    return json.dumps(value.get("_value", value)).encode()
