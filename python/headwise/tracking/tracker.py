"""Tracking in a training loop of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from headwise.tracking.measure import DEFAULT_METRICS, make_probe
from headwise.tracking.parameters import kept_config
from headwise.tracking.reporter import Reporter
from headwise.tracking.sinks.base import RunFacts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

    from headwise.tracking.measure import Metric
    from headwise.tracking.sinks.base import Sink
    from headwise.tracking.snapshot import Snapshot


class Tracker:
    """Logs what the heads of a model do, step by step, from any training loop.

    Parameters
    ----------
    sinks : Sink or list of Sink
        Where it goes: `FolderSink`, `TensorBoardSink`, `WandbSink`, `TrackioSink`, or your own.
    texts : str or iterable of str
        The probe texts, the same at every step.
    tokenizer : tokenizer of transformers
    metrics : iterable of str, or mapping
        Names of columns of :func:`headwise.head_metrics`; ``"induction"`` and ``"same_token"``,
        the scores of :func:`headwise.find_heads`; ``"prefix_matching"`` and ``"copying"``, on
        random sequences. A mapping adds metrics of your own: name to ``function(model, traces)``,
        which returns a Series with the index ``(layer, head)``.
    views : str or sequence of str
        Views of which a page of the first text is logged: ``"model"``, ``"head"``, ``"neuron"``,
        ``"matrix"``, ``"explore"``.
    heads : iterable of (layer, head), optional
        Heads to keep; all unless given.
    name : str
        Of the run.
    config : mapping, optional
        Hyperparameters. Values whose name says that they are secret are left out.

    Raises
    ------
    InputError
        An argument cannot be used.

    Examples
    --------
    >>> sinks = [hw.tracking.FolderSink("runs/first")]  # doctest: +SKIP
    >>> with hw.tracking.Tracker(sinks, texts=texts, tokenizer=tokenizer) as tracker:
    ...     for step, batch in enumerate(batches, 1):
    ...         loss = train(batch)
    ...         tracker.scalars(step, {"train/loss": loss})
    ...         if step % 50 == 0:
    ...             tracker.log(model, step)
    """

    def __init__(
        self,
        sinks: Sink | list[Sink] | tuple[Sink, ...],
        *,
        texts: str | Iterable[str],
        tokenizer: Any,  # noqa: ANN401 - transformers types it in part
        metrics: Iterable[str] | Mapping[str, Metric | None] = DEFAULT_METRICS,
        views: str | Sequence[str] = ("model",),
        heads: Iterable[tuple[int, int]] | None = None,
        name: str = "",
        config: Mapping[str, Any] | None = None,
    ) -> None:
        self._probe = make_probe(texts, tokenizer, metrics, views, heads)
        facts = RunFacts(name, kept_config(config or {}))
        self._reporter = Reporter([sinks] if not isinstance(sinks, (list, tuple)) else sinks, facts)

    def log(
        self,
        model: Any,  # noqa: ANN401 - transformers types it in part
        step: int,
        *,
        epoch: float | None = None,
        scalars: Mapping[str, float] | None = None,
    ) -> Snapshot | None:
        """Read the attention of `model` and write it to every sink.

        Parameters
        ----------
        model : transformers model
            It runs in evaluation mode without gradients, and is left as it was.
        step : int
            Of the optimizer.
        epoch : float, optional
        scalars : mapping of str to float, optional
            Numbers to log with it, as by `scalars`.

        Returns
        -------
        Snapshot or None
            What was written; None where the model could not be read. A failure is a warning, once.
        """
        values = {**(scalars or {}), **({} if epoch is None else {"train/epoch": float(epoch)})}
        if values:
            self.scalars(step, values)
        return self._reporter.log(model, self._probe, int(step), epoch)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Log numbers of the training; the model is not run.

        Parameters
        ----------
        step : int
        values : mapping of str to float
            Such as ``{"train/loss": 0.7}``.
        """
        self._reporter.scalars(int(step), {name: float(each) for name, each in values.items()})

    def close(self, *, failed: bool = False) -> None:
        """End the run.

        Parameters
        ----------
        failed : bool
            Whether the training ended by an error.
        """
        self._reporter.close(failed=failed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trail: TracebackType | None,
    ) -> None:
        """End the run, as failed where an error goes through."""
        self.close(failed=kind is not None)
