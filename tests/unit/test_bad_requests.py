"""Whatever a page asks for, the answer is tensors or a sentence: no traceback, no silence."""

import logging
import math

import pytest
from safetensors.numpy import load

import headwise as hw
from headwise.wire.protocol import PROTOCOL

PLACE = {"block": "encoder", "layer": 2}
FILTER = {"sentences": "all", "hide_special": False}
MAP = {"block": "encoder", "heads": [[2, 1]], "aggregate": "mean", "hide_special": False}
REQUESTS = {
    "tile": {**PLACE, "axis": "query", "start": 1, "stop": 3, "dtype": "f32"},
    "marginals": {**PLACE, **FILTER},
    "thumbnails": {**PLACE, **FILTER, "pooling": "max", "strongest": 0.5},
    "facts": PLACE,
    "rows": {**PLACE, "kind": "key", "head": 1, "start": 0, "stop": 4},
    "difference": {**PLACE, **FILTER, "heads": [0, 1], "aggregate": "mean"},
    "matrix": {**MAP, "pool": 1, "row": 0, "column": 0, "dtype": "f32"},
    "matrix_marginals": MAP,
}
REFUSED = {"InputError", "OutOfRange", "BudgetError"}
WRONG = [
    *(-1, -(2**70), 10**9, 2**63, 2**200),
    *(1.5, math.nan, math.inf, -math.inf, -0.5, 2.5),
    *(None, "", "0", "<b>1</b>", "x" * 10_000, True, [], [[]], {}, {"a": 1}),
    *([-1], [10**9], [math.nan], [None], [[0]], [[0, -1]], [[10**9, 0]], [[2, 1.0]], [[2, "1"]]),
]
CASES = [(method, name) for method, params in REQUESTS.items() for name in params]


@pytest.fixture(scope="module")
def pages(make_trace):
    """A page of a view for each method."""
    trace = make_trace(layers=3, heads=2)
    shown = {"difference": hw.compare(trace, trace), "matrix": hw.matrix_view(trace)}
    shown["matrix_marginals"] = shown["matrix"]
    rest = hw.explore(trace)
    yield {method: shown.get(method, rest) for method in REQUESTS}
    for view in {*shown.values(), rest}:
        view.close()


def ask(pages, browser, method, params):
    message = {"v": PROTOCOL, "id": 7, "method": method, "params": params}
    return browser(pages[method]).ask(message)


@pytest.mark.parametrize("method", REQUESTS)
def test_each_request_is_answered(method, pages, browser):
    reply, buffers = ask(pages, browser, method, REQUESTS[method])
    assert reply == {"v": PROTOCOL, "id": 7, "ok": True}
    assert load(buffers[0])


@pytest.mark.parametrize(("method", "name"), CASES)
def test_a_wrong_parameter_is_refused_in_words(method, name, pages, browser, caplog):
    good = REQUESTS[method]
    for value in WRONG:
        if value == good[name] and type(value) is type(good[name]):
            continue
        with caplog.at_level(logging.ERROR):
            reply, buffers = ask(pages, browser, method, {**good, name: value})
        assert caplog.records == [], f"{name} = {value!r:.40} is logged as a fault"
        if reply["ok"]:
            assert takes(good[name], value), f"{name} = {value!r:.40} was taken"
            continue
        assert buffers == []
        assert reply["error"]["type"] in REFUSED
        assert 10 < len(reply["error"]["message"]) < 400


def takes(good, value):
    """Whether another value of this kind is as good: a switch, or a share of 0 to 1."""
    if isinstance(good, bool):
        return isinstance(value, bool)
    return isinstance(good, float) and type(value) in (int, float) and 0 <= value <= 1


@pytest.mark.parametrize(("method", "name"), CASES)
def test_a_parameter_that_is_missing_is_named(method, name, pages, browser):
    params = {other: value for other, value in REQUESTS[method].items() if other != name}
    reply, _ = ask(pages, browser, method, params)
    assert reply["error"] == {"type": "InputError", "message": f"parameter '{name}' is missing"}


@pytest.mark.parametrize(
    ("method", "change", "said"),
    [
        (
            "tile",
            {"start": 5, "stop": 13},
            "'encoder' has 12 queries; give 0 <= start < stop",
        ),
        ("tile", {"start": -1}, "give 0 <= start < stop <= 12"),
        ("tile", {"start": 3, "stop": 3}, "give 0 <= start < stop <= 12"),
        ("tile", {"axis": "key", "stop": 10**9}, "has 12 keys"),
        ("tile", {"layer": 3}, "layer 3 does not exist: this trace has layers 0 to 2"),
        ("tile", {"block": "cross"}, "block 'cross' does not exist: this trace has 'encoder'"),
        ("marginals", {"layer": -1}, "layers 0 to 2"),
        ("thumbnails", {"layer": 99}, "layers 0 to 2"),
        ("thumbnails", {"strongest": 1.5}, "between 0 and 1"),
        ("thumbnails", {"strongest": math.nan}, "between 0 and 1"),
        ("facts", {"layer": 3}, "layers 0 to 2"),
        ("rows", {"head": 2}, "key heads 0, 1"),
        ("rows", {"kind": "query", "head": 2}, "heads 0 to 1"),
        ("rows", {"start": 12, "stop": 13}, "stop <= 12"),
        ("difference", {"layer": 3}, "layers 0 to 2"),
        ("difference", {"heads": [5]}, "heads 0, 1"),
        ("matrix", {"row": 1}, "rows 0 to 0"),
        ("matrix", {"column": -1}, "columns 0 to 0"),
        ("matrix", {"heads": [[2, 2]]}, "heads 0 to 1"),
        ("matrix", {"heads": [[9, 0]]}, "layers 0 to 2"),
        ("matrix", {"dtype": "u8", "pool": 16, "row": 1}, "rows 0 to 0"),
        ("matrix", {"dtype": "u8", "pool": 2**200}, "larger than the whole map"),
        ("matrix_marginals", {"heads": []}, "at least one head"),
    ],
)
def test_what_is_out_of_range_is_refused_with_the_range(method, change, said, pages, browser):
    reply, _ = ask(pages, browser, method, {**REQUESTS[method], **change})
    assert said in reply["error"]["message"]


@pytest.mark.parametrize("params", [None, 3, "x", [], [1]])
def test_parameters_that_are_none_are_refused(params, pages, browser):
    for method in REQUESTS:
        reply, _ = ask(pages, browser, method, params)
        assert reply["error"]["type"] == "InputError"


@pytest.mark.parametrize("method", REQUESTS)
def test_a_closed_view_says_so(method, make_trace, browser):
    trace = make_trace(layers=3, heads=2)
    make = {"difference": lambda: hw.compare(trace, trace), "matrix": lambda: hw.matrix_view(trace)}
    make["matrix_marginals"] = make["matrix"]
    view = make.get(method, lambda: hw.explore(trace))()
    page = browser(view)
    handlers = view._handlers()
    view.close()
    with pytest.raises(hw.HeadwiseError, match="closed"):
        handlers[method](REQUESTS[method])
    del page
