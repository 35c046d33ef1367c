"""Trackio: rows with the training step, pages, tables and maps, on the local disk."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headwise.tracking.extras import needed
from headwise.tracking.readers.rows import STEP
from headwise.tracking.readers.trackio import kept_root
from headwise.tracking.sinks.base import RunFacts, Sink
from headwise.tracking.sinks.keep import keep_run, keep_step
from headwise.tracking.snapshot import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headwise.tracking.snapshot import Snapshot


class TrackioSink(Sink):
    """Logs to a run of Trackio; traces go into ``headwise/`` beside the run's media.

    Parameters
    ----------
    **settings
        For ``trackio.init`` where no run is going on, such as ``project`` and ``name``; ``project``
        is ``"headwise"`` unless given.
    """

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - trackio's own keywords
        self._settings = {"project": PREFIX, **settings}
        self._run: Any = None
        self._own = False

    def start(self, facts: RunFacts) -> None:
        """Join the run that is going on, or start one.

        Raises
        ------
        TrackerMissing
            trackio is not installed.
        """
        trackio = needed("trackio")
        self._run = needed("trackio.context_vars").current_run.get()
        if self._run is None:
            given = {"name": facts.name or None, "config": dict(facts.config), **self._settings}
            self._run = trackio.init(**given)
            self._own = True
        self.has_logs = not self._own
        keep_run(self._root(), facts)

    def log(self, snapshot: Snapshot) -> None:
        """Log a row with all that belongs to a step."""
        run = self._started()
        trackio = needed("trackio")
        histogram = trackio.Histogram
        keep_step(self._root(), snapshot, traces_only=True)
        row: dict[str, Any] = {**snapshot.scalars, STEP: snapshot.step}
        row[f"{PREFIX}/heads"] = trackio.Table(dataframe=snapshot.table.reset_index())
        with tempfile.TemporaryDirectory(prefix="headwise-") as folder:
            for name, heat in snapshot.maps.items():
                path = Path(folder) / f"{name}.png"
                path.write_bytes(heat.png)
                row[f"{PREFIX}/heads/{name}"] = trackio.Image(str(path), caption=heat.words)
                row[f"{PREFIX}/heads/{name}/histogram"] = histogram(snapshot.known(name))
            for name, page in snapshot.pages.items():
                row[f"{PREFIX}/{name}"] = trackio.Html(page, inject=False)
            run.log(row)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Log a row of numbers."""
        self._started().log({**values, STEP: int(step)})

    def close(self, *, failed: bool = False) -> None:  # noqa: ARG002 - Trackio has no such state
        """End the run, if this sink started it."""
        if self._own:
            needed("trackio").finish()
        self._run, self._own = None, False

    def _started(self) -> Any:  # noqa: ANN401 - trackio's own class
        if self._run is None:
            self.start(RunFacts())
        return self._run

    def _root(self) -> Path:
        utils = needed("trackio.utils")
        project = utils.canonical_project_name(self._run.project)
        return kept_root(Path(utils.TRACKIO_DIR), project, str(self._run.name))
