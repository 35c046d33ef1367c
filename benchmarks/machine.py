"""What a run was made with, in words that name no host."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from importlib.metadata import version

from benchmarks.install import NODE_PACKAGES, node, peer_packages


def date_and_machine() -> str:
    """Describe the date and the machine.

    Returns
    -------
    str
        An item of a Markdown list.
    """
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"* {today}; {os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, "
        f"{platform.system()}, no GPU used; load average {os.getloadavg()[0]:.1f} at the start"
    )


def python_versions(*more: str) -> str:
    """Name the versions of Python and the packages.

    Parameters
    ----------
    *more
        Packages beside headwise, numpy and torch.

    Returns
    -------
    str
        Names and versions, with commas between.
    """
    packages = [f"{name} {version(name)}" for name in ("headwise", "numpy", "torch", *more)]
    return ", ".join([*packages, f"Python {platform.python_version()}"])


def browser_versions(chromium: str) -> str:
    """Name the versions of the browser and of the other tools.

    Parameters
    ----------
    chromium
        Version of Chromium.

    Returns
    -------
    str
        Names and versions, with commas between.
    """
    node_version = subprocess.run(  # noqa: S603 - node as the PATH has it
        [node(), "--version"], check=True, capture_output=True, text=True
    ).stdout.strip()
    peers = ", ".join(f"{name} {version}" for name, version in peer_packages().items())
    return (
        f"{peers}, Chromium {chromium}, Node {node_version}; "
        f"BertViz's scripts: {', '.join(NODE_PACKAGES)}"
    )
