"""Slow work is done a little with each request, so that no request takes long."""

import numpy as np
import pytest
from safetensors.numpy import load

from headwise.trace import Block, Trace
from headwise.widgets.compare import compare
from headwise.widgets.explore import explore
from headwise.widgets.matrix import matrix_view
from headwise.wire.limits import STEP_WORK
from headwise.wire.protocol import PROTOCOL
from headwise.wire.steps import Steps
from plain_traces import plain_tokens, random_record

COUNT, HEADS = 1024, 12
LAYER = COUNT * COUNT * HEADS
PLACE = {"block": "encoder", "layer": 0}
FILTER = {"sentences": "all", "hide_special": False}
GRID = {"pooling": "max", "strongest": 1.0}
MAP = {
    "block": "encoder",
    "heads": [[0, head] for head in range(12)],
    "aggregate": "mean",
    "hide_special": False,
}
SLOW = {
    "tile": {**PLACE, "axis": "key", "start": 5, "stop": 7, "dtype": "f32"},
    "marginals": {**PLACE, **FILTER},
    "marginals filtered": {**PLACE, **FILTER, "hide_special": True},
    "thumbnails": {**PLACE, **FILTER, **GRID},
    "thumbnails cut": {**PLACE, **FILTER, **GRID, "strongest": 0.5},
    "facts": PLACE,
    "difference": {**PLACE, **FILTER, "heads": list(range(6)), "aggregate": "mean"},
    "matrix": {**MAP, "pool": 8, "row": 0, "column": 0, "dtype": "u8"},
    "matrix_marginals": MAP,
}
MOST = 1.5 * STEP_WORK
"""Weights of one answer: what a step began it may finish."""


@pytest.fixture(scope="module")
def long_trace():
    tokens = plain_tokens(COUNT)
    records = [random_record(HEADS, COUNT, seed=layer) for layer in range(2)]
    return Trace([Block("encoder", records, tokens, tokens, causal=False)])


@pytest.fixture(scope="module")
def views(long_trace):
    """The views that answer these requests, opened once."""
    made = {
        "difference": compare(long_trace, long_trace),
        "matrix": matrix_view(long_trace),
        "matrix_marginals": matrix_view(long_trace),
    }
    rest = explore(long_trace)
    yield lambda method: made.get(method, rest)
    for view in (*made.values(), rest):
        view.close()


@pytest.fixture
def ask(views, browser):
    """Send one request to a view that has computed nothing: `ask(name)` returns the tensors."""
    pages = {}

    def page(method):
        view = views(method)
        if view not in pages:
            view._steps.clear()
            getattr(view, "_maps", view._steps).clear()
            pages[view] = browser(view)
        return pages[view]

    def asked(name, **more):
        method = name.partition(" ")[0]
        request = {"v": PROTOCOL, "id": 1, "method": method, "params": {**SLOW[name], **more}}
        reply, buffers = page(method).ask(request)
        assert reply["ok"], reply
        return load(buffers[0])

    return asked


def finished(name, found):
    if name == "matrix":
        return next(iter(found.values())).shape[0] == 128
    if name == "matrix_marginals":
        return len(found) == 2
    return bool(found)


@pytest.mark.parametrize("name", SLOW)
def test_no_request_computes_more_than_a_step(name, ask, computed):
    ask(name)
    computed.clear()
    times = 0
    while True:
        found = ask(name)
        times += 1
        assert sum(computed) <= MOST
        computed.clear()
        if finished(name, found):
            break
        assert times < 60
    heads = len(SLOW[name].get("heads", range(HEADS)))
    assert times >= LAYER // HEADS * heads // STEP_WORK - 1


@pytest.mark.parametrize("name", SLOW)
def test_a_quick_request_is_answered_while_slow_work_is_under_way(name, ask, computed):
    ask(name)
    computed.clear()
    if name.startswith("matrix"):
        found = ask("matrix", heads=[[0, 3]], pool=1, row=15, column=15, dtype="f32")
        assert next(iter(found.values())).shape[0] > 0
        assert sum(computed) > 0
    else:
        found = ask("tile", axis="query", start=3, stop=5, dtype="f32")
        assert set(found) == {"q/encoder/0/3"}
    assert sum(computed) <= MOST


def test_what_nobody_asks_for_again_is_not_computed(ask, computed):
    ask("thumbnails")
    ask("facts")
    computed.clear()
    ask("tile", axis="query", start=3, stop=4, dtype="u8")
    assert sum(computed) == HEADS * COUNT


def test_columns_and_marginals_share_one_pass(ask, computed, long_trace):
    while not ask("tile"):
        pass
    assert sum(computed) <= LAYER + 2 * HEADS * COUNT
    computed.clear()
    found = ask("marginals")
    assert computed == []
    key = ask("tile", start=9, stop=10)["k/encoder/0/9"]
    assert sum(computed) == HEADS * COUNT
    whole = long_trace.weights(0)
    np.testing.assert_allclose(key, whole[:, :, 9:10], rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(found["received/encoder/0"], whole.mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(found["strongest/encoder/0"], whole.max(axis=2), rtol=1e-5)


@pytest.mark.parametrize("name", ["thumbnails", "thumbnails cut", "facts", "marginals filtered"])
def test_work_in_steps_gives_what_work_at_once_gives(name, ask, monkeypatch):
    def whole():
        while not (found := ask(name)):
            pass
        return found

    stepped = whole()
    monkeypatch.setattr(Steps, "advance", _at_once)
    straight = whole()
    assert set(stepped) == set(straight)
    for key, array in stepped.items():
        np.testing.assert_array_equal(array, straight[key])


def _at_once(_steps, _name, begin):
    running = begin()
    try:
        while True:
            next(running)
    except StopIteration as done:
        return done.value


def test_unfinished_work_is_dropped_once_enough_other_work_was_begun():
    steps = Steps(effort=1)
    begun = []

    def work(name):
        begun.append(name)
        yield 1
        yield 1
        return name

    for number in range(9):
        assert steps.advance(number, lambda number=number: work(number)) is None
    steps.advance(8, lambda: work(8))
    assert begun == list(range(9))
    steps.advance(0, lambda: work(0))
    assert begun == [*range(9), 0]


def test_work_that_fails_is_begun_again():
    steps = Steps(effort=1)

    def broken():
        yield 1
        raise ValueError("once")

    def sound():
        yield 1
        return "done"

    assert steps.advance("one", broken) is None
    with pytest.raises(ValueError, match="once"):
        steps.advance("one", broken)
    assert steps.advance("one", sound) is None
    assert steps.advance("one", sound) == "done"
