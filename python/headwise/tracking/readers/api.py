"""Runs of a W&B project, through the API of W&B: the one reader that needs a network and a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from headwise.errors import HeadwiseError, InputError
from headwise.tracking.extras import needed
from headwise.tracking.readers.rows import Rows
from headwise.tracking.readers.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from headwise.tracking.readers.deadline import Deadline
    from headwise.tracking.readers.run import State

_STATES: Final[dict[str, State]] = {
    "running": "running",
    "finished": "finished",
    "failed": "failed",
    "crashed": "failed",
    "killed": "failed",
}
_ENDS: Final = frozenset(_STATES) - {"running"}
_PAGE: Final = 1000
_ROWS_A_LOOK: Final = 100


def wandb_api_runs(project: str, api: Any = None) -> list[Run]:  # noqa: ANN401 - wandb's own class
    """List the runs of a project; their rows are not read yet.

    Parameters
    ----------
    project : str
        ``"entity/project"``.
    api : wandb.Api, optional
        One that is logged in; made with the key of ``wandb login`` or ``WANDB_API_KEY`` unless
        given.

    Returns
    -------
    list of Run

    Raises
    ------
    InputError
        `project` is not of that form.
    HeadwiseError
        wandb is not installed, no key is known, or W&B does not answer.
    """
    # Whatever is no string is refused in the same words.
    if str(project).count("/") != 1 or not all(str(project).split("/")):
        raise InputError(f"a project of W&B is written 'entity/project', not {project!r:.80}")
    if api is None:
        wandb = needed("wandb")
        if not _has_key(wandb):
            raise HeadwiseError(
                "runs on W&B need a key: run `wandb login`, or set WANDB_API_KEY before Python "
                "starts; offline runs are read from their folders without one"
            )
        api = wandb.Api()
    try:
        found = list(api.runs(project))
    except Exception as error:
        raise HeadwiseError(
            f"W&B does not hand out the runs of {project!r} ({type(error).__name__}): check the "
            "name, the key and the network"
        ) from error
    return [
        Run(str(each.name), f"wandb.ai/{project}/{each.id}", "wandb api", ApiSource(each))
        for each in found
    ]


class ApiSource:
    """Reads the rows of a run behind the last one that was read.

    Parameters
    ----------
    run : wandb.apis.public.Run
    """

    def __init__(self, run: Any) -> None:  # noqa: ANN401 - wandb's own class
        self._run = run
        self._next = 0
        self._state = ""
        self._left: Iterator[Mapping[str, Any]] | None = None
        self._rows = Rows()

    def read(self, run: Run, deadline: Deadline) -> bool:
        """Add to `run` what is new; whether there is more."""
        if self._left is None:
            # The client keeps the state that it was told first, and of a run that goes on that is
            # not the last one. It is asked before the rows, so that none is missed.
            if self._state and self._state not in _ENDS:
                self._run.load_full_data(force=True)
            self._state = str(self._run.state)
            run.config = {
                name: value for name, value in self._run.config.items() if name != "_wandb"
            }
            run.state = _STATES.get(self._state, "unknown")
            self._left = iter(self._run.scan_history(min_step=self._next, page_size=_PAGE))
        for count, row in enumerate(self._left, 1):
            self._rows.take(run, row)
            self._next = int(row.get("_step", self._next)) + 1
            if count % _ROWS_A_LOOK == 0 and deadline.over:
                return True
        self._left = None
        return False

    def notes(self) -> list[str]:
        """Say what is unusual."""
        return self._rows.notes()


def _has_key(wandb: Any) -> bool:  # noqa: ANN401 - a module without types
    try:
        return bool(wandb.api.api_key)
    except Exception:  # noqa: BLE001 - whatever wandb says to it, there is no key
        return False
