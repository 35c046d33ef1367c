"""Runs of all tools in Chromium, within limits."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import headwise
from benchmarks.attention import HEADS, LAYERS, random_trace
from benchmarks.cells import NOT_TRIED, Cell
from benchmarks.install import CACHE, HERE, node
from benchmarks.live_view import LiveView
from benchmarks.peer import OURS, build
from benchmarks.peers import PEERS
from benchmarks.server import MeasuringServer, running

if TYPE_CHECKING:
    from benchmarks.peer import View

PAGE = CACHE / f"peer-{os.getpid()}.html"
REPEAT_BELOW_SECONDS = 30
HOVERS = 30
LAYER_CHANGES = 6
FEWEST_STEPS = 3
OPENED = ((0, 0), (0, 6), (0, 1), (0, 7), (0, 2), (0, 8))
"""Layer and head of the thumbnails that are clicked: what BertViz lays over its thumbnails when
one is open does not cover the next."""
WALLS_PER_RUN = 40
"""`session.mjs` gives up on a page that hangs long before."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a cell may go.

    Attributes
    ----------
    repeats
        Most fresh browsers.
    wall_seconds
        For Python, for loading, and for a stage.
    memory_bytes
        Of Python, and of a renderer.
    """

    repeats: int
    wall_seconds: float
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Bench:
    """Measures one view of headwise and of the other tools.

    Attributes
    ----------
    view
        Name of headwise's function; BertViz has the same names.
    limits
        How far a cell may go.
    """

    view: View
    limits: Limits

    def empty(self) -> Cell:
        """Measure a page with nothing on it."""
        cell = Cell("empty", 0)
        server = MeasuringServer(None)
        with running(server):
            self._drive(cell, server, "empty", self.limits)
        if cell.troubles() or cell.was_stopped():
            raise SystemExit("an empty page could not be measured; the reason is above")
        return cell

    def headwise(
        self,
        tokens: int,
        *,
        causal: bool = False,
        **settings: Any,  # noqa: ANN401 - those of any view
    ) -> Cell:
        """Measure headwise.

        Parameters
        ----------
        tokens
            N.
        causal
            Whether queries see no later keys.
        **settings
            Keywords of its function.

        Returns
        -------
        Cell
            What it took.
        """
        make = getattr(headwise, self.view)
        name = "headwise, causal" if causal else "headwise"
        cell = self._built(OURS, name, tokens, self.limits, causal=causal)
        if cell.stopped is None:
            trace = random_trace(tokens, causal=causal)
            server = MeasuringServer(partial(LiveView, make, trace, **settings))
            with running(server):
                self._drive(cell, server, "headwise", self.limits)
        return cell

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
        memory = int(self.limits.memory_bytes * peer.room)
        limits = replace(self.limits, memory_bytes=memory)
        cell = self._built(key, peer.name, tokens, limits)
        if cell.stopped is None:
            server = MeasuringServer(None)
            server.peer_page = PAGE
            with running(server):
                self._drive(cell, server, peer.tool, limits)
        PAGE.unlink(missing_ok=True)
        return cell

    def _built(
        self, key: str, name: str, tokens: int, limits: Limits, *, causal: bool = False
    ) -> Cell:
        built = build(
            *(key, self.view, tokens, PAGE),
            causal=causal,
            wall_seconds=limits.wall_seconds,
            memory_bytes=limits.memory_bytes,
        )
        return Cell(name, tokens, built.cpu_seconds, built.peak_bytes, built.stopped)

    def _drive(self, cell: Cell, server: MeasuringServer, tool: str, limits: Limits) -> None:
        task = {"address": server.address, "view": self.view, "tool": tool}
        drive("drive.mjs", cell, task, limits)


def drive(script: str, cell: Cell, task: dict[str, Any], limits: Limits) -> None:
    """Use a tool in Chromium and keep what it took, or what went wrong, in its cell.

    Parameters
    ----------
    script
        ``"drive.mjs"`` or ``"lab_drive.mjs"``.
    cell
        Gets the runs, or `failed`.
    task
        What the script needs beside what all of them need.
    limits
        How far it may go.
    """
    task = {
        "chromium": os.environ.get("CHROMIUM", "/usr/bin/chromium"),
        "tokens": cell.tokens,
        "heads": HEADS,
        "layers": LAYERS,
        "hovers": HOVERS,
        "layerChanges": LAYER_CHANGES,
        "opened": OPENED,
        "fewestSteps": FEWEST_STEPS,
        "wallMs": 1000 * limits.wall_seconds,
        "memoryBytes": limits.memory_bytes,
        "repeats": limits.repeats,
        "repeatBelowMs": 1000 * REPEAT_BELOW_SECONDS,
        **task,
    }
    patience = WALLS_PER_RUN * (limits.wall_seconds + REPEAT_BELOW_SECONDS) * limits.repeats
    try:
        done = subprocess.run(  # noqa: S603 - own script
            [node(), str(HERE / script), json.dumps(task)],
            stdout=subprocess.PIPE,
            check=True,
            timeout=patience,
        )
    except subprocess.CalledProcessError as error:
        cell.failed = f"{script} ended with code {error.returncode}"
    except subprocess.TimeoutExpired:
        cell.failed = f"{script} did not end in {patience:.0f} s"
    else:
        cell.runs = json.loads(done.stdout)
