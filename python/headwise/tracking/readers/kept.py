"""Traces, pages and pictures that lie beside the files of a tracker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwise.tracking.layout import kept_steps
from headwise.tracking.readers.run import Media

if TYPE_CHECKING:
    from pathlib import Path

    from headwise.tracking.readers.run import MediaKind, Run

_KINDS: dict[str, MediaKind] = {
    "page": "page",
    "image": "image",
    "table": "table",
    "trace": "trace",
}


class KeptMedia:
    """What was kept for each step, found once.

    Parameters
    ----------
    root : Path
        Folder of a run.
    kinds : tuple of str
        What to list; the tracker's own records have the rest.
    """

    def __init__(
        self, root: Path, kinds: tuple[str, ...] = ("page", "image", "table", "trace")
    ) -> None:
        self._root = root
        self._kinds = kinds
        self._known: dict[Path, float] = {}

    def read(self, run: Run) -> None:
        """Add to `run` the media of new steps; a step that was written again replaces its own."""
        for path, written, step in kept_steps(self._root, self._known):
            if path in self._known:
                run.media = [
                    each
                    for each in run.media
                    if each.path is None or each.path.parent != path.parent
                ]
            self._known[path] = written
            run.media += [
                Media(_KINDS[file.kind], file.name, step.step, file.path, file.path.read_bytes)
                for file in step.files
                if file.kind in self._kinds
            ]
