"""The packages of the other tools, kept in `benchmarks/.cache` and out of the project's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE / ".cache"
PYTHON_PACKAGES = CACHE / "python"
BROWSER_SCRIPTS = CACHE / "scripts"
REQUIREMENTS = HERE / "requirements.txt"
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


def peer_packages() -> dict[str, str]:
    """Return the versions of the other tools' packages by name."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if not line.startswith("#"))
    return {name.strip(): version.strip() for name, version in pairs}


def install_peers() -> None:
    """Install the other tools and the scripts that BertViz asks a CDN for, where they are missing.

    They come without what they require: of that, the views measured here need torch and IPython
    only, which the project's environment has, and what else stands in `requirements.txt`.
    """
    missing = [
        f"{name}=={version}"
        for name, version in peer_packages().items()
        if not (PYTHON_PACKAGES / f"{name.replace('-', '_')}-{version}.dist-info").exists()
    ]
    if missing:
        _run(
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"),
            *("--target", PYTHON_PACKAGES, *missing),
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
