"""Packages that a tracker needs, found when they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from headwise.errors import HeadwiseError

EXTRA = "track"


class TrackerMissing(HeadwiseError):  # noqa: N818 - as headwise.errors: it says what happened
    """A tracker is not installed; the message names the extra that brings it."""


def needed(module: str) -> Any:  # noqa: ANN401 - modules of packages that publish no types
    """Import a module of a tracker.

    Parameters
    ----------
    module : str
        Its full name.

    Returns
    -------
    module

    Raises
    ------
    TrackerMissing
        The package, or one that it needs, is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        lacking = (error.name or package).partition(".")[0]
        named = package if lacking == package else f"{package} (it needs {lacking})"
        raise TrackerMissing(
            f"{named} is not installed: run `pip install 'headwise[{EXTRA}]'`"
        ) from error
