from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load

from headwise.errors import BudgetError, OutOfRange
from headwise.reduce import allowed_pairs, marginals
from headwise.wire import tiles
from headwise.wire.codec import quantize
from headwise.wire.protocol import TENSOR_BUDGET, TILE_BUDGET
from headwise.wire.tiles import archive, marginal_tile, snapshot, tile

MARGINALS = {"strongest/encoder/1", "received/encoder/1"}


def ask(axis="query", start=0, stop=1, dtype="f32", layer=0, block="encoder"):
    return {
        "block": block,
        "layer": layer,
        "axis": axis,
        "start": start,
        "stop": stop,
        "dtype": dtype,
    }


def test_a_small_trace_is_in_the_snapshot_entirely(translation):
    read = load(snapshot(translation, "cross", 1, TENSOR_BUDGET))
    assert len(read) == 12
    for block in translation.blocks.values():
        for layer in range(block.layers):
            np.testing.assert_array_equal(
                read[f"w/{block.name}/{layer}"], translation.weights(layer, block=block.name)
            )


def test_a_larger_trace_starts_with_the_shown_layer_and_its_marginals(make_trace):
    trace = make_trace(layers=4, heads=2, count=32)
    whole = 2 * 32 * 32 * 4
    read = load(snapshot(trace, "encoder", 1, 3 * whole))
    assert set(read) == {"w/encoder/1", "w/encoder/0", *MARGINALS}
    np.testing.assert_array_equal(read["w/encoder/1"], trace.weights(1))
    strongest, received = marginals(trace.weights(1))
    np.testing.assert_array_equal(read["strongest/encoder/1"], strongest)
    np.testing.assert_allclose(read["received/encoder/1"], received, atol=1e-7)


def test_a_layer_too_large_as_float_travels_on_256_levels(make_trace):
    trace = make_trace(layers=2, heads=2, count=64)
    read = load(snapshot(trace, "encoder", 1, 2 * 64 * 64 * 2))
    assert set(read) == {"w/encoder/1", *MARGINALS}
    np.testing.assert_array_equal(read["w/encoder/1"], quantize(trace.weights(1)))


def test_a_layer_too_large_for_that_travels_as_its_first_queries(make_trace):
    trace = make_trace(layers=2, heads=2, count=64)
    read = load(snapshot(trace, "encoder", 1, 5000))
    assert set(read) == {"q/encoder/1/0", *MARGINALS}
    rows = read["q/encoder/1/0"].shape[1]
    assert rows == 5000 // 2 // (2 * 64)
    np.testing.assert_array_equal(
        read["q/encoder/1/0"], quantize(trace.weights(1, queries=slice(0, rows)))
    )


@settings(deadline=None)
@given(st.integers(100, 3_000) | st.integers(100, 60_000), st.integers(0, 2))
@example(146, 1)
def test_no_blob_is_over_its_budget(make_trace, budget, layer):
    trace = make_trace(layers=3, heads=3, count=24)
    assert len(snapshot(trace, "encoder", layer, budget)) <= budget
    assert len(archive(trace, "encoder", layer, budget)) <= budget


def test_an_archive_is_exact_where_that_fits_and_whole_on_256_levels_where_not(make_trace):
    trace = make_trace(layers=3, heads=2, count=16)
    cells = 3 * 2 * 16 * 16
    exact = load(archive(trace, "encoder", 2, 4 * cells + 1000))
    rough = load(archive(trace, "encoder", 2, 2 * cells))
    assert set(exact) == set(rough) == {f"w/encoder/{layer}" for layer in range(3)}
    assert {array.dtype for array in exact.values()} == {np.dtype(np.float32)}
    assert {array.dtype for array in rough.values()} == {np.dtype(np.uint8)}


def test_an_archive_that_cannot_hold_all_layers_holds_the_shown_one(translation):
    cross, encoder = 4 * 5 * 7, 8 * 7 * 7
    read = load(archive(translation, "cross", 1, 3 * (cross + 160) + encoder))
    assert {"w/cross/0", "w/cross/1", "w/cross/2"} <= set(read)
    assert set(load(archive(translation, "cross", 1, cross + 300))) == {"w/cross/1"}


@pytest.mark.parametrize("dtype", ["f32", "u8"])
def test_tiles_put_together_are_the_layer(make_trace, dtype):
    trace = make_trace(layers=1, heads=3, count=10)
    weights = trace.weights(0)
    expected = weights if dtype == "f32" else quantize(weights)
    whole = load(tile(trace, ask("all", dtype=dtype)))
    np.testing.assert_array_equal(whole["w/encoder/0"], expected)
    for axis, kind, at in (("query", "q", 1), ("key", "k", 2)):
        first = load(tile(trace, ask(axis, 0, 4, dtype)))[f"{kind}/encoder/0/0"]
        second = load(tile(trace, ask(axis, 4, 10, dtype)))[f"{kind}/encoder/0/4"]
        np.testing.assert_array_equal(np.concatenate([first, second], axis=at), expected)


def test_working_in_groups_of_heads_changes_nothing(make_trace, monkeypatch):
    trace = make_trace(layers=1, heads=5, count=8)
    asked = {"block": "encoder", "layer": 0, "sentences": "all", "hide_special": True}
    before = tile(trace, ask("all")), marginal_tile(trace, asked)
    monkeypatch.setattr(tiles, "_WORK_CELLS", 130)
    assert (tile(trace, ask("all")), marginal_tile(trace, asked)) == before


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (ask(layer=6), "layer 6 does not exist: this trace has layers 0 to 5"),
        (ask(layer=-1), "layer -1 does not exist"),
        (ask(block="cross"), "block 'cross' does not exist: this trace has 'encoder'"),
        (ask(start=0, stop=13), "block 'encoder' has 12 queries"),
        (ask("key", 12, 13), "block 'encoder' has 12 keys"),
        (ask(start=3, stop=3), "0 <= start < stop <= 12"),
        (ask(start=-1, stop=3), "0 <= start < stop <= 12"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(make_trace, asked, said):
    with pytest.raises(OutOfRange, match=said):
        tile(make_trace(), asked)


def test_a_tile_over_the_budget_is_refused_with_a_range_that_fits(make_trace):
    trace = make_trace(layers=1, heads=12, count=256)
    with pytest.raises(BudgetError, match=r"at most 85 at a time, such as start 3, stop 88"):
        tile(trace, ask("query", 3, 256))
    assert len(tile(trace, ask("query", 3, 88))) <= TILE_BUDGET * 1.06
    with pytest.raises(BudgetError, match="queries"):
        tile(trace, ask("all"))
    assert len(tile(trace, ask("all", dtype="u8"))) < TILE_BUDGET


def test_one_row_is_sent_however_large(make_trace, monkeypatch):
    monkeypatch.setattr(tiles, "TILE_BUDGET", 100)
    trace = make_trace(layers=1)
    read = load(tile(trace, ask("key", 2, 3)))
    np.testing.assert_array_equal(read["k/encoder/0/2"], trace.weights(0, keys=slice(2, 3)))


@pytest.mark.parametrize("sentences", ["all", "aa", "ab", "ba", "bb"])
@pytest.mark.parametrize("hide_special", [False, True])
def test_marginals_follow_the_filters(make_trace, sentences, hide_special):
    trace = make_trace(pair=True)
    read = load(
        marginal_tile(
            trace,
            {"block": "encoder", "layer": 3, "sentences": sentences, "hide_special": hide_special},
        )
    )
    allowed = allowed_pairs(trace.tokens, trace.tokens, sentences, hide_special)
    kept = np.where(allowed, trace.weights(3), 0)
    np.testing.assert_array_equal(read["strongest/encoder/3"], kept.max(axis=2))
    mean = kept.sum(axis=1) / np.maximum(allowed.sum(axis=0), 1)
    np.testing.assert_allclose(read["received/encoder/3"], mean, atol=1e-6)
