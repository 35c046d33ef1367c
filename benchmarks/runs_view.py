"""Measure the runs view: ``python -m benchmarks.runs_view``.

20 runs of 10,000 points are drawn, zoomed and hovered in Chromium; a real `headwise.runs_view`
answers. A page without runs is measured beside it: the same bundle, with nothing to draw.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.install import HERE, node
from benchmarks.live_view import LiveView
from benchmarks.machine import date_and_machine, python_versions
from benchmarks.results import publish
from benchmarks.server import MeasuringServer, running
from benchmarks.tables import table

RUNS, POINTS, METRICS = 20, 10_000, ("eval/loss", "train/loss")
MOST_SECONDS, MOST_MILLISECONDS = 0.5, 16.0
REPEATS = 3
SECONDS = 600
METHOD = f"""\
* {RUNS} runs x {POINTS:,} points x {len(METRICS)} metrics (noisy falling curves), read from plain
  folders by `hw.runs_view`; two charts of 588 px. Python thins each curve to about the width of its
  chart; nothing else is sent.
* Drawing: CPU seconds of Chromium's renderer from opening the page until all charts stand, less
  those of the same page with one run of one point (loading and compiling the same program); and of
  Python: making the view after the files were read, and answering it.
* Zoom: Ctrl + wheel over a chart, 40 steps; hover: 40 places. Milliseconds of the page's main
  thread a step (scripts alone; all tasks), both charts drawn, by nearest rank over all runs.
* Medians of {REPEATS} fresh browsers."""


def write(folder: Path, runs: int, points: int) -> None:
    """Write runs as `headwise.tracking.FolderSink` does.

    Parameters
    ----------
    folder
        Where to.
    runs, points
        How many.
    """
    draw = np.random.default_rng(0)
    for run in range(runs):
        place = folder / f"run {run:02}" / "headwise"
        place.mkdir(parents=True)
        facts = {"name": f"run {run:02}", "config": {"seed": run}, "state": "finished"}
        (place / "run.json").write_text(json.dumps(facts))
        noise = draw.normal(size=(points, len(METRICS))) * 0.05
        with (place / "scalars-0.jsonl").open("w") as file:
            for step in range(points):
                falling = 3 / (1 + step / (500 + 50 * run))
                values = dict(zip(METRICS, (falling + noise[step]).tolist(), strict=True))
                file.write(
                    json.dumps({"step": step, "time": 1.7e9 + step, "values": values}) + "\n"
                )


def measure(runs: int, points: int, chromium: str, repeats: int) -> tuple[list[Any], list[float]]:
    """Open a view of so many runs in fresh browsers.

    Parameters
    ----------
    runs, points
        How many.
    chromium
        Path of the browser.
    repeats
        How many browsers.

    Returns
    -------
    list
        What `runs_drive.mjs` found, one entry a browser.
    list of float
        CPU seconds of making each view, without reading the files.
    """
    from headwise.tracking import read_runs  # noqa: PLC0415 - the measured package, once it is needed
    from headwise.widgets.runs import runs_view  # noqa: PLC0415 - the same

    building: list[float] = []
    with tempfile.TemporaryDirectory(prefix="headwise-") as name:
        write(Path(name), runs, points)
        there = read_runs(name)

        def opened() -> LiveView:
            view = LiveView(lambda _none, **kept: runs_view(*there, **kept), None, metrics=METRICS)  # pyright: ignore[reportArgumentType]
            building.append(view.building_cpu_seconds)
            return view

        with running(MeasuringServer(opened)) as server:
            task = {
                "address": server.address,
                "chromium": chromium,
                "repeats": repeats,
                "wallMs": 60_000,
                "memoryBytes": 4 << 30,
            }
            done = subprocess.run(  # noqa: S603 - our own script
                [node(), "runs_drive.mjs", json.dumps(task)],
                capture_output=True,
                text=True,
                timeout=SECONDS,
                cwd=HERE,
                check=False,
            )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout), building


def rank(steps: list[dict[str, float]], kind: str, share: float) -> float:
    """Return the value of nearest rank.

    Parameters
    ----------
    steps
        As `runs_drive.mjs` has them.
    kind
        ``"script"`` or ``"task"``.
    share
        From 0 to 1.

    Returns
    -------
    float
        Milliseconds.
    """
    values = sorted(step[kind] for step in steps)
    return values[max(0, -(-int(share * 1000) * len(values) // 1000) - 1)]


def report(chromium: str, repeats: int) -> str:
    """Measure, and write the results as Markdown.

    Parameters
    ----------
    chromium
        Path of the browser.
    repeats
        How many browsers.

    Returns
    -------
    str
    """
    start = date_and_machine()
    began = time.perf_counter()
    empty, _ = measure(1, 1, chromium, repeats)
    full, building = measure(RUNS, POINTS, chromium, repeats)

    def median(runs: list[Any], name: str) -> float:
        return statistics.median(run[name] for run in runs)

    drawing = median(full, "picture") - median(empty, "picture")
    python = statistics.median(building) + statistics.median(run["python_cpu"] for run in full)
    zoom = [step for run in full for step in run["zoom"]]
    hover = [step for run in full for step in run["hover"]]
    slowest = rank(zoom, "script", 0.95)

    def verdict(is_met: bool) -> str:
        return "**met**" if is_met else "**missed**"

    targets = table(
        [
            ["", "measured", "target", ""],
            [
                "drawing, CPU of page and Python",
                f"{drawing + python:.2f} s",
                f"under {MOST_SECONDS} s",
                verdict(drawing + python < MOST_SECONDS),
            ],
            [
                "zoom, script of a step, p95",
                f"{slowest:.1f} ms",
                f"under {MOST_MILLISECONDS:.0f} ms",
                verdict(slowest < MOST_MILLISECONDS),
            ],
        ]
    )
    details = table(
        [
            ["", "p50", "p95"],
            *(
                [f"{name}, {kind}", *(f"{rank(steps, kind, at):.1f} ms" for at in (0.5, 0.95))]
                for name, steps in (("zoom", zoom), ("hover", hover))
                for kind in ("script", "task")
            ),
        ]
    )
    parts = table(
        [
            ["", "CPU"],
            ["page until it stands", f"{median(full, 'picture'):.2f} s"],
            ["the same page with one point", f"{median(empty, 'picture'):.2f} s"],
            ["Python: making the view", f"{statistics.median(building):.2f} s"],
            ["Python: answers until it rests", f"{median(full, 'python_cpu'):.2f} s"],
            ["bytes sent until it rests", f"{median(full, 'bytes') / 1e6:.2f} MB"],
        ]
    )
    took = time.perf_counter() - began
    versions = f"{python_versions()}, Chromium {full[0]['version']}"
    return (
        f"# Runs view\n\n{start}\n* {versions}\n"
        f"* Took {took:.0f} s.\n{METHOD}\n\n{targets}\n\n{parts}\n\n{details}\n"
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry", action="store_true", help="write no file")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    given = parser.parse_args()
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    publish("runs-view", report(chromium, given.repeats), dry=given.dry)


if __name__ == "__main__":
    main()
