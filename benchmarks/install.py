"""The packages of the other tool, kept in `benchmarks/.cache` and out of the project's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE / ".cache"
PYTHON_PACKAGES = CACHE / "python"
BROWSER_SCRIPTS = CACHE / "scripts"
BERTVIZ = "bertviz==1.4.1"
NODE_PACKAGES = ("d3@5.7.0", "jquery@2.2.4", "requirejs@2.3.6")
SCRIPTS = {
    "d3.min.js": "d3/dist/d3.min.js",
    "jquery.min.js": "jquery/dist/jquery.min.js",
    "require.js": "requirejs/require.js",
}


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True)  # noqa: S603 - own fixed commands


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        message = f"{name} is not on the PATH; the benchmark needs Node 20 with npm."
        raise SystemExit(message)
    return found


def node() -> str:
    """Return the path of Node, or end the program with a reason."""
    return _tool("node")


def install_peer() -> None:
    """Install BertViz and the scripts its page asks a CDN for, where they are missing.

    BertViz comes without its dependencies: its head and model views need torch and IPython only,
    which the project's environment has.
    """
    if not (PYTHON_PACKAGES / "bertviz").exists():
        requirements = HERE / "requirements.txt"
        _run(
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"),
            *("--target", PYTHON_PACKAGES, "--requirement", requirements),
        )
    if all((BROWSER_SCRIPTS / name).exists() for name in SCRIPTS):
        return
    packages = CACHE / "npm"
    packages.mkdir(parents=True, exist_ok=True)
    _run(
        *(_tool("npm"), "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"),
        *("--loglevel", "error", "--prefix", packages, *NODE_PACKAGES),
    )
    esbuild = HERE.parent / "node_modules" / ".bin" / "esbuild"
    for name, source in SCRIPTS.items():
        # The CDN serves require.js minified, the npm package does not hold that file.
        _run(
            *(esbuild, packages / "node_modules" / source, "--minify", "--log-level=error"),
            f"--outfile={BROWSER_SCRIPTS / name}",
        )
