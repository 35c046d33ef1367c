"""The sinks that fit the trackers a Trainer reports to."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from headwise.tracking.sinks.folder import FolderSink
from headwise.tracking.sinks.tensorboard import TensorBoardSink
from headwise.tracking.sinks.trackio import TrackioSink
from headwise.tracking.sinks.wandb import WandbSink

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headwise.tracking.sinks.base import Sink

_EVENTS: Final = re.compile(r"events\.out\.tfevents\.(\d+)\..*\.(\d+)\.(\d+)(?:\..*)?")
_LOGS: Final = "TENSORBOARD_LOGGING_DIR"


def sinks_for(report_to: Iterable[str], output_dir: str) -> list[Sink]:
    """Make a sink for each tracker in use.

    Parameters
    ----------
    report_to : iterable of str
        As ``TrainingArguments`` has it after it was made: names of trackers.
    output_dir : str

    Returns
    -------
    list of Sink
        For trackers that have none here (MLflow and others), and where there is no tracker at all,
        a plain folder: ``output_dir/headwise-run``.
    """
    makers: dict[str, Any] = {
        "tensorboard": lambda: TensorBoardSink(event_folder(output_dir)),
        "wandb": WandbSink,
        "trackio": TrackioSink,
    }
    sinks: list[Sink] = [makers[name]() for name in report_to if name in makers]
    return sinks or [FolderSink(Path(output_dir) / "headwise-run")]


def event_folder(output_dir: str) -> Path:
    """Find the folder into which this process writes events, that of the Trainer.

    Parameters
    ----------
    output_dir : str

    Returns
    -------
    Path
        ``TENSORBOARD_LOGGING_DIR``, or the folder below ``output_dir/runs`` whose newest event
        file has the number of this process in its name, as the Trainer's own has.
    """
    given = os.environ.get(_LOGS)
    if given is not None:
        return Path(given).expanduser()
    top = Path(output_dir) / "runs"
    found: list[tuple[int, int, Path]] = []
    for path in top.rglob("*tfevents*"):
        match = _EVENTS.fullmatch(path.name)
        if match and int(match[2]) == os.getpid():
            found.append((int(match[1]), int(match[3]), path.parent))
    return max(found)[2] if found else top / "headwise"
