"""What every sink has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headwise.tracking.snapshot import Snapshot


@dataclass(frozen=True)
class RunFacts:
    """What is known of a run when it starts.

    Attributes
    ----------
    name : str
        Empty where nobody gave one.
    config : mapping
        Hyperparameters: plain values, without secrets.
    """

    name: str = ""
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Sink(ABC):
    """Where snapshots go. Subclass it for a tracker of your own.

    `log` is the one method that a subclass must have. An error that it raises does not stop the
    training: it is said once, and the other sinks go on.

    Examples
    --------
    >>> class PrintSink(hw.tracking.Sink):  # doctest: +SKIP
    ...     def log(self, snapshot):
    ...         print(snapshot.step, snapshot.scalars)
    """

    has_logs: bool = False
    """Whether the Trainer's own logs get there without this sink; they are handed over else."""

    def start(self, facts: RunFacts) -> None:  # noqa: B027 - a subclass may have nothing to do here
        """Begin a run; called once before the first `log` or `scalars`.

        Parameters
        ----------
        facts : RunFacts
        """

    @abstractmethod
    def log(self, snapshot: Snapshot) -> None:
        """Write what the heads do at a step.

        Parameters
        ----------
        snapshot : Snapshot
            Its parts are made when they are read, and kept for the other sinks.
        """

    def scalars(  # noqa: B027 - the same
        self, step: int, values: Mapping[str, float]
    ) -> None:
        """Write numbers of the training, such as a loss; left out by a sink that has no place.

        Parameters
        ----------
        step : int
        values : mapping of str to float
        """

    def close(self, *, failed: bool = False) -> None:  # noqa: B027 - the same
        """End the run; what is written is on disk afterwards.

        Parameters
        ----------
        failed : bool
            Whether the training ended by an error.
        """
