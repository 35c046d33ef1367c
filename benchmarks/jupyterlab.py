"""Measure a cell that shows a view, in JupyterLab: ``python -m benchmarks.jupyterlab``.

A real server of this environment with real kernels, and the same 12 x 12 heads of random attention
for headwise and BertViz. CPU time is that of Chromium's renderer.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.bench import FEWEST_STEPS, HOVERS, LAYER_CHANGES, OPENED, drive
from benchmarks.cells import Cell
from benchmarks.lab_cells import sources
from benchmarks.lab_report import LabReport
from benchmarks.lab_server import jupyterlab
from benchmarks.measuring import CLOCK, INPUT, STEPS, limits_text, page_facts, prepare, version_of
from benchmarks.peer import OURS
from benchmarks.results import publish

if TYPE_CHECKING:
    from benchmarks.bench import Limits

PLAN = {
    "head_view": {OURS: (64, 128, 256, 512), "bertviz": (64, 128)},
    "model_view": {OURS: (64,), "bertviz": (64,)},
}
"""Lengths by view and tool."""
LENGTHS = (64, 128, 256, 512)
NAMES = {OURS: "headwise", "bertviz": "BertViz"}
METHOD = f"""\
{INPUT}
* Page: a notebook in JupyterLab with its own kernel, widgets by its own manager; nothing is saved
  meanwhile. Measured is the cell `hw.head_view(trace)`, or BertViz' `head_view(attention, tokens)`
  as it comes, its three scripts from this machine; input and packages are ready.
* Bytes: what the kernel's WebSocket brought from the start of the cell; not BertViz' three scripts.
{CLOCK}
  Both are less what a cell with a bold word takes in the same notebook.
* Steps: {FEWEST_STEPS} to {HOVERS} moves over query tokens, {FEWEST_STEPS} to {LAYER_CHANGES}
  layer changes, {FEWEST_STEPS} to {len(OPENED)} clicks on thumbnails.
{STEPS}
  It is JupyterLab's page too.
* What drives the browser also listens to its WebSockets: a cost for all, by the byte."""


def measure(address: str, tool: str, view: str, tokens: int, limits: Limits) -> Cell:
    """Measure one view of one tool.

    Parameters
    ----------
    address
        Of the server.
    tool
        ``"headwise"`` or ``"bertviz"``.
    view
        ``"head_view"`` or ``"model_view"``.
    tokens
        N.
    limits
        How far it may go.

    Returns
    -------
    Cell
        What it took.
    """
    print(f"{view}, N = {tokens}: {tool}", file=sys.stderr)
    cell = Cell(NAMES[tool], tokens)
    task = {"address": address, "view": view, "tool": tool, "cells": sources(tool, view, tokens)}
    drive("lab_drive.mjs", cell, task, limits)
    return cell


def measure_all(lengths: list[int], limits: Limits) -> LabReport:
    """Measure both tools and both views.

    Parameters
    ----------
    lengths
        Numbers of tokens, in rising order; of those of `PLAN`.
    limits
        How far a cell may go.

    Returns
    -------
    LabReport
        What was found.
    """
    views: dict[str, list[tuple[Cell, list[Cell]]]] = {}
    with jupyterlab() as address:
        for view, plan in PLAN.items():
            views[view] = [
                (
                    measure(address, OURS, view, tokens, limits),
                    [
                        measure(address, "bertviz", view, tokens, limits)
                        for _ in range(tokens in plan["bertviz"])
                    ],
                )
                for tokens in lengths
                if tokens in plan[OURS]
            ]
    chromium = next((version_of(pair[0]) for pairs in views.values() for pair in pairs), "?")
    facts = page_facts(chromium, "jupyterlab", "jupyter-server", "ipykernel", "anywidget")
    return LabReport(views, [*facts, METHOD, limits_text(limits)])


def main() -> int:
    """Read the arguments, measure, print the report and write it; 1 if headwise failed."""
    arguments, limits = prepare(__doc__, LENGTHS)
    report = measure_all(arguments.tokens, limits)
    publish("jupyterlab", report.markdown(), dry=arguments.dry)
    return int(report.broken())


if __name__ == "__main__":
    sys.exit(main())
