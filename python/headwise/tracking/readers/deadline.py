"""How long a reader may go on before it lets others work."""

from __future__ import annotations

import time


class Deadline:
    """A moment; without seconds it never comes.

    Parameters
    ----------
    seconds : float, optional
        From now.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    @property
    def over(self) -> bool:
        """Whether the moment has come."""
        return self._end is not None and time.monotonic() >= self._end
