"""One view of one tool, made in a process of its own; of the other tools, a page is kept.

Run as ``python -m benchmarks.peer TOOL VIEW TOKENS PAGE [causal]``: writes the page and prints what
it took.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import headwise
from benchmarks.attention import random_trace, token_labels
from benchmarks.install import HERE, PYTHON_PACKAGES
from benchmarks.live_view import LiveView
from benchmarks.memory import PeakMemory
from benchmarks.peers import PEERS, local

View = Literal["head_view", "model_view"]

OURS = "headwise"
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Built:
    """What it took to make the view or the page, without its input.

    Attributes
    ----------
    cpu_seconds
        CPU time.
    peak_bytes
        Most memory above what the process held before.
    stopped
        Why there is no page, or None.
    """

    cpu_seconds: float | None = None
    peak_bytes: int | None = None
    stopped: str | None = None


def build(
    tool: str,
    view: View,
    count: int,
    page: Path,
    *,
    causal: bool = False,
    wall_seconds: float,
    memory_bytes: int,
) -> Built:
    """Make one tool's view in another process, within limits.

    Parameters
    ----------
    tool
        A name in `PEERS`, or ``"headwise"``.
    view
        Which view, by the name of its function.
    count
        How many tokens.
    page
        Where the page goes; headwise needs none.
    causal
        Whether queries see no later keys.
    wall_seconds, memory_bytes
        Limits; past one of them the process is ended.

    Returns
    -------
    Built
        What it took, or which limit was passed.
    """
    command = [sys.executable, "-m", "benchmarks.peer", tool, view, str(count), str(page)]
    command += ["causal"] * causal
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=HERE.parent) as process:  # noqa: S603 - own script
        end = time.monotonic() + wall_seconds
        while process.poll() is None:
            stopped = None
            if time.monotonic() > end:
                stopped = f"stopped: Python took over {wall_seconds:.0f} s"
            elif _resident_bytes(process.pid) > memory_bytes:
                stopped = f"stopped: Python took over {memory_bytes >> 20} MB"
            if stopped is not None:
                process.kill()
                return Built(stopped=stopped)
            time.sleep(POLL_SECONDS)
        output = process.stdout.read() if process.stdout else b""
    if process.returncode != 0:
        return Built(stopped=f"stopped: Python ended with code {process.returncode}")
    return Built(**json.loads(output))


def _resident_bytes(process_id: int) -> int:
    pages = Path(f"/proc/{process_id}/statm")
    if not pages.exists():  # ended meanwhile, or a system without /proc
        return 0
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _write_page(tool: str, view: str, count: int, page: Path, *, causal: bool) -> dict[str, float]:
    sys.path.insert(0, str(PYTHON_PACKAGES))
    trace = random_trace(count, causal=causal)
    if tool == OURS:
        maker = partial(LiveView, getattr(headwise, view), trace)
    else:
        maker = PEERS[tool].maker(view, trace, token_labels(count))
    memory, start = PeakMemory(), time.process_time()
    made = maker()
    cost = {"cpu_seconds": time.process_time() - start, "peak_bytes": memory.above()}
    if isinstance(made, str):
        with page.open("w", encoding="utf-8") as file:
            file.write(f'<!doctype html><meta charset="utf-8"><title>{tool}</title>\n')
            file.write(local(made))
    return cost


if __name__ == "__main__":
    wanted_tool, wanted_view, tokens, path, *more = sys.argv[1:]
    causal = more == ["causal"]
    print(json.dumps(_write_page(wanted_tool, wanted_view, int(tokens), Path(path), causal=causal)))
