"""Measure headwise and BertViz's head view: ``python -m benchmarks.head_view``.

Both get the same 12 x 12 heads of random attention. CPU time is that of Chromium's processes,
never wall time, so that a busy machine changes little.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.attention import HEADS, LAYERS, SEED, random_trace
from benchmarks.cells import Cell
from benchmarks.install import CACHE, HERE, install_peer, node
from benchmarks.live_view import LiveView
from benchmarks.machine import versions_and_machine
from benchmarks.peer import build_page
from benchmarks.report import Report
from benchmarks.server import MeasuringServer, running

if TYPE_CHECKING:
    from benchmarks.cells import Run

LENGTHS = (16, 64, 128, 256)
WALL_SECONDS = 60
MEMORY_BYTES = 4 << 30
REPEATS = 3
REPEAT_BELOW_SECONDS = 60
HOVERS = 30
LAYER_CHANGES = 6
FEWEST_LAYER_CHANGES = 3


METHOD = f"""\
* Input: {LAYERS} x {HEADS} heads, weights = softmax of q·k, scores of standard deviation 2, not
  causal, seed {SEED}; BertViz gets `trace.weights`, the very same.
* Bytes: bodies of all answers of a local server. BertViz: its HTML and the three scripts it asks a
  CDN for. headwise: every Jupyter widget message of a real `hw.head_view` (the bundle is in the
  first) and a small page that stands for the notebook. The notebook's own frame is in neither.
* CPU: Chromium's own process clock (10 ms steps), from before the action until its renderer rests.
  Load: less an empty page. Hover: mean of {HOVERS} mouse moves over query tokens, two frames waited
  after each. Layer change: mean of {FEWEST_LAYER_CHANGES} to {LAYER_CHANGES}. Medians of up to
  {REPEATS} fresh browsers ("runs"; one where a run is longer than {REPEAT_BELOW_SECONDS} s).
* Limits: {WALL_SECONDS} s wall or {MEMORY_BYTES >> 20} MB a cell, then "stopped". A page
  stopped while it loads shows the bytes sent until then.
* Window 1280 x 900. BertViz puts every line of its layer into the page. headwise draws what crosses
  the rows in sight of its 480 px high view, by default the strongest half of each row."""


def drive(server: MeasuringServer, tool: str, tokens: int, repeats: int) -> list[Run]:
    """Open a tool's page in Chromium and measure it.

    Parameters
    ----------
    server
        Serves the page.
    tool
        "headwise", "bertviz" or "empty".
    tokens
        N.
    repeats
        How many fresh browsers.

    Returns
    -------
    list of dict
        One a repetition.
    """
    task = {
        "address": server.address,
        "chromium": os.environ.get("CHROMIUM", "/usr/bin/chromium"),
        "tool": tool,
        "tokens": tokens,
        "heads": HEADS,
        "layers": LAYERS,
        "hovers": HOVERS,
        "layerChanges": LAYER_CHANGES,
        "fewestLayerChanges": FEWEST_LAYER_CHANGES,
        "wallMs": 1000 * WALL_SECONDS,
        "memoryBytes": MEMORY_BYTES,
        "repeats": repeats,
        "repeatBelowMs": 1000 * REPEAT_BELOW_SECONDS,
    }
    command = [node(), str(HERE / "drive.mjs"), json.dumps(task)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)  # noqa: S603 - own script
    if done.returncode != 0:
        message = f"measuring {tool} at N = {tokens} failed; the reason is above"
        raise SystemExit(message)
    runs: list[Run] = json.loads(done.stdout)
    return runs


def measure_headwise(tokens: int, repeats: int, **settings: float) -> Cell:
    """Measure headwise.

    Parameters
    ----------
    tokens
        N.
    repeats
        How many fresh browsers.
    **settings
        Keywords of `headwise.head_view`.

    Returns
    -------
    Cell
        What it took.
    """
    trace = random_trace(tokens)
    server = MeasuringServer(partial(LiveView, trace, **settings))
    with running(server):
        runs = drive(server, "headwise", tokens, repeats)
    seconds = None if server.view is None else server.view.building_cpu_seconds
    return Cell("headwise", tokens, build_seconds=seconds, runs=runs)


def measure_bertviz(tokens: int, repeats: int) -> Cell:
    """Measure BertViz's head view.

    Parameters
    ----------
    tokens
        N.
    repeats
        How many fresh browsers.

    Returns
    -------
    Cell
        What it took, or why it was stopped.
    """
    page = CACHE / "bertviz.html"
    built = build_page(tokens, page, wall_seconds=WALL_SECONDS, memory_bytes=MEMORY_BYTES)
    cell = Cell("BertViz", tokens, build_seconds=built.cpu_seconds, stopped=built.stopped)
    if built.stopped is None:
        server = MeasuringServer(None)
        server.peer_page = page
        with running(server):
            cell.runs = drive(server, "bertviz", tokens, repeats)
    page.unlink(missing_ok=True)
    return cell


def measure_all(lengths: list[int], repeats: int) -> Report:
    """Measure both tools at each length.

    Parameters
    ----------
    lengths
        Numbers of tokens.
    repeats
        How many fresh browsers a cell.

    Returns
    -------
    Report
        What was found.
    """
    empty_server = MeasuringServer(None)
    with running(empty_server):
        empty = Cell("empty", 0, runs=drive(empty_server, "empty", 0, repeats))
    machine = versions_and_machine(empty.runs[0]["version"])
    ours, peers, every_line = [], [], []
    for tokens in lengths:
        print(f"N = {tokens}", file=sys.stderr)
        ours.append(measure_headwise(tokens, repeats))
        every_line.append(measure_headwise(tokens, repeats, strongest=1.0))
        peers.append(measure_bertviz(tokens, repeats))
    floor = empty.hover("rendererSeconds", HOVERS) or 0
    moves = f"* The same moves over an empty page: {floor:.1f} ms each, not subtracted."
    return Report(ours, peers, every_line, empty, HOVERS, [*machine, METHOD, moves])


def main() -> None:
    """Read the arguments, measure, print the report and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, nargs="+", default=LENGTHS, metavar="N")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    arguments = parser.parse_args()
    install_peer()
    text = measure_all(list(arguments.tokens), arguments.repeats).markdown()
    arguments.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
