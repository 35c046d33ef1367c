"""One of BertViz's views as a page of its own, made in a process of its own.

Run as ``python -m benchmarks.peer VIEW TOKENS PAGE``: writes the page, prints the CPU seconds it
took.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.attention import LAYERS, random_trace, token_labels
from benchmarks.install import HERE, PYTHON_PACKAGES

View = Literal["head_view", "model_view"]

CDN = "https://cdnjs.cloudflare.com/ajax/libs/"
LOCAL_SCRIPTS = {
    CDN + "require.js/2.3.6/require.min.js": "/scripts/require.js",
    CDN + "d3/5.7.0/d3.min": "/scripts/d3.min",
    CDN + "jquery/2.0.0/jquery.min": "/scripts/jquery.min",
}
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class BuiltPage:
    """What it took to make the page.

    Attributes
    ----------
    cpu_seconds
        CPU time of the call of BertViz's function, without making its input.
    stopped
        Why there is no page, or None.
    """

    cpu_seconds: float | None
    stopped: str | None


def build_page(
    view: View, count: int, page: Path, *, wall_seconds: float, memory_bytes: int
) -> BuiltPage:
    """Make BertViz's page in another process, within limits.

    Parameters
    ----------
    view
        Which of BertViz's functions, by name.
    count
        How many tokens.
    page
        Where the page goes.
    wall_seconds, memory_bytes
        Limits; past one of them the process is ended.

    Returns
    -------
    BuiltPage
        The CPU time, or which limit was passed.
    """
    command = [sys.executable, "-m", "benchmarks.peer", view, str(count), str(page)]
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
                return BuiltPage(None, stopped)
            time.sleep(POLL_SECONDS)
        output = process.stdout.read() if process.stdout else b""
    if process.returncode != 0:
        return BuiltPage(None, f"stopped: Python ended with code {process.returncode}")
    return BuiltPage(json.loads(output)["cpu_seconds"], None)


def _resident_bytes(process_id: int) -> int:
    pages = Path(f"/proc/{process_id}/statm")
    if not pages.exists():  # ended meanwhile, or a system without /proc
        return 0
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _write_page(view: str, count: int, page: Path) -> float:
    sys.path.insert(0, str(PYTHON_PACKAGES))
    import bertviz  # noqa: PLC0415 - the same
    import torch  # noqa: PLC0415 - only the child needs it

    trace = random_trace(count)
    attention = [torch.from_numpy(trace.weights(layer))[None] for layer in range(LAYERS)]
    start = time.process_time()
    html = getattr(bertviz, view)(attention, token_labels(count), html_action="return").data
    cpu_seconds = time.process_time() - start
    for address, local in LOCAL_SCRIPTS.items():
        if address not in html:
            message = f"BertViz's page does not name {address}: which version is this?"
            raise SystemExit(message)
        html = html.replace(address, local)
    with page.open("w", encoding="utf-8") as file:
        file.write('<!doctype html><meta charset="utf-8"><title>BertViz</title>\n')
        file.write(html)
    return cpu_seconds


if __name__ == "__main__":
    seconds = _write_page(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
    print(json.dumps({"cpu_seconds": seconds}))
