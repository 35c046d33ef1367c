"""What a notebook saves of views: how much, how exact, and nothing that is secret."""

from __future__ import annotations

import base64
import getpass
import json
import os
import struct
import zlib
from pathlib import Path

import ipywidgets
import numpy as np
import pytest
from safetensors.numpy import load

import headwise as hw
from headwise.assets import packed_program, read_asset
from headwise.export import preview as module
from headwise.export.preview import preview
from headwise.record import AttentionRecord
from headwise.thumbnails import thumbnail
from headwise.trace import Block, Trace
from headwise.tracking import Snapshot
from headwise.tracking.sinks.keep import keep_step
from headwise.wire.codec import dequantize, quantize
from headwise.wire.openings import head_opening, model_opening
from headwise.wire.saved import (
    LEAST_TENSORS,
    SAVED_BUDGET,
    coarser,
    deflate,
    deflated_size,
    halved,
    tensor_budget,
)
from plain_runs import write_runs
from plain_traces import VIEWS

NOTEBOOK = 3_000_000
# Of 20 runs: its program is the largest, and the least room for tensors is on top of it.
OF_RUNS = 270_000
ROOT = Path(__file__).parents[2]
PLAIN = {"pooling": "max", "strongest": 1.0, "sentences": "all", "hide_special": False}


def attention(tokens, layers, heads, size=64, seed=0, sharpness=2.0):
    draw = np.random.default_rng(seed)
    count = len(tokens)

    def record():
        return AttentionRecord(
            queries=draw.normal(size=(heads, count, size)).astype(np.float32),
            keys=draw.normal(size=(heads, count, size)).astype(np.float32),
            scale=sharpness / size**0.5,
        )

    records = tuple(record() for _ in range(layers))
    return Trace([Block("encoder", records, tokens, tokens, causal=False)], {"model_type": "bert"})


@pytest.fixture
def large(make_trace):
    """12 x 12 heads over 128 tokens: noise, which deflates worst."""
    return attention(make_trace(layers=1, heads=1, count=128).tokens, 12, 12)


def notebook_of(views):
    """A notebook with the views as outputs and their state, as JupyterLab and nbconvert save it."""
    outputs = []
    for view in views:
        data, metadata = view._repr_mimebundle_()
        outputs.append({"output_type": "display_data", "data": data, "metadata": metadata})
    cells = [
        {"cell_type": "code", "source": "view", "metadata": {}, "outputs": [output]}
        for output in outputs
    ]
    # Widgets that other tests left open are no part of it.
    models = [model for view in views for model in (view, view.layout)]
    state = ipywidgets.Widget.get_manager_state(drop_defaults=False, widgets=models)
    widgets = {"application/vnd.jupyter.widget-state+json": state}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"widgets": widgets}, "cells": cells}


def ask_to_keep(page):
    """Play the page's wish; return the answer, which comes after what was asked for."""
    page._deliver(
        {"method": "custom", "content": {"v": 1, "id": "a", "method": "keep", "params": {}}}
    )
    data, buffers = page.received[-1]
    return data["content"], buffers


@pytest.mark.parametrize("kinds", [["head"] * 10, ["explore"] * 10, [*VIEWS, *list(VIEWS)[:4]]])
def test_a_notebook_of_ten_views_of_128_tokens_is_small(keep, large, kinds):
    views = [keep(VIEWS[kind](large)) for kind in kinds]
    text = json.dumps(notebook_of(views), indent=1)
    for view in views:
        assert text.count(f'"{view.model_id}"') == 2
    assert '"encoding": "base64"' in text
    assert len(text) < NOTEBOOK


@pytest.mark.parametrize("kind", VIEWS)
def test_a_view_keeps_within_its_share(keep, large, kind):
    view = keep(VIEWS[kind](large))
    state = view.get_state()
    blobs = {name: value for name, value in state.items() if isinstance(value, bytes)}
    rest = {name: value for name, value in state.items() if name not in blobs}
    taken = sum(len(base64.b64encode(blob)) for blob in blobs.values()) + len(json.dumps(rest))
    assert len(blobs) == (2 if kind == "compare" else 1)
    assert taken < SAVED_BUDGET + 3000
    assert all(zlib.decompress(blob) == getattr(view, name) for name, blob in blobs.items())


def test_a_runs_view_keeps_within_its_share(keep, large, tmp_path):
    write_runs(tmp_path, 20, traces=0, steps=600, every=1)
    first = next(iter(sorted(tmp_path.iterdir())))
    heads = np.array([(layer, head) for layer in range(12) for head in range(12)])
    for step in (0, 300, 600):
        kept = Snapshot(step, [large], heads, {"entropy": np.ones(144)}, (), ["probe"])
        keep_step(first, kept, traces_only=True)
    view = keep(hw.runs_view(tmp_path, show="neuron"))
    state = view.get_state()
    blobs = {name: value for name, value in state.items() if isinstance(value, bytes)}
    rest = {name: value for name, value in state.items() if name not in blobs}
    assert set(blobs) == {"tensors", "tensors_b"}
    assert min(map(len, blobs.values())) > 10_000
    assert sum(map(len, blobs.values())) <= LEAST_TENSORS
    taken = sum(len(base64.b64encode(blob)) for blob in blobs.values()) + len(json.dumps(rest))
    assert SAVED_BUDGET < taken < OF_RUNS


def test_a_saved_view_holds_no_environment_no_path_and_no_key(keep, make_trace, monkeypatch):
    monkeypatch.setenv("HEADWISE_TEST_TOKEN", "hf_0123456789abcdefXYZ")
    trace = make_trace(layers=2, heads=2, labels=[f"word{n}" for n in range(12)])
    views = [keep(make(trace)) for make in VIEWS.values()]
    notebook = notebook_of(views)
    states = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    text = json.dumps(notebook)
    for model in states.values():
        for buffer in model.get("buffers", ()):
            text += zlib.decompress(base64.b64decode(buffer["data"])).decode("latin-1")
        text += json.dumps(model["state"].get("_trace", {}))
    assert "word11" in text
    long = 8
    secrets = {value for value in os.environ.values() if len(value) >= long and not value.isdigit()}
    secrets |= {str(Path.home()), str(ROOT), str(Path.cwd()), "/site-packages/"}
    if len(getpass.getuser()) >= long:
        secrets.add(getpass.getuser())
    assert "hf_0123456789abcdefXYZ" in secrets
    assert {secret for secret in secrets if secret in text} == set()


def test_what_is_saved_follows_what_is_shown(keep, browser, large):
    view = keep(hw.head_view(large))
    page = browser(view)
    assert {name for name in load(view.tensors) if "/encoder/7" in name} == set()
    page.set(layer=7)
    reply, (blob,) = ask_to_keep(page)
    assert (reply["ok"], load(bytes(blob))) == (True, {})
    (name,) = load(view.tensors)
    assert name.endswith("w/encoder/7")
    sent = [data["buffer_paths"] for data, _ in page.received if data["method"] == "update"]
    assert sent[-1] == [["tensors"]]


def test_both_sides_of_a_comparison_follow(keep, browser, large):
    view = keep(hw.compare(large, attention(large.tokens, 12, 12, seed=9)))
    page = browser(view)
    page.set(layer=3)
    ask_to_keep(page)
    for blob in (view.tensors, view.tensors_b):
        assert {name.split("/")[2] for name in load(blob)} == {"3"}


def test_a_small_trace_is_saved_whole(make_trace):
    trace = make_trace(layers=3, heads=4, count=12)
    found = load(head_opening(trace, "encoder", 1, 100_000))
    assert set(found) == {f"w/encoder/{layer}" for layer in range(3)}
    np.testing.assert_array_equal(found["w/encoder/2"], trace.weights(2))


@pytest.mark.parametrize("budget", [200_000, 120_000, 70_000, 45_000, 20_000, 4000, 100])
def test_a_view_opens_with_the_best_that_fits(large, budget):
    blob = head_opening(large, "encoder", 5, budget)
    assert len(deflate(blob)) <= max(budget, 20)
    found = load(blob)
    weights = large.weights(5)
    whole = next((array for name, array in found.items() if name.endswith("w/encoder/5")), None)
    if whole is None:
        assert budget < 45_000
        assert set(found) <= {f"{kind}/encoder/5" for kind in ("received", "strongest")} | {
            "q/encoder/5/0"
        }
        return
    error = np.abs(dequantize(whole) - weights).max()
    assert error < {200_000: 0.004, 120_000: 0.005, 70_000: 0.01, 45_000: 0.03}[budget]


def test_missing_weights_are_not_made_bytes(make_trace):
    tokens = make_trace(layers=1, heads=1, count=40).tokens
    given = np.full((3, 40, 40), 1 / 40, np.float32)
    given[1, 2, 3] = np.nan
    trace = Trace([Block("encoder", (AttentionRecord(given=given),), tokens, tokens, causal=False)])
    found = load(head_opening(trace, "encoder", 0, 19_000))
    assert {array.dtype.name for array in found.values()} == {"float32"}
    np.testing.assert_array_equal(found["w/encoder/0"], given)


def test_thumbnails_are_coarse_before_layers_are_left_out(large):
    exact = load(model_opening(large, "encoder", PLAIN, None, 2_000_000))
    assert "thumb/encoder/11/max,10000,all,0" in exact
    rough = load(model_opening(large, "encoder", PLAIN, None, 90_000))
    names = [f"coarse-thumb/encoder/{layer}/max,10000,all,0" for layer in range(12)]
    assert [name for name in sorted(rough) if name.startswith("coarse")] == sorted(names)
    factor = 128 // rough[names[3]].shape[1]
    assert factor >= 4
    pooled = thumbnail(large.weights(3), None, "max", factor)
    assert rough[names[3]].shape == pooled.shape
    assert np.abs(rough[names[3]].astype(int) - pooled).max() <= 8
    few = load(model_opening(large, "encoder", PLAIN, [4, 1, 0], 2000))
    assert {name.split("/")[2] for name in few if name.startswith("coarse")} == {"4"}


@pytest.mark.parametrize("zero", [0, 1])
@pytest.mark.parametrize("step", [1, 4, 8, 16, 32])
def test_coarser_levels_are_near_and_large_ones_exact(step, zero):
    codes = np.arange(256, dtype=np.uint8)
    found = coarser(codes, step, zero)
    off = np.abs(found.astype(int) - codes)
    assert off.max() <= step // 2
    assert not off[64 + zero :].any()
    assert (np.diff(found.astype(int)) >= 0).all()
    assert found[zero] == zero
    assert found[0] == 0


def test_halved_thumbnails_are_thumbnails_of_twice_the_factor():
    draw = np.random.default_rng(3)
    weights = draw.random((2, 22, 14), np.float32) ** 3
    in_play = np.tri(22, 14, dtype=bool)
    for pooling in ("max", "mean"):
        fine, wide = (thumbnail(weights, in_play, pooling, factor) for factor in (2, 4))
        found = halved(fine, largest=pooling == "max").astype(int)
        assert found.shape == wide.shape
        np.testing.assert_array_equal(found == 0, wide == 0)
        if pooling == "max":
            np.testing.assert_array_equal(found, wide)
    cell = np.array([[[1, 255], [0, 0]]], np.uint8)
    assert halved(cell, largest=False).item() == 1 + round(254 * np.sqrt(0.5))


def test_deflated_bytes_are_zlib_and_never_nothing_for_something():
    codes = {"w": quantize(np.random.default_rng(0).random((3, 50, 50), np.float32) ** 4)}
    assert zlib.decompress(deflate(b"abcabc" * 40)) == b"abcabc" * 40
    assert deflate(b"") == b""
    assert 0 < deflated_size(codes) < codes["w"].nbytes
    assert tensor_budget(25_000) == (SAVED_BUDGET - 25_000) * 3 // 4
    assert tensor_budget(10**9) == LEAST_TENSORS


@pytest.mark.parametrize("kind", VIEWS)
def test_the_program_travels_deflated(kind):
    packed = packed_program(kind)
    assert len(packed) < 0.56 * len(read_asset(f"{kind}.js"))
    start = packed.index('="') if '="' in packed else 0
    text = max(packed[start:].split('"'), key=len)
    assert zlib.decompress(base64.b64decode(text)).decode() == read_asset(f"{kind}.js")


def test_nbconvert_shows_the_picture_where_there_is_no_state(keep, make_trace):
    nbformat = pytest.importorskip("nbformat", reason="comes with jupyterlab")
    nbconvert = pytest.importorskip("nbconvert", reason="comes with jupyterlab")
    notebook = notebook_of([keep(hw.head_view(make_trace(layers=1)))])
    notebook["metadata"] = {}
    for cell in notebook["cells"]:
        cell |= {"id": "a", "execution_count": 1}
    page, _ = nbconvert.HTMLExporter().from_notebook_node(nbformat.from_dict(notebook))
    picture = notebook["cells"][0]["outputs"][0]["data"]["image/png"]
    assert f"data:image/png;base64,{picture}" in page
    assert "application/vnd.jupyter.widget-view+json" not in page


class TestPicture:
    def size_of(self, png):
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        return struct.unpack(">II", png[16:24])

    def pixels(self, png):
        parts, at = {}, 8
        while at < len(png):
            length, name = struct.unpack(">I4s", png[at : at + 8])
            body = png[at + 8 : at + 8 + length]
            checked = struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0]
            assert checked == zlib.crc32(name + body)
            parts[name] = parts.get(name, b"") + body
            at += 12 + length
        width, height = self.size_of(png)
        rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, width + 1)
        assert not rows[:, 0].any()
        colours = np.frombuffer(parts[b"PLTE"], np.uint8).reshape(-1, 3)
        return colours[rows[:, 1:]]

    @pytest.mark.parametrize("kind", VIEWS)
    def test_it_is_small_and_goes_with_every_view(self, keep, large, kind):
        view = keep(VIEWS[kind](large))
        data, metadata = view._repr_mimebundle_()
        assert set(data) == {
            *["text/plain", "image/png", "application/vnd.jupyter.widget-view+json"]
        }
        png = base64.b64decode(data["image/png"])
        width, height = self.size_of(png)
        assert metadata["image/png"] == {"width": width, "height": height}
        assert len(png) <= module.MOST_BYTES
        assert 100 < width <= 700
        assert data["text/plain"].startswith(f"<{type(view).__name__}")
        assert "the picture shows the attention of" in data["text/plain"]
        assert self.pixels(png).shape == (height, width, 3)

    def test_it_shows_the_weights_of_the_heads_that_are_on(self, keep, make_trace):
        trace = make_trace(layers=3, heads=4, count=8)
        view = keep(hw.head_view(trace, layer=2, heads=[1, 3], index_base=1))
        found = preview(view.traces, view.state_for_page())
        assert found.words == "the attention of heads 3.2, 3.4"
        pixels = self.pixels(found.png).astype(int)
        side = (found.height - 6) // 8
        ramp = np.frombuffer(module.palette(), np.uint8).reshape(-1, 3).astype(int)
        for place, head in enumerate((1, 3)):
            left = 3 + place * (8 * side + 3)
            dots = pixels[3 + side // 2 :: side, left + side // 2 :: side][:8, :8]
            levels = np.rint(np.sqrt(trace.weights(2, head)) * 31).astype(int)
            np.testing.assert_allclose(dots, ramp[levels], atol=40)
        assert (pixels[0] == 255).all()

    def test_it_is_of_the_moment_of_the_display(self, keep, make_trace):
        view = keep(hw.head_view(make_trace(), layer=0, heads=[0]))
        first = view._repr_mimebundle_()[0]["image/png"]
        view.layer = 4
        assert view._repr_mimebundle_()[0]["image/png"] != first
        assert "head 4.0" in view._repr_mimebundle_()[0]["text/plain"]

    def test_a_view_without_a_picture_is_shown_all_the_same(self, keep, make_trace, monkeypatch):
        view = keep(hw.head_view(make_trace(layers=1), heads=[]))
        assert "image/png" not in view._repr_mimebundle_()[0]
        on = keep(hw.head_view(make_trace(layers=1)))

        def fail(*_):
            raise ZeroDivisionError

        monkeypatch.setattr("headwise.widgets._pages.preview", fail)
        data, _ = on._repr_mimebundle_()
        assert set(data) == {"text/plain", "application/vnd.jupyter.widget-view+json"}

    def test_a_long_text_shows_fewer_heads(self, make_trace, monkeypatch):
        monkeypatch.setattr(module, "MOST_WORK", 3 * 64 * 64)
        trace = make_trace(layers=2, heads=4, count=64)
        shown = {
            "_view": "head",
            "block": "encoder",
            "layer": 1,
            "index_base": 0,
            "selection": {"heads": [[1, head] for head in range(4)]},
        }
        assert preview([trace], shown).words == "the attention of heads 1.0, 1.1, 1.2"

    def test_its_colours_are_those_of_the_views(self):
        source = (ROOT / "js" / "src" / "ramps.ts").read_text()
        assert f'light: "{module.STOPS}"' in source
        colours = np.frombuffer(module.palette(), np.uint8).reshape(-1, 3)
        assert [bytes(colours[place]).hex() for place in (0, 31)] == ["f7fbfb", "2c1472"]
