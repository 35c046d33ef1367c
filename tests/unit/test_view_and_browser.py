from __future__ import annotations

import logging
import threading

import numpy as np
import pytest
from safetensors.numpy import load

from headwise.selection import Head, Selection

TILE = {"block": "encoder", "layer": 2, "axis": "query", "start": 3, "stop": 5, "dtype": "f32"}
MARGINALS = {"block": "encoder", "layer": 0, "sentences": "all", "hide_special": True}


def request(method, params, identity="tab-1"):
    return {"v": 1, "id": identity, "method": method, "params": params}


def selected(*heads, block="encoder", query=None, key=None):
    return {"block": block, "heads": [list(head) for head in heads], "query": query, "key": key}


@pytest.fixture
def view(make_trace, opened):
    return opened(make_trace(), layer=3, heads=[1])


def test_a_tile_is_answered_with_its_weights(view, browser):
    reply, buffers = browser(view).ask(request("tile", TILE))
    assert reply == {"v": 1, "id": "tab-1", "ok": True}
    read = load(bytes(buffers[0]))
    np.testing.assert_array_equal(read["q/encoder/2/3"], view.trace.weights(2, queries=slice(3, 5)))


def test_marginals_are_answered(view, browser):
    reply, buffers = browser(view).ask(request("marginals", MARGINALS))
    assert reply["ok"]
    assert set(load(bytes(buffers[0]))) == {"strongest/encoder/0", "received/encoder/0"}


@pytest.mark.parametrize(
    ("message", "kind", "said"),
    [
        (request("tile", TILE | {"layer": 6}), "OutOfRange", "layers 0 to 5"),
        (request("tile", TILE | {"stop": 99}), "OutOfRange", "12 queries"),
        (request("tile", TILE | {"stop": "5"}), "InputError", "'stop' must be int, not str"),
        (request("weights", {}), "InputError", "known methods: keep, marginals, tile"),
        ("hello", "InputError", "must be an object"),
    ],
)
def test_a_request_that_cannot_be_met_is_answered_in_words(view, browser, message, kind, said):
    reply, buffers = browser(view).ask(message)
    assert (reply["ok"], reply["error"]["type"], buffers) == (False, kind, [])
    assert said in reply["error"]["message"]


def test_a_closed_view_answers_that_it_is_closed(view, browser):
    page = browser(view)
    comm = view.comm
    view.close()
    view.comm = comm
    reply, _ = page.ask(request("tile", TILE))
    assert "closed" in reply["error"]["message"]


def test_requests_wait_for_each_other(view, browser):
    """Two threads ask while a third one reads: every answer is whole."""
    page = browser(view)
    whole = TILE | {"axis": "all", "dtype": "f32"}

    def ask():
        for _ in range(5):
            page._deliver({"method": "custom", "content": request("tile", whole)})

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    weights = [view.selected_weights()[Head(3, 1)] for _ in range(5)]
    for thread in threads:
        thread.join(10)
    blobs = {bytes(buffers[0]) for _, buffers in page.received}
    assert (len(page.received), len(blobs)) == (10, 1)
    assert all(np.array_equal(matrix, view.trace.weights(3, 1)) for matrix in weights)


def test_what_a_person_picks_is_read_in_python(view, browser):
    seen = []
    view.observe(lambda change: seen.append(change.new), names="selection")
    browser(view).set(selection=selected((3, 1), (3, 7), query=9, key=0))
    expected = Selection("encoder", (Head(3, 1), Head(3, 7)), query=9, key=0)
    assert view.selection == expected
    assert view.heads == [1, 7]
    assert seen == [expected]


def test_a_layer_change_by_a_person_comes_as_one_and_is_not_sent_back(view, browser):
    page = browser(view)
    changes = []
    view.observe(lambda change: changes.append(change.name), names=["layer", "selection"])
    page.set(layer=4, selection=selected((4, 1)))
    assert (view.layer, view.selected_heads, view.heads) == (4, [(4, 1)], [1])
    assert sorted(changes) == ["layer", "selection"]
    assert page.updates() == []


def test_a_page_that_sends_only_the_layer_is_told_where_the_heads_went(view, browser):
    page = browser(view)
    page.set(layer=4)
    assert page.updates() == [{"selection": selected((4, 1))}]


@pytest.mark.parametrize(
    "state",
    [
        {"selection": selected((3, 1))},
        {"selection": {"key": None, "query": None, "heads": [[3, 1]], "block": "encoder"}},
        {"layer": 3},
        {"strongest": 0.8, "aggregate": "each"},
    ],
)
def test_equal_values_from_the_browser_change_and_send_nothing(view, browser, state):
    page = browser(view)
    changes = []
    view.observe(changes.append, names=["heads", *state])
    page.set(**state)
    assert (changes, page.updates()) == ([], [])


def test_equal_values_from_python_send_nothing(view, browser):
    page = browser(view)
    view.selection = Selection(heads=[(3, 1)])
    view.selection = {"block": "encoder", "heads": [(3, 1)]}
    view.layer = 3
    view.heads = [1]
    view.aggregate = "each"
    assert page.received == []


def test_python_moves_the_page_and_the_tensors_stay(view, browser):
    page = browser(view)
    view.selection = Selection(heads=[(5, 11)])
    view.theme = "dark"
    assert page.updates() == [{"selection": selected((5, 11)), "layer": 5}, {"theme": "dark"}]


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("layer", 1, {"layer": 1, "selection": selected((1, 3), block="decoder")}),
        ("heads", [0, 4], {"selection": selected((2, 0), (2, 4), block="decoder")}),
        (
            "block",
            "cross",
            {"block": "cross", "selection": selected((2, 3), block="cross", query=1)},
        ),
        (
            "selection",
            Selection("encoder", [(5, 7)]),
            {"block": "encoder", "layer": 5, "selection": selected((5, 7))},
        ),
    ],
)
def test_python_moves_the_page_in_one_message(translation, opened, browser, name, value, sent):
    view = opened(translation, block="decoder", layer=2, heads=[3])
    view.selection = Selection("decoder", [(2, 3)], query=1 if name == "block" else None)
    page = browser(view)
    setattr(view, name, value)
    assert page.updates() == [sent]


def test_a_block_with_fewer_layers_comes_with_its_layer(translation, opened, browser):
    view = opened(translation, layer=5, heads=[3])
    page = browser(view)
    view.block = "cross"
    moved = selected((2, 3), block="cross")
    assert page.updates() == [{"block": "cross", "layer": 2, "selection": moved}]


def test_what_an_observer_sets_comes_with_what_it_observed(view, browser):
    page = browser(view)
    view.observe(lambda _: view.set_trait("theme", "dark"), names="layer")
    view.layer = 4
    assert page.updates() == [{"layer": 4, "selection": selected((4, 1)), "theme": "dark"}]


def test_a_page_that_sends_only_the_block_hears_of_the_rest_at_once(translation, opened, browser):
    view = opened(translation, layer=5, heads=[3])
    page = browser(view)
    page.set(block="cross")
    assert page.updates() == [{"layer": 2, "selection": selected((2, 3), block="cross")}]


def test_every_control_can_be_moved_by_a_person(make_trace, opened, browser):
    view = opened(make_trace(pair=True))
    moved = {
        "aggregate": "max",
        "strongest": 1,
        "sentences": "ba",
        "hide_special": True,
        "merge_words": True,
        "index_base": 1,
        "theme": "light",
        "height": 700,
    }
    page = browser(view)
    page.set(**moved)
    assert {name: getattr(view, name) for name in moved} == moved
    assert page.updates() == []


def test_all_pages_of_a_kernel_hear_of_a_change(view, browser):
    page = browser(view)
    page.set(strongest=0.3, selection=selected((3, 2)))
    assert page.echoed() == [{"strongest": 0.3, "selection": selected((3, 2))}]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("layer", 6),
        ("layer", "4"),
        ("layer", None),
        ("block", "cross"),
        ("block", ["encoder"]),
        ("selection", None),
        ("selection", {"heads": [[3, 12]]}),
        ("selection", {"heads": 3}),
        ("sentences", "ab"),
        ("aggregate", "median"),
        ("strongest", 7),
        ("hide_special", "yes"),
        ("height", -3),
    ],
)
def test_a_wrong_value_from_the_browser_is_corrected_there(view, browser, caplog, name, value):
    page = browser(view)
    before = view.get_state()
    page.set(**{name: value, "theme": "dark"})
    assert view.get_state() == before | {"theme": "dark"}
    assert page.updates() == [{name: before[name]}]
    assert [(record.levelno, name in record.message) for record in caplog.records] == [
        (logging.WARNING, True)
    ]


@pytest.mark.parametrize("name", ["_trace", "tensors", "_view", "_esm", "_css"])
def test_the_browser_cannot_set_what_python_owns(view, browser, name):
    before = view.get_state()
    page = browser(view)
    page.set(**{name: {} if name == "_trace" else ""})
    assert view.get_state() == before
    assert page.received == []


def test_block_layer_and_selection_are_judged_together(translation, opened, browser):
    view = opened(translation, block="decoder", layer=2, heads=[7])
    page = browser(view)
    page.set(layer=5, selection=selected((5, 3), query=6), block="encoder")
    assert (view.block, view.layer, view.selected_heads) == ("encoder", 5, [(5, 3)])
    assert page.updates() == []
