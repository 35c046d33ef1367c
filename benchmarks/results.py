"""One file a benchmark in `benchmarks/results`, and all of them in `benchmarks/RESULTS.md`."""

from __future__ import annotations

from benchmarks.install import HERE

RESULTS = HERE / "results"
JOINED = HERE / "RESULTS.md"
SECTIONS = (
    "head-view",
    "model-view",
    "jupyterlab",
    "capture",
    "tiles",
    "metrics",
    "tracking",
    "runs-view",
)
HEADING = """\
# Benchmarks

Written by `make bench`; do not edit. Each section is one benchmark, with the day and the machine
of its run."""


def write_section(name: str, text: str) -> None:
    """Replace the results of one benchmark and join those of all.

    Parameters
    ----------
    name
        One of `SECTIONS`.
    text
        Markdown whose first line is a heading of the first level.
    """
    if name not in SECTIONS:
        message = f"no section {name!r} in the results; there are {', '.join(SECTIONS)}"
        raise ValueError(message)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text.rstrip() + "\n", encoding="utf-8")
    files = [RESULTS / f"{section}.md" for section in SECTIONS]
    found = [file.read_text(encoding="utf-8").rstrip() for file in files if file.exists()]
    JOINED.write_text("\n\n".join([HEADING, *map(_lower, found)]) + "\n", encoding="utf-8")


def publish(section: str, text: str, *, dry: bool) -> None:
    """Print the results and write them.

    Parameters
    ----------
    section
        Name of the section in the results.
    text
        Markdown.
    dry
        Write no file.
    """
    if not dry:
        write_section(section, text)
    print(text)


def _lower(text: str) -> str:
    """Move the headings one level down."""
    return "\n".join(f"#{line}" if line.startswith("#") else line for line in text.split("\n"))
