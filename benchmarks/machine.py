"""What a run was made with, in words that name no host."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from importlib.metadata import version

from benchmarks.install import BERTVIZ, NODE_PACKAGES, node


def versions_and_machine(chromium: str) -> list[str]:
    """Describe date, machine and versions.

    Parameters
    ----------
    chromium
        Version of Chromium.

    Returns
    -------
    list of str
        Items of a Markdown list.
    """
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    node_version = subprocess.run(  # noqa: S603 - node as the PATH has it
        [node(), "--version"], check=True, capture_output=True, text=True
    ).stdout.strip()
    packages = ", ".join(f"{name} {version(name)}" for name in ("headwise", "numpy", "torch"))
    peer = BERTVIZ.replace("==", " ")
    return [
        (
            f"* {today}; {os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, "
            f"{platform.system()}, no GPU used; load average {load:.1f} at the start"
        ),
        (
            f"* {packages}, {peer}, Chromium {chromium}, Node {node_version}, "
            f"Python {platform.python_version()}; BertViz's scripts: {', '.join(NODE_PACKAGES)}"
        ),
    ]
