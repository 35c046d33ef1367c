"""Tracking: what the heads do while a model trains, written to trackers and read back.

torch, transformers and trackers are imported when something needs them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headwise.tracking.callback import AttentionCallback
    from headwise.tracking.curves import best_step, better, smooth, thinned, to_csv
    from headwise.tracking.extras import TrackerMissing
    from headwise.tracking.parameters import differing, not_default, training_defaults
    from headwise.tracking.readers.api import wandb_api_runs
    from headwise.tracking.readers.find import find_runs, read_runs
    from headwise.tracking.readers.run import Media, Refreshed, Run, Series
    from headwise.tracking.sinks.base import RunFacts, Sink
    from headwise.tracking.sinks.folder import FolderSink
    from headwise.tracking.sinks.tensorboard import TensorBoardSink
    from headwise.tracking.sinks.trackio import TrackioSink
    from headwise.tracking.sinks.wandb import WandbSink
    from headwise.tracking.snapshot import Snapshot
    from headwise.tracking.tracker import Tracker

__all__ = [
    "AttentionCallback",
    "FolderSink",
    "Media",
    "Refreshed",
    "Run",
    "RunFacts",
    "Series",
    "Sink",
    "Snapshot",
    "TensorBoardSink",
    "Tracker",
    "TrackerMissing",
    "TrackioSink",
    "WandbSink",
    "best_step",
    "better",
    "differing",
    "find_runs",
    "not_default",
    "read_runs",
    "smooth",
    "thinned",
    "to_csv",
    "training_defaults",
    "wandb_api_runs",
]

_HOMES = {
    "AttentionCallback": "callback",
    "FolderSink": "sinks.folder",
    "Media": "readers.run",
    "Refreshed": "readers.run",
    "Run": "readers.run",
    "RunFacts": "sinks.base",
    "Series": "readers.run",
    "Sink": "sinks.base",
    "Snapshot": "snapshot",
    "TensorBoardSink": "sinks.tensorboard",
    "Tracker": "tracker",
    "TrackerMissing": "extras",
    "TrackioSink": "sinks.trackio",
    "WandbSink": "sinks.wandb",
    "best_step": "curves",
    "better": "curves",
    "differing": "parameters",
    "find_runs": "readers.find",
    "not_default": "parameters",
    "read_runs": "readers.find",
    "smooth": "curves",
    "thinned": "curves",
    "to_csv": "curves",
    "training_defaults": "parameters",
    "wandb_api_runs": "readers.api",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'headwise.tracking' has no attribute {name!r}")
    try:
        module = import_module(f"headwise.tracking.{_HOMES[name]}")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"torch", "transformers"}:
            raise
        raise ModuleNotFoundError(
            f"training needs torch and transformers, and {error.name} is not installed: "
            "run `pip install 'headwise[hf]'`",
            name=error.name,
        ) from error
    return getattr(module, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
