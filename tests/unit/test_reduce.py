import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from headwise import InputError, Tokens
from headwise.reduce import aggregate, allowed_pairs, marginals, merge_words, top_share

F32 = np.float32
weight = st.floats(min_value=0, max_value=1, width=32)
some_weights = arrays.arrays(
    F32, arrays.array_shapes(min_dims=3, max_dims=3, max_side=6), elements=weight
)


def test_marginals_by_value():
    weights = np.array([[[0.5, 0.5], [0.25, 0.75]]], F32)
    strongest, received = marginals(weights)
    np.testing.assert_array_equal(strongest, [[0.5, 0.75]])
    np.testing.assert_array_equal(received, [[0.375, 0.625]])


def test_marginals_count_allowed_queries_only():
    weights = np.array([[[0.5, 0.5, 0.0], [0.25, 0.5, 0.25]]], F32)
    allowed = np.array([[True, False, False], [True, True, False]])
    strongest, received = marginals(weights, allowed)
    np.testing.assert_array_equal(strongest, [[0.5, 0.5]])
    np.testing.assert_array_equal(received, [[0.375, 0.5, 0.0]])
    assert strongest.dtype == received.dtype == F32


@given(some_weights)
def test_marginals_without_a_filter_equal_a_filter_that_lets_all_pass(weights):
    everything = np.ones(weights.shape[1:], bool)
    for plain, filtered in zip(marginals(weights), marginals(weights, everything), strict=True):
        np.testing.assert_allclose(plain, filtered, atol=1e-6)


def test_marginals_of_nothing():
    strongest, received = marginals(np.zeros((2, 0, 3), F32))
    assert strongest.shape == (2, 0)
    assert received.shape == (2, 3)


def test_top_share_keeps_the_weight_that_crosses():
    row = np.array([0.125, 0.5, 0.375], F32)
    np.testing.assert_array_equal(top_share(row, 0.5), [False, True, False])
    np.testing.assert_array_equal(top_share(row, 0.51), [False, True, True])
    np.testing.assert_array_equal(top_share(row, 0.88), [True, True, True])


def test_top_share_of_equal_weights_takes_the_first_key():
    np.testing.assert_array_equal(top_share(np.full(4, 0.25, F32), 0.5), [1, 1, 0, 0])


def test_top_share_at_its_ends_and_of_an_empty_row():
    row = np.array([0.0, 1.0], F32)
    assert not top_share(row, 0.0).any()
    np.testing.assert_array_equal(top_share(row, 1.0), [False, True])
    assert not top_share(np.zeros(3, F32), 0.9).any()


@given(some_weights, st.floats(min_value=0.01, max_value=1))
def test_top_share_is_the_smallest_set_that_reaches_the_share(weights, share):
    kept = top_share(weights, share)
    rows, marks = weights.reshape(-1, weights.shape[-1]), kept.reshape(-1, weights.shape[-1])
    for row, mark in zip(rows.astype(float), marks, strict=True):
        chosen = row[mark]
        assert chosen.sum() >= share * row.sum() - 1e-9
        if chosen.size:
            assert chosen.sum() - chosen.min() < share * row.sum() + 1e-9
            assert row[~mark].max(initial=0) <= chosen.min()


@given(some_weights)
def test_a_larger_share_keeps_what_a_smaller_one_kept(weights):
    assert not (top_share(weights, 0.3) & ~top_share(weights, 0.7)).any()


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_share_outside_its_range(share):
    with pytest.raises(InputError, match="between 0 and 1"):
        top_share(np.ones(2, F32), share)


def test_aggregate_by_value():
    weights = np.array([[[0.2, 0.8]], [[0.6, 0.4]]], F32)
    np.testing.assert_allclose(aggregate(weights, "sum"), [[0.8, 1.2]])
    np.testing.assert_allclose(aggregate(weights, "mean"), [[0.4, 0.6]])
    np.testing.assert_allclose(aggregate(weights, "max"), [[0.6, 0.8]])


def test_aggregate_of_no_heads_and_of_an_unknown_kind():
    assert not aggregate(np.zeros((0, 2, 2), F32), "sum").any()
    with pytest.raises(InputError, match="at least one head"):
        aggregate(np.zeros((0, 2, 2), F32), "max")
    with pytest.raises(InputError, match="'median'"):
        aggregate(np.zeros((1, 2, 2), F32), "median")


def test_merge_words_sums_to_and_averages_from():
    weights = np.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4], [0.5, 0.0, 0.5]], F32)
    merged = merge_words(weights, [0, 0, 1], [0, 0, 1])
    np.testing.assert_allclose(merged, [[0.45, 0.55], [0.5, 0.5]], atol=1e-7)


@given(some_weights, st.data())
def test_merged_rows_keep_their_mass(weights, data):
    heads, queries, keys = weights.shape
    numbers = st.integers(0, 3)
    from_words = data.draw(st.lists(numbers, min_size=queries, max_size=queries))
    to_words = data.draw(st.lists(numbers, min_size=keys, max_size=keys))
    merged = merge_words(weights, from_words, to_words)
    assert merged.shape == (heads, len(set(from_words)), len(set(to_words)))
    mass = weights.sum(axis=-1)
    for place, word in enumerate(dict.fromkeys(from_words)):
        expected = mass[:, np.array(from_words) == word].mean(axis=1)
        np.testing.assert_allclose(merged[:, place].sum(axis=-1), expected, atol=1e-5)


def test_merge_words_needs_a_word_for_each_token():
    with pytest.raises(InputError, match="2 query words"):
        merge_words(np.zeros((1, 3, 3), F32), [0, 1], [0, 1, 2])


@pytest.fixture
def pair():
    return Tokens.from_labels(
        ["[CLS]", "a", "[SEP]", "b"],
        segments=[0, 0, 0, 1],
        special=[True, False, True, False],
    )


@pytest.mark.parametrize(
    ("sentences", "queries", "keys"),
    [
        ("all", [0, 1, 2, 3], [0, 1, 2, 3]),
        ("aa", [0, 1, 2], [0, 1, 2]),
        ("ab", [0, 1, 2], [3]),
        ("ba", [3], [0, 1, 2]),
        ("bb", [3], [3]),
    ],
)
def test_allowed_pairs(pair, sentences, queries, keys):
    expected = np.zeros((4, 4), bool)
    expected[np.ix_(queries, keys)] = True
    np.testing.assert_array_equal(allowed_pairs(pair, pair, sentences), expected)
    expected[[0, 2]] = False
    expected[:, [0, 2]] = False
    np.testing.assert_array_equal(allowed_pairs(pair, pair, sentences, True), expected)


def test_unknown_sentences(pair):
    with pytest.raises(InputError, match="'ac'"):
        allowed_pairs(pair, pair, "ac")
