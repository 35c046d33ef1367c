import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from headwise import InputError
from headwise.reduce import top_share
from headwise.thumbnails import above_cut, pool_factor, thumbnail

F32 = np.float32
weight = st.floats(min_value=0, max_value=1, width=32) | st.sampled_from([0.0, 0.25, 0.5, 1.0])
some_weights = arrays.arrays(
    F32, arrays.array_shapes(min_dims=3, max_dims=3, max_side=9), elements=weight
)


def code(value):
    return 1 + round(254 * float(value) ** 0.5)


@pytest.mark.parametrize(
    ("queries", "keys", "factor"),
    [(1, 1, 1), (64, 64, 1), (65, 64, 2), (3, 128, 2), (239, 239, 4), (5000, 5000, 79), (0, 0, 1)],
)
def test_no_side_is_over_64_cells(queries, keys, factor):
    assert pool_factor(queries, keys) == factor
    assert -(-max(queries, keys) // factor) <= 64


def test_one_cell_a_pair_by_value():
    weights = np.array([[[0.0, 0.25], [1.0, 0.01]]], F32)
    np.testing.assert_array_equal(thumbnail(weights, None, "max", 1), [[[1, 128], [255, 26]]])
    seen = np.array([[True, False], [True, True]])
    np.testing.assert_array_equal(thumbnail(weights, seen, "max", 1), [[[1, 0], [255, 26]]])


def test_pooling_by_value_with_cells_cut_at_the_edge():
    weights = np.array([[[0.1, 0.3, 0.5], [0.2, 0.4, 0.6], [0.7, 0.9, 0.8]]], F32)
    most = [[[code(0.4), code(0.6)], [code(0.9), code(0.8)]]]
    mean = [[[code(0.25), code(0.55)], [code(0.8), code(0.8)]]]
    np.testing.assert_array_equal(thumbnail(weights, None, "max", 2), most)
    np.testing.assert_array_equal(thumbnail(weights, None, "mean", 2), mean)


def test_the_mean_is_over_the_pairs_in_play_and_a_cell_without_any_is_ground():
    weights = np.array([[[0.1, 0.3, 0.5, 0.5], [0.2, 0.4, 0.5, 0.5]]], F32)
    play = np.array([[True, False, False, False], [True, True, False, False]])
    mean = code(np.mean([0.1, 0.2, 0.4]))
    np.testing.assert_array_equal(thumbnail(weights, play, "mean", 2), [[[mean, 0]]])
    np.testing.assert_array_equal(thumbnail(weights, play, "max", 2), [[[code(0.4), 0]]])


@given(some_weights, st.integers(1, 10), st.sampled_from(["max", "mean"]), st.booleans(), st.data())
def test_each_cell_is_what_the_definition_says(weights, factor, pooling, by_head, data):
    heads, queries, keys = weights.shape
    play = data.draw(arrays.arrays(bool, weights.shape if by_head else weights.shape[1:]))
    found = thumbnail(weights, play, pooling, factor)
    assert found.shape == (heads, -(-queries // factor), -(-keys // factor))
    for head, row, column in np.ndindex(found.shape):
        cell = (
            slice(row * factor, (row + 1) * factor),
            slice(column * factor, (column + 1) * factor),
        )
        inside = weights[head][cell][(play[head] if by_head else play)[cell]].astype(float)
        if not inside.size:
            assert found[head, row, column] == 0
            continue
        expected = inside.max() if pooling == "max" else inside.mean()
        assert abs(found[head, row, column] - (1 + 254 * expected**0.5)) < 0.51


def test_a_missing_weight_is_not_in_play():
    weights = np.array([[[np.nan, 0.25], [np.nan, np.nan]]], F32)
    np.testing.assert_array_equal(thumbnail(weights, None, "max", 1), [[[0, 128], [0, 0]]])
    np.testing.assert_array_equal(thumbnail(weights, None, "mean", 2), [[[128]]])
    only_other = np.array([[True, False], [True, True]])
    np.testing.assert_array_equal(thumbnail(weights, only_other, "mean", 2), [[[0]]])


def test_nothing_to_draw():
    assert thumbnail(np.zeros((2, 0, 3), F32), None, "max", 2).shape == (2, 0, 2)
    assert thumbnail(np.zeros((0, 3, 3), F32), None, "mean", 1).shape == (0, 3, 3)


@pytest.mark.parametrize(("pooling", "factor"), [("median", 1), ("max", 0)])
def test_an_unknown_pooling_and_cells_of_nothing(pooling, factor):
    with pytest.raises(InputError, match=r"median|at least one"):
        thumbnail(np.ones((1, 2, 2), F32), None, pooling, factor)


def test_the_cut_by_value_keeps_all_equal_weights():
    row = np.array([0.125, 0.25, 0.375, 0.25], F32)
    np.testing.assert_array_equal(above_cut(row, 0.3), [0, 0, 1, 0])
    np.testing.assert_array_equal(above_cut(row, 0.5), [0, 1, 1, 1])
    np.testing.assert_array_equal(above_cut(row, 0.95), [1, 1, 1, 1])
    halves = np.array([0.25, 0.5, 0.125, 0.125], F32)
    np.testing.assert_array_equal(above_cut(halves, 0.5), [0, 1, 0, 0])
    np.testing.assert_array_equal(above_cut(halves, 0.75), [1, 1, 0, 0])
    assert not above_cut(row, 0.0).any()
    np.testing.assert_array_equal(above_cut(np.array([0.0, 1.0], F32), 1.0), [0, 1])
    assert not above_cut(np.zeros(3, F32), 0.9).any()


@given(some_weights, st.floats(min_value=0, max_value=1))
def test_the_cut_is_the_rule_of_top_share_with_ties_kept(weights, share):
    kept, strongest = above_cut(weights, share), top_share(weights, share)
    assert not (strongest & ~kept).any()
    weakest = np.where(strongest, weights, np.inf).min(axis=-1, keepdims=True)
    np.testing.assert_array_equal(kept, strongest | (weights == weakest))


@pytest.mark.parametrize("count", [65, 700, 3000])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.8, 0.99, 0.99999])
@pytest.mark.parametrize("spread", [0.2, 4.0])
def test_the_cut_of_long_rows_flat_and_peaked(count, share, spread):
    draw = np.random.default_rng(count)
    weights = np.exp(spread * draw.normal(size=(3, 15, count))).astype(F32)
    weights *= draw.random(weights.shape) < 0.9
    np.testing.assert_array_equal(above_cut(weights, share), top_share(weights, share))


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_share_outside_its_range(share):
    with pytest.raises(InputError, match="between 0 and 1"):
        above_cut(np.ones(2, F32), share)
