"""Runs below folders and files, whichever tracker wrote them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from headwise.errors import InputError
from headwise.tracking.layout import FOLDER, folders_of_logs
from headwise.tracking.readers.folder import LINES, folder_run
from headwise.tracking.readers.tensorboard import EVENTS, tensorboard_run
from headwise.tracking.readers.trackio import trackio_runs
from headwise.tracking.readers.wandb import wandb_run

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from headwise.tracking.readers.run import Run

_WANDB: Final = re.compile(r"run-.+\.wandb")
_DATABASE: Final = ".db"


def find_runs(*paths: str | os.PathLike[str]) -> list[Run]:
    """Find runs of training; nothing of them is read yet.

    Parameters
    ----------
    *paths : path-like
        Folders, through which it looks but for checkpoints and hidden folders: event folders of
        TensorBoard, run folders of W&B, databases of Trackio, folders of `FolderSink`. Or such
        files themselves.

    Returns
    -------
    list of Run
        Each once, in the order of the paths. `Run.refresh` reads it. A run that starts later is
        found by a later call: `Run.key` says which are the same.

    Raises
    ------
    InputError
        This is no path, a path does not exist, or there is no run at all.
    """
    found: dict[str, Run] = {}
    for given in paths:
        try:
            top = Path(given).expanduser()
        except TypeError as error:
            raise InputError(f"a path is a string or a path object, not {given!r:.80}") from error
        if not top.exists():
            raise InputError(f"there is no folder or file {str(given)!r}")
        for run in _below(top):
            found.setdefault(run.key, run)
    if not found:
        named = ", ".join(repr(str(given)) for given in paths) or "no paths"
        raise InputError(
            f"no run was found in {named}: give event folders of TensorBoard, run folders of W&B, "
            "databases of Trackio, or folders that headwise.tracking.FolderSink wrote"
        )
    return list(found.values())


def read_runs(*paths: str | os.PathLike[str]) -> list[Run]:
    """Find runs of training and read all of them.

    Parameters
    ----------
    *paths : path-like
        As for `find_runs`.

    Returns
    -------
    list of Run

    Raises
    ------
    InputError
        As `find_runs`.
    HeadwiseError
        What reads them is not installed.

    Examples
    --------
    >>> runs = headwise.tracking.read_runs("logs", "wandb")  # doctest: +SKIP
    >>> runs[0]["eval/loss"].values.min()  # doctest: +SKIP
    """
    runs = find_runs(*paths)
    for run in runs:
        run.refresh()
    return runs


def _below(top: Path) -> Iterator[Run]:
    if top.is_file():
        yield from _of_file(top)
        return
    for folder, folders, files in folders_of_logs(top):
        inside = folder.relative_to(top).as_posix()
        name = folder.resolve().name if inside == "." else inside
        if any(EVENTS in file for file in files):
            yield tensorboard_run(folder, name)
        elif FOLDER in folders and any((folder / FOLDER).glob(LINES)):
            yield folder_run(folder, name)
        for file in sorted(files):
            if _WANDB.fullmatch(file) or file.endswith(_DATABASE):
                yield from _of_file(folder / file)


def _of_file(file: Path) -> Iterator[Run]:
    if _WANDB.fullmatch(file.name):
        # `latest-run` is a link to a folder that is found as well.
        yield wandb_run(file.resolve())
    elif file.suffix == _DATABASE:
        yield from trackio_runs(file)
    elif EVENTS in file.name:
        yield tensorboard_run(file.parent)
