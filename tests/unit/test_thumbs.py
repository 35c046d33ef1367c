import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load

from headwise import bands
from headwise.errors import InputError, OutOfRange
from headwise.metrics.heads import FACTS, head_facts
from headwise.record import AttentionRecord
from headwise.reduce import allowed_pairs, top_share
from headwise.thumbnails import thumbnail
from headwise.tokens import Tokens
from headwise.trace import Block, Trace
from headwise.wire import thumbs
from headwise.wire.protocol import TENSOR_BUDGET, read_facts, read_thumbnails
from headwise.wire.thumbs import (
    facts_tile,
    model_archive,
    model_snapshot,
    thumbnail_name,
    thumbnail_tile,
)

PLAIN = {"pooling": "max", "strongest": 1.0, "sentences": "all", "hide_special": False}
PREVIOUS, NEXT = FACTS.index("previous"), FACTS.index("next")


def asked(trace, layer=0, **settings):
    return {"block": trace.default_block, "layer": layer, **PLAIN, **settings}


def codes(trace, layer=0, **settings):
    """The one tensor of the answer."""
    params = asked(trace, layer, **settings)
    ((name, found),) = load(thumbnail_tile(trace, params)).items()
    assert name == thumbnail_name(trace.block(), layer, params)
    assert found.dtype == np.uint8
    return found


def figures(trace, layer=0):
    ((name, found),) = load(
        facts_tile(trace, {"block": trace.default_block, "layer": layer})
    ).items()
    assert name == f"facts/{trace.default_block}/{layer}"
    assert found.dtype == np.float32
    return found


def one_layer(record, name="encoder", *, pair=False):
    def side(count):
        return Tokens.from_labels(
            [f"t{number}" for number in range(count)],
            segments=[int(pair and 2 * number >= count) for number in range(count)],
            special=[number == 0 for number in range(count)],
        )

    queries, keys = side(record.query_count), side(record.key_count)
    return Trace([Block(name, (record,), queries, keys, causal=record.causal)])


def drawn(queries, keys=None, *, heads=4, key_heads=4, seed=0, size=3, **more):
    draw = np.random.default_rng(seed)
    return AttentionRecord(
        queries=draw.normal(size=(heads, queries, size)),
        keys=draw.normal(size=(key_heads, queries if keys is None else keys, size)),
        **more,
    )


NOISE = np.random.default_rng(5)
GAPS = NOISE.dirichlet(np.ones(20), size=(2, 20)).astype(np.float32)
GAPS[0, 3:9, 2:7] = np.nan
RECORDS = {
    "plain": drawn(20),
    "pooled": drawn(150),
    "one token": drawn(1),
    "causal": drawn(150, causal=True),
    "grouped heads": drawn(20, heads=6, key_heads=2),
    "more keys than queries": drawn(20, 150),
    "more queries than keys": drawn(150, 20),
    "causal, fewer queries": drawn(70, 90, causal=True),
    "sinks": drawn(20, sinks=[0.0, 3.0, -2.0, 1.0]),
    "soft cap": drawn(20, softcap=1.5, scale=4.0),
    "one bias for all heads": drawn(70, bias=3 * NOISE.normal(size=(1, 70, 70)), causal=True),
    "a bias a head": drawn(70, bias=3 * NOISE.normal(size=(4, 70, 70)), causal=True),
    "padding on the right": drawn(70, visible=np.ones((70, 1), bool) & (np.arange(70) < 60)),
    "padding on the left": drawn(
        70, visible=np.ones((70, 1), bool) & (np.arange(70) > 30), causal=True
    ),
    "window": drawn(70, visible=~np.tri(70, k=-5, dtype=bool), causal=True),
    "some heads": drawn(20, heads=2, key_heads=2, kept=[1, 6], model_heads=(8, 4)),
    "some heads with a bias": drawn(
        20,
        heads=2,
        key_heads=2,
        kept=[0, 7],
        model_heads=(8, 8),
        bias=NOISE.normal(size=(2, 20, 20)),
    ),
    "weights only": AttentionRecord(given=NOISE.dirichlet(np.ones(150), size=(3, 150))),
    "some heads, weights only": AttentionRecord(
        given=NOISE.dirichlet(np.ones(9), size=(2, 9)), kept=[2, 3], model_heads=(5, 5)
    ),
    "missing weights": AttentionRecord(given=GAPS),
    "weights above the triangle": AttentionRecord(
        given=NOISE.dirichlet(np.ones(9), size=(2, 9)), causal=True
    ),
    "float16": AttentionRecord(
        queries=NOISE.normal(size=(2, 20, 3)).astype(np.float16),
        keys=NOISE.normal(size=(2, 20, 3)).astype(np.float16),
    ),
    "no head": AttentionRecord(
        queries=np.zeros((0, 9, 3)), keys=np.zeros((0, 9, 3)), kept=[], model_heads=(4, 4)
    ),
}


def expected_codes(trace, pooling, strongest, sentences, hide_special):
    """The same by the plain functions, on the whole layer at once."""
    block = trace.block()
    record = block.records[0]
    factor = -(-max(record.query_count, record.key_count) // 64)
    weights, seen = record.weights(), record.allowed()
    play = allowed_pairs(block.query_tokens, block.key_tokens, sentences, hide_special)
    play = np.broadcast_to(play if seen is None else play & seen, weights.shape) & ~np.isnan(
        weights
    )
    if strongest < 1:
        play = top_share(np.where(play, weights, 0), strongest)
    expected = thumbnail(weights, play, pooling, factor)
    expected[[head for head in range(record.heads) if head not in record.captured]] = 0
    return expected


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("pooling", ["max", "mean"])
@pytest.mark.parametrize("strongest", [1.0, 0.6])
@pytest.mark.parametrize("filters", [("all", False), ("all", True), ("ab", False)])
def test_thumbnails_of_every_kind_of_record(name, pooling, strongest, filters):
    trace = one_layer(RECORDS[name], pair=True)
    found = codes(
        trace, pooling=pooling, strongest=strongest, sentences=filters[0], hide_special=filters[1]
    )
    expected = expected_codes(trace, pooling, strongest, *filters)
    np.testing.assert_array_equal(found == 0, expected == 0)
    # Rounding of a mean or of a weight computed in another grouping moves a level at most.
    assert np.abs(found.astype(int) - expected).max(initial=0) <= 1


@pytest.mark.parametrize("name", RECORDS)
def test_figures_of_every_kind_of_record(name):
    record = RECORDS[name]
    trace = one_layer(record)
    found = figures(trace)
    special = np.arange(record.query_count) == 0, np.arange(record.key_count) == 0
    square = record.query_count == record.key_count
    expected = head_facts(
        record.weights(), record.allowed(), special[1], square, special_queries=special[0]
    )
    there = list(record.captured)
    np.testing.assert_allclose(found[there], expected[there], atol=2e-6)
    absent = np.delete(found, there, axis=0)
    assert np.isnan(absent[:, [*range(6), 8]]).all()
    assert (absent[:, 6:8] == -1).all()


def test_causal_ground_is_nothing_and_a_seen_weight_of_zero_is_something():
    weights = np.zeros((1, 3, 3), np.float32)
    weights[0, :, 0] = 1
    trace = one_layer(AttentionRecord(given=weights, causal=True))
    np.testing.assert_array_equal(codes(trace), [[[255, 0, 0], [255, 1, 0], [255, 1, 1]]])
    np.testing.assert_array_equal(
        codes(trace, strongest=0.9), [[[255, 0, 0], [255, 0, 0], [255, 0, 0]]]
    )


def test_cross_attention_has_no_neighbours_though_both_sides_read_alike():
    record = drawn(5)
    assert np.isnan(figures(one_layer(record, "cross"))[:, [PREVIOUS, NEXT]]).all()
    assert not np.isnan(figures(one_layer(record))[:, [PREVIOUS, NEXT]]).any()


def test_a_name_tells_all_that_a_thumbnail_depends_on(make_trace):
    block = make_trace().block()
    assert thumbnail_name(block, 3, PLAIN) == "thumb/encoder/3/max,10000,all,0"
    other = {"pooling": "mean", "strongest": 0.12345, "sentences": "ab", "hide_special": True}
    assert thumbnail_name(block, 0, other) == "thumb/encoder/0/mean,1235,ab,1"
    # As JavaScript's Math.round has it, half goes up.
    assert thumbnail_name(block, 0, PLAIN | {"strongest": 0.00025}).split(",")[1] == "3"


def test_what_does_not_exist_is_refused(make_trace):
    trace = make_trace()
    for answer in (thumbnail_tile, facts_tile):
        with pytest.raises(OutOfRange, match="layer 6 does not exist"):
            answer(trace, asked(trace, 6))
        with pytest.raises(OutOfRange, match="'cross' does not exist"):
            answer(trace, asked(trace) | {"block": "cross"})
    with pytest.raises(OutOfRange, match="layer 6 does not exist"):
        model_snapshot(trace, "encoder", PLAIN, [6], 9999)
    with pytest.raises(OutOfRange, match="'cross' does not exist"):
        model_archive(trace, "cross", PLAIN, None, 9999)


def names(kind, layers, block="encoder"):
    suffix = "/max,10000,all,0" if kind == "thumb" else ""
    return {f"{kind}/{block}/{layer}{suffix}" for layer in layers}


def test_a_small_model_is_in_the_snapshot_entirely(make_trace):
    trace = make_trace()
    read = load(model_snapshot(trace, "encoder", PLAIN, None, TENSOR_BUDGET))
    assert set(read) == names("thumb", range(6)) | names("facts", range(6)) | names("w", range(6))
    for layer in range(6):
        np.testing.assert_array_equal(read[f"w/encoder/{layer}"], trace.weights(layer))
        np.testing.assert_array_equal(
            read[f"thumb/encoder/{layer}/max,10000,all,0"], codes(trace, layer)
        )
        np.testing.assert_array_equal(read[f"facts/encoder/{layer}"], figures(trace, layer))


def test_whole_layers_travel_all_or_none(make_trace):
    trace = make_trace(layers=4, heads=2, count=40)
    pictures, whole = 4 * (2 * 40 * 40 + 2 * 36 + 320), 4 * 2 * 40 * 40 * 4
    enough = load(model_snapshot(trace, "encoder", PLAIN, None, pictures + whole + 700))
    assert names("w", range(4)) <= set(enough)
    less = load(model_snapshot(trace, "encoder", PLAIN, None, pictures + whole // 2))
    assert set(less) == names("thumb", range(4)) | names("facts", range(4))


def test_layers_go_in_the_order_they_are_shown_while_bytes_last(make_trace):
    trace = make_trace(layers=4, heads=2, count=40)
    budget = 2 * (2 * 40 * 40 + 2 * 36 + 320) + 100
    assert set(load(model_snapshot(trace, "encoder", PLAIN, [2, 0, 1], budget))) == names(
        "thumb", [2, 0]
    ) | names("facts", [2, 0])


def test_a_snapshot_does_no_more_work_than_it_may(make_trace, monkeypatch):
    trace = make_trace(layers=4, heads=2, count=40)
    monkeypatch.setattr(thumbs, "SNAPSHOT_WORK", 2 * 2 * 40 * 40 + 1)
    read = load(model_snapshot(trace, "encoder", PLAIN, None, TENSOR_BUDGET))
    assert set(read) == names("thumb", [0, 1]) | names("facts", [0, 1]) | names("w", range(4))
    read = load(model_archive(trace, "encoder", PLAIN, None, TENSOR_BUDGET))
    assert names("thumb", range(4)) <= set(read)
    monkeypatch.setattr(thumbs, "SNAPSHOT_WORK", 4 * 2 * 40 * 40)
    read = load(model_snapshot(trace, "encoder", PLAIN | {"strongest": 0.9}, None, TENSOR_BUDGET))
    assert {name for name in read if name[0] != "w"} == {
        "thumb/encoder/0/max,9000,all,0",
        "facts/encoder/0",
    }


def test_a_causal_layer_is_half_the_work(monkeypatch):
    record = drawn(200, causal=True)
    monkeypatch.setattr(thumbs, "SNAPSHOT_WORK", 4 * 200 * 200 // 2)
    trace = one_layer(record)
    assert "thumb/encoder/0/max,10000,all,0" in load(
        model_snapshot(trace, "encoder", PLAIN, None, TENSOR_BUDGET)
    )
    assert bands.work(record) == 80_000
    assert bands.work(drawn(200)) == 160_000


@settings(deadline=None, max_examples=60)
@given(st.integers(100, 60_000), st.integers(1, 3))
def test_no_blob_is_over_its_budget(make_trace, budget, layers):
    trace = make_trace(layers=layers, heads=3, count=24)
    assert len(model_snapshot(trace, "encoder", PLAIN, None, budget)) <= budget
    assert len(model_archive(trace, "encoder", PLAIN, None, budget)) <= budget


def test_an_archive_has_the_pictures_of_every_block_then_whole_layers(translation):
    read = load(model_archive(translation, "cross", PLAIN, [1, 2], 1_000_000))
    for block, layers in (("encoder", 6), ("decoder", 3), ("cross", 3)):
        for kind in ("thumb", "facts", "w"):
            assert names(kind, range(layers), block) <= set(read)
    few = load(model_archive(translation, "cross", PLAIN, [1, 2], 1200))
    assert {"thumb/cross/1/max,10000,all,0", "thumb/cross/2/max,10000,all,0"} <= set(few)
    assert not any(name.startswith(("thumb/encoder", "thumb/decoder", "w/")) for name in few)


def test_a_model_of_2048_tokens_opens_at_once():
    trace = one_layer(drawn(2048, heads=12, key_heads=12, size=32))
    start = time.process_time()
    assert load(model_snapshot(trace, "encoder", PLAIN, None, TENSOR_BUDGET)) == {}
    assert time.process_time() - start < 0.5


def test_bands_of_any_size_give_the_same_pictures(monkeypatch):
    trace = one_layer(RECORDS["window"])
    settings = {"strongest": 0.7, "hide_special": True}
    before = codes(trace, **settings), figures(trace)
    monkeypatch.setattr(bands, "_BAND_WEIGHTS", 700)
    monkeypatch.setattr(bands, "_LEAST_QUERIES", 3)
    np.testing.assert_array_equal(codes(trace, **settings), before[0])
    np.testing.assert_allclose(figures(trace), before[1], atol=1e-6)


GOOD = {"block": "encoder", "layer": 0, **PLAIN}


def test_requests_are_read_as_they_are_sent():
    assert read_thumbnails({**GOOD, "more": 1}) == GOOD
    whole = read_thumbnails({**GOOD, "strongest": 1})
    assert (whole["strongest"], type(whole["strongest"])) == (1.0, float)
    assert read_facts(GOOD) == {"block": "encoder", "layer": 0}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("strongest", True, "must be a number, not bool"),
        ("strongest", "0.5", "must be a number, not str"),
        ("strongest", float("nan"), "must be between 0 and 1, not nan"),
        ("strongest", 1.01, "must be between 0 and 1"),
        ("strongest", -1, "must be between 0 and 1"),
        ("pooling", "median", "must be one of max, mean"),
        ("sentences", "ba ", "must be one of all"),
        ("hide_special", 0, "must be bool, not int"),
        ("layer", 1.0, "must be int, not float"),
        ("layer", True, "must be int, not bool"),
        ("block", None, "must be str"),
    ],
)
def test_a_field_of_another_kind_is_named(field, value, said):
    with pytest.raises(InputError, match=f"'{field}' {said}"):
        read_thumbnails({**GOOD, field: value})
    if field in ("block", "layer"):
        with pytest.raises(InputError, match=f"'{field}' {said}"):
            read_facts({**GOOD, field: value})
    with pytest.raises(InputError, match=f"'{field}' is missing"):
        read_thumbnails({name: one for name, one in GOOD.items() if name != field})
