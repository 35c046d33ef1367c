import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwise import Head, Selection, SelectionError, Tokens, Trace
from headwise.record import AttentionRecord
from headwise.trace import Block

numbers = st.integers(min_value=0, max_value=10_000)
selections = st.builds(
    Selection,
    block=st.none() | st.text(),
    heads=st.lists(st.tuples(numbers, numbers)),
    query=st.none() | numbers,
    key=st.none() | numbers,
)


@pytest.fixture
def small_trace():
    tokens = Tokens.from_labels(["a", "b", "c"])
    vectors = np.zeros((2, 3, 4), np.float32)
    records = tuple(AttentionRecord(queries=vectors, keys=vectors) for _ in range(2))
    return Trace([Block("encoder", records, tokens, tokens, causal=False)])


@given(selections)
def test_json_round_trip_through_text(selection):
    assert Selection.from_json(json.loads(json.dumps(selection.to_json()))) == selection


@given(st.lists(st.tuples(numbers, numbers)))
def test_heads_keep_order_and_drop_doubles(pairs):
    heads = Selection(heads=iter(pairs)).heads
    assert list(heads) == list(dict.fromkeys(pairs))
    assert all(isinstance(head, Head) for head in heads)


def test_numpy_numbers_and_lists_are_coerced():
    selection = Selection(heads=[[np.int64(3), 1]], query=np.int32(0))
    assert selection == Selection(heads=((3, 1),), query=0)
    assert type(selection.heads[0].layer) is int
    assert type(selection.query) is int


def test_equal_values_are_equal_and_hashable():
    assert len({Selection(heads=[(0, 0)]), Selection(heads=[Head(0, 0)])}) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"heads": [(True, 1)]},
        {"heads": [(1, -1)]},
        {"heads": [(1,)]},
        {"heads": [(1, 2, 3)]},
        {"heads": ["01"]},
        {"heads": "01"},
        {"heads": 3},
        {"heads": [3]},
        {"heads": [(1.0, 2)]},
        {"query": -1},
        {"query": True},
        {"key": "2"},
        {"key": 2.5},
        {"block": 3},
    ],
)
def test_what_is_not_a_selection(arguments):
    with pytest.raises(SelectionError):
        Selection(**arguments)


@pytest.mark.parametrize("value", [None, [], "x", 3, {"head": [[0, 1]]}, {"heads": None}])
def test_json_that_is_not_a_selection(value):
    with pytest.raises(SelectionError):
        Selection.from_json(value)


def test_an_empty_dict_selects_nothing():
    assert Selection.from_json({}) == Selection()


def test_an_unknown_keyword_is_a_type_error():
    with pytest.raises(TypeError):
        Selection(layers=[1])


def test_check_accepts_what_exists(small_trace):
    Selection(heads=[(1, 1)], query=2, key=0).check(small_trace, "encoder")
    Selection().check(small_trace)


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (Selection(heads=[(2, 0)]), r"layer 2 does not exist.*layers 0 to 1"),
        (Selection(heads=[(0, 2)]), r"head 2 does not exist.*heads 0 to 1"),
        (Selection(query=3), r"query 3 does not exist.*tokens 0 to 2"),
        (Selection(key=9), r"key 9 does not exist.*tokens 0 to 2"),
        (Selection(block="cross"), r"block 'cross' does not exist.*'encoder'"),
    ],
)
def test_check_names_the_valid_range(small_trace, selection, message):
    with pytest.raises(SelectionError, match=message):
        selection.check(small_trace)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ((0, 0), r"layer 0 of block 'encoder' was not captured: this trace has layers 1, 3, 5 of"),
        ((3, 0), r"head 0 of layer 3 was not captured: .* has heads 1, 7 of that layer"),
    ],
)
def test_check_names_what_was_captured(subset, head, message):
    Selection(heads=[(1, 2), (3, 1), (3, 7), (5, 11)]).check(subset)
    with pytest.raises(SelectionError, match=message):
        Selection(heads=[(1, 2), head]).check(subset)
