"""A view that is closed frees its trace and all that it computed, and leaves no thread."""

import gc
import threading
import weakref

import numpy as np
import pytest

import headwise as hw
from headwise.wire.protocol import PROTOCOL
from plain_traces import VIEWS

PLACE = {"block": "encoder", "layer": 0}
FILTER = {**PLACE, "sentences": "all", "hide_special": False}
MAP = {"block": "encoder", "heads": [[0, 0]], "aggregate": "mean", "hide_special": False}
SLOW = {
    "tile": {**PLACE, "axis": "key", "start": 0, "stop": 2, "dtype": "f32"},
    "marginals": {**FILTER, "hide_special": True},
    "thumbnails": {**FILTER, "pooling": "max", "strongest": 0.5},
    "matrix": {**MAP, "pool": 2, "row": 0, "column": 0, "dtype": "u8"},
    "matrix_marginals": MAP,
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_closed_view_frees_the_trace(name, make_trace, browser):
    before = set(threading.enumerate())
    trace = make_trace(layers=1, heads=12, count=700)
    view = VIEWS[name](trace)
    page = browser(view)
    for method, params in SLOW.items():
        if method in view._handlers():
            reply, _ = page.ask({"v": PROTOCOL, "id": 1, "method": method, "params": params})
            assert reply["ok"], reply
    view.selected_weights()
    gone = [weakref.ref(trace), weakref.ref(trace.block().record(0).queries)]
    del trace
    gc.collect()
    assert all(ref() is not None for ref in gone)
    page.received.clear()
    view.close()
    gc.collect()
    # The view itself is still there: a person holds it in a variable.
    assert [ref() for ref in gone] == [None, None]
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_that_nobody_holds_is_gone_once_it_is_closed(name, make_trace):
    view = VIEWS[name](make_trace())
    ref = weakref.ref(view)
    view.close()
    del view
    gc.collect()
    assert ref() is None


def test_a_link_holds_no_view_that_was_closed(make_trace):
    trace = make_trace()
    views = [hw.head_view(trace), hw.matrix_view(trace)]
    link = hw.link(*views)
    ref = weakref.ref(trace)
    del trace
    for view in views:
        view.close()
    del view
    views.clear()
    gc.collect()
    assert ref() is None
    del link


def test_an_error_in_a_request_holds_nothing(make_trace, browser):
    trace = make_trace(layers=1, heads=2, count=8)
    ref = weakref.ref(trace)
    view = hw.head_view(trace)
    page = browser(view)
    params = {**SLOW["tile"], "stop": 9}
    reply, _ = page.ask({"v": PROTOCOL, "id": 1, "method": "tile", "params": params})
    assert not reply["ok"]
    assert isinstance(trace.weights(0, 0), np.ndarray)
    del trace
    view.close()
    gc.collect()
    assert ref() is None
