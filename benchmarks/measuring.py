"""What the benchmarks of the views share: arguments, and the words on the method."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from benchmarks.attention import HEADS, LAYERS, SEED
from benchmarks.bench import REPEAT_BELOW_SECONDS, Limits
from benchmarks.install import install_peers
from benchmarks.machine import browser_versions, date_and_machine, python_versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.cells import Cell

WALL_SECONDS = 60
MEMORY_MEGABYTES = 4096
REPEATS = 3

INPUT = f"""\
* Input: {LAYERS} x {HEADS} heads, weights = softmax of q·k, scores of standard deviation 2, not
  causal, seed {SEED}; the other tools get `trace.weights`, the very same."""
BYTES = """\
* Bytes: bodies of all answers of a local server, those sent when the first complete picture stood
  and those sent when the page rested. The others: their HTML with the scripts in it, BertViz also
  the three scripts it asks a CDN for. headwise: every Jupyter widget message of a real
  `hw.{view}` (the bundle is in the first) and a small page that stands for the notebook. The
  notebook's own frame is in none."""
CLOCK = """\
* CPU: Chromium's own process clock (10 ms steps). First picture: from before the action until all
  that is in sight stands, and two frames more. At rest: until the renderer rests. Python's: its
  process's clock, with one thread of arithmetic."""
STEPS = """\
* Single steps (p50, p95): the clock of the page's main thread (Chromium's `threadTicks`), from
  before the step until two frames after it, over the steps of all runs, by nearest rank.
* Memory: what the renderer's process holds, shared pages too, once the page has loaded and rests,
  and the most it ever held."""


def limits_text(limits: Limits) -> str:
    """Write how far a cell may go, as an item of a Markdown list."""
    return f"""\
* Medians of up to {limits.repeats} fresh browsers ("runs"; one where a run is longer than
  {REPEAT_BELOW_SECONDS} s).
* Limits: {limits.wall_seconds:g} s wall or {limits.memory_bytes >> 20} MB a cell, then "stopped". A
  page stopped while it loads shows the bytes sent until then."""


def page_facts(chromium: str, *packages: str) -> list[str]:
    """Describe date, machine and versions.

    Parameters
    ----------
    chromium
        Version of Chromium.
    *packages
        Of Python, beside those that every benchmark names.

    Returns
    -------
    list of str
        Items of a Markdown list.
    """
    return [date_and_machine(), f"* {python_versions(*packages)}; {browser_versions(chromium)}"]


def version_of(cell: Cell) -> str:
    """Return the version of Chromium that a cell was measured in."""
    return cell.runs[0]["version"] if cell.runs else "?"


def prepare(
    description: str | None, lengths: Sequence[int], peers: Iterable[str] = ()
) -> tuple[argparse.Namespace, Limits]:
    """Read the arguments of a benchmark of a view and install what it needs.

    Parameters
    ----------
    description
        What ``--help`` says.
    lengths
        Numbers of tokens, unless ``--tokens`` names others.
    peers
        The other tools to choose from with ``--peers``.

    Returns
    -------
    arguments : argparse.Namespace
        ``tokens``, ``peers`` and ``dry``.
    limits : Limits
        How far a cell may go.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--tokens", type=int, nargs="+", default=list(lengths), metavar="N")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--seconds", type=float, default=WALL_SECONDS, help="limit of a cell")
    parser.add_argument("--megabytes", type=int, default=MEMORY_MEGABYTES, help="limit of a cell")
    known = list(peers)
    if known:
        parser.add_argument("--peers", nargs="*", choices=known, default=known, metavar="TOOL")
    parser.add_argument("--dry", action="store_true", help="print the results, write no file")
    arguments = parser.parse_args()
    arguments.tokens.sort()
    install_peers()
    return arguments, Limits(arguments.repeats, arguments.seconds, arguments.megabytes << 20)
