"""Writing the files of a step into the folder that readers and the tab of TensorBoard know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwise.tracking.layout import FOLDER, RUN, STEP, VERSION, step_folder, write_file, write_json
from headwise.tracking.tables import csv_table

if TYPE_CHECKING:
    from pathlib import Path

    from headwise.tracking.sinks.base import RunFacts
    from headwise.tracking.snapshot import Snapshot


def keep_run(root: Path, facts: RunFacts, *, state: str = "running") -> None:
    """Write what is known of a run into its folder.

    Parameters
    ----------
    root : Path
        Folder of the run.
    facts : RunFacts
    state : {"running", "finished", "failed"}
    """
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    write_json(
        folder / RUN,
        {
            "format": "headwise-run",
            "version": VERSION,
            "name": facts.name,
            "config": dict(facts.config),
            "state": state,
        },
    )


def keep_step(root: Path, snapshot: Snapshot, *, traces_only: bool = False) -> Path:
    """Write traces, pages, maps and the table of a step.

    Parameters
    ----------
    root : Path
        Folder of the run.
    snapshot : Snapshot
    traces_only : bool
        Leave out what the tracker has in its own files.

    Returns
    -------
    Path
        The folder of the step.
    """
    folder = step_folder(root, snapshot.step)
    folder.mkdir(parents=True, exist_ok=True)
    names: list[str] = []
    for number, trace in enumerate(snapshot.traces):
        names.append(f"trace-{number}.safetensors")
        trace.save(folder / names[-1])
    files = {} if traces_only else _shown(snapshot)
    for name, content in files.items():
        write_file(folder / name, content)
    write_json(folder / STEP, {**snapshot.facts(), "files": [*names, *files]})
    return folder


def _shown(snapshot: Snapshot) -> dict[str, bytes]:
    files = {f"{name}.html": page.encode() for name, page in snapshot.pages.items()}
    files |= {f"{name}.png": heat.png for name, heat in snapshot.maps.items()}
    return files | {"heads.csv": csv_table(snapshot).encode()}
