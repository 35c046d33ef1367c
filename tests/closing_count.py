"""Sum up `make test`: one line a step, then a closing count.

Usage: closing_count.py RESULTS_DIR STEP [STEP ...]

Every step leaves ``STEP.ok`` in the folder when it passes; a test runner also leaves ``STEP.xml``
(JUnit). A step that failed without a failed test of its own (a linter, a runner that broke) counts
as one failure. The exit status is 1 when anything failed or no test ran.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET


class Count(NamedTuple):
    passed: int
    failed: int
    skipped: int


def count(report: Path) -> Count:
    outcomes = [
        {child.tag for child in case}
        for case in ET.parse(report).getroot().iter("testcase")  # noqa: S314 -- our own runners wrote it
    ]
    failed = sum(bool(tags & {"failure", "error"}) for tags in outcomes)
    skipped = sum("skipped" in tags for tags in outcomes)
    return Count(len(outcomes) - failed - skipped, failed, skipped)


def summary(folder: Path, steps: list[str]) -> tuple[list[str], Count]:
    lines: list[str] = []
    total = Count(0, 0, 0)
    for step in steps:
        report = folder / f"{step}.xml"
        ok = (folder / f"{step}.ok").exists()
        found = count(report) if report.exists() else Count(0, 0, 0)
        words = "ok" if ok else "FAILED"
        if report.exists():
            words += f": {found.passed} passed, {found.failed} failed, {found.skipped} skipped"
        lines.append(f"{step:8} {words}")
        broken = 0 if ok or found.failed else 1
        total = Count(
            total.passed + found.passed,
            total.failed + found.failed + broken,
            total.skipped + found.skipped,
        )
    return lines, total


def main(folder: Path, steps: list[str]) -> int:
    lines, total = summary(folder, steps)
    closing = f"{total.passed} passed, {total.failed} failed"
    if total.skipped:
        closing += f", {total.skipped} skipped"
    sys.stdout.write("\n".join(["", *lines, "", closing, ""]))
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
