"""A run of training as it was logged, whichever tracker wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from headwise.errors import InputError
from headwise.tracking.readers.deadline import Deadline
from headwise.tracking.readers.points import Points

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from headwise.trace import Trace

MediaKind = Literal["page", "image", "table", "histogram", "text", "trace", "file"]
State = Literal["running", "finished", "failed", "unknown"]
EPOCHS = ("train/epoch", "epoch")


class Series(NamedTuple):
    """The values of one metric, in the order of the steps, one a step.

    Attributes
    ----------
    steps : int64 array (points,)
    values : float64 array (points,)
        May hold NaN and infinities.
    times : float64 array (points,)
        When each was logged: seconds since 1970, NaN where the tracker does not say.
    """

    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    times: NDArray[np.float64]


@dataclass(frozen=True)
class Media:
    """Something other than a number that was logged at a step.

    Attributes
    ----------
    kind : str
        ``"page"`` (HTML), ``"image"`` (PNG or what the user logged), ``"table"``,
        ``"histogram"``, ``"text"``, ``"trace"`` (a file for `headwise.load`) or ``"file"``.
    name : str
        As it was logged.
    step : int
    path : Path or None
        The file that has it; None where it is inside of the tracker's own records.
    read : callable
        Returns the bytes; raises OSError where the file is gone. A table, or a histogram, that is
        inside of records comes as JSON.
    """

    kind: MediaKind
    name: str
    step: int
    path: Path | None
    read: Callable[[], bytes]


class Refreshed(NamedTuple):
    """What a reading brought.

    Attributes
    ----------
    points : int
        Numbers that are new.
    media : int
        Media that are new.
    more : bool
        Whether there is more to read at once; call `Run.refresh` again.
    """

    points: int
    media: int
    more: bool


class Source(Protocol):
    """What reads the files of one tracker."""

    def read(self, run: Run, deadline: Deadline) -> bool:
        """Add to `run` what is new; whether there is more."""
        ...

    def notes(self) -> list[str]:
        """Say what was lost or is unusual."""
        ...


class Run:
    """A run of training, read from what a tracker wrote.

    Parameters
    ----------
    name : str
        As the tracker shows it.
    path : Path or str
        Where it is: a folder, a file, or an address.
    tracker : str
        ``"tensorboard"``, ``"wandb"``, ``"trackio"``, ``"folder"`` or ``"wandb api"``.
    source : Source
        Reads it.

    Attributes
    ----------
    name, path, tracker : as given
    key : str
        Says which run this is, the same in each session.
    config : dict
        Hyperparameters, as the tracker has them.
    media : list of Media
        In the order in which they came.
    state : {"running", "finished", "failed", "unknown"}
        ``"unknown"`` where the tracker does not say.
    """

    def __init__(self, name: str, path: Path | str, tracker: str, source: Source) -> None:
        self.name = name
        self.path = path
        self.tracker = tracker
        self.key = f"{tracker}:{path if isinstance(path, str) else path.resolve()}"
        self.config: dict[str, Any] = {}
        self.media: list[Media] = []
        self.state: State = "unknown"
        self._source = source
        self._points: dict[str, Points] = {}
        self._said: list[str] = []

    def __repr__(self) -> str:
        return f"<Run {self.name!r} ({self.tracker}): {len(self._points)} metrics, {self.state}>"

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics, sorted."""
        return sorted(self._points)

    @property
    def series(self) -> Mapping[str, Series]:
        """The values of each metric. A step that was logged twice has the value that came last."""
        return {name: self[name] for name in self.metrics}

    def __getitem__(self, metric: str) -> Series:
        """Return the values of one metric; KeyError where there is none of that name."""
        return Series(*self._points[metric].arrays())

    @property
    def epochs(self) -> Series | None:
        """The epoch at each step at which it was logged."""
        return next((self[name] for name in EPOCHS if name in self._points), None)

    @property
    def notes(self) -> list[str]:
        """What was lost or is unusual, in sentences; empty where all is well."""
        twice = sum(points.replaced for points in self._points.values())
        said = [*self._said, *self._source.notes()]
        if twice:
            said.append(
                f"{twice} values were logged a second time at the same step, by a second writer or "
                "a training that was taken up again: the later ones are shown"
            )
        return list(dict.fromkeys(said))

    @property
    def trace_steps(self) -> list[int]:
        """Steps at which traces were kept, sorted."""
        return sorted({each.step for each in self.media if each.kind == "trace"})

    def trace(self, step: int, text: int = 0) -> Trace:
        """Load the attention of one step.

        Parameters
        ----------
        step : int
            One of `trace_steps`.
        text : int
            Number of the probe text.

        Returns
        -------
        Trace

        Raises
        ------
        InputError
            No trace of this step and text was kept.
        TraceFileError
            The file is cut.
        """
        from headwise.trace import load  # noqa: PLC0415 - `headwise.load` is the same function

        name = f"trace-{text}"
        for each in reversed(self.media):
            if each.kind == "trace" and (each.step, each.name) == (step, name) and each.path:
                return load(each.path)
        there = ", ".join(str(each) for each in self.trace_steps) or "none"
        raise InputError(
            f"run {self.name!r} has no trace of text {text} at step {step}: there are steps {there}"
        )

    def refresh(self, seconds: float | None = None) -> Refreshed:
        """Read what is new since the last time.

        Parameters
        ----------
        seconds : float, optional
            Stop about then, with `Refreshed.more` True where there is more; all of it unless
            given.

        Returns
        -------
        Refreshed

        Raises
        ------
        HeadwiseError
            What reads the files is not installed.
        """
        points, media = self._count(), len(self.media)
        deadline = Deadline(seconds)
        try:
            more = self._source.read(self, deadline)
        except OSError as error:
            self.note(f"cannot be read: {error.strerror or error}")
            more = False
        return Refreshed(self._count() - points, len(self.media) - media, more)

    def add(self, metric: str, step: int, value: float, time: float = float("nan")) -> None:
        """Take in one number; sources call this."""
        points = self._points.get(metric)
        if points is None:
            points = self._points[metric] = Points()
        points.add(step, value, time)

    def note(self, sentence: str) -> None:
        """Take in a sentence for `notes`; sources call this."""
        if sentence not in self._said:
            self._said.append(sentence)

    def _count(self) -> int:
        return sum(len(points) for points in self._points.values())
