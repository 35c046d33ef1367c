"""Views with a model behind them: the picture is the last answer to what is asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from traitlets import observe

from headwise.errors import AnswerReplaced, HeadwiseError, InputError
from headwise.intervene import Live
from headwise.intervene.live import in_words
from headwise.widgets._live_answer import answer_to_json, selection_in
from headwise.widgets._live_traits import LiveTraits, values_of
from headwise.widgets._synced import CHANGES
from headwise.widgets._traits import has_sentences
from headwise.widgets.explore import ExploreView
from headwise.widgets.head import HeadView
from headwise.wire.codec import encode
from headwise.wire.describe import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from traitlets import Bunch

    from headwise.capture.protocols import Model, Tokenizer
    from headwise.export.preview import Preview
    from headwise.intervene.answer import Answer
    from headwise.intervene.live import Failure
    from headwise.intervene.question import Question
    from headwise.trace import Trace
    from headwise.wire.rpc import Handler

_TEXTS = ("text", "text_pair", "target")
_OF_A_TEXT = ("masked", "blocked", "replaced")
_ASKED = (*_TEXTS, *_OF_A_TEXT, "ablated", "ablation", "saliency")


class LiveView(LiveTraits, HeadView):
    """A view whose text, tokens and heads can be changed; the model is asked on a worker.

    Parameters
    ----------
    model, tokenizer
        As for :func:`headwise.ask`. The model is held weakly.
    question
        What is asked first; the view is there when that is answered.
    top
        How many predictions a token has.
    **settings
        As for the view of a trace.

    Attributes
    ----------
    text, text_pair, target, masked, blocked, ablated, ablation, replaced, saliency
        What is asked, as in :class:`headwise.Question`. Setting one asks the worker and returns at
        once; the picture follows. Another text forgets what was masked, blocked and replaced.
    texts : list
        Texts that were asked before, the newest first: strings, and tuples of two.
    busy : bool
        Whether the worker is asked and has not answered.
    """

    _base = "head"
    _ready = False

    def __init__(
        self,
        model: Model,
        tokenizer: Tokenizer,
        question: Question,
        *,
        top: int = 5,
        **settings: Any,  # noqa: ANN401 - the traits of any widget
    ) -> None:
        self._live = Live(
            model, tokenizer, top=top, on_answer=self._take, on_failure=self._take_failure
        )
        self._live.ask(question)
        first = self._live.wait()
        failure = self._live.failure
        if first is None or failure is not None:
            raise HeadwiseError("the model gave no answer") if failure is None else failure.error
        self._shown, self._asked = first, question
        super().__init__(
            first.trace,
            **settings,
            **values_of(question),
            _said=answer_to_json(first),
            _trace_b=_plain_of(first),
            _run={"run": 0, "tensors": 0},
        )
        self._ready = True

    @property
    def live(self) -> Live:
        """The line to the model: ``busy``, ``lock``, ``answer``, ``failure``."""
        return self._live

    @property
    def last_answer(self) -> Answer:
        """The answer that is on screen."""
        return self._shown

    @property
    def predictions(self) -> pd.DataFrame:
        """What the model predicts, one row for each token and rank; for classes one for each rank.

        Raises
        ------
        NoPredictionHead
            The model has no head.
        """
        return self._shown.table

    @property
    def changes(self) -> pd.DataFrame:
        """What the changes did to the predictions; see :meth:`headwise.Answer.changes`.

        Raises
        ------
        NoPredictionHead
            The model has no head.
        """
        return self._shown.changes()

    def wait(self, timeout: float | None = None) -> Answer:
        """Wait until what was asked is answered, or could not be.

        Parameters
        ----------
        timeout
            Seconds; None for as long as it takes.

        Returns
        -------
        Answer
            The last good one. ``view.live.failure`` says whether a newer question failed.

        Raises
        ------
        TimeoutError
            It takes longer.
        InputError
            This thread holds the model's lock, or is in an observer of a view: the answer cannot
            come before either is left.
        """
        if CHANGES.mine and self._live.busy:
            raise InputError(
                "the answer comes when this observer has returned: observe 'busy', which is then "
                "False, or wait outside"
            )
        self._live.wait(timeout)
        return self._shown

    def ask_again(self) -> None:
        """Ask the same once more: the model runs anew, with and without the changes."""
        with CHANGES:
            self.busy = True
            self._live.forget()
            self._live.ask(self._asked)

    def close(self) -> None:
        """Remove the view from every page and free the trace; the model is not asked any more."""
        self._live.close()
        super().close()

    def tensor_budget(self) -> int:  # noqa: D102 - as every saved view
        others = len(json.dumps(self._said)) + len(json.dumps(self._trace_b))
        return super().tensor_budget() - others // 2

    def small_picture(self, shown: Mapping[str, Any]) -> Preview:  # noqa: D102 - as every view
        return super().small_picture({**shown, "_view": self._base})

    @observe(*_ASKED)
    def _ask(self, _change: Bunch) -> None:
        if not self._ready:
            return
        question = self.question_now()
        if question == self._asked:
            return
        if any(getattr(question, name) != getattr(self._asked, name) for name in _TEXTS):
            # Numbers of tokens are of the text that was.
            kept = values_of(self._asked)
            for name in _OF_A_TEXT:
                if getattr(self, name) == kept[name] and kept[name]:
                    setattr(self, name, type(kept[name])())
            question = self.question_now()
            if question == self._asked:
                return
        self._asked = question
        self.busy = True
        self._live.ask(question)

    @observe("tensors")
    def _count_tensors(self, _change: Bunch) -> None:
        if self._ready:
            self._run = {**self._run, "tensors": self._run["tensors"] + 1}

    def _take(self, answer: Answer) -> None:
        if not self._ready:
            return
        with self.hold_sync():
            if self.closed:
                return
            try:
                self._show(answer)
            except Exception as error:
                self._fail(error, in_words(error))
                raise
            self._failure = {}
            if answer.question == self._asked:
                self.busy = False

    def _take_failure(self, failure: Failure) -> None:
        if not self._ready:
            return
        with self.hold_sync():
            if not self.closed and failure.question == self._asked:
                self._fail(failure.error, failure.words)

    def _fail(self, error: Exception, words: str) -> None:
        self._failure = {"kind": type(error).__name__, "message": words}
        self.busy = False

    def _show(self, answer: Answer) -> None:
        before = self._shown
        other = answer.trace is not self._source
        moved = selection_in(self.selection, before, answer) if other else None
        with self._lock:  # a request sees the answer and its number together
            self._shown = answer
            if other:
                self._source = answer.trace
                self._steps.clear()
                self._run = {**self._run, "run": self._run["run"] + 1}
        if moved is not None:
            self._trace = describe(answer.trace)
            self.selection = moved
            if not has_sentences(answer.trace.block(self.block), self.sentences):
                self.sentences = "all"
            self.tensors = self.first_blobs()["tensors"]
        plain = _plain_of(answer)
        if plain != self._trace_b:
            self._trace_b = plain
        self._said = answer_to_json(answer)
        self._remember(before.question, answer.question)

    def _remember(self, before: Question, now: Question) -> None:
        old, new = _entry(before), _entry(now)
        if old != new:
            self.texts = [old, *(entry for entry in self.texts if entry not in (old, new))]

    def _handlers(self) -> dict[str, Handler]:
        return {**super()._handlers(), "asked": self._heard}

    def _heard(self, params: Mapping[str, object]) -> bytes:
        """Tell the page that what it set has been taken; ask again where it wants that."""
        if params.get("again") is True and not self._live.busy:
            self.ask_again()
        return encode({})

    def _asked_trace(self, params: Mapping[str, object]) -> Trace:
        run = params.get("run")
        if run is not None and run != self._run["run"]:
            raise AnswerReplaced(f"run {run} was replaced by run {self._run['run']}")
        if params.get("plain") is not True:
            return self.trace
        plain = self._shown.plain
        if plain is None:
            raise AnswerReplaced("nothing is changed now, so there is no run before the change")
        return plain.trace


class LiveHeadView(LiveView):
    """The head view with a model behind it; made by `head_view`."""

    _component = "live"


class LiveExploreView(LiveView, ExploreView):
    """The three parts of `explore` with a model behind them; made by `explore`."""

    _base = "explore"
    _component = "liveexplore"


def _plain_of(answer: Answer) -> dict[str, Any]:
    return {} if answer.plain is None else describe(answer.plain.trace)


def _entry(question: Question) -> str | tuple[str, str]:
    return question.text if question.text_pair is None else (question.text, question.text_pair)
