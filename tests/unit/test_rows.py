import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load

from headwise.errors import BudgetError, InputError, OutOfRange, UnsupportedAttention
from headwise.record import AttentionRecord
from headwise.tokens import Tokens
from headwise.trace import Block, Trace
from headwise.wire.describe import describe
from headwise.wire.protocol import TENSOR_BUDGET, TILE_BUDGET, read_rows
from headwise.wire.rows import neuron_archive, neuron_snapshot, rows_tile

LARGE = 100_000_000


def drawn(queries, keys=None, *, heads=4, key_heads=4, seed=0, size=3, **more):
    draw = np.random.default_rng(seed)
    return AttentionRecord(
        queries=draw.normal(size=(heads, queries, size)),
        keys=draw.normal(size=(key_heads, queries if keys is None else keys, size)),
        **more,
    )


def traced(*records, name="encoder"):
    sides = [
        Tokens.from_labels([f"t{number}" for number in range(count)])
        for count in (records[0].query_count, records[0].key_count)
    ]
    return Trace([Block(name, records, *sides, causal=records[0].causal)])


def ask(kind="query", head=0, start=0, stop=1, layer=0, block="encoder"):
    return {
        "block": block,
        "layer": layer,
        "kind": kind,
        "head": head,
        "start": start,
        "stop": stop,
    }


def rows(trace, kind, head=0, start=0, stop=1, layer=0):
    """The one tensor of the answer."""
    block = trace.default_block
    ((name, found),) = load(rows_tile(trace, ask(kind, head, start, stop, layer, block))).items()
    shown = 0 if kind == "mask" else head
    assert name == f"rows/{kind}/{block}/{layer}/{shown}/{start}"
    return found


def test_vectors_by_value():
    trace = traced(drawn(7, 9, heads=6, key_heads=2))
    for head in range(6):
        np.testing.assert_array_equal(rows(trace, "query", head, 2, 7), trace.queries(0, head)[2:])
        np.testing.assert_array_equal(rows(trace, "key", head // 3, 4, 9), trace.keys(0, head)[4:])


def test_keys_of_a_part_of_the_heads_keep_the_models_numbers():
    record = drawn(5, heads=3, key_heads=2, kept=[1, 6, 7], model_heads=(8, 4))
    trace = traced(record)
    np.testing.assert_array_equal(rows(trace, "key", 0, 0, 5), record.keys[0])
    np.testing.assert_array_equal(rows(trace, "key", 3, 0, 5), record.keys[1])
    np.testing.assert_array_equal(rows(trace, "query", 6, 0, 5), record.queries[1])
    for key_head in (1, 2, 4, -1):
        with pytest.raises(OutOfRange, match=rf"key head {key_head} .* has key heads 0, 3"):
            rows(trace, "key", key_head)
    with pytest.raises(OutOfRange, match="head 5 of layer 0 was not captured"):
        rows(trace, "query", 5)


def test_rows_of_bias_and_of_mask():
    bias = np.random.default_rng(1).normal(size=(4, 5, 5)).astype(np.float32)
    seen = np.ones((5, 5), bool)
    seen[:, 4] = False
    trace = traced(drawn(5, bias=bias, visible=seen, causal=True), drawn(5, bias=bias[:1]))
    np.testing.assert_array_equal(rows(trace, "bias", 2, 1, 3), bias[2, 1:3])
    np.testing.assert_array_equal(rows(trace, "bias", 3, 1, 3, layer=1), bias[0, 1:3])
    mask = rows(trace, "mask", 3, 1, 5)
    np.testing.assert_array_equal(mask, (seen & np.tri(5, dtype=bool))[1:])
    assert mask.dtype == np.uint8
    np.testing.assert_array_equal(rows(trace, "mask", 0, 1, 5, layer=1), np.ones((4, 5)))


def test_a_model_without_a_bias_adds_nothing():
    np.testing.assert_array_equal(rows(traced(drawn(3, 4)), "bias", 0, 1, 3), np.zeros((2, 4)))


def test_vectors_kept_as_float16_travel_as_float32():
    half = np.random.default_rng(2).normal(size=(2, 4, 3)).astype(np.float16)
    found = rows(traced(AttentionRecord(queries=half, keys=half)), "key", 1, 0, 4)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, half[1])


@pytest.mark.parametrize("kind", ["query", "key", "bias", "mask"])
def test_weights_only_are_refused_with_what_to_do(kind):
    trace = traced(AttentionRecord(given=np.ones((2, 3, 3)) / 3))
    with pytest.raises(UnsupportedAttention, match=r"weights only.*headwise\.trace"):
        rows(trace, kind)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (ask(layer=1), "layer 1 does not exist"),
        (ask(block="cross"), "block 'cross' does not exist"),
        (ask(head=4), "head 4 does not exist"),
        (ask("bias", head=-1), "head -1 does not exist"),
        (ask("key", head=4), "key head 4 does not exist"),
        (ask(start=0, stop=6), "block 'encoder' has 5 queries; give 0 <= start < stop <= 5"),
        (ask("key", start=6, stop=8), "block 'encoder' has 7 keys; give"),
        (ask("mask", start=2, stop=2), "queries 2 up to 2 do not exist"),
        (ask("bias", start=-1, stop=2), "queries -1 up to 2 do not exist"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(asked, said):
    with pytest.raises(OutOfRange, match=said):
        rows_tile(traced(drawn(5, 7)), asked)


@pytest.mark.parametrize(
    ("kind", "fitting"), [("query", 2050), ("key", 2050), ("bias", 52), ("mask", 210)]
)
def test_rows_over_the_budget_are_refused_with_a_range_that_fits(kind, fitting):
    trace = traced(drawn(5000, heads=1, key_heads=1, size=128))
    with pytest.raises(
        BudgetError, match=rf"at most {fitting} at a time.* start 3, stop {fitting + 3}"
    ):
        rows(trace, kind, 0, 3, 5000)
    assert len(rows(trace, kind, 0, 3, fitting + 3)) == fitting
    assert len(rows_tile(trace, ask(kind, 0, 3, fitting + 3))) <= TILE_BUDGET * 1.06


def test_one_row_is_sent_however_long():
    trace = traced(drawn(2, 300_000, heads=1, key_heads=1, size=1))
    assert rows(trace, "bias", 0, 1, 2).nbytes == 1_200_000
    with pytest.raises(BudgetError, match="at most 1 at a time"):
        rows(trace, "bias", 0, 0, 2)


def test_a_piece_of_a_long_text_comes_at_once():
    trace = traced(drawn(5000, heads=32, key_heads=8, size=64, causal=True))
    start = time.process_time()
    assert rows(trace, "key", 7, 1000, 5000).shape == (4000, 64)
    assert rows(trace, "mask", 0, 4900, 5000).sum() == sum(range(4901, 5001))
    assert neuron_snapshot(trace, "encoder", 0, 3, TENSOR_BUDGET)
    assert time.process_time() - start < 0.5


def tables(trace, kinds=("query", "key"), layers=None):
    found = set()
    for block in trace.blocks.values():
        for layer, record in enumerate(block.records):
            if layers is not None and (block.name, layer) not in layers:
                continue
            for kind in kinds:
                heads = {"key": record.key_heads, "mask": 1}.get(kind, record.heads)
                found |= {f"rows/{kind}/{block.name}/{layer}/{head}/0" for head in range(heads)}
    return found


def test_a_small_trace_is_in_the_snapshot_entirely(translation):
    read = load(neuron_snapshot(translation, "cross", 1, 2, TENSOR_BUDGET))
    assert set(read) == tables(translation) | {"w/cross/1"}
    np.testing.assert_array_equal(
        read["rows/query/cross/2/3/0"], translation.queries(2, 3, block="cross")
    )
    np.testing.assert_array_equal(
        read["rows/key/cross/2/3/0"], translation.keys(2, 3, block="cross")
    )
    np.testing.assert_array_equal(read["w/cross/1"], translation.weights(1, block="cross"))


def test_bias_and_mask_travel_with_the_vectors():
    bias = np.random.default_rng(1).normal(size=(4, 6, 6)).astype(np.float32)
    seen = ~np.eye(6, k=-2, dtype=bool)
    trace = traced(drawn(6, bias=bias, visible=seen, causal=True), drawn(6, causal=True))
    read = load(neuron_snapshot(trace, "encoder", 1, 0, TENSOR_BUDGET))
    extra = {f"rows/bias/encoder/0/{head}/0" for head in range(4)} | {"rows/mask/encoder/0/0/0"}
    assert set(read) == tables(trace) | extra | {"w/encoder/1"}
    np.testing.assert_array_equal(read["rows/bias/encoder/0/3/0"], bias[3])
    np.testing.assert_array_equal(read["rows/mask/encoder/0/0/0"], seen & np.tri(6, dtype=bool))


def softmax(scores, sink=None):
    raised = np.exp(scores.astype(float))
    return raised / (raised.sum() + (0.0 if sink is None else np.exp(sink)))


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"causal": True, "softcap": 2.0, "scale": 1.5},
        {
            "bias": np.random.default_rng(1).normal(size=(1, 8, 8)),
            "visible": ~np.eye(8, dtype=bool),
        },
        {"sinks": [0.5, -1.0, 2.0, 0.0], "causal": True, "visible": ~np.eye(8, k=-3, dtype=bool)},
        {"bias": np.random.default_rng(2).normal(size=(4, 8, 8)), "scale": 0.3},
    ],
)
def test_what_travels_reproduces_the_weights(more):
    trace = traced(drawn(8, key_heads=2, **more))
    said = describe(trace)["blocks"][0]["vectors"][0]
    read = load(neuron_snapshot(trace, "encoder", 0, 0, TENSOR_BUDGET))
    for head, query in np.ndindex(4, 8):
        q = read[f"rows/query/encoder/0/{head}/0"][query]
        k = read[f"rows/key/encoder/0/{head // (4 // said['key_heads'])}/0"]
        scores = (q * k).sum(axis=1) * said["scale"]
        if "softcap" in said:
            scores = said["softcap"] * np.tanh(scores / said["softcap"])
        if "bias" in said:
            scores = scores + read[f"rows/bias/encoder/0/{head}/0"][query]
        seen = np.arange(8) <= query if said["causal"] else np.ones(8, bool)
        if "mask" in said:
            seen = read["rows/mask/encoder/0/0/0"][query] == 1
        weights = np.zeros(8)
        sink = said["sinks"][head] if "sinks" in said else None
        weights[seen] = softmax(scores[seen], sink)
        np.testing.assert_allclose(weights, trace.weights(0, head)[query], atol=1e-6)


def test_weights_only_have_their_weights_in_the_snapshot():
    trace = traced(AttentionRecord(given=np.ones((2, 3, 3)) / 3), drawn(3))
    read = load(neuron_snapshot(trace, "encoder", 0, 1, TENSOR_BUDGET))
    assert set(read) == tables(trace, layers={("encoder", 1)}) | {"w/encoder/0"}
    few = load(neuron_snapshot(trace, "encoder", 0, 1, 300))
    assert set(few) == {"w/encoder/0"}


LAYER = 4 * 40 * 3 * 4 * 2 + 8 * 160
HEAD = 2 * (40 * 3 * 4 + 160)
WEIGHTS = 4 * 40 * 40 * 4 + 160


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (3 * LAYER + WEIGHTS + 32, "everything and the weights"),
        (3 * LAYER + 32, "everything"),
        (3 * LAYER - 1, "layer"),
        (LAYER + 32, "layer"),
        (LAYER - 1, "head"),
        (HEAD + 32, "head"),
    ],
)
def test_less_travels_where_the_budget_is_less(budget, expected):
    trace = traced(*(drawn(40, seed=seed) for seed in range(3)))
    read = set(load(neuron_snapshot(trace, "encoder", 2, 3, budget)))
    layer = tables(trace, layers={("encoder", 2)})
    assert (
        read
        == {
            "everything and the weights": tables(trace) | {"w/encoder/2"},
            "everything": tables(trace),
            "layer": layer,
            "head": {"rows/query/encoder/2/3/0", "rows/key/encoder/2/3/0"},
        }[expected]
    )


def test_the_shown_head_has_its_bias_only_where_that_fits_whole():
    bias = np.random.default_rng(1).normal(size=(1, 40, 40)).astype(np.float32)
    trace = traced(drawn(40, bias=bias))
    head = {"rows/query/encoder/0/1/0", "rows/key/encoder/0/1/0"}
    assert set(load(neuron_snapshot(trace, "encoder", 0, 1, HEAD + 6400))) == head
    read = load(neuron_snapshot(trace, "encoder", 0, 1, HEAD + 6400 + 192))
    assert set(read) == head | {"rows/bias/encoder/0/1/0"}
    np.testing.assert_array_equal(read["rows/bias/encoder/0/1/0"], bias[0])


def test_a_head_too_long_travels_as_its_first_keys_and_queries():
    trace = traced(drawn(400, heads=4, key_heads=2))
    read = load(neuron_snapshot(trace, "encoder", 0, 3, 4000))
    assert set(read) == {"rows/query/encoder/0/3/0", "rows/key/encoder/0/1/0"}
    keys, queries = read["rows/key/encoder/0/1/0"], read["rows/query/encoder/0/3/0"]
    np.testing.assert_array_equal(keys, trace.keys(0, 3)[: len(keys)])
    np.testing.assert_array_equal(queries, trace.queries(0, 3)[: len(queries)])
    assert 140 <= len(keys) <= 2000 // 12
    assert 140 <= len(queries) <= 2000 // 12


def test_a_head_that_was_not_captured_has_nothing_of_its_own():
    trace = traced(drawn(400, heads=2, key_heads=2, kept=[0, 3], model_heads=(4, 4)))
    assert load(neuron_snapshot(trace, "encoder", 0, 1, 4000)) == {}
    with pytest.raises(OutOfRange, match="head 4 does not exist"):
        neuron_snapshot(trace, "encoder", 0, 4, 4000)


def test_an_archive_goes_on_with_whole_layers():
    trace = traced(*(drawn(40, seed=seed) for seed in range(14)))
    read = set(load(neuron_archive(trace, "encoder", 12, 0, 2 * (LAYER + WEIGHTS) + 40)))
    there = {("encoder", 12), ("encoder", 13)}
    assert read == tables(trace, layers=there) | {"w/encoder/12", "w/encoder/13"}
    rows_first = set(load(neuron_archive(trace, "encoder", 12, 0, 14 * LAYER + WEIGHTS + 40)))
    assert rows_first == tables(trace) | {"w/encoder/12"}
    whole = set(load(neuron_archive(trace, "encoder", 12, 0, LARGE)))
    assert whole == tables(trace) | {f"w/encoder/{layer}" for layer in range(14)}


def test_an_archive_holds_every_block_and_weights_without_vectors(translation):
    read = set(load(neuron_archive(translation, "cross", 0, 0, LARGE)))
    weights = {"w/encoder/5", "w/decoder/2", "w/cross/2"}
    assert tables(translation) | weights <= read
    assert len(read) == len(tables(translation)) + 12
    given = traced(AttentionRecord(given=np.ones((2, 3, 3)) / 3), drawn(3))
    assert {"w/encoder/0", "w/encoder/1"} <= set(
        load(neuron_archive(given, "encoder", 1, 0, LARGE))
    )


@settings(deadline=None, max_examples=80)
@given(
    st.integers(400, 3_000) | st.integers(400, 80_000),
    st.booleans(),
    st.sampled_from(["bias", "mask", "plain"]),
)
def test_no_blob_is_over_its_budget(budget, causal, more):
    extra = {
        "bias": {"bias": np.ones((4, 30, 30))},
        "mask": {"visible": np.eye(30, dtype=bool)},
        "plain": {},
    }[more]
    trace = traced(*(drawn(30, causal=causal, seed=seed, **extra) for seed in range(3)))
    assert len(neuron_snapshot(trace, "encoder", 1, 2, budget)) <= budget
    assert len(neuron_archive(trace, "encoder", 1, 2, budget)) <= budget


def test_requests_are_read_as_they_are_sent():
    assert read_rows({**ask("bias"), "more": 1}) == ask("bias")
    for field, value, said in (
        ("kind", "value", "must be one of query, key, bias, mask"),
        ("head", True, "must be int, not bool"),
        ("start", 0.0, "must be int, not float"),
        ("stop", None, "must be int"),
        ("layer", "0", "must be int, not str"),
        ("block", 0, "must be str, not int"),
    ):
        with pytest.raises(InputError, match=f"'{field}' {said}"):
            read_rows({**ask(), field: value})
        with pytest.raises(InputError, match=f"'{field}' is missing"):
            read_rows({name: one for name, one in ask().items() if name != field})
