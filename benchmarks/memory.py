"""The most memory of this process since a moment, as Linux counts it."""

from __future__ import annotations

from pathlib import Path

PROCESS = Path("/proc/self")


class PeakMemory:
    """Counts from where it is made."""

    def __init__(self) -> None:
        (PROCESS / "clear_refs").write_text("5", encoding="ascii")
        self._before = _bytes("VmRSS")

    def above(self) -> int:
        """Return the peak since then, in bytes above what the process held then."""
        return _bytes("VmHWM") - self._before


def _bytes(name: str) -> int:
    for line in (PROCESS / "status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"this system does not tell {name}")
