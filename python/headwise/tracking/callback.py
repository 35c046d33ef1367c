"""Tracking in the Trainer of transformers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from transformers import TrainerCallback

from headwise.errors import InputError
from headwise.tracking.measure import DEFAULT_METRICS, make_probe
from headwise.tracking.parameters import kept_config
from headwise.tracking.reporter import Reporter, check_sinks
from headwise.tracking.sinks.base import RunFacts
from headwise.tracking.sinks.found import sinks_for
from headwise.tracking.sinks.named import as_trackers_name_it

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from transformers import TrainerControl, TrainerState, TrainingArguments

    from headwise.tracking.measure import Metric
    from headwise.tracking.sinks.base import Sink


class AttentionCallback(TrainerCallback):
    """Logs what the heads do while a model trains, to every tracker that the Trainer reports to.

    Parameters
    ----------
    texts : str or iterable of str
        The probe texts, the same at every step.
    tokenizer : tokenizer of transformers
    every : {"eval"} or int
        At each evaluation, or each so many steps.
    metrics, views, heads
        As for `Tracker`.
    sinks : Sink or list of Sink, optional
        Where it goes. Unless given: a sink for each of ``report_to`` that there is one for
        (TensorBoard, W&B, Trackio), else a plain folder, ``output_dir/headwise-run``.
    at_start : bool
        Also before the first step.

    Raises
    ------
    InputError
        An argument cannot be used.

    Notes
    -----
    The final weights are those of a training without it, to the bit: the model is read in
    evaluation mode without gradients, and the states of the random generators are put back. What
    fails is a warning, once, and the training goes on. Only the first process logs.

    Examples
    --------
    >>> callback = hw.tracking.AttentionCallback(texts, tokenizer)  # doctest: +SKIP
    >>> Trainer(model, arguments, callbacks=[callback], ...).train()  # doctest: +SKIP
    """

    def __init__(
        self,
        texts: str | Iterable[str],
        tokenizer: Any,  # noqa: ANN401 - transformers types it in part
        *,
        every: Literal["eval"] | int = "eval",
        metrics: Iterable[str] | Mapping[str, Metric | None] = DEFAULT_METRICS,
        views: str | Sequence[str] = ("model",),
        heads: Iterable[tuple[int, int]] | None = None,
        sinks: Sink | list[Sink] | tuple[Sink, ...] | None = None,
        at_start: bool = True,
    ) -> None:
        self._probe = make_probe(texts, tokenizer, metrics, views, heads)
        self._steps = _steps(every)
        self._given = None if sinks is None else check_sinks(sinks)
        self._at_start = at_start
        self._reporter: Reporter | None = None
        self._training = False
        self._evaluating = False

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002 - as the Trainer calls it
        **kwargs: Any,  # noqa: ANN401 - as the Trainer calls it
    ) -> None:
        """Find the sinks of this training, and log what the heads do before it."""
        # One that never came to its end has failed.
        self._end(failed=self._training)
        self._training, self._evaluating = True, False
        if self._at_start and state.global_step == 0:
            self._log(args, state, kwargs.get("model"))
        elif state.is_world_process_zero:
            self._ready(args, state).started()

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002 - as the Trainer calls it
        **kwargs: Any,  # noqa: ANN401 - the same
    ) -> None:
        """Log each so many steps."""
        if self._steps is not None and state.global_step % self._steps == 0:
            self._log(args, state, kwargs.get("model"))

    def on_prediction_step(
        self,
        args: TrainingArguments,  # noqa: ARG002 - as the Trainer calls it
        state: TrainerState,  # noqa: ARG002 - the same
        control: TrainerControl,  # noqa: ARG002 - the same
        **kwargs: Any,  # noqa: ANN401, ARG002 - the same
    ) -> None:
        """Note that an evaluation goes on: its numbers come first, then its end."""
        self._evaluating = True

    def on_predict(
        self,
        args: TrainingArguments,  # noqa: ARG002 - as the Trainer calls it
        state: TrainerState,  # noqa: ARG002 - the same
        control: TrainerControl,  # noqa: ARG002 - the same
        metrics: dict[str, float],  # noqa: ARG002 - the same
        **kwargs: Any,  # noqa: ANN401, ARG002 - the same
    ) -> None:
        """Note the end of a prediction, of which nothing is logged."""
        self._evaluating = False

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002 - as the Trainer calls it
        **kwargs: Any,  # noqa: ANN401 - the same
    ) -> None:
        """Log at an evaluation."""
        self._evaluating = False
        if self._steps is None:
            self._log(args, state, kwargs.get("model"))
        self._end_outside()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002 - as the Trainer calls it
        logs: dict[str, Any] | None = None,
        **kwargs: Any,  # noqa: ANN401, ARG002 - the same
    ) -> None:
        """Hand the Trainer's own logs to sinks that it does not know."""
        if not state.is_world_process_zero or not logs:
            return
        values = as_trackers_name_it(logs)
        self._ready(args, state).scalars(state.global_step, values, without_logs=True)
        self._end_outside()

    def on_train_end(
        self,
        args: TrainingArguments,  # noqa: ARG002 - the same
        state: TrainerState,  # noqa: ARG002 - the same
        control: TrainerControl,  # noqa: ARG002 - as the Trainer calls it
        **kwargs: Any,  # noqa: ANN401, ARG002 - the same
    ) -> None:
        """End the run in the sinks."""
        self._training = False
        self._end()

    def _log(self, args: TrainingArguments, state: TrainerState, model: Any) -> None:  # noqa: ANN401
        step = int(state.global_step)
        if not state.is_world_process_zero or model is None:
            return
        epoch = cast("float | None", state.epoch)
        self._ready(args, state).log(model, self._probe, step, epoch)

    def _end_outside(self) -> None:
        """End what an evaluation outside of a training began: nothing else would."""
        if not (self._training or self._evaluating):
            self._end()

    def _end(self, *, failed: bool = False) -> None:
        """End the run; the next one has sinks, a name and a config of its own."""
        reporter, self._reporter = self._reporter, None
        if reporter is not None:
            reporter.close(failed=failed)

    def _ready(self, args: TrainingArguments, state: TrainerState) -> Reporter:
        if self._reporter is None:
            sinks = self._given
            if sinks is None:
                sinks = sinks_for(list(args.report_to or ()), str(args.output_dir))
            name = str(getattr(state, "trial_name", None) or args.run_name or "")
            self._reporter = Reporter(list(sinks), RunFacts(name, kept_config(args.to_dict())))
        return self._reporter


def _steps(every: object) -> int | None:
    """Return after how many steps to log, None for at evaluations."""
    if every == "eval":
        return None
    if not isinstance(every, int) or isinstance(every, bool) or every < 1:
        raise InputError(f"every must be 'eval' or a number of steps, not {every!r:.80}")
    return every
