import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load

from headwise.errors import InputError, OutOfRange
from headwise.record import AttentionRecord
from headwise.reduce import aggregate, allowed_pairs
from headwise.tokens import Tokens
from headwise.trace import Block, Trace
from headwise.wire import difference
from headwise.wire.difference import difference_tile, match_tokens, matched_pairs
from headwise.wire.protocol import read_difference, read_side
from headwise.wire.steps import Steps

labels = st.lists(st.sampled_from("abc"), max_size=12)


def tokens(shown, **more):
    return Tokens.from_labels(list(shown), **more)


def drawn(shown, keys=None, *, heads=3, layers=2, seed=0, name="encoder", special=(), **more):
    draw = np.random.default_rng(seed)
    sides = [
        tokens(
            side,
            special=[label in special for label in side],
            segments=[int(2 * place >= len(side)) for place in range(len(side))],
        )
        for side in (shown, shown if keys is None else keys)
    ]
    records = tuple(
        AttentionRecord(
            queries=draw.normal(size=(heads, len(sides[0]), 3)),
            keys=draw.normal(size=(heads, len(sides[1]), 3)),
            **more,
        )
        for _ in range(layers)
    )
    return Trace([Block(name, records, *sides, causal=bool(more.get("causal")))])


def ask(heads=(0,), layer=0, aggregate="mean", sentences="all", hide_special=False):
    return {
        "block": "encoder",
        "layer": layer,
        "heads": tuple(heads),
        "aggregate": aggregate,
        "sentences": sentences,
        "hide_special": hide_special,
    }


def change(one, other, **asked):
    """The one tensor of the answer."""
    params = ask(**asked)
    ((name, found),) = load(difference_tile(one, other, params, matched_pairs(one, other))).items()
    heads = "+".join(map(str, params["heads"]))
    filters = f"{params['sentences']},{int(params['hide_special'])}"
    assert name == f"difference/encoder/{params['layer']}/{heads}/{params['aggregate']}/{filters}"
    assert found.dtype == np.float32
    return found


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("abc", "abc", ([0, 1, 2], [0, 1, 2])),
        ("abc", "xabc", ([0, 1, 2], [1, 2, 3])),
        ("abcd", "abd", ([0, 1, 3], [0, 1, 2])),
        ("axb", "ayb", ([0, 2], [0, 2])),
        ("abc", "xyz", ([], [])),
        ("aa", "aaa", ([0, 1], [0, 1])),
        ("", "ab", ([], [])),
        ("xaybz", "paqbr", ([1, 3], [1, 3])),
    ],
)
def test_tokens_match_by_their_labels(one, other, expected):
    assert match_tokens(tokens(one), tokens(other)) == expected


@given(labels, labels)
def test_matches_are_equal_labels_in_order(one, other):
    a, b = match_tokens(tokens(one), tokens(other))
    assert [one[place] for place in a] == [other[place] for place in b]
    for numbers in (a, b):
        assert numbers == sorted(set(numbers))
    if one == other:
        assert a == list(range(len(one)))
    if one and other and one[0] == other[0]:
        assert (a[0], b[0]) == (0, 0)


def test_frequent_tokens_match_in_a_long_text_too():
    one, other = ["x", "y"] * 300, ["z", *["x", "y"] * 300, "z"]
    assert match_tokens(tokens(one), tokens(other)) == (list(range(600)), list(range(1, 601)))


def test_pairs_of_the_blocks_that_both_have(translation):
    other = Trace([translation.blocks["decoder"], translation.blocks["cross"]])
    pairs = matched_pairs(translation, other)
    assert sorted(pairs) == ["cross", "decoder"]
    assert pairs["cross"] == {
        "query": [list(range(5)), list(range(5))],
        "key": [list(range(7)), list(range(7))],
    }
    assert matched_pairs(drawn("ab", name="encoder"), drawn("ab", name="decoder")) == {}


@pytest.mark.parametrize("how", ["mean", "sum", "max"])
@pytest.mark.parametrize("heads", [[0], [2, 0], [0, 1, 2]])
def test_the_difference_is_b_minus_a(how, heads):
    one, other = drawn("abcd", seed=1), drawn("abcd", seed=2)
    found = change(one, other, heads=heads, aggregate=how, layer=1)
    a, b = (aggregate(trace.weights(1)[heads], how) for trace in (one, other))
    np.testing.assert_allclose(found, b - a, atol=1e-6)


def test_only_matched_tokens_are_in_it():
    one, other = drawn("abcd", seed=1), drawn("xabd", seed=2)
    a, b = one.weights(0)[0], other.weights(0)[0]
    np.testing.assert_allclose(
        change(one, other),
        b[np.ix_([1, 2, 3], [1, 2, 3])] - a[np.ix_([0, 1, 3], [0, 1, 3])],
        atol=1e-6,
    )
    assert change(drawn("abc"), drawn("xyz")).shape == (0, 0)


def test_two_token_lists_match_each_on_its_own():
    one, other = drawn("ab", "uvw", seed=1), drawn("ab", "vwx", seed=2)
    expected = other.weights(0)[0][:, [0, 1]] - one.weights(0)[0][:, [1, 2]]
    np.testing.assert_allclose(change(one, other), expected, atol=1e-6)


def test_only_heads_that_both_have_count():
    one, other = drawn("abc", heads=4, seed=1), drawn("abc", heads=2, seed=2)
    found = change(one, other, heads=[3, 1])
    np.testing.assert_allclose(found, other.weights(0)[1] - one.weights(0)[1], atol=1e-6)
    with pytest.raises(OutOfRange, match=r"no head of 3 is in both traces.* heads 0, 1"):
        change(one, other, heads=[3])
    with pytest.raises(OutOfRange, match="no head of none"):
        change(one, other, heads=[])


def test_layers_and_blocks_that_one_lacks():
    one, other = drawn("abc", layers=3), drawn("abc", layers=2)
    with pytest.raises(OutOfRange, match=r"layer 2 does not exist.* 0 to 1"):
        change(one, other, layer=2)
    with pytest.raises(OutOfRange, match="'encoder' does not exist"):
        change(one, drawn("abc", name="decoder"))


def test_a_pair_that_neither_sees_is_ground_and_one_that_either_sees_is_not():
    causal = drawn("abc", seed=1, causal=True), drawn("abc", seed=2, causal=True)
    np.testing.assert_array_equal(np.isnan(change(*causal)), ~np.tri(3, dtype=bool))
    both_ways = drawn("abc", seed=2)
    found = change(causal[0], both_ways)
    np.testing.assert_allclose(found, both_ways.weights(0)[0] - causal[0].weights(0)[0], atol=1e-6)


def test_a_missing_weight_is_ground():
    given = np.full((1, 2, 2), 0.5, np.float32)
    given[0, 0, 1] = np.nan
    text = tokens("ab")
    one = Trace([Block("encoder", (AttentionRecord(given=given),), text, text, causal=False)])
    np.testing.assert_array_equal(np.isnan(change(one, drawn("ab"))), [[False, True], [False] * 2])


@pytest.mark.parametrize("sentences", ["all", "aa", "ab", "ba", "bb"])
@pytest.mark.parametrize("hide_special", [False, True])
def test_what_the_filters_leave_out_is_ground(sentences, hide_special):
    one, other = drawn("abcd", special="a", seed=1), drawn("abcd", special="c", seed=2)
    left = [
        allowed_pairs(trace.tokens, trace.tokens, sentences, hide_special) for trace in (one, other)
    ]
    found = change(one, other, sentences=sentences, hide_special=hide_special)
    np.testing.assert_array_equal(~np.isnan(found), left[0] & left[1])
    assert (~np.isnan(found)).any()


def test_over_128_tokens_the_largest_change_of_a_cell_stays_with_its_sign():
    text = [f"t{number}" for number in range(259)]
    one = drawn(text, heads=2, layers=1, seed=1, causal=True)
    other = drawn(text, heads=2, layers=1, seed=2, causal=True)
    found = change(one, other, heads=[1])
    assert found.shape == (87, 87)
    whole = other.weights(0)[1] - one.weights(0)[1]
    whole[~np.tri(259, dtype=bool)] = np.nan
    for row, column in ((0, 0), (40, 12), (86, 86), (86, 0)):
        cell = whole[3 * row : 3 * row + 3, 3 * column : 3 * column + 3]
        cell = cell[~np.isnan(cell)]
        assert found[row, column] == pytest.approx(cell[np.abs(cell).argmax()], abs=1e-6)
    assert np.isnan(found[0, 5])
    assert (found < 0).any()
    assert (found > 0).any()


def test_working_in_groups_of_queries_changes_nothing(monkeypatch):
    text = [f"t{number}" for number in range(300)]
    one, other = drawn(text, layers=1, seed=1), drawn(text[4:], layers=1, seed=2)
    before = change(one, other, heads=[0, 2], aggregate="max")
    for work in (4000, 2000, 1200, 1):  # 6 queries at once, 3 are a row of cells, 2, 1
        monkeypatch.setattr(difference, "_WORK_CELLS", work)
        found = change(one, other, heads=[0, 2], aggregate="max")
        np.testing.assert_allclose(found, before, atol=1e-6)


def test_a_step_of_a_long_text_takes_little_memory():
    text, heads = [f"t{number}" for number in range(8000)], 16
    one, other = (drawn(text, heads=heads, layers=1, seed=seed) for seed in (1, 2))
    pairs = matched_pairs(one, other)
    tracemalloc.start()
    try:
        blob = difference_tile(one, other, ask(heads=range(heads)), pairs, Steps(effort=1))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert load(blob) == {}
    # A row of cells covers 63 queries: 32 MB of weights a side.
    assert most < 24e6


GOOD = {**ask(), "heads": [2, 0]}


def test_requests_are_read_as_they_are_sent():
    assert read_difference({**GOOD, "trace": "b"}) == ask(heads=(2, 0))
    for field, value, said in (
        ("heads", "0", "must be a list, not str"),
        ("heads", [0, True], "must hold int only, not True"),
        ("heads", [0.0], "must hold int only"),
        ("heads", None, "must be a list"),
        ("aggregate", "each", "must be one of sum, mean, max"),
        ("sentences", "", "must be one of all"),
        ("hide_special", 1, "must be bool"),
        ("layer", True, "must be int"),
        ("block", 1, "must be str"),
    ):
        with pytest.raises(InputError, match=f"'{field}' {said}"):
            read_difference({**GOOD, field: value})
        with pytest.raises(InputError, match=f"'{field}' is missing"):
            read_difference({name: one for name, one in GOOD.items() if name != field})


def test_a_request_that_names_no_trace_means_the_first():
    assert (read_side({}), read_side({"trace": "a"}), read_side({"trace": "b"})) == ("a", "a", "b")
    for value in ("c", None, 0, True):
        with pytest.raises(InputError, match="'trace' must be one of a, b"):
            read_side({"trace": value})
