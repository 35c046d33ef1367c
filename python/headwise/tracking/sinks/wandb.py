"""Weights & Biases: rows with the training step, pages, tables and maps."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headwise.errors import HeadwiseWarning
from headwise.tracking.extras import needed
from headwise.tracking.layout import FOLDER
from headwise.tracking.readers.rows import STEP
from headwise.tracking.sinks.base import RunFacts, Sink
from headwise.tracking.sinks.keep import keep_run, keep_step
from headwise.tracking.snapshot import PREFIX
from headwise.tracking.tables import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headwise.tracking.snapshot import Snapshot

_OFF = ("offline", "dryrun", "disabled")


class WandbSink(Sink):
    """Logs to a run of W&B; traces go into ``headwise/`` of the run's own files.

    Parameters
    ----------
    run : wandb.Run, optional
        The run that is going on, or a new one, unless given.
    **settings
        For ``wandb.init`` where a new run is started, such as ``project`` and ``mode``. Where W&B
        knows no key, or does not answer, the run is kept offline, which is said once.
    """

    def __init__(self, run: Any = None, **settings: Any) -> None:  # noqa: ANN401 - wandb's own
        self._given = run
        self._run: Any = run
        self._settings = settings
        self._own = False

    def start(self, facts: RunFacts) -> None:
        """Join the run that is going on, or start one.

        Raises
        ------
        TrackerMissing
            wandb is not installed.
        """
        wandb = needed("wandb")
        if self._run is None:
            self._run = wandb.run
        if self._run is None:
            self._run = self._begin(wandb, facts)
            self._run.define_metric(STEP)
            self._run.define_metric("*", step_metric=STEP, step_sync=True)
            self._own = True
        self.has_logs = not self._own
        keep_run(Path(self._run.dir), facts)

    def log(self, snapshot: Snapshot) -> None:
        """Log a row with all that belongs to a step."""
        run = self._started()
        wandb = needed("wandb")
        folder = keep_step(Path(run.dir), snapshot, traces_only=True)
        columns, rows = rows_of(snapshot)
        row: dict[str, Any] = {**snapshot.scalars, STEP: snapshot.step}
        row[f"{PREFIX}/heads"] = wandb.Table(columns=columns, data=rows)
        for name, heat in snapshot.maps.items():
            path = folder / f".{name}.png"
            path.write_bytes(heat.png)
            row[f"{PREFIX}/heads/{name}"] = wandb.Image(str(path), caption=heat.words)
            row[f"{PREFIX}/heads/{name}/histogram"] = wandb.Histogram(snapshot.known(name))
        for name, page in snapshot.pages.items():
            row[f"{PREFIX}/{name}"] = wandb.Html(page, inject=False)
        run.log(row)
        for name in snapshot.maps:
            (folder / f".{name}.png").unlink(missing_ok=True)
        run.save(str(folder / "*"), base_path=run.dir, policy="now")

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Log a row of numbers."""
        self._started().log({**values, STEP: int(step)})

    def close(self, *, failed: bool = False) -> None:
        """End the run, if this sink started it."""
        if self._own and self._run is not None:
            self._run.finish(exit_code=int(failed))
        self._run, self._own = self._given, False

    def _started(self) -> Any:  # noqa: ANN401 - wandb's own class
        if self._run is None:
            self.start(RunFacts())
        return self._run

    def _begin(self, wandb: Any, facts: RunFacts) -> Any:  # noqa: ANN401 - the same
        given = {"name": facts.name or None, "config": dict(facts.config), **self._settings}
        mode = given.pop("mode", None) or os.environ.get("WANDB_MODE")
        if mode in _OFF:
            return wandb.init(mode=mode, **given)
        try:
            return wandb.init(mode=mode, **given)
        except Exception as error:  # noqa: BLE001 - no key and no network are errors of many kinds
            run = wandb.init(mode="offline", **given)
            reason = str(error).strip().splitlines()
            warnings.warn(
                f"W&B cannot be reached ({type(error).__name__}: {reason[0] if reason else ''}): "
                f"the run is kept offline. `wandb sync {Path(run.dir).parent}` sends it later; "
                f"WandbSink(mode='offline') says this is meant ({FOLDER} goes on)",
                HeadwiseWarning,
                stacklevel=2,
            )
            return run
