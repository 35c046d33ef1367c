"""100,000 tokens: every view opens and answers, and none makes an array of all pairs."""

import tracemalloc

import numpy as np
import pytest
from safetensors.numpy import load

import headwise as hw
from headwise.record import AttentionRecord
from headwise.trace import Block, Trace
from headwise.wire.limits import STEP_WORK
from headwise.wire.protocol import PROTOCOL, TILE_BUDGET
from plain_traces import plain_tokens

COUNT, HEADS, SIZE = 100_000, 2, 16
VECTORS = 2 * HEADS * COUNT * SIZE * 4
MOST = 250_000_000
"""Bytes at most; the weights of one head alone would be 40 GB."""

PLACE = {"block": "decoder", "layer": 0}
FILTER = {**PLACE, "sentences": "all", "hide_special": False}
GRID = {**FILTER, "pooling": "mean", "strongest": 1.0}
MAP = {"block": "decoder", "heads": [[0, 0]], "aggregate": "mean", "hide_special": False}


@pytest.fixture(scope="module")
def huge(tmp_path_factory):
    """A trace that was saved and loaded."""
    draw = np.random.default_rng(0)
    record = AttentionRecord(
        queries=draw.normal(size=(HEADS, COUNT, SIZE)).astype(np.float32),
        keys=draw.normal(size=(HEADS, COUNT, SIZE)).astype(np.float32),
        scale=0.5,
        causal=False,
    )
    tokens = plain_tokens(COUNT)
    trace = Trace([Block("decoder", [record], tokens, tokens, causal=False)])
    path = tmp_path_factory.mktemp("huge") / "trace.safetensors"
    trace.save(path)
    assert path.stat().st_size < VECTORS + 60 * COUNT
    return hw.load(path)


REQUESTS = {
    "head_view": [
        ("tile", {**PLACE, "axis": "query", "start": COUNT - 1, "stop": COUNT, "dtype": "f32"}),
        ("tile", {**PLACE, "axis": "query", "start": COUNT - 5, "stop": COUNT, "dtype": "u8"}),
        ("tile", {**PLACE, "axis": "key", "start": 0, "stop": 5, "dtype": "u8"}),
        ("marginals", FILTER),
        ("marginals", {**FILTER, "hide_special": True}),
    ],
    "model_view": [
        ("thumbnails", GRID),
        ("thumbnails", {**GRID, "pooling": "max", "strongest": 0.5}),
        ("facts", PLACE),
    ],
    "neuron_view": [
        ("rows", {**PLACE, "kind": "key", "head": 0, "start": 0, "stop": 15_000}),
        ("tile", {**PLACE, "axis": "query", "start": 9, "stop": 10, "dtype": "f32"}),
    ],
    "matrix_view": [
        ("matrix", {**MAP, "pool": 256, "row": 2, "column": 0, "dtype": "u8"}),
        ("matrix", {**MAP, "pool": 1, "row": 1500, "column": 3, "dtype": "f32"}),
        ("matrix_marginals", MAP),
    ],
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_view_opens_and_answers(name, huge, computed, keep, browser):
    page = browser(keep(getattr(hw, name)(huge)))
    assert sum(computed) <= 24_000_000
    tracemalloc.start()
    try:
        for method, params in REQUESTS[name]:
            for _ in range(2):
                computed.clear()
                message = {"v": PROTOCOL, "id": 1, "method": method, "params": params}
                reply, buffers = page.ask(message)
                assert reply["ok"], reply
                assert len(buffers[0]) < 1.06 * TILE_BUDGET
                # A band of few queries over all keys is the least that is computed.
                assert sum(computed) <= STEP_WORK + 96 * COUNT
        assert tracemalloc.get_traced_memory()[1] < MOST
    finally:
        tracemalloc.stop()


def test_thumbnails_of_more_queries_than_a_band_has_are_those_of_all(monkeypatch, make_trace):
    """Of 100,000 tokens a cell has 1,563 queries, a band 96: bands of one cell add up."""
    from headwise import bands  # noqa: PLC0415 - patched below
    from headwise.wire.thumbs import thumbnail_tile  # noqa: PLC0415

    trace = make_trace(layers=1, heads=3, count=700)
    asked = {**GRID, "block": "encoder"}
    for pooling in ("max", "mean"):
        settings = {**asked, "pooling": pooling}
        monkeypatch.undo()
        whole = load(thumbnail_tile(trace, settings))
        monkeypatch.setattr(bands, "_BAND_WEIGHTS", 700 * 4)
        monkeypatch.setattr(bands, "_LEAST_QUERIES", 4)
        monkeypatch.setattr(bands, "_MOST_WEIGHTS", 700 * 4)
        parts = load(thumbnail_tile(trace, settings))
        assert {start for _, start, _ in bands.spans(trace.block().record(0), 11)} >= {0, 4, 8, 11}
        for name, codes in whole.items():
            near = np.abs(codes.astype(int) - parts[name].astype(int)).max()
            assert near <= (0 if pooling == "max" else 1)
