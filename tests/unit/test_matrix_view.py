import inspect
import json
import logging

import numpy as np
import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load

import headwise as hw
from headwise import Head, InputError, OutOfRange, Selection, SelectionError
from headwise.record import AttentionRecord
from headwise.tokens import Tokens
from headwise.trace import Block, Trace
from headwise.wire.protocol import TENSOR_BUDGET

SETTINGS = {
    "aggregate": "max",
    "block": "encoder",
    "region": [2, 9, 0, 12],
    "tool": "brush",
    "hide_special": True,
    "index_base": 1,
    "theme": "dark",
    "height": 400,
}


@pytest.fixture
def view(keep):
    return lambda trace, **settings: keep(hw.matrix_view(trace, **settings))


def heads_of(layers, heads):
    return [(layer, head) for layer in layers for head in heads]


def test_a_view_starts_with_one_head_and_the_whole(make_trace, view):
    shown = view(make_trace())
    assert (shown.layers, shown.heads, shown.selected_heads) == ([0], [0], [(0, 0)])
    assert (shown.block, shown.region, shown.tool) == ("encoder", [0, 12, 0, 12], "pan")
    assert repr(shown) == (
        "<MatrixView of block 'encoder', layers [0], heads [0], region [0, 12, 0, 12]>"
    )


@pytest.mark.parametrize(
    ("named", "layers", "heads"),
    [
        ({"layer": 3, "head": 1}, [3], [1]),
        ({"head": np.int64(4)}, [0], [4]),
        ({"layer": 2}, [2], [0]),
        ({"layers": [4, 1, 4], "heads": range(2)}, [1, 4], [0, 1]),
        ({"layers": [2]}, [2], list(range(12))),
        ({"layers": [2, 3], "head": 5}, [2, 3], [5]),
        ({"heads": [7, 3]}, [0], [3, 7]),
        ({"selection": {"heads": [[2, 3], [4, 1]]}}, [2, 4], [1, 3]),
    ],
)
def test_heads_can_be_named(make_trace, view, named, layers, heads):
    shown = view(make_trace(), **named)
    assert (shown.layers, shown.heads) == (layers, heads)
    if "selection" in named:
        assert shown.selected_heads == [(2, 3), (4, 1)]
    else:
        assert shown.selected_heads == heads_of(layers, heads)
    assert all(type(number) is int for number in [*shown.layers, *shown.heads])


def test_every_control_is_a_keyword_a_trait_and_state(make_trace, view):
    trace = make_trace()
    shown = view(trace, **SETTINGS)
    assert {name: getattr(shown, name) for name in SETTINGS} == SETTINGS
    later = view(trace)
    for name, value in SETTINGS.items():
        setattr(later, name, value)
    assert later.get_state(SETTINGS) == shown.get_state(SETTINGS) == SETTINGS
    keywords = set(inspect.signature(hw.matrix_view).parameters) - {"trace"}
    assert keywords == {*SETTINGS, "layer", "head", "layers", "heads", "selection"}


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"layer": 9}, OutOfRange, "layer 9 does not exist"),
        ({"head": 12}, OutOfRange, "head 12 does not exist"),
        ({"layers": [0, 9]}, OutOfRange, "layer 9 does not exist"),
        ({"layers": []}, InputError, "at least one layer"),
        ({"heads": []}, InputError, "one layer and one head"),
        ({"layer": 1, "layers": [1]}, InputError, "layer or layers, not both"),
        ({"head": 1, "heads": [1]}, InputError, "head or heads, not both"),
        ({"layer": 1, "selection": {"heads": [[1, 1]]}}, InputError, "name heads once"),
        ({"block": "cross"}, OutOfRange, "block 'cross' does not exist"),
        ({"region": [0, 13, 0, 12]}, OutOfRange, "queries 0 up to 13.*12 queries"),
        ({"region": [0, 12, 5, 8]}, OutOfRange, "keys 5 up to 8.*at least 4"),
        ({"region": [0, 12, 5]}, InputError, "region must be"),
        ({"region": "all"}, InputError, "region must be"),
        ({"aggregate": "each"}, traitlets.TraitError, "aggregate"),
        ({"tool": "zoom"}, traitlets.TraitError, "tool"),
        ({"regions": None}, TypeError, "did you mean 'region'"),
        ({"selection": {"query_range": [3, 13]}}, SelectionError, "beyond the 12 tokens"),
        ({"block": "encoder", "selection": {"block": "other"}}, InputError, "leave one of them"),
    ],
)
def test_wrong_keywords(make_trace, settings, error, message):
    with pytest.raises(error, match=message):
        hw.matrix_view(make_trace(), **settings)


@pytest.mark.parametrize("model", [None, "a text", object()])
def test_what_is_no_trace(model):
    with pytest.raises(InputError, match="a view shows a Trace"):
        hw.matrix_view(model)


def test_layers_heads_and_selection_stay_together(make_trace, view):
    shown = view(make_trace(), layer=3, head=1)
    shown.layers = [0, 5]
    assert shown.selected_heads == [(0, 1), (5, 1)]
    shown.heads = (11, 0)
    assert shown.selected_heads == heads_of([0, 5], [0, 11])
    shown.selection = Selection(heads=[(2, 2), (4, 3)], query=0)
    assert (shown.layers, shown.heads) == ([2, 4], [2, 3])
    assert shown.selected_heads == [(2, 2), (4, 3)]
    shown.selection = Selection()
    assert (shown.layers, shown.heads, shown.selected_heads) == ([2, 4], [2, 3], [])


def test_wrong_values_leave_the_view_as_it_is(make_trace, view):
    shown = view(make_trace(), layer=3, head=1)
    before = shown.get_state(["layers", "heads", "region", "selection"])
    for name, value in [
        ("layers", [6]),
        ("layers", []),
        ("layers", 3),
        ("heads", [True]),
        ("heads", [12]),
        ("region", [0, 2, 0, 12]),
        ("region", [5, 4, 0, 12]),
        ("selection", {"query_range": [0, 99]}),
    ]:
        with pytest.raises((OutOfRange, InputError, SelectionError)):
            setattr(shown, name, value)
    assert shown.get_state(["layers", "heads", "region", "selection"]) == before


def test_the_region_can_be_the_whole_again(make_trace, view):
    shown = view(make_trace(), region=(0, 4, 8, 12))
    assert shown.region == [0, 4, 8, 12]
    shown.region = None
    assert shown.region == [0, 12, 0, 12]


def test_a_short_text_has_all_in_sight(make_trace, view):
    shown = view(make_trace(count=2))
    shown.region = [0, 2, 0, 2]
    with pytest.raises(OutOfRange, match="at least 2 are in sight"):
        shown.region = [0, 1, 0, 2]


def test_another_block_has_its_own_heads_and_region(translation, view):
    shown = view(translation, block="encoder", layers=[4, 5], heads=[6], region=[0, 5, 1, 6])
    shown.block = "cross"
    assert (shown.layers, shown.heads) == ([0], [0])
    assert shown.selection == Selection("cross", (Head(0, 0),))
    assert shown.region == [0, 5, 0, 7]
    shown.selection = Selection("decoder", [(2, 7)], query_range=(0, 3))
    assert (shown.block, shown.layers, shown.heads) == ("decoder", [2], [7])
    assert shown.region == [0, 5, 0, 5]


def test_values_of_the_browser_are_taken_together(make_trace, view, caplog):
    shown = view(make_trace())
    shown.set_state(
        {
            "layers": [1, 2],
            "heads": [3],
            "selection": {
                "block": "encoder",
                "heads": [[1, 3], [2, 3]],
                "query": 1,
                "key": 2,
                "query_range": [0, 3],
                "key_range": [2, 4],
            },
            "region": [0, 8, 2, 10],
        }
    )
    assert shown.selection == Selection(
        "encoder", [(1, 3), (2, 3)], query=1, key=2, query_range=(0, 3), key_range=(2, 4)
    )
    assert (shown.layers, shown.heads, shown.region) == ([1, 2], [3], [0, 8, 2, 10])
    with caplog.at_level(logging.WARNING):
        shown.set_state({"region": [0, 2, 0, 2], "tool": "brush"})
    assert (shown.region, shown.tool) == ([0, 8, 2, 10], "brush")
    assert "refused region" in caplog.text


def test_the_first_tensors_are_of_the_map_that_is_shown(make_trace, view):
    trace = make_trace()
    shown = view(trace, layers=[1, 2], heads=[3], aggregate="sum", hide_special=True)
    found = load(shown.tensors)
    name = "encoder/1.3+2.3~sum~1"
    assert set(found) == {
        f"matrix/{name}/exact/0/0",
        f"matrix-received/{name}",
        f"matrix-strongest/{name}",
    }
    weights = trace.weights(1, 3) + trace.weights(2, 3)
    np.testing.assert_allclose(
        found[f"matrix/{name}/exact/0/0"][1:, 1:], weights[1:, 1:], atol=1e-6
    )
    assert len(shown.tensors) <= TENSOR_BUDGET


def answered(shown, method, params):
    """The reply and the tensors that a page gets."""
    sent = []
    shown.send = lambda reply, buffers: sent.append((reply, buffers))
    shown._on_message(shown, {"v": 1, "id": "a", "method": method, "params": params}, [])
    ((reply, buffers),) = sent
    return reply, [load(blob) for blob in buffers]


def test_requests_are_answered(make_trace, view):
    trace = make_trace(count=200)
    shown = view(trace)
    params = {
        "block": "encoder",
        "heads": [[2, 1]],
        "aggregate": "mean",
        "hide_special": False,
    }
    piece = {"pool": 1, "row": 3, "column": 3, "dtype": "f32"}
    reply, (found,) = answered(shown, "matrix", params | piece)
    assert reply == {"v": 1, "id": "a", "ok": True}
    np.testing.assert_allclose(
        found["matrix/encoder/2.1~mean~0/exact/3/3"], trace.weights(2, 1)[192:, 192:], atol=1e-6
    )
    _, (found,) = answered(shown, "matrix_marginals", params)
    np.testing.assert_allclose(
        found["matrix-received/encoder/2.1~mean~0"], trace.weights(2, 1).mean(axis=0), atol=1e-6
    )
    reply, buffers = answered(shown, "matrix", params | piece | {"row": 4})
    assert (reply["ok"], buffers) == (False, [])
    assert reply["error"] == {
        "type": "OutOfRange",
        "message": "row 4 of pieces does not exist: a map of 200 tokens a side, pooled by 1, has "
        "rows 0 to 3",
    }


def test_a_closed_view_frees_what_it_computed(make_trace):
    shown = hw.matrix_view(make_trace(count=200))
    assert shown.tensors
    assert shown._maps.nbytes > 0
    shown.close()
    assert shown._maps.nbytes == 0


def test_an_archive_is_of_what_is_shown_then(make_trace, view, tmp_path):
    shown = view(make_trace(count=600), layer=1)
    shown.heads = [5]
    found = load(shown.archive(8_000_000))
    assert {name.split("/")[2] for name in found} == {"1.5~mean~0"}
    assert {name.split("/")[3] for name in found if name.startswith("matrix/")} == {
        "2",
        "4",
        "8",
        "exact",
    }
    exported = shown.to_html(tmp_path / "map.html")
    assert '"_view":"matrix"' in exported.path.read_text("utf-8")


def test_heads_that_were_not_captured_are_no_part(view):
    tokens = Tokens.from_labels(["a", "b"])
    part = AttentionRecord(
        given=np.full((2, 2, 2), 0.5, np.float32), kept=[1, 3], model_heads=(4, 4)
    )
    trace = Trace([Block("encoder", (part,), tokens, tokens, causal=False)])
    assert view(trace).selected_heads == [(0, 1)]
    shown = view(trace, layers=[0])
    assert shown.selected_heads == [(0, 1), (0, 3)]
    shown.heads = [0, 3]
    assert (shown.selected_heads, shown.heads) == ([(0, 3)], [3])
    shown.heads = [2]
    assert shown.selected_heads == [(0, 1)]
    with pytest.raises(OutOfRange, match="head 0 of layer 0 was not captured"):
        view(trace, head=0)


def test_links_carry_a_brushed_rectangle(make_trace, keep):
    trace = make_trace()
    first = keep(hw.matrix_view(trace, layer=1, head=2))
    second = keep(hw.head_view(trace))
    third = keep(hw.matrix_view(trace))
    hw.link(first, second, third)
    first.selection = Selection(heads=[(1, 2)], query_range=(0, 3), key_range=(4, 9))
    for other in (second, third):
        assert other.selection.query_range == (0, 3)
        assert other.selection.key_range == (4, 9)
    second.heads = [2, 5]
    assert first.selected_heads == [(1, 2), (1, 5)]
    assert (first.heads, first.selection.key_range) == ([2, 5], (4, 9))


ranges = st.none() | st.tuples(st.integers(0, 50), st.integers(51, 99))


@given(ranges, ranges)
def test_ranges_go_over_the_wire(query, key):
    selection = Selection(heads=[(0, 0)], query_range=query, key_range=key)
    text = selection.to_json()
    assert ("query_range" in text, "key_range" in text) == (query is not None, key is not None)
    assert Selection.from_json(json.loads(json.dumps(text))) == selection


@pytest.mark.parametrize("pair", [(3, 3), (4, 2), (-1, 2), (1,), (1, 2, 3), "ab", 5, (0, 1.5)])
def test_ranges_are_checked(pair):
    with pytest.raises(SelectionError, match="key_range"):
        Selection(key_range=pair)


def test_a_selection_shows_its_ranges_where_it_has_some():
    assert repr(Selection()) == "Selection(block=None, heads=(), query=None, key=None)"
    assert repr(Selection(query_range=[1, 4])).endswith("key=None, query_range=(1, 4))")
