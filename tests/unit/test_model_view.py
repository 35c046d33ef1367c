from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from safetensors.numpy import load

import headwise as hw
from headwise.errors import InputError, OutOfRange, SelectionError
from headwise.record import AttentionRecord
from headwise.selection import Head, Selection
from headwise.trace import Block, Trace

THUMBNAILS = {
    "block": "encoder",
    "layer": 2,
    "pooling": "max",
    "strongest": 1,
    "sentences": "all",
    "hide_special": False,
}


@pytest.fixture
def make(keep):
    return lambda trace, **settings: keep(hw.model_view(trace, **settings))


def test_nothing_is_selected_at_first(make_trace, make):
    view = make(make_trace())
    assert view.selection == Selection("encoder")
    assert (view.opened, view.height, view.include_layers, view.include_heads) == (
        None,
        720,
        None,
        None,
    )
    assert repr(view) == "<ModelView of block 'encoder', 0 heads selected, opened None>"


def test_selected_heads_keep_the_order_of_the_clicks(make_trace, make, browser):
    view = make(make_trace(), heads=[(3, 1), np.array([0, 5]), (3, 1)])
    assert view.selected_heads == [(3, 1), (0, 5)]
    clicked = [[5, 11], [0, 0], [3, 1]]
    browser(view).set(
        selection={"block": "encoder", "heads": clicked, "query": None, "key": None},
        opened=[5, 11],
    )
    assert view.selected_heads == [(5, 11), (0, 0), (3, 1)]
    assert view.opened == Head(5, 11)
    assert list(view.selected_weights()) == view.selected_heads
    assert repr(view).endswith("3 heads selected, opened (5, 11)>")


def test_opening_selects_nothing_and_selecting_opens_nothing(make_trace, make, browser):
    view = make(make_trace(), heads=[(3, 1)])
    page = browser(view)
    view.opened = (0, 0)
    view.selection = Selection(heads=[(2, 2)])
    assert (view.opened, view.selected_heads) == ((0, 0), [(2, 2)])
    view.opened = None
    assert page.updates() == [
        {"opened": (0, 0)},
        {"selection": {"block": "encoder", "heads": [[2, 2]], "query": None, "key": None}},
        {"opened": None},
    ]


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"opened": (6, 0)}, OutOfRange, "layer 6 does not exist: this trace has layers 0 to 5"),
        ({"opened": (0, 12)}, OutOfRange, "head 12 does not exist"),
        ({"opened": 3}, InputError, r"a head must be a pair \(layer, head\), not 3"),
        ({"opened": (1, 2, 3)}, InputError, "a head must be a pair"),
        ({"opened": (0, 3), "include_heads": [1]}, OutOfRange, "head 3 of layer 0 is hidden"),
        ({"opened": (0, 3), "include_layers": [1]}, OutOfRange, "head 3 of layer 0 is hidden"),
        ({"heads": [(6, 0)]}, OutOfRange, "layer 6 does not exist"),
        ({"heads": [(0, 12)]}, OutOfRange, "head 12 does not exist"),
        ({"heads": [3]}, SelectionError, "pair"),
        ({"heads": [(0, 1)], "selection": {}}, InputError, "not both"),
        ({"include_layers": [6]}, OutOfRange, "names layer 6: there are layers 0 to 5"),
        ({"include_heads": [-1]}, OutOfRange, "names head -1: there are heads 0 to 11"),
        ({"include_layers": []}, InputError, "include_layers is empty: .* None for all"),
        ({"include_layers": 3}, InputError, "include_layers must be a list"),
        ({"include_heads": "all"}, InputError, "include_heads must be a list"),
        ({"include_heads": ["x"]}, OutOfRange, "a head is a number"),
    ],
)
def test_what_does_not_exist_is_refused(make_trace, settings, error, said):
    with pytest.raises(error, match=said):
        hw.model_view(make_trace(), **settings)


def test_a_head_that_is_hidden_can_be_selected_and_is_not_opened(make_trace, make):
    view = make(make_trace(), include_layers=(3, 1, 3), include_heads=[0])
    assert (view.include_layers, view.include_heads) == ([1, 3], [0])
    view.selection = Selection(heads=[(5, 11)])
    assert view.selected_heads == [(5, 11)]
    with pytest.raises(OutOfRange, match="hidden"):
        view.opened = (3, 1)
    view.opened = (3, 0)
    view.include_layers = [1]
    assert view.opened is None


def test_heads_that_were_not_captured_cannot_be_opened(keep):
    record = AttentionRecord(
        given=np.full((1, 2, 2), 0.5, np.float32), kept=[1], model_heads=(3, 3)
    )
    tokens = hw.Tokens.from_labels(["a", "b"])
    trace = Trace([Block("encoder", (record, record), tokens, tokens, causal=False)])
    view = keep(hw.model_view(trace, opened=(0, 1)))
    with pytest.raises(OutOfRange, match="head 0 of layer 0 was not captured"):
        view.opened = (0, 0)
    with pytest.raises(OutOfRange, match="leaves nothing of block 'encoder'"):
        view.include_heads = [0]


def test_another_block_keeps_what_it_has(translation, make, browser):
    view = make(
        translation,
        selection={"heads": [[5, 7], [2, 3]], "query": 1, "key": 6},
        opened=(2, 3),
        include_layers=[2, 5],
    )
    page = browser(view)
    view.block = "cross"
    assert view.selection == Selection("cross", [(2, 3)], query=None, key=6)
    assert (view.opened, view.include_layers) == (Head(2, 3), [2, 5])
    assert len(page.updates()) == 1
    view.include_layers = None
    view.opened = (0, 1)
    view.selection = Selection("encoder", [(5, 7)])
    assert (view.block, view.opened) == ("encoder", (0, 1))


def test_a_block_of_which_nothing_is_included_is_shown_whole(translation, make):
    view = make(translation, include_layers=[5], opened=(5, 0))
    view.block = "decoder"
    assert (view.block, view.include_layers, view.opened) == ("decoder", None, None)


def test_block_opened_and_selection_are_judged_together(translation, make, browser):
    view = make(translation, block="decoder", opened=(2, 7))
    page = browser(view)
    there = {"block": "encoder", "heads": [[5, 7]], "query": 6, "key": None}
    page.set(opened=[5, 7], selection=there, block="encoder")
    assert (view.block, view.opened, view.selected_heads) == ("encoder", (5, 7), [(5, 7)])
    assert page.updates() == []


def test_thumbnails_of_what_is_shown_travel_first(make_trace, make):
    view = make(make_trace(count=40), include_layers=[4, 1], pooling="mean", strongest=0.5)
    found = load(view.tensors)
    first = [name for name in found if name.startswith("thumb/")]
    assert sorted(first) == [
        "thumb/encoder/1/mean,5000,all,0",
        "thumb/encoder/4/mean,5000,all,0",
    ]
    assert found["facts/encoder/4"].shape == (12, 9)


def test_thumbnails_and_figures_are_answered(make_trace, make, browser):
    view = make(make_trace())
    page = browser(view)
    ask = {"v": 1, "id": "a"}
    reply, buffers = page.ask(ask | {"method": "thumbnails", "params": THUMBNAILS})
    assert reply["ok"]
    (picture,) = load(bytes(buffers[0])).values()
    assert (picture.shape, picture.dtype) == ((12, 12, 12), np.uint8)
    facts = {"block": "encoder", "layer": 0}
    reply, buffers = page.ask(ask | {"method": "facts", "params": facts})
    assert set(load(bytes(buffers[0]))) == {"facts/encoder/0"}
    reply, _ = page.ask(ask | {"method": "rows", "params": {}})
    assert "known methods: facts, keep, marginals, thumbnails, tile" in reply["error"]["message"]
    reply, _ = page.ask(ask | {"method": "thumbnails", "params": THUMBNAILS | {"layer": 6}})
    assert reply["error"]["type"] == "OutOfRange"


@pytest.mark.parametrize("first", ["layers", "heads"])
def test_what_is_included_leaves_something(subset, make, browser, first):
    both = r"include_layers \[1\] and include_heads \[7\] .* nothing of block 'encoder'"
    names = {"layers": [1], "heads": [7]}
    other = {"layers": "heads", "heads": "layers"}[first]
    ordered = {f"include_{name}": names[name] for name in (first, other)}
    with pytest.raises(OutOfRange, match=both):
        hw.model_view(subset, **ordered)
    view = make(subset, **{f"include_{first}": names[first]})
    with pytest.raises(OutOfRange, match=both):
        setattr(view, f"include_{other}", names[other])
    assert getattr(view, f"include_{other}") is None
    setattr(view, f"include_{first}", None)
    page = browser(view)
    page.set(**ordered)
    assert (view.include_layers, view.include_heads) == ([1], None)
    assert page.updates() == [{"include_heads": None}]
    page.set(include_layers=[3], include_heads=[7], opened=[3, 1])
    assert (view.include_layers, view.include_heads, view.opened) == ([3], [7], None)


def test_heads_that_were_not_captured_cannot_be_selected(subset, make, browser):
    with pytest.raises(SelectionError, match=r"layer 0 of .* was not captured: .* layers 1, 3, 5"):
        hw.model_view(subset, heads=[(0, 0)])
    view = make(subset, heads=[(3, 7)])
    with pytest.raises(SelectionError, match=r"head 2 of layer 3 was not captured: .* heads 1, 7"):
        view.selection = Selection(heads=[(3, 2)])
    page = browser(view)
    page.set(selection={"block": "encoder", "heads": [[5, 0]], "query": None, "key": None})
    assert view.selected_heads == [(3, 7)]
    assert [set(state) for state in page.updates()] == [{"selection"}]
    assert list(view.selected_weights()) == [(3, 7)]


def test_another_block_keeps_only_heads_that_were_captured(subset, translation, make):
    view = make(Trace([translation.block("encoder"), *_renamed(subset, "part")]))
    view.selection = Selection("encoder", [(3, 0), (3, 7), (0, 0)])
    view.block = "part"
    assert view.selection == Selection("part", [(3, 7)])


def _renamed(trace, name):
    return [dataclasses.replace(block, name=name) for block in trace.blocks.values()]
