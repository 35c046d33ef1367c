"""A model behind a view: questions go in from any thread, answers come back when they are there."""

from __future__ import annotations

import itertools
import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwise.errors import HeadwiseError, InputError
from headwise.intervene.engine import Engine
from headwise.intervene.locks import model_lock
from headwise.intervene.worker import worker_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from headwise.capture.protocols import Model, Tokenizer
    from headwise.intervene.answer import Answer
    from headwise.intervene.locks import ModelLock
    from headwise.intervene.question import Question

_numbers = itertools.count()
_LONGEST = 400


@dataclass(frozen=True, eq=False)
class Failure:
    """A question that could not be answered.

    Parameters
    ----------
    question
        The question.
    words
        Why, in words that can be shown.
    error
        What was raised.
    """

    question: Question
    words: str
    error: Exception


class Live:
    """One view's line to a model. Views of one model share a worker; each has its own answer.

    The model is held weakly: a view keeps no memory that a person has deleted.

    Parameters
    ----------
    model, tokenizer, top
        As for :class:`~headwise.intervene.engine.Engine`.
    on_answer
        Called with each answer, on the worker's thread.
    on_failure
        Called with each failure, on the worker's thread; the last good answer stays.
    on_busy
        Called with True when a question is waiting or running, and with False when all are done;
        from the thread that asked or the worker's.
    """

    def __init__(
        self,
        model: Model,
        tokenizer: Tokenizer,
        *,
        top: int = 5,
        on_answer: Callable[[Answer], object] = lambda _: None,
        on_failure: Callable[[Failure], object] = lambda _: None,
        on_busy: Callable[[bool], object] = lambda _: None,
    ) -> None:
        self._engine = Engine(model, tokenizer, top=top)
        self._worker = worker_of(model)
        self._lock = model_lock(model)
        self._client = next(_numbers)
        self._answer: Answer | None = None
        self._failure: Failure | None = None
        self._on_answer = on_answer
        self._on_failure = on_failure
        self._on_busy = on_busy
        self._told = False
        self._telling = threading.RLock()  # a listener may ask again
        self._closed = False
        weakref.finalize(self, self._worker.forget, self._client)

    @property
    def answer(self) -> Answer | None:
        """The last good answer; None before the first."""
        return self._answer

    @property
    def failure(self) -> Failure | None:
        """Why the last question was not answered; None when it was."""
        return self._failure

    @property
    def busy(self) -> bool:
        """Whether a question of this view is waiting or running."""
        return self._worker.busy(self._client)

    @property
    def lock(self) -> ModelLock:
        """The model's lock; see :func:`headwise.model_lock`."""
        return self._lock

    def ask(self, question: Question) -> None:
        """Ask, and return at once. A newer question takes the place of one that waits.

        Raises
        ------
        InputError
            If the view was closed.
        """
        if self._closed:
            raise InputError("this live view was closed: make a new one")
        me = weakref.ref(self)

        def job() -> Callable[[], None] | None:
            live = me()
            return None if live is None else live._run(question)  # noqa: SLF001 - of this class

        self._worker.submit(self._client, job)
        self._tell()

    def forget(self) -> None:
        """Forget the runs that were kept: the next question runs the model with all it is now."""
        self._engine.forget()

    def wait(self, timeout: float | None = None) -> Answer | None:
        """Wait until nothing is waiting or running, and return the last good answer.

        Parameters
        ----------
        timeout
            Seconds; None for as long as it takes.

        Raises
        ------
        InputError
            If this thread holds the model's lock, so that it would wait for itself.
        TimeoutError
            If it takes longer.
        """
        if self._lock.mine and self.busy:
            raise InputError(
                "this thread holds the model's lock, so the answer cannot come: leave the `with` "
                "block first"
            )
        if not self._worker.wait(self._client, timeout):
            raise TimeoutError(f"no answer within {timeout} seconds")
        return self._answer

    def close(self) -> None:
        """Drop what waits and the kept runs, take no more questions. What runs ends unheard."""
        self._closed = True
        self._worker.forget(self._client)
        self._engine.forget()

    def _run(self, question: Question) -> Callable[[], None]:
        try:
            answer = self._engine.answer(question)
        except Exception as error:  # noqa: BLE001 - every failure is shown, none ends the worker
            failure = Failure(question, in_words(error), error)
            _without_frames(error)
            if not self._closed:
                self._failure = failure
                self._call(self._on_failure, failure)
        else:
            if not self._closed:
                self._answer, self._failure = answer, None
                self._call(self._on_answer, answer)
        if self._closed:
            self._engine.forget()
        return self._tell

    def _call(self, listener: Callable[..., object], value: object) -> None:
        try:
            listener(value)
        except Exception as error:  # noqa: BLE001 - a listener's failure is not the worker's
            self._failure = Failure(_question_of(value), in_words(error), error)

    def _tell(self) -> None:
        with self._telling:
            busy = self.busy
            if busy == self._told:
                return
            self._told = busy
            self._on_busy(busy)


def in_words(error: Exception) -> str:
    """Say what an exception says, in a line or two that can be shown."""
    words = " ".join(str(error).split())
    if isinstance(error, HeadwiseError):
        return words
    shown = words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
    return f"the model raised {type(error).__name__}" + (f": {shown}" if shown else "")


def _without_frames(error: BaseException | None) -> None:
    """Take the frames off an exception and its causes: they hold the model and large tensors."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def _question_of(value: object) -> Question:
    return getattr(value, "question")  # noqa: B009 - an answer or a failure
