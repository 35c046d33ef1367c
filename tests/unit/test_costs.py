"""What views cost, in counts that no machine changes: bytes, messages, and memory of long texts."""

import gc
import json
import tracemalloc

import numpy as np
import pytest
from safetensors.numpy import load

import headwise as hw
from headwise.record import AttentionRecord
from headwise.trace import Block, Trace
from headwise.wire.protocol import PROTOCOL, TILE_BUDGET
from plain_traces import plain_tokens

VIEWS = ("head_view", "model_view", "neuron_view", "matrix_view")
OPENING = 300_000
"""Most bytes of all traits that a view opens with, the bundle included."""

FILTER = {"sentences": "all", "hide_special": False}
PLACE = {"block": "decoder", "layer": 0}
MAP = {"block": "decoder", "heads": [[0, 0]], "aggregate": "mean", "hide_special": False}


def causal_trace(count, heads=12, layers=1, size=16, dtype=np.float32):
    """Random vectors; the widest text is as large as its queries and keys."""
    draw = np.random.default_rng(0)
    tokens = plain_tokens(count)
    records = [
        AttentionRecord(
            queries=draw.normal(size=(heads, count, size)).astype(dtype),
            keys=draw.normal(size=(heads, count, size)).astype(dtype),
            scale=0.5,
            causal=True,
        )
        for _ in range(layers)
    ]
    return Trace([Block("decoder", records, tokens, tokens, causal=True)])


def request(method, params):
    return {"v": PROTOCOL, "id": 1, "method": method, "params": params}


def size_of(state):
    blobs = {name: value for name, value in state.items() if isinstance(value, (bytes, memoryview))}
    rest = {name: value for name, value in state.items() if name not in blobs}
    return sum(len(blob) for blob in blobs.values()) + len(json.dumps(rest, default=str))


@pytest.mark.parametrize("count", [128, 512])
@pytest.mark.parametrize("name", VIEWS)
def test_144_heads_open_with_few_bytes_and_no_further_message(name, count, keep, browser):
    view = keep(getattr(hw, name)(causal_trace(count, layers=12)))
    page = browser(view)
    state = view.get_state()
    assert page.received == []
    assert len(load(view.tensors)) > 0
    assert size_of(state) < OPENING


@pytest.mark.parametrize(
    ("name", "change", "answers"),
    [
        ("head_view", {"layer": 3}, 1),
        ("head_view", {"strongest": 0.3}, 0),
        ("head_view", {"aggregate": "mean"}, 0),
        ("model_view", {"pooling": "mean"}, 0),
        ("model_view", {"opened": [2, 1]}, 0),
        ("neuron_view", {"neurons": "index"}, 0),
        ("matrix_view", {"region": [0, 64, 0, 64]}, 0),
        ("matrix_view", {"aggregate": "sum"}, 0),
    ],
)
def test_a_control_that_is_moved_sends_no_weights(name, change, answers, keep, browser):
    view = keep(getattr(hw, name)(causal_trace(64, heads=2, layers=4)))
    page = browser(view)
    page.set(**change)
    assert len(page.updates()) <= answers
    sent = [buffer for _, buffers in page.received for buffer in buffers]
    assert sent == []
    assert sum(len(json.dumps(data, default=str)) for data, _ in page.received) < 1000


@pytest.fixture(scope="module")
def long_trace():
    return causal_trace(8192)


@pytest.fixture
def peak():
    """Bytes that were allocated since the last call, at most."""
    gc.collect()
    tracemalloc.start()
    before = 0

    def since():
        nonlocal before
        most = tracemalloc.get_traced_memory()[1] - before
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        return most

    since()
    yield since
    tracemalloc.stop()


ROW = 12 * 8192 * 4
"""Bytes of a row of a layer, exact: a map of one head would be 683 times as large."""


@pytest.mark.parametrize(
    ("name", "method", "params", "most"),
    [
        ("head_view", "tile", {"axis": "query", "start": 8191, "stop": 8192, "dtype": "f32"}, 6),
        ("head_view", "tile", {"axis": "query", "start": 8000, "stop": 8008, "dtype": "u8"}, 30),
        ("head_view", "tile", {"axis": "key", "start": 0, "stop": 2, "dtype": "f32"}, 80),
        ("head_view", "marginals", FILTER, 80),
        ("head_view", "marginals", {**FILTER, "hide_special": True}, 80),
        ("model_view", "thumbnails", {**FILTER, "pooling": "max", "strongest": 1.0}, 80),
        ("model_view", "thumbnails", {**FILTER, "pooling": "mean", "strongest": 0.5}, 80),
        ("model_view", "facts", {}, 80),
        ("neuron_view", "rows", {"kind": "key", "head": 0, "start": 0, "stop": 8192}, 6),
        ("matrix_view", "matrix", {"pool": 16, "row": 0, "column": 0, "dtype": "u8"}, 50),
        ("matrix_view", "matrix", {"pool": 1, "row": 127, "column": 0, "dtype": "f32"}, 50),
        ("matrix_view", "matrix_marginals", {}, 50),
    ],
)
def test_no_answer_over_8192_tokens_makes_an_array_of_all_pairs(
    name, method, params, most, long_trace, keep, browser, peak
):
    view = keep(getattr(hw, name)(long_trace))
    # The trace's own description and the first tensors.
    assert peak() < 60_000_000
    page = browser(view)
    asked = request(method, {**(MAP if name == "matrix_view" else PLACE), **params})
    for _ in range(3):
        reply, buffers = page.ask(asked)
        assert reply["ok"], reply
        assert len(buffers[0]) <= 1.06 * TILE_BUDGET
        page.received.clear()
        assert peak() < most * ROW


def test_all_steps_of_a_layer_stay_in_bounds(peak):
    trace = causal_trace(4096, heads=2)
    view = hw.head_view(trace)
    try:
        handlers = view._handlers()
        peak()
        key = {**PLACE, "axis": "key", "start": 0, "stop": 1, "dtype": "f32"}
        while not load(handlers["tile"](key)):
            pass
        assert peak() < 4096 * 4096 * 4 / 3
    finally:
        view.close()


def test_of_float16_keys_a_band_reads_those_that_it_sees(peak):
    record = causal_trace(4096, heads=1, size=128, dtype=np.float16).block("decoder").record(0)
    peak()
    record.band([0], 0, 64)
    assert peak() < 4096 * 128 * 4 / 8
