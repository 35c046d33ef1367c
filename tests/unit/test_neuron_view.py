from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from safetensors.numpy import load

import headwise as hw
from headwise.errors import InputError, OutOfRange, SelectionError
from headwise.record import AttentionRecord
from headwise.selection import Selection
from headwise.trace import Block, Trace


@pytest.fixture
def make(keep):
    return lambda trace, **settings: keep(hw.neuron_view(trace, **settings))


@pytest.fixture
def pruned():
    """Layers of 4, 2 and 3 heads over two tokens."""
    tokens = hw.Tokens.from_labels(["a", "b"])
    records = tuple(
        AttentionRecord(given=np.full((heads, 2, 2), 0.5, np.float32)) for heads in (4, 2, 3)
    )
    return Trace([Block("encoder", records, tokens, tokens, causal=False)])


def shown(view):
    return (view.layer, view.head, view.selected_heads)


def test_the_first_head_is_shown_and_selected(make_trace, make):
    view = make(make_trace())
    assert shown(view) == (0, 0, [(0, 0)])
    assert (view.form, view.neurons, view.strongest) == ("columns", "share", 0.95)
    assert repr(view) == "<NeuronView of block 'encoder', layer 0, head 0>"


def test_a_head_and_tokens_may_be_named(make_trace, make):
    view = make(make_trace(), layer=3, head=np.int64(1), query=9, key=0)
    assert view.selection == Selection("encoder", [(3, 1)], query=9, key=0)
    view = make(make_trace(), selection={"heads": [[0, 4], [5, 2]], "query": 1})
    assert shown(view) == (5, 2, [(0, 4), (5, 2)])
    view = make(make_trace(), layer=3, head=1, selection={"query": 1})
    assert view.selection == Selection("encoder", [(3, 1)], query=1)


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"layer": 6}, OutOfRange, "layer 6 does not exist: this trace has layers 0 to 5"),
        ({"head": 12}, OutOfRange, "head 12 does not exist: layer 0 .* 0 to 11"),
        ({"layer": 3, "head": -1}, OutOfRange, "head -1 does not exist"),
        ({"query": 12}, SelectionError, "query 12 does not exist"),
        ({"key": "cat"}, SelectionError, "key must be a whole number"),
        ({"query": 1, "selection": {}}, InputError, "not both"),
        (
            {"layer": 3, "selection": {"heads": [[5, 0]]}},
            InputError,
            r"are \(3, 0\), but the last head of the selection is \(5, 0\)",
        ),
        ({"head": 3, "selection": {"heads": [[5, 0]]}}, InputError, r"are \(5, 3\)"),
    ],
)
def test_what_does_not_exist_or_agree_is_refused(make_trace, settings, error, said):
    with pytest.raises(error, match=said):
        hw.neuron_view(make_trace(), **settings)


@pytest.mark.parametrize(("name", "value"), [("layer", 6), ("head", 12), ("head", "1")])
def test_a_wrong_head_is_refused_and_nothing_moves(make_trace, make, browser, name, value):
    view = make(make_trace(), layer=3, head=1)
    before = view.get_state()
    with pytest.raises(OutOfRange):
        setattr(view, name, value)
    page = browser(view)
    page.set(**{name: value})
    assert view.get_state() == before
    assert page.updates() == [{name: before[name]}]


def test_the_last_selected_head_is_shown(make_trace, make, browser):
    view = make(make_trace(), layer=3, head=1)
    page = browser(view)
    view.selection = Selection(heads=[(0, 7), (5, 11)], query=2)
    assert shown(view) == (5, 11, [(0, 7), (5, 11)])
    assert [set(state) for state in page.updates()] == [{"selection", "layer", "head"}]
    view.selection = Selection(query=2)
    assert shown(view) == (5, 11, [])


def test_setting_layer_or_head_selects_that_head_alone(make_trace, make, browser):
    view = make(make_trace(), selection={"heads": [[0, 4], [5, 2]], "query": 1, "key": 3})
    page = browser(view)
    view.head = 7
    assert view.selection == Selection("encoder", [(5, 7)], query=1, key=3)
    view.layer = 2
    assert shown(view) == (2, 7, [(2, 7)])
    assert [set(state) for state in page.updates()] == [
        {"head", "selection"},
        {"layer", "selection"},
    ]


def test_what_the_browser_sends_together_is_not_sent_back(make_trace, make, browser):
    view = make(make_trace(), layer=3, head=1)
    page = browser(view)
    there = {"block": "encoder", "heads": [[4, 7]], "query": 1, "key": 2}
    page.set(head=7, selection=there, layer=4)
    assert shown(view) == (4, 7, [(4, 7)])
    page.set(layer=5, head=0)
    assert shown(view) == (5, 0, [(5, 0)])
    assert page.updates() == [
        {"selection": {"block": "encoder", "heads": [[5, 0]], "query": 1, "key": 2}}
    ]
    page.set(selection={**there, "heads": [[0, 1], [0, 2]]})
    assert shown(view) == (0, 2, [(0, 1), (0, 2)])


def test_a_layer_without_the_head_shows_one_that_it_has(pruned, make, browser):
    view = make(pruned, head=3)
    view.layer = 1
    assert shown(view) == (1, 0, [(1, 0)])
    view.layer = 2
    view.head = 2
    with pytest.raises(OutOfRange, match="heads 0 to 2"):
        view.head = 3
    page = browser(view)
    page.set(head=3, layer=0)
    assert shown(view) == (0, 3, [(0, 3)])
    with view.hold_trait_notifications():
        view.layer = 2
        view.head = 1
    assert shown(view) == (2, 1, [(2, 1)])


def test_another_block_keeps_what_it_has(translation, make, browser):
    view = make(translation, layer=5, head=7, query=1, key=6)
    page = browser(view)
    view.block = "cross"
    assert shown(view) == (2, 0, [(2, 0)])
    assert view.selection == Selection("cross", [(2, 0)], query=None, key=6)
    assert [set(state) for state in page.updates()] == [{"block", "layer", "head", "selection"}]
    view.selection = Selection("encoder", [(5, 7)], query=6)
    assert (view.block, *shown(view)) == ("encoder", 5, 7, [(5, 7)])
    page.set(block="decoder", layer=2, head=7)
    assert (view.block, *shown(view)) == ("decoder", 2, 7, [(2, 7)])


def test_vectors_travel_first_and_are_answered(make_trace, make, browser):
    trace = make_trace()
    view = make(trace, layer=3, head=1)
    found = load(view.tensors)
    np.testing.assert_array_equal(found["rows/query/encoder/3/1/0"], trace.queries(3, 1))
    np.testing.assert_array_equal(found["rows/key/encoder/3/1/0"], trace.keys(3, 1))
    params = {"block": "encoder", "layer": 5, "kind": "key", "head": 11, "start": 2, "stop": 4}
    message = {"v": 1, "id": "a", "method": "rows", "params": params}
    reply, buffers = browser(view).ask(message)
    assert reply["ok"]
    rows = load(bytes(buffers[0]))["rows/key/encoder/5/11/2"]
    np.testing.assert_array_equal(rows, trace.keys(5, 11)[2:4])


def test_weights_alone_make_a_view_too(keep, browser):
    weights = [np.full((1, 2, 3, 3), 1 / 3, np.float32)] * 2
    view = keep(hw.neuron_view(hw.from_attentions(weights, ["a", "b", "c"]), layer=1, head=1))
    assert view._trace["blocks"][0]["vectors"] == [None, None]
    found = load(view.tensors)
    np.testing.assert_array_equal(found["w/encoder/1"], weights[0][0])
    assert not [name for name in found if name.startswith("rows/")]
    params = {"block": "encoder", "layer": 0, "kind": "query", "head": 0, "start": 0, "stop": 1}
    message = {"v": 1, "id": "a", "method": "rows", "params": params}
    reply, _ = browser(view).ask(message)
    assert reply["error"]["type"] == "UnsupportedAttention"
    view.form = "lines"
    assert view.archive(10_000)


def test_another_layer_shows_a_head_that_was_captured(subset, make, browser):
    view = make(subset)
    assert shown(view) == (1, 2, [(1, 2)])
    view.layer = 3
    assert shown(view) == (3, 1, [(3, 1)])
    view.head = 7
    with pytest.raises(OutOfRange, match=r"head 2 of layer 3 was not captured: .* heads 1, 7 of"):
        view.head = 2
    assert shown(view) == (3, 7, [(3, 7)])
    page = browser(view)
    page.set(layer=5)
    assert shown(view) == (5, 11, [(5, 11)])
    assert [set(state) for state in page.updates()] == [{"head", "selection"}]


def test_a_layer_of_which_nothing_was_captured_is_refused(subset, make, browser):
    said = "layer 0 of block 'encoder' was not captured: this trace has layers 1, 3, 5 of 0 to 5"
    with pytest.raises(OutOfRange, match=said):
        hw.neuron_view(subset, layer=0)
    with pytest.raises(OutOfRange, match="head 3 of layer 1 was not captured"):
        hw.neuron_view(subset, head=3)
    view = make(subset, layer=3)
    with pytest.raises(OutOfRange, match=said):
        view.layer = 0
    page = browser(view)
    page.set(layer=4)
    assert shown(view) == (3, 1, [(3, 1)])
    assert page.updates() == [{"layer": 3}]


def test_another_block_shows_a_layer_that_was_captured(subset, translation, make):
    other = translation.block("decoder")
    empty = AttentionRecord(given=np.zeros((0, 5, 5)), kept=[], model_heads=(8, 8))
    trace = Trace(
        [
            subset.block("encoder"),
            dataclasses.replace(other, records=(*other.records[:2], empty)),
            dataclasses.replace(other, name="third", records=(empty,)),
        ]
    )
    view = make(trace, layer=5)
    view.block = "decoder"
    assert (view.block, *shown(view)) == ("decoder", 1, 0, [(1, 0)])
    assert view.block_names == ("encoder", "decoder")
    with pytest.raises(OutOfRange, match="nothing of block 'third' was captured"):
        view.block = "third"
    with pytest.raises(OutOfRange, match="nothing of block 'third' was captured"):
        hw.neuron_view(trace, block="third")
    assert (view.block, *shown(view)) == ("decoder", 1, 0, [(1, 0)])


def test_a_head_is_judged_in_the_layer_that_remains(make_trace, make, browser, caplog):
    view = make(make_trace(), layer=2, head=1)
    page = browser(view)
    page.set(layer=99, head=3)
    assert shown(view) == (2, 3, [(2, 3)])
    page.set(layer=99, head=12)
    assert shown(view) == (2, 3, [(2, 3)])
    assert "refused head from the browser: head 12 does not exist: layer 2" in caplog.text
    assert page.updates()[-1] == {"layer": 2, "head": 3}
