"""One lock for each model, that live views and user code share."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, cast

import torch

from headwise.errors import InputError
from headwise.locks import OwnedLock

if TYPE_CHECKING:
    from headwise.capture.protocols import Model


class ModelLock(OwnedLock):
    """A lock that one thread holds at a time, as often as it likes.

    Use it as a context manager. While it is held, live views of the model wait.
    """


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
