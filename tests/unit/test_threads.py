"""Views compute on one BLAS thread, and leave the number of threads as it was."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from threadpoolctl import OpenBLASController, ThreadpoolController

from headwise.threads import one_blas_thread


def blas_threads():
    np.ones((2, 2)) @ np.ones((2, 2))
    pools = [pool for pool in ThreadpoolController().info() if pool["user_api"] == "blas"]
    # scipy brings a BLAS of its own, which views do not use and which other tests may have loaded.
    pools = [pool for pool in pools if "scipy.libs" not in pool["filepath"]]
    if not pools:
        pytest.skip("numpy has no BLAS whose threads can be counted")
    return [pool["num_threads"] for pool in pools]


@pytest.fixture
def two_threads():
    with ThreadpoolController().limit(limits=2, user_api="blas"):
        yield


@pytest.mark.usefixtures("two_threads")
def test_one_thread_inside_and_as_before_outside():
    before = blas_threads()
    with one_blas_thread():
        assert set(blas_threads()) == {1}
    assert blas_threads() == before


@pytest.mark.usefixtures("two_threads")
def test_an_error_gives_the_threads_back():
    before = blas_threads()
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        raise ZeroDivisionError
    assert blas_threads() == before


@pytest.mark.usefixtures("two_threads")
def test_two_threads_at_once_give_them_back():
    before = blas_threads()
    entered, leave = threading.Event(), threading.Event()

    def compute():
        with one_blas_thread():
            entered.set()
            leave.wait(10)

    other = threading.Thread(target=compute)
    with one_blas_thread():
        other.start()
        assert entered.wait(10)
    leave.set()
    other.join(10)
    assert blas_threads() == before


@pytest.mark.usefixtures("two_threads")
def test_a_thread_is_limited_after_the_main_thread_was():
    OpenBLASController.clear_controlling_thread(force=True)
    with one_blas_thread():
        pass
    found = []

    def compute():
        with one_blas_thread():
            found.extend(blas_threads())

    other = threading.Thread(target=compute)
    other.start()
    other.join(10)
    assert set(found) == {1}
    assert set(blas_threads()) == {2}
