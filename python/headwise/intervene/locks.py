"""One lock for each model, that live views and user code share."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, Self, cast

import torch

from headwise.errors import InputError

if TYPE_CHECKING:
    from types import TracebackType

    from headwise.capture.protocols import Model


class ModelLock:
    """A lock that one thread holds at a time, as often as it likes.

    Use it as a context manager. While it is held, live views of the model wait.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._owner: int | None = None
        self._depth = 0

    def __enter__(self) -> Self:
        self._lock.acquire()
        self._owner = threading.get_ident()
        self._depth += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._depth -= 1
        if not self._depth:
            self._owner = None
        self._lock.release()

    @property
    def held(self) -> bool:
        """Whether any thread holds it now."""
        return self._owner is not None

    @property
    def mine(self) -> bool:
        """Whether the calling thread holds it."""
        return self._owner == threading.get_ident()


_locks: weakref.WeakKeyDictionary[Any, ModelLock] = weakref.WeakKeyDictionary()
_guard = threading.Lock()


def model_lock(model: Model) -> ModelLock:
    """Return the lock of a model: hold it while you train or move a model that a view shows.

    Every live view, :func:`headwise.ask`, :func:`headwise.ablation_scores`,
    :func:`headwise.saliency` and :func:`headwise.faithfulness` hold it while they run the model.
    Without it a view that asks in the middle of a training step answers with
    :class:`headwise.ModelChanged`, or :class:`headwise.TrainingModeError`; the training itself is
    not touched.

    Parameters
    ----------
    model
        The model; models that are equal but not the same have locks of their own.

    Returns
    -------
    ModelLock
        A context manager that can be entered again by the thread that holds it.

    Raises
    ------
    InputError
        If it is not a transformers model.

    Examples
    --------
    >>> with hw.model_lock(model):  # doctest: +SKIP
    ...     trainer.train()
    ...     model.eval()
    """
    if not isinstance(cast("object", model), torch.nn.Module):
        raise InputError(f"model must be a transformers model, not {type(model).__name__}")
    with _guard:
        lock = _locks.get(model)
        if lock is None:
            lock = _locks[model] = ModelLock()
        return lock
