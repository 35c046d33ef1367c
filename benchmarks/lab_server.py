"""JupyterLab of this environment on a free port, in a folder that goes when it ends."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.install import BROWSER_SCRIPTS, HERE

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = HERE.parent / "ui-tests" / "jupyter_server_test_config.py"
SETTINGS = {
    "docmanager-extension/plugin": {"autosave": False},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
START_SECONDS = 90
END_SECONDS = 30
POLL_SECONDS = 0.3


@contextmanager
def jupyterlab() -> Iterator[str]:
    """Run a server for the length of a `with` block.

    BertViz's scripts are under ``/files/scripts``; it saves no notebook by itself and asks nothing.

    Yields
    ------
    str
        Its address, with no slash at the end.
    """
    with tempfile.TemporaryDirectory(prefix="headwise-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        shutil.copytree(BROWSER_SCRIPTS, folder / "root" / "scripts")
        for plugin, values in SETTINGS.items():
            path = folder / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(values), encoding="utf-8")
        places = {
            "JUPYTERLAB_GALATA_ROOT_DIR": "root",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython",
            "TMPDIR": ".",
        }
        environment = {key: str(folder / place) for key, place in places.items()}
        address = f"http://127.0.0.1:{(port := _free_port())}"
        log = folder / "log.txt"
        with (
            log.open("wb") as output,
            subprocess.Popen(  # noqa: S603 - this interpreter's JupyterLab
                [sys.executable, "-m", "jupyterlab", f"--config={CONFIG}", f"--port={port}"],
                cwd=folder,
                env={**os.environ, **environment, "HF_HUB_OFFLINE": "1"},
                stdout=output,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            try:
                _wait(process, address, log)
                yield address
            finally:
                _end(process)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/api"):  # noqa: S310 - an address of this machine
                return
        except urllib.error.URLError:
            time.sleep(POLL_SECONDS)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
