"""One thread for each model, which runs the latest request of each view."""

from __future__ import annotations

import logging
import threading
import weakref
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from headwise.capture.protocols import Model

    Job: TypeAlias = Callable[[], Callable[[], None] | None]

_logger = logging.getLogger(__name__)

# A thread with nothing to do ends; the next request starts another one.
_IDLE_SECONDS = 5.0


class Worker:
    """Runs jobs one after the other on a thread of its own.

    Each client has one place in the line: a newer job takes the place of one that waits, and never
    stops the one that runs. A job is called with nothing; what it returns is called after it counts
    as done, and what that raises is logged.
    """

    def __init__(self) -> None:
        self._waiting: OrderedDict[int, Job] = OrderedDict()
        self._running: int | None = None
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()

    def submit(self, client: int, job: Job) -> None:
        """Put a job in the client's place; it must not raise."""
        with self._changed:
            self._waiting[client] = job
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="headwise-live", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def forget(self, client: int) -> None:
        """Drop what waits of a client."""
        with self._changed:
            self._waiting.pop(client, None)
            self._changed.notify_all()

    def busy(self, client: int) -> bool:
        """Whether a job of the client waits or runs."""
        with self._changed:
            return self._busy(client)

    def wait(self, client: int, timeout: float | None) -> bool:
        """Wait until no job of the client waits or runs; False after `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy(client), timeout)

    def _busy(self, client: int) -> bool:
        return client in self._waiting or self._running == client

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._waiting and not self._changed.wait_for(
                    lambda: bool(self._waiting), _IDLE_SECONDS
                ):
                    self._thread = None
                    return
                self._running, job = self._waiting.popitem(last=False)
            try:
                then = job()
            finally:
                del job  # it may hold the last reference to something large
                with self._changed:
                    self._running = None
                    self._changed.notify_all()
            if then is not None:
                _guarded(then)
            del then


def _guarded(listener: Callable[[], None]) -> None:
    try:
        listener()
    except Exception:
        _logger.exception("a listener failed")


_workers: weakref.WeakKeyDictionary[Any, Worker] = weakref.WeakKeyDictionary()
_guard = threading.Lock()


def worker_of(model: Model) -> Worker:
    """Return the worker that all views of a model share."""
    with _guard:
        worker = _workers.get(model)
        if worker is None:
            worker = _workers[model] = Worker()
        return worker
