import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matrix_cases import asked, close, one, overlaid, params, pooled, record, small, traced, whole
from safetensors.numpy import load

from headwise.record import AttentionRecord
from headwise.reduce import marginals
from headwise.wire.matrix import marginals_tile, matrix_tile
from headwise.wire.matrix_maps import MatrixMaps, halved
from headwise.wire.matrix_spec import MapSpec

sides = st.integers(1, 50)


@settings(max_examples=60, deadline=None)
@given(sides, sides, st.sampled_from([1, 2, 4, 8, 16]), st.booleans(), st.booleans())
def test_pieces_are_the_pooled_weights(queries, keys, pool, causal, hide):
    trace = traced(record(queries, keys, causal=causal))
    limits, pieces = small()
    with limits, pieces:
        found = whole(trace, (0, 1), pool=pool, hide=hide)
    close(found, pooled(*overlaid(trace, [(0, 1)], "mean", hide=hide), pool))


@settings(max_examples=30, deadline=None)
@given(sides, sides, st.booleans())
def test_exact_pieces_are_the_weights(queries, keys, causal):
    trace = traced(record(queries, keys, causal=causal))
    limits, pieces = small()
    with limits, pieces:
        found = whole(trace, (0, 2), dtype="f32")
    weights, seen = overlaid(trace, [(0, 2)], "mean")
    assert found.dtype == np.float32
    assert np.array_equal(np.isneginf(found), ~seen)
    np.testing.assert_allclose(found[seen], weights[seen], atol=1e-6)


@pytest.mark.parametrize("how", ["sum", "mean", "max"])
@pytest.mark.parametrize("pool", [1, 4])
def test_heads_of_several_layers_are_laid_over_each_other(how, pool):
    trace = traced(*(record(20, 20, seed, causal=seed == 1) for seed in range(3)))
    heads = [(2, 3), (0, 1), (1, 0), (1, 2)]
    limits, pieces = small()
    with limits, pieces:
        found = whole(trace, *heads, pool=pool, how=how)
        exact = whole(trace, *heads, how=how, dtype="f32")
    weights, seen = overlaid(trace, heads, how)
    close(found, pooled(weights, seen, pool, 4 if how == "sum" else 1))
    np.testing.assert_allclose(exact[seen], weights[seen], atol=1e-6)


def windowed(count, width):
    near = np.arange(count)
    return np.abs(near[:, None] - near) <= width


@pytest.mark.parametrize(
    "more",
    [
        {"sinks": np.array([0.5, -1, 2, 0], np.float32), "causal": True},
        {"key_heads": 2, "causal": True},
        {"visible": windowed(30, 3)},
        {"visible": windowed(30, 3), "causal": True},
        {"bias": np.random.default_rng(1).normal(size=(4, 30, 30)).astype(np.float32)},
        {"softcap": 3.0},
    ],
    ids=["sinks", "grouped", "window", "causal window", "bias", "softcap"],
)
def test_every_kind_of_record(more):
    trace = traced(record(30, 30, **more))
    limits, pieces = small()
    with limits, pieces:
        for pool in (1, 4):
            found = whole(trace, (0, 3), (0, 1), pool=pool, how="max")
            close(found, pooled(*overlaid(trace, [(0, 3), (0, 1)], "max"), pool))


def test_a_key_that_one_of_two_layers_sees_is_seen():
    trace = traced(record(6, 6, causal=True), record(6, 6, visible=np.eye(6, dtype=np.bool_)))
    found = whole(trace, (0, 0), (1, 0))
    assert np.array_equal(found > 0, np.tri(6, dtype=np.bool_))
    assert np.array_equal(whole(trace, (1, 0)) > 0, np.eye(6, dtype=np.bool_))


def test_missing_weights_are_nothing_in_bytes_and_nan_in_floats():
    given_weights = np.full((1, 4, 4), 0.25, np.float32)
    given_weights[0, 1, 2] = np.nan
    given_weights[0, :, 3] = np.nan
    trace = traced(AttentionRecord(given=given_weights))
    weights, seen = overlaid(trace, [(0, 0)], "mean")
    close(whole(trace, (0, 0), pool=2), pooled(weights, seen, 2))
    assert np.array_equal(np.isnan(whole(trace, (0, 0), dtype="f32")), np.isnan(given_weights[0]))
    found = load(marginals_tile(trace, MatrixMaps(), params((0, 0)), np.inf))
    strongest, received = marginals(given_weights)
    np.testing.assert_array_equal(found["matrix-strongest/main/0.0~mean~0"], strongest[0])
    np.testing.assert_array_equal(found["matrix-received/main/0.0~mean~0"], received[0])


def test_a_single_bright_cell_survives_pooling():
    bright = np.full((1, 64, 64), 1e-4, np.float32)
    bright[0, 37, 11] = 0.9
    found = whole(traced(AttentionRecord(given=bright)), (0, 0), pool=16)
    assert found.shape == (4, 4)
    assert found[2, 0] == 1 + round(254 * 0.9**0.5)
    assert np.sort(found, axis=None)[-2] == 1 + round(254 * 1e-4**0.5)


@pytest.mark.parametrize("how", ["sum", "mean", "max"])
@pytest.mark.parametrize("hide", [False, True])
def test_marginals_of_a_map(how, hide):
    trace = traced(*(record(33, 33, seed, causal=True) for seed in range(2)))
    heads = [(0, 1), (1, 3)]
    limits, pieces = small()
    with limits, pieces:
        found = load(
            marginals_tile(trace, MatrixMaps(), params(*heads, how=how, hide=hide), np.inf)
        )
    weights, _ = overlaid(trace, heads, how)
    ordinary = ~np.array(trace.tokens.special)
    allowed = ordinary[:, None] & ordinary if hide else None
    strongest, received = marginals(weights[None], allowed)
    name = f"main/0.1+1.3~{how}~{int(hide)}"
    np.testing.assert_allclose(found[f"matrix-strongest/{name}"], strongest[0], atol=1e-6)
    np.testing.assert_allclose(found[f"matrix-received/{name}"], received[0], atol=1e-6)


@pytest.mark.parametrize(
    ("heads", "how", "hide", "name"),
    [
        ([(3, 1)], "sum", False, "3.1~mean~0"),
        ([(1, head) for head in range(12)], "max", True, "1.0-11~max~1"),
        ([(2, 5), (0, 3), (2, 0), (2, 4), (0, 3)], "sum", False, "0.3+2.0,4-5~sum~0"),
    ],
)
def test_maps_have_names(heads, how, hide, name):
    assert MapSpec.of("main", heads, how, hide).name == name


def test_a_tensor_is_named_by_its_map_level_and_place():
    trace = traced(record(300, 300))
    tile = matrix_tile(trace, MatrixMaps(), asked((0, 1), row=2, column=1), np.inf)
    assert one(tile)[0] == "matrix/main/0.1~mean~0/1/2/1"
    assert one(tile)[1].shape == (44, 128)
    tile = matrix_tile(trace, MatrixMaps(), asked((0, 1), row=4, column=0, dtype="f32"), np.inf)
    assert one(tile)[0] == "matrix/main/0.1~mean~0/exact/4/0"
    assert one(tile)[1].shape == (44, 64)


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_halving_twice_pools_by_four(count):
    values = np.random.default_rng(count).normal(size=(count, 7)).astype(np.float32)
    twice = halved(halved(values))
    expected = [
        [values[row : row + 4, column : column + 4].max() for column in range(0, 7, 4)]
        for row in range(0, count, 4)
    ]
    np.testing.assert_array_equal(twice, np.array(expected))
