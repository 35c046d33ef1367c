"""One BLAS thread while a view computes: its products are small, and waiting threads spin."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Protocol, cast

from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from collections.abc import Generator


class _Limit(Protocol):
    def restore_original_limits(self) -> None: ...


class _Library(Protocol):
    def clear_controlling_thread(self) -> None: ...


class _Controller(Protocol):
    lib_controllers: list[_Library]

    def limit(self, *, limits: int, user_api: Literal["blas"]) -> _Limit: ...


class _Limiter:
    """Sets the limit for each thread that computes, and gives all of them back the first number.

    Some builds of OpenBLAS keep a number for each thread, others one for the process. In these,
    a thread that enters second would take the 1 of the first one for the number to go back to.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._controller: _Controller | None = None
        self._first: _Limit | None = None

    def enter(self) -> None:
        with self._lock:
            if self._controller is None:
                self._controller = cast("_Controller", ThreadpoolController())
            limit = self._controller.limit(limits=1, user_api="blas")
            if self._inside == 0:
                self._first = limit
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._first is not None:
                self._first.restore_original_limits()
            if self._inside == 0:
                self._first = None
            # threadpoolctl 3.7 lets only the thread that came first set OpenBLAS' number, until it
            # ends: the main thread, which makes a view, would keep it from those that answer.
            for library in self._controller.lib_controllers if self._controller else ():
                if hasattr(library, "clear_controlling_thread"):
                    library.clear_controlling_thread()


_limiter = _Limiter()


@contextmanager
def one_blas_thread() -> Generator[None]:
    """Keep numpy's matrix products on the calling thread.

    On a machine whose other cores are busy, BLAS threads that wait for each other made a layer of
    12 heads over 2,048 tokens ten times slower (4 s for 0.3 s). The number of threads is back
    where it was when the last of those inside has left.
    """
    _limiter.enter()
    try:
        yield
    finally:
        _limiter.leave()
