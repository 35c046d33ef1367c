"""Weights that are NaN: missing everywhere, zero nowhere."""

import numpy as np
import pytest
from safetensors.numpy import load

import headwise as hw
from headwise.reduce import aggregate, marginals, merge_words, top_share
from headwise.wire.tiles import archive, marginal_tile, snapshot, tile

N = 6


def holed():
    rows = np.random.default_rng(0).random((2, 3, N, N)).astype(np.float32)
    rows /= rows.sum(axis=-1, keepdims=True)
    rows[1, 2, 3] = np.nan
    rows[1, 0, 1, 4] = np.nan
    return rows


@pytest.fixture
def trace():
    with pytest.warns(
        hw.HeadwiseWarning, match=r"^7 weights are NaN .*layer 1.*head 0, query 1, key 4"
    ):
        return hw.from_attentions(holed())


def test_missing_weights_are_told_once_and_stay(trace, tmp_path):
    np.testing.assert_array_equal(trace.weights(1), holed()[1])
    trace.save(tmp_path / "t.safetensors")
    np.testing.assert_array_equal(hw.load(tmp_path / "t.safetensors").weights(1), holed()[1])


def test_none_between_numbers_is_missing():
    with pytest.warns(hw.HeadwiseWarning, match="1 weights are NaN"):
        trace = hw.from_attentions([[1.0, 0.0], [None, 0.5]])
    assert np.isnan(trace.weights(0, 0)).tolist() == [[False, False], [True, False]]


def test_a_causal_block_with_missing_rows_stays_causal():
    rows = np.tril(np.ones((1, 1, 3, 3), np.float32)) / np.arange(1, 4)[:, None]
    rows[0, 0, 0] = np.nan  # as torch makes of a query whose keys are all padding
    with pytest.warns(hw.HeadwiseWarning, match="3 weights are NaN"):
        assert hw.from_attentions(rows).causal


@pytest.mark.parametrize("dtype", ["f32", "u8"])
@pytest.mark.parametrize("axis", ["all", "query", "key"])
def test_tiles_carry_nan_as_float32(trace, dtype, axis):
    request = {"block": "encoder", "layer": 1, "axis": axis, "start": 0, "stop": N, "dtype": dtype}
    (found,) = load(tile(trace, request)).values()
    np.testing.assert_array_equal(found, holed()[1])
    (whole,) = load(tile(trace, {**request, "layer": 0})).values()
    assert whole.dtype == ("float32" if dtype == "f32" else "uint8")


@pytest.mark.parametrize("collect", [snapshot, archive])
@pytest.mark.parametrize("budget", [600, 900, 1200, 10_000])
def test_small_budgets_do_not_turn_nan_into_bytes(trace, collect, budget):
    blob = collect(trace, "encoder", 1, budget)
    assert len(blob) <= budget
    arrays = load(blob)
    assert arrays
    for name, found in arrays.items():
        if name.startswith(("w/encoder/1", "q/encoder/1")):
            np.testing.assert_array_equal(found, holed()[1][:, : found.shape[1]])


def test_marginals_leave_missing_weights_out(trace):
    weights = holed()[1]
    strongest, received = marginals(weights)
    assert np.isnan(strongest).sum() == 1
    assert np.isnan(strongest[2, 3])
    np.testing.assert_allclose(strongest[0], np.nanmax(weights[0], axis=1))
    np.testing.assert_allclose(received, np.nanmean(weights, axis=1), rtol=1e-6)
    allowed = np.zeros((N, N), bool)
    allowed[3, :2] = True
    strongest, received = marginals(weights, allowed)
    np.testing.assert_array_equal(np.isnan(received[2]), [True, True, *[False] * 4])
    np.testing.assert_array_equal(received[2, 2:], 0)
    np.testing.assert_array_equal(strongest[2, 4:], 0)
    request = {"block": "encoder", "layer": 1, "sentences": "all", "hide_special": False}
    arrays = load(marginal_tile(trace, request))
    assert np.isnan(arrays["strongest/encoder/1"]).sum() == 1


def test_reductions_say_missing_where_it_matters_and_nowhere_else():
    weights = holed()[1]
    kept = top_share(weights, 0.5)
    assert not kept[np.isnan(weights)].any()
    np.testing.assert_array_equal(kept[1], top_share(weights[1], 0.5))
    assert kept[0, 1].any()
    assert np.isnan(aggregate(weights, "sum")).sum() == 7
    merged = merge_words(weights, [0, 0, 1, 2, 3, 4], [0, 1, 1, 2, 3, 4])
    assert np.argwhere(np.isnan(merged[0])).tolist() == [[0, 3]]
    assert np.isnan(merged[2, 2]).all()
    np.testing.assert_allclose(
        merged[1], merge_words(weights[1], [0, 0, 1, 2, 3, 4], [0, 1, 1, 2, 3, 4]), rtol=1e-6
    )
