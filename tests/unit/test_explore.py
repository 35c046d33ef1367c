from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import load

import headwise as hw
from headwise.errors import InputError, OutOfRange
from headwise.selection import Selection
from headwise.widgets._blobs import joined
from headwise.wire.codec import encode


@pytest.fixture
def make(keep):
    return lambda trace, **settings: keep(hw.explore(trace, **settings))


def shown(view):
    return (view.layer, view.heads, view.head)


def test_it_starts_as_a_head_view_with_a_head_for_the_neurons(make_trace, make):
    assert shown(make(make_trace())) == (0, list(range(12)), 11)
    assert shown(make(make_trace(), layer=3, heads=[7, 1])) == (3, [7, 1], 1)
    assert shown(make(make_trace(), layer=3, heads=[7, 1, 2], head=7)) == (3, [1, 2, 7], 7)
    assert shown(make(make_trace(), layer=3, head=7)) == (3, [7], 7)
    assert shown(make(make_trace(), layer=3, heads=[])) == (3, [], 0)
    assert (
        repr(make(make_trace(), head=1)) == "<ExploreView of block 'encoder', layer 0, heads [1]>"
    )


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"layer": 6}, OutOfRange, "layer 6 does not exist"),
        ({"head": 12}, OutOfRange, "head 12 does not exist"),
        ({"heads": [3, 12]}, OutOfRange, "head 12 does not exist"),
        ({"head": 1, "selection": {}}, InputError, "not both"),
    ],
)
def test_what_does_not_exist_or_agree_is_refused(make_trace, settings, error, said):
    with pytest.raises(error, match=said):
        hw.explore(make_trace(), **settings)


def test_a_click_in_the_grid_is_what_the_others_show(make_trace, make, browser):
    view = make(make_trace(layers=30, heads=9, count=20))
    page = browser(view)
    page.set(selection={"block": "encoder", "heads": [[29, 4]], "query": None, "key": None})
    assert shown(view) == (29, [4], 4)
    assert page.updates() == [{"layer": 29, "head": 4}]
    view.selection = Selection(heads=[(29, 4), (29, 1), (3, 8)], query=0)
    assert shown(view) == (29, [4, 1], 1)
    view.layer = 3
    assert shown(view) == (3, [8], 8)


def test_setting_the_head_selects_it_alone(make_trace, make, browser):
    view = make(make_trace(), layer=3, heads=[1, 7])
    view.selection = Selection(heads=[(3, 1), (3, 7)], query=2)
    page = browser(view)
    view.head = 5
    assert view.selection == Selection("encoder", [(3, 5)], query=2)
    assert shown(view) == (3, [5], 5)
    assert [set(state) for state in page.updates()] == [{"head", "selection"}]
    page.set(layer=4, head=9)
    assert (*shown(view), view.selected_heads) == (4, [9], 9, [(4, 9)])


def test_without_a_head_on_the_first_one_stays_shown(make_trace, make):
    view = make(make_trace(), layer=3, heads=[5])
    view.heads = []
    assert (*shown(view), view.selected_heads) == (3, [], 0, [])


def test_another_block_keeps_what_it_has(translation, make):
    view = make(translation, layer=5, heads=[3, 7])
    view.block = "cross"
    assert (view.block, *shown(view)) == ("cross", 2, [3], 3)


def test_all_parts_travel_first(make_trace, make):
    view = make(make_trace(layers=14, heads=4, count=20), layer=12, heads=[3])
    found = load(view.tensors)
    assert {name.partition("/")[0] for name in found} == {"thumb", "facts", "rows", "w"}
    assert "thumb/encoder/13/max,10000,all,0" in found
    np.testing.assert_array_equal(found["w/encoder/12"], view.trace.weights(12))
    np.testing.assert_array_equal(found["rows/query/encoder/12/3/0"], view.trace.queries(12, 3))
    pages = load(view.archive(8_000_000))
    assert {f"w/encoder/{layer}" for layer in range(14)} <= set(pages)


def test_joined_blobs_keep_the_more_exact_tensor_and_the_budget():
    rough, exact = np.zeros((4, 4), np.uint8), np.ones((4, 4), np.float32)
    asked = []

    def maker(**arrays):
        def make(budget):
            asked.append(budget)
            return encode(arrays)

        return make

    found = load(joined([maker(a=rough, b=exact), maker(a=exact, b=rough), maker()], 3000))
    np.testing.assert_array_equal(found["a"], exact)
    np.testing.assert_array_equal(found["b"], exact)
    assert asked[0] == 1000
    assert 1000 < asked[1] < asked[2] < 3000


def test_only_heads_that_were_captured_are_shown(subset, make):
    view = make(subset)
    assert shown(view) == (1, [2], 2)
    view.layer = 3
    assert (*shown(view), view.selected_heads) == (3, [], 1, [])
    view.head = 7
    assert shown(view) == (3, [7], 7)
    with pytest.raises(OutOfRange, match="head 0 of layer 3 was not captured"):
        view.head = 0
    view.layer = 0
    assert shown(view) == (0, [], 0)
    with pytest.raises(OutOfRange, match="layer 0 of block 'encoder' was not captured"):
        view.head = 5
    assert (*shown(view), view.selected_heads) == (0, [], 0, [])
