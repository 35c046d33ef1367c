from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import traitlets
from safetensors.numpy import load

import headwise as hw
from headwise.errors import HeadwiseError, InputError, OutOfRange, SelectionError
from headwise.record import AttentionRecord
from headwise.selection import Head, Selection
from headwise.trace import Block, Trace

ASK = {"v": 1, "id": "a"}
TILE = {"block": "encoder", "layer": 1, "axis": "all", "start": 0, "stop": 0, "dtype": "f32"}
DIFFERENCE = {
    "block": "encoder",
    "layer": 1,
    "heads": [0, 2],
    "aggregate": "mean",
    "sentences": "all",
    "hide_special": False,
}


def given(labels, layers=3, heads=4, seed=0, model="bert", name="encoder"):
    tokens = hw.Tokens.from_labels(list(labels))
    draw = np.random.default_rng(seed)

    def record():
        weights = draw.random((heads, len(labels), len(labels)), np.float32)
        return AttentionRecord(given=weights / weights.sum(axis=-1, keepdims=True))

    block = Block(name, tuple(record() for _ in range(layers)), tokens, tokens, causal=False)
    return Trace([block], {"model_type": model})


@pytest.fixture
def two():
    return given(["[CLS]", "it", "sat"], seed=1), given(["[CLS]", "it", "really", "sat"], seed=2)


@pytest.fixture
def make(keep):
    return lambda *traces, **settings: keep(hw.compare(*traces, **settings))


def test_two_traces_with_one_selection(two, make):
    view = make(*two, layer=1, heads=[2])
    assert view.traces == two
    assert view.trace is two[0]
    assert view.names == ["first", "second"]
    assert view.selection == Selection("encoder", [(1, 2)])
    matched = [[0, 1, 2], [0, 1, 3]]
    assert view.get_state("_pairs")["_pairs"] == {"encoder": {"query": matched, "key": matched}}
    described = view.get_state("_trace_b")["_trace_b"]
    assert described["tokens"]["0"]["labels"] == ["[CLS]", "it", "really", "sat"]
    np.testing.assert_array_equal(load(view.tensors)["w/encoder/1"], two[0].weights(1))
    np.testing.assert_array_equal(load(view.tensors_b)["w/encoder/1"], two[1].weights(1))
    assert repr(view) == "<CompareView of block 'encoder', layer 1, heads [2]>"


@pytest.mark.parametrize(
    ("models", "names"),
    [
        (("bert", "gpt2"), ["bert", "gpt2"]),
        (("bert", "bert"), ["first", "second"]),
        (("", "gpt2"), ["first", "second"]),
    ],
)
def test_sides_are_named_by_models_that_differ(make, models, names):
    assert make(*(given("ab", model=model) for model in models)).names == names


@pytest.mark.parametrize("names", ["ab", ["a"], ["a", "b", "c"], ["a", ""], [1, 2], 5])
def test_names_are_two_words(two, names):
    with pytest.raises(traitlets.TraitError, match="names must be the titles"):
        hw.compare(*two, names=names)


def test_selected_weights_of_each_side(make):
    one, other = given("abc", heads=4, seed=1), given("abc", heads=2, seed=2)
    view = make(one, other, selection={"heads": [[2, 1], [1, 3]]})
    first, second = view.selected_weights(), view.selected_weights("b")
    assert (list(first), list(second)) == ([Head(2, 1), Head(1, 3)], [Head(2, 1)])
    np.testing.assert_array_equal(first[2, 1], one.weights(2, 1))
    np.testing.assert_array_equal(second[2, 1], other.weights(2, 1))
    with pytest.raises(InputError, match="'a' or 'b', not 'c'"):
        view.selected_weights("c")


def test_layers_are_those_of_both(make, browser):
    view = make(given("abc", layers=6), given("abc", layers=3), layer=2, heads=[1])
    for name, value, error in (
        ("layer", 3, OutOfRange),
        ("selection", Selection(heads=[(3, 0)]), SelectionError),
    ):
        with pytest.raises(error, match="layer 3 does not exist: this trace has layers 0 to 2"):
            setattr(view, name, value)
    page = browser(view)
    page.set(layer=5)
    assert page.updates() == [{"layer": 2}]
    assert (view.layer, view.selected_heads) == (2, [(2, 1)])


def test_blocks_are_those_of_both(translation, make):
    other = Trace([translation.block("cross"), translation.block("decoder")])
    view = make(translation, other)
    assert (view.block, view.block_names) == ("decoder", ("decoder", "cross"))
    with pytest.raises(OutOfRange, match="block 'encoder' does not exist"):
        view.block = "encoder"
    view.block = "cross"
    assert view.selection.block == "cross"
    assert make(translation, other, selection={"block": "cross"}).block == "cross"


def test_a_block_with_fewer_layers_in_the_second(translation, make):
    few = translation.block("decoder")
    other = Trace([translation.block("encoder"), dataclasses.replace(few, records=few.records[:1])])
    view = make(translation, other, layer=2, heads=[1])
    view.block = "decoder"
    assert (view.layer, view.selected_heads, view.heads) == (0, [(0, 1)], [1])


@pytest.mark.parametrize(
    ("traces", "said"),
    [
        ((given("ab"), given("ab", name="decoder")), "no block in common: the one has encoder, "),
        ((given("ab"), "x"), "a view shows a Trace, not str"),
        (("x", given("ab")), "a view shows a Trace, not str"),
    ],
)
def test_traces_that_cannot_be_compared(traces, said):
    with pytest.raises(InputError, match=said):
        hw.compare(*traces)


def test_sentences_must_be_there_on_both_sides(make_trace, make):
    pair, single = make_trace(pair=True), make_trace()
    assert make(pair, pair, sentences="ab").sentences == "ab"
    for traces in ((pair, single), (single, pair)):
        with pytest.raises(InputError, match="needs two sentences"):
            hw.compare(*traces, sentences="ab")


def test_requests_name_the_side(two, make, browser):
    page = browser(make(*two))
    for side, trace in (({}, two[0]), ({"trace": "a"}, two[0]), ({"trace": "b"}, two[1])):
        reply, buffers = page.ask(ASK | {"method": "tile", "params": TILE | side})
        assert reply["ok"]
        found = load(bytes(buffers[0]))["w/encoder/1"]
        np.testing.assert_array_equal(found, trace.weights(1))
    reply, _ = page.ask(ASK | {"method": "tile", "params": TILE | {"trace": "c"}})
    assert reply["error"]["type"] == "InputError"


def test_the_difference_is_second_minus_first_where_tokens_match(two, make, browser):
    view = make(*two, layer=1, heads=[0, 2])
    params = DIFFERENCE
    reply, buffers = browser(view).ask(ASK | {"method": "difference", "params": params})
    assert reply["ok"]
    ours, theirs = (trace.weights(1)[[0, 2]].mean(axis=0) for trace in two)
    expected = theirs[np.ix_([0, 1, 3], [0, 1, 3])] - ours
    found = load(bytes(buffers[0]))["difference/encoder/1/0+2/mean/all,0"]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    page = load(view.archives(100_000)["tensors"])
    np.testing.assert_array_equal(page["difference/encoder/1/0+2/mean/all,0"], found)
    view.hide_special = True
    assert "difference/encoder/1/0+2/mean/all,1" in load(view.archives(100_000)["tensors"])
    view.heads = []
    assert "difference" not in {name.partition("/")[0] for name in load(view.archive(100_000))}


def test_a_closed_comparison_frees_both(two):
    view = hw.compare(*two)
    view.close()
    assert (view.tensors, view.tensors_b) == (b"", b"")
    for call in (lambda: view.traces, lambda: view.selected_weights("b")):
        with pytest.raises(HeadwiseError, match="closed"):
            call()
