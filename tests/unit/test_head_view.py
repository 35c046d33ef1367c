from __future__ import annotations

import inspect
import json
import zlib

import numpy as np
import pytest
import traitlets
from safetensors.numpy import load

from headwise.errors import HeadwiseError, InputError, OutOfRange, SelectionError
from headwise.selection import Head, Selection
from headwise.widgets.head import HeadView, head_view
from headwise.wire.protocol import TENSOR_BUDGET

KEYWORDS = {
    "block": "encoder",
    "layer": 3,
    "aggregate": "mean",
    "strongest": 0.25,
    "sentences": "ab",
    "hide_special": True,
    "merge_words": True,
    "index_base": 1,
    "theme": "contrast",
    "height": 300,
}
OF_A_MODEL = {"tokenizer", "text", "text_pair", "target", "masked", "blocked", "ablated"}
OF_A_MODEL |= {"ablation", "replaced", "saliency"}


def on(layer, *heads):
    return tuple(Head(layer, head) for head in heads)


def test_a_view_starts_with_every_head_of_the_first_layer(make_trace, opened):
    view = opened(make_trace())
    assert (view.block, view.layer, view.strongest) == ("encoder", 0, 0.5)
    assert view.selection == Selection(block="encoder", heads=on(0, *range(12)))
    assert view.heads == list(range(12))


def test_chosen_heads_start_with_a_larger_share(make_trace, opened):
    view = opened(make_trace(), layer=3, heads=[1, 7, 1])
    assert view.selected_heads == [(3, 1), (3, 7)]
    assert view.strongest == 0.8
    assert opened(make_trace(), heads=[1], strongest=0.1).strongest == 0.1


def test_a_selection_at_the_start_sets_the_layer(make_trace, opened):
    view = opened(make_trace(), selection={"heads": [[5, 0]], "query": 0, "key": None})
    assert (view.layer, view.heads) == (5, [0])
    assert view.selection == Selection("encoder", on(5, 0), query=0)


def test_a_view_says_what_it_shows(make_trace, opened):
    view = opened(make_trace(), layer=3, heads=[1, 7])
    assert repr(view) == "<HeadView of block 'encoder', layer 3, heads [1, 7]>"


def test_numpy_numbers_are_numbers(make_trace, opened):
    view = opened(make_trace(), layer=np.int64(2), heads=np.array([4, 5]))
    assert json.dumps(view.get_state("selection"))
    assert (type(view.layer), view.heads) == (int, [4, 5])


def test_every_control_is_a_keyword_a_trait_and_state(make_trace, opened):
    trace = make_trace(pair=True)
    view = opened(trace, **KEYWORDS)
    assert {name: getattr(view, name) for name in KEYWORDS} == KEYWORDS
    later = opened(trace)
    for name, value in KEYWORDS.items():
        setattr(later, name, value)
    assert later.get_state(KEYWORDS) == view.get_state(KEYWORDS) == KEYWORDS
    keywords = set(inspect.signature(head_view).parameters) - {"trace", *OF_A_MODEL}
    assert keywords == {*KEYWORDS, "heads", "selection"}


def test_the_wire_carries_what_the_contract_names(make_trace, opened):
    view = opened(make_trace(layers=2, count=3, pair=True), layer=1, heads=[2])
    state = view.get_state()
    assert state["_view"] == "head"
    assert state["_trace"] == {
        "version": 1,
        "model": "bert",
        "position": "",
        "blocks": [
            {
                "name": "encoder",
                "layers": 2,
                "heads": [12, 12],
                "query_tokens": "0",
                "key_tokens": "0",
                "causal": False,
                "vectors": [{"size": 4, "scale": 1.0, "key_heads": 12, "causal": False}] * 2,
            }
        ],
        "tokens": {
            "0": {
                "labels": ["t0", "t1", "t2"],
                "words": [0, 1, 2],
                "segments": [0, 0, 1],
                "special": [True, False, False],
                "word_labels": ["t0", "t1", "t2"],
            }
        },
    }
    assert state["selection"] == {
        "block": "encoder",
        "heads": [[1, 2]],
        "query": None,
        "key": None,
    }
    assert "heads" not in state
    assert set(load(zlib.decompress(state["tensors"]))) == {"w/encoder/0", "w/encoder/1"}


def test_token_lists_are_shared_between_blocks(translation, opened):
    described = opened(translation).get_state("_trace")["_trace"]
    sides = [(block["query_tokens"], block["key_tokens"]) for block in described["blocks"]]
    assert sides == [("0", "0"), ("1", "1"), ("1", "0")]
    assert len(described["tokens"]) == 2


def test_words_are_joined_in_python(make_trace, opened):
    labels = ["[CLS]", "sl", "##eep", "x"]
    trace = make_trace(layers=1, count=4, labels=labels)
    described = opened(trace).get_state("_trace")["_trace"]["tokens"]["0"]
    assert (described["labels"], described["word_labels"]) == (labels, ["[CLS]", "sleep", "x"])


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"layer": 6}, OutOfRange, "layer 6 does not exist: this trace has layers 0 to 5"),
        ({"layer": -1}, OutOfRange, "layer -1 does not exist"),
        ({"layer": 3, "heads": [12]}, OutOfRange, "head 12 does not exist: layer 3 .*0 to 11"),
        ({"block": "cross"}, OutOfRange, "block 'cross' does not exist: this trace has 'encoder'"),
        ({"sentences": "ab"}, InputError, "'ab' needs two sentences"),
        ({"selection": {"heads": [[6, 0]]}}, SelectionError, "layer 6 does not exist"),
        ({"selection": {"query": 12}}, SelectionError, "query 12 does not exist.*0 to 11"),
        ({"selection": "{"}, SelectionError, "is no JSON"),
        ({"selection": 3}, SelectionError, "must be a dict or a Selection"),
        ({"selection": {}, "heads": [1]}, InputError, "not both"),
        ({"selection": {"heads": [[5, 0]]}, "layer": 2}, InputError, "layer is 2, but"),
        ({"heads": 3}, InputError, "heads must be a list of head numbers, not 3"),
        ({"aggregate": "median"}, traitlets.TraitError, "aggregate"),
        ({"strongest": 1.5}, traitlets.TraitError, "strongest"),
        ({"strongest": float("nan")}, traitlets.TraitError, "strongest"),
        ({"height": 20}, traitlets.TraitError, "height"),
        ({"lyer": 3}, TypeError, r"head_view\(\) got an unknown keyword 'lyer': .*'layer'"),
    ],
)
def test_a_wrong_keyword_is_refused_in_words(make_trace, settings, error, said):
    with pytest.raises(error, match=said):
        head_view(make_trace(), **settings)


def test_the_class_refuses_unknown_keywords_too(make_trace):
    with pytest.raises(TypeError, match=r"HeadView\(\).*'agregate': did you mean 'aggregate'"):
        HeadView(make_trace(), agregate="sum")


def test_what_is_not_a_trace_is_refused():
    with pytest.raises(InputError, match=r"not str: make one with headwise\.trace"):
        head_view("the cat")


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("layer", 6, OutOfRange),
        ("layer", "3", OutOfRange),
        ("layer", True, OutOfRange),
        ("heads", [0, 12], OutOfRange),
        ("block", "cross", OutOfRange),
        ("block", 3, traitlets.TraitError),
        ("sentences", "ba", InputError),
        ("selection", Selection(heads=[(0, 12)]), SelectionError),
        ("selection", Selection(block="cross"), SelectionError),
        ("selection", None, SelectionError),
    ],
)
def test_a_wrong_assignment_is_refused_and_nothing_moves(make_trace, opened, name, value, error):
    view = opened(make_trace(), layer=2, heads=[3])
    before = view.get_state()
    with pytest.raises(error):
        setattr(view, name, value)
    with pytest.raises(error), view.hold_trait_notifications():
        setattr(view, name, value)
    assert view.get_state() == before
    assert view.heads == [3]


def test_a_selection_without_a_block_gets_the_one_shown(make_trace, opened):
    view = opened(make_trace(), layer=3, heads=[1])
    view.selection = Selection(heads=[(5, 11)])
    assert view.selection == Selection("encoder", on(5, 11)) != Selection(heads=[(5, 11)])


def test_setting_a_selection_takes_the_view_to_its_layer(make_trace, opened):
    view = opened(make_trace(), layer=3, heads=[1])
    view.selection = Selection(heads=[(5, 11)], query=0)
    assert (view.layer, view.heads, view.selected_heads) == (5, [11], [(5, 11)])
    view.selection = Selection(heads=[(2, 0), (5, 3)])
    assert (view.layer, view.heads) == (5, [3])


def test_setting_the_layer_takes_the_heads_along(make_trace, opened):
    view = opened(make_trace(), layer=3, heads=[1, 7])
    view.layer = 4
    assert view.selection == Selection("encoder", on(4, 1, 7))
    view.selection = Selection(heads=[(4, 1), (0, 2)])
    view.layer = 0
    assert view.selection == Selection("encoder", on(4, 1) + on(0, 2))
    assert view.heads == [2]


def test_setting_heads_sets_the_selection_and_keeps_the_locks(make_trace, opened):
    view = opened(make_trace(), selection={"heads": [[3, 1]], "query": 0, "key": 2})
    view.heads = (7, 1)
    assert view.selection == Selection("encoder", on(3, 7, 1), query=0, key=2)
    view.heads = []
    assert (view.selected_heads, view.layer) == ([], 3)


def test_a_block_with_fewer_layers_heads_and_other_tokens(translation, opened):
    view = opened(translation, selection={"heads": [[5, 1], [5, 7]], "query": 1, "key": 6})
    view.block = "cross"
    assert view.layer == 2
    assert view.selection == Selection("cross", on(2, 1), query=None, key=6)
    view.selection = Selection(block="decoder", heads=[(0, 7)])
    assert (view.block, view.layer, view.heads) == ("decoder", 0, [7])


def test_observers_see_one_change_of_values(make_trace, opened):
    view = opened(make_trace(), layer=3, heads=[1])
    seen = []
    view.observe(lambda change: seen.append((change.old, change.new)), names="selection")
    view.selection = {"block": "encoder", "heads": [[3, 1]]}
    view.layer = 3
    view.heads = [1]
    assert seen == []
    view.layer = 4
    assert seen == [(Selection("encoder", on(3, 1)), Selection("encoder", on(4, 1)))]


def test_selected_weights_are_the_weights(make_trace, opened):
    trace = make_trace()
    view = opened(trace, selection={"heads": [[3, 1], [0, 0]]}, index_base=1, strongest=0.1)
    weights = view.selected_weights()
    assert list(weights) == [Head(3, 1), Head(0, 0)]
    for head, matrix in weights.items():
        np.testing.assert_array_equal(matrix, trace.weights(*head))


def test_closing_frees_the_trace_and_keeps_the_selection(make_trace):
    view = head_view(make_trace(), layer=3, heads=[1])
    view.close()
    assert view.tensors == b""
    assert view.selected_heads == [(3, 1)]
    with pytest.raises(HeadwiseError, match="closed"):
        view.selected_weights()
    view.close()


@pytest.mark.parametrize(("count", "limit"), [(128, 2_100_000), (512, 4_000_000)])
def test_the_first_view_of_144_heads_is_small(make_trace, opened, count, limit):
    view = opened(make_trace(layers=12, count=count))
    state = view.get_state()
    tensors = state.pop("tensors")
    assert 0 < len(tensors) <= TENSOR_BUDGET
    assert len(json.dumps(state)) + len(tensors) < limit


def test_switching_off_the_last_head_of_a_layer_leaves_the_view_there(make_trace, opened):
    view = opened(make_trace(), selection=Selection(heads=[(1, 0), (0, 1)]), layer=1)
    view.heads = []
    assert view.layer == 1
    assert view.selected_heads == [(0, 1)]


def test_a_view_may_start_with_no_head_on(make_trace, opened):
    view = opened(make_trace(), layer=3, heads=[])
    assert (view.layer, view.heads, view.selected_heads) == (3, [], [])
    view.selection = Selection()
    assert (view.layer, view.selected_heads) == (3, [])


def test_of_a_layer_only_heads_that_were_captured_are_on(subset, opened):
    view = opened(subset)
    assert (view.layer, view.heads) == (1, [2])
    with pytest.raises(OutOfRange, match="head 0 of layer 1 was not captured"):
        view.heads = [0]
    view.selection = Selection(heads=[(3, 7)])
    assert (view.layer, view.heads, list(view.selected_weights())) == (3, [7], [(3, 7)])
    view.layer = 5
    assert (view.heads, view.selected_heads) == ([], [])
    view.heads = [11]
    view.layer = 0
    assert (view.layer, view.heads, view.selected_heads) == (0, [], [])
    view.layer = 5
    assert opened(subset, layer=0).heads == []
