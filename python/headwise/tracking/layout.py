"""The folder in which traces, pages and pictures of each step are kept, beside a tracker's files.

``headwise/run.json`` names the run; ``headwise/step-00000050/`` has what belongs to a step, and a
``step.json`` that is written last: a step without one is not whole.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER: Final = "headwise"
RUN: Final = "run.json"
STEP: Final = "step.json"
VERSION: Final = 1
_STEP_FOLDER: Final = re.compile(r"step-(\d{8,18})")
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,80}")
_KINDS: Final = {".html": "page", ".png": "image", ".csv": "table", ".safetensors": "trace"}
# Folders of a training that hold weights, not logs.
_NOT_LOGS: Final = re.compile(r"checkpoint-\d+|\..*|__pycache__|node_modules")


class KeptFile(NamedTuple):
    """A file of a step.

    Attributes
    ----------
    kind : str
        ``"page"``, ``"image"``, ``"table"`` or ``"trace"``.
    name : str
        Its name without the ending.
    path : Path
    """

    kind: str
    name: str
    path: Path


class KeptStep(NamedTuple):
    """A step that is whole.

    Attributes
    ----------
    step : int
    epoch : float or None
    time : float
        When it was written: seconds since 1970.
    files : tuple of KeptFile
        Those that exist.
    """

    step: int
    epoch: float | None
    time: float
    files: tuple[KeptFile, ...]


def write_file(path: Path, content: bytes) -> None:
    """Write a file beside `path` and move it there, so that nobody reads half of it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write a mapping as JSON."""
    write_file(path, json.dumps(value, indent=1).encode())


def read_json(path: Path) -> dict[str, Any]:
    """Read a mapping; empty where the file is none or is being written."""
    try:
        value: object = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def step_folder(root: Path, step: int) -> Path:
    """Name the folder of a step of the run in `root`."""
    return root / FOLDER / f"step-{step:08d}"


def kept_steps(root: Path, known: Mapping[Path, float]) -> Iterator[tuple[Path, float, KeptStep]]:
    """Find the steps that were kept in `root`, but for those known already.

    Parameters
    ----------
    root : Path
        Folder of a run.
    known : mapping of Path to float
        When the ``step.json`` of each known step was written.

    Yields
    ------
    path : Path
        The ``step.json``.
    written : float
        When it was written.
    step : KeptStep
    """
    try:
        folders = sorted(Path(each.path) for each in os.scandir(root / FOLDER) if each.is_dir())
    except OSError:
        return
    for folder in folders:
        if not _STEP_FOLDER.fullmatch(folder.name):
            continue
        path = folder / STEP
        try:
            written = path.stat().st_mtime
        except OSError:
            continue
        if known.get(path) != written:
            found = _step(path)
            if found is not None:
                yield path, written, found


def folders_of_logs(top: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Walk through folders, those of checkpoints and hidden ones left out.

    Yields
    ------
    folder : Path
    folders, files : list of str
        Names of what is in it.
    """
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(name for name in folders if not _NOT_LOGS.fullmatch(name))
        yield Path(folder), folders, files


def _step(path: Path) -> KeptStep | None:
    facts = read_json(path)
    number = _STEP_FOLDER.fullmatch(path.parent.name)
    listed = facts.get("files")
    if number is None or not isinstance(listed, list):
        return None
    files: list[KeptFile] = []
    for name in cast("list[object]", listed):
        # A file of another folder is none of ours, whatever the list says.
        if isinstance(name, str) and _FILE.fullmatch(name):
            file = path.parent / name
            kind = _KINDS.get(file.suffix)
            if kind and file.is_file() and not file.is_symlink():
                files.append(KeptFile(kind, file.stem, file))
    epoch, time = facts.get("epoch"), facts.get("time")
    return KeptStep(
        int(number[1]),
        float(epoch) if isinstance(epoch, (int, float)) else None,
        float(time) if isinstance(time, (int, float)) else float("nan"),
        tuple(files),
    )
