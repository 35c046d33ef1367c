"""What the benchmarks of the views share: limits, runs of all tools, arguments."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import headwise
from benchmarks.attention import HEADS, LAYERS, SEED, random_trace
from benchmarks.cells import NOT_TRIED, Cell
from benchmarks.install import CACHE, HERE, install_peers, node
from benchmarks.live_view import LiveView
from benchmarks.machine import browser_versions, date_and_machine, python_versions
from benchmarks.peer import OURS, build
from benchmarks.peers import PEERS
from benchmarks.server import MeasuringServer, running

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.cells import Run
    from benchmarks.peer import Built, View

PAGE = CACHE / "peer.html"
WALL_SECONDS = 60
MEMORY_BYTES = 4 << 30
REPEATS = 3
REPEAT_BELOW_SECONDS = 60
HOVERS = 30
LAYER_CHANGES = 6
FEWEST_STEPS = 3
OPENED = ((0, 0), (0, 6), (0, 1), (0, 7), (0, 2), (0, 8))
"""Layer and head of the thumbnails that are clicked: what BertViz lays over its thumbnails when
one is open does not cover the next."""

INPUT = f"""\
* Input: {LAYERS} x {HEADS} heads, weights = softmax of q·k, scores of standard deviation 2, not
  causal, seed {SEED}; the other tools get `trace.weights`, the very same."""
BYTES = """\
* Bytes: bodies of all answers of a local server. The others: their HTML with the scripts in it,
  BertViz also the three scripts it asks a CDN for. headwise: every Jupyter widget message of a
  real `hw.{view}` (the bundle is in the first) and a small page that stands for the notebook. The
  notebook's own frame is in none."""
CLOCK = """\
* CPU: Chromium's own process clock (10 ms steps), from before the action until its renderer
  rests. Python's: its process's clock, with one thread of arithmetic."""
LIMITS = f"""\
* Medians of up to {REPEATS} fresh browsers ("runs"; one where a run is longer than
  {REPEAT_BELOW_SECONDS} s).
* Limits: {WALL_SECONDS} s wall or {MEMORY_BYTES >> 20} MB a cell, then "stopped". A page stopped
  while it loads shows the bytes sent until then."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Measures one view of headwise and of the other tools.

    Attributes
    ----------
    view
        Name of headwise's function; BertViz has the same names.
    repeats
        How many fresh browsers a cell.
    """

    view: View
    repeats: int

    def empty(self) -> Cell:
        """Measure a page with nothing on it."""
        server = MeasuringServer(None)
        with running(server):
            return Cell("empty", 0, runs=self._drive(server, "empty", 0))

    def headwise(self, tokens: int, **settings: Any) -> Cell:  # noqa: ANN401 - those of any view
        """Measure headwise.

        Parameters
        ----------
        tokens
            N.
        **settings
            Keywords of its function.

        Returns
        -------
        Cell
            What it took.
        """
        make = getattr(headwise, self.view)
        built = self._build(OURS, tokens)
        server = MeasuringServer(partial(LiveView, make, random_trace(tokens), **settings))
        with running(server):
            runs = self._drive(server, "headwise", tokens)
        return Cell("headwise", tokens, built.cpu_seconds, built.peak_bytes, runs=runs)

    def peer(self, key: str, tokens: int, *, stopped: bool = False) -> Cell:
        """Measure one of the other tools.

        Parameters
        ----------
        key
            A name in `PEERS`.
        tokens
            N.
        stopped
            Whether a limit stopped it at a smaller N; it is then not tried.

        Returns
        -------
        Cell
            What it took, or why it was stopped.
        """
        peer = PEERS[key]
        if stopped or (peer.longest is not None and tokens > peer.longest):
            return Cell(peer.name, tokens, stopped=NOT_TRIED)
        built = self._build(key, tokens)
        cell = Cell(peer.name, tokens, built.cpu_seconds, built.peak_bytes, built.stopped)
        if built.stopped is None:
            server = MeasuringServer(None)
            server.peer_page = PAGE
            with running(server):
                cell.runs = self._drive(server, peer.tool, tokens)
        PAGE.unlink(missing_ok=True)
        return cell

    def _build(self, tool: str, tokens: int) -> Built:
        limits = {"wall_seconds": WALL_SECONDS, "memory_bytes": MEMORY_BYTES}
        return build(tool, self.view, tokens, PAGE, **limits)

    def _drive(self, server: MeasuringServer, tool: str, tokens: int) -> list[Run]:
        task = {
            "address": server.address,
            "chromium": os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            "view": self.view,
            "tool": tool,
            "tokens": tokens,
            "heads": HEADS,
            "layers": LAYERS,
            "hovers": HOVERS,
            "layerChanges": LAYER_CHANGES,
            "opened": OPENED,
            "fewestSteps": FEWEST_STEPS,
            "wallMs": 1000 * WALL_SECONDS,
            "memoryBytes": MEMORY_BYTES,
            "repeats": self.repeats,
            "repeatBelowMs": 1000 * REPEAT_BELOW_SECONDS,
        }
        command = [node(), str(HERE / "drive.mjs"), json.dumps(task)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)  # noqa: S603 - own script
        if done.returncode != 0:
            message = f"measuring {tool} at N = {tokens} failed; the reason is above"
            raise SystemExit(message)
        runs: list[Run] = json.loads(done.stdout)
        return runs


def page_facts(empty: Cell) -> list[str]:
    """Describe date, machine and versions.

    Parameters
    ----------
    empty
        The empty page as it was measured.

    Returns
    -------
    list of str
        Items of a Markdown list.
    """
    chromium = empty.runs[0]["version"]
    return [date_and_machine(), f"* {python_versions()}; {browser_versions(chromium)}"]


def prepare(
    description: str | None, lengths: Sequence[int], peers: Iterable[str] = ()
) -> argparse.Namespace:
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
    argparse.Namespace
        ``tokens``, ``repeats``, ``peers`` and ``dry``.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--tokens", type=int, nargs="+", default=list(lengths), metavar="N")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    known = list(peers)
    parser.add_argument("--peers", nargs="*", choices=known, default=known, metavar="TOOL")
    parser.add_argument("--dry", action="store_true", help="print the results, write no file")
    arguments = parser.parse_args()
    install_peers()
    return arguments
