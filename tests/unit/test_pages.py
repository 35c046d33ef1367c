"""Pages of all views: what is left out, budgets, and what cannot be written."""

from __future__ import annotations

import base64
import json
import re
import zlib

import numpy as np
import pytest
from safetensors.numpy import load

import headwise as hw
from headwise.errors import BudgetError, HeadwiseError, InputError, OutOfRange
from headwise.export import html
from headwise.export.parts import part_of
from headwise.record import AttentionRecord
from headwise.selection import Head
from headwise.trace import Block, Trace
from plain_traces import VIEWS


def state_in(text):
    found = re.search(r'id="headwise-state">(.*?)</script>', text, re.DOTALL)
    return json.loads(found.group(1))


def tensors_in(text, name="tensors"):
    return load(zlib.decompress(base64.b64decode(state_in(text)[name])))


@pytest.fixture(params=VIEWS)
def make(request, keep):
    def view(trace, **settings):
        return keep(VIEWS[request.param](trace, **settings))

    view.kind = request.param
    return view


def test_a_page_says_how_large_it_is(make, make_trace, tmp_path):
    written = make(make_trace(layers=2, heads=2)).to_html(tmp_path / "map.html")
    assert written.size == (tmp_path / "map.html").stat().st_size
    assert repr(written) == f"{tmp_path / 'map.html'}, {written.size / 1000:.1f} kB"
    assert [html._size(count) for count in (999, 1234, 2_149_999, 3e9)] == [
        *["999 bytes", "1.2 kB", "2.1 MB", "3.0 GB"]
    ]


def test_a_page_holds_the_layers_and_heads_that_are_named(make, make_trace):
    trace = make_trace(layers=4, heads=4)
    text = html.render(make(trace, index_base=1), layers=(n for n in (1, 3)), heads=[2, 3])
    traits = state_in(text)["traits"]
    assert traits["_link_notes"][0]["fact"] == "This page holds layers 2, 4 and heads 3, 4"
    for name in ("_trace", *(["_trace_b"] if make.kind == "compare" else [])):
        (block,) = traits[name]["blocks"]
        assert (block["captured"], block["limited"]) == ([[], [2, 3], [], [2, 3]], True)
    for layer, head in traits["selection"]["heads"]:
        assert layer in (1, 3)
        assert head in (2, 3)
    assert traits.get("layer", 1) in (1, 3)
    assert traits.get("head", 2) in (2, 3)
    for name, tensor in tensors_in(text).items():
        kind, _, layer, *_ = name.split("/")
        if kind == "w":
            assert layer in ("1", "3")
            np.testing.assert_array_equal(tensor[2:], trace.weights(int(layer))[2:])
            assert not tensor[:2].any()


def test_a_page_opens_with_the_nearest_layer_and_the_same_heads(keep, make_trace):
    view = keep(hw.head_view(make_trace(layers=6, heads=4), layer=5, heads=[1, 3]))
    traits = state_in(html.render(view, layers=[0, 3]))["traits"]
    assert (traits["layer"], traits["selection"]["heads"]) == (3, [[3, 1], [3, 3]])
    other = state_in(html.render(view, layers=[0, 3], heads=[0]))["traits"]
    assert other["selection"]["heads"] == [[3, 0]]
    assert (view.layer, view.selected_heads) == (5, [(5, 1), (5, 3)])


def test_an_opened_head_that_is_left_out_is_closed(keep, make_trace):
    view = keep(hw.model_view(make_trace(layers=3, heads=4), opened=(1, 2), heads=[(1, 2)]))
    assert state_in(html.render(view, layers=[1]))["traits"]["opened"] == [1, 2]
    traits = state_in(html.render(view, heads=[0]))["traits"]
    assert (traits["opened"], view.opened) == (None, (1, 2))


def test_a_map_is_made_of_what_is_left(keep, make_trace):
    trace = make_trace(layers=3, heads=4)
    view = keep(hw.matrix_view(trace, layers=[0, 1], heads=[0, 1]))
    text = html.render(view, heads=[1])
    traits = state_in(text)["traits"]
    assert (traits["layers"], traits["heads"]) == ([0, 1], [1])
    exact = tensors_in(text)["matrix/encoder/0.1+1.1~mean~0/exact/0/0"]
    mean = (trace.weights(0, 1) + trace.weights(1, 1)) / 2
    np.testing.assert_allclose(exact, mean, atol=1e-6)


@pytest.mark.parametrize(
    ("part", "error", "said"),
    [
        ({"layers": [4]}, OutOfRange, "layer 4 does not exist: this trace has layers 0 to 3"),
        ({"heads": [-1]}, OutOfRange, "head -1 does not exist: this trace has heads 0 to 3"),
        ({"layers": []}, InputError, "layers is empty"),
        ({"heads": "1"}, InputError, "heads must be a list of numbers, not '1'"),
        ({"layers": 2}, InputError, "layers must be a list of numbers, not 2"),
        ({"layers": [1.5]}, OutOfRange, "a layer is a number from 0 on, not 1.5"),
        ({"budget": -1}, InputError, "budget must be a number of bytes, not -1"),
        ({"budget": "1 MB"}, InputError, "budget must be a number of bytes, not '1 MB'"),
    ],
)
def test_what_cannot_go_in_is_said_and_nothing_written(
    make, make_trace, tmp_path, part, error, said
):
    with pytest.raises(error, match=re.escape(said)):
        make(make_trace(layers=4, heads=4)).to_html(tmp_path / "x.html", **part)
    assert list(tmp_path.iterdir()) == []


def test_a_block_of_which_nothing_is_left_is_said(keep, translation):
    view = keep(hw.head_view(translation, block="cross"))
    with pytest.raises(OutOfRange, match=r"layer 4 leave nothing of block 'cross'"):
        html.render(view, layers=[4])


def test_a_budget_that_is_too_small_says_the_least(make, make_trace):
    view = make(make_trace(layers=2, heads=3, count=40))
    with pytest.raises(BudgetError, match="give at least") as refused:
        html.render(view, budget=50)
    least = int(re.search(r"at least (\d+)", str(refused.value)).group(1))
    assert html.render(view, budget=least)
    if make.kind in ("head", "model", "neuron", "matrix"):
        with pytest.raises(BudgetError):
            html.render(view, budget=least - 1)


def test_the_least_of_some_heads_is_less(keep, make_trace):
    view = keep(hw.head_view(make_trace(layers=2, heads=4, count=64), heads=[1]))
    said = []
    for heads in (None, [1]):
        with pytest.raises(BudgetError) as refused:
            html.render(view, budget=0, heads=heads)
        said.append(int(re.search(r"at least (\d+)", str(refused.value)).group(1)))
    assert said[0] > 4 * 64 * 64
    assert said[1] == -(-said[0] // 4)
    assert html.render(view, budget=said[1], heads=[1])


def test_a_long_text_keeps_its_first_queries_unless_a_budget_is_given(keep, make_trace):
    view = keep(hw.head_view(make_trace(layers=1, heads=1, count=64)))
    html_of = html._blobs(view, view.traces, view.state_for_page(), None)
    assert set(load(html_of["tensors"])) == {"w/encoder/0"}
    least = html.least_of(view.traces, view.state_for_page())
    assert not least.is_in({"q/encoder/0/0": [1, 5, 64]})
    assert least.is_in({"w/encoder/0": [1, 64, 64]})


def test_a_closed_view_is_not_written(make, make_trace, tmp_path):
    view = make(make_trace(layers=1))
    view.close()
    for call in (lambda: view.to_html(tmp_path / "x.html"), view.to_dataframe):
        with pytest.raises(HeadwiseError, match="closed"):
            call()


@pytest.mark.parametrize("name", ["missing/page.html", ".", "page.html/x.html"])
def test_a_path_that_cannot_be_written_is_named(make, make_trace, tmp_path, name):
    (tmp_path / "page.html").write_text("a file")
    target = tmp_path / name
    with pytest.raises(HeadwiseError, match=re.escape(str(target))):
        make(make_trace(layers=1)).to_html(target)


def test_a_file_system_that_refuses_is_said(keep, make_trace, tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.write_bytes", refuse)
    view = keep(hw.head_view(make_trace(layers=1)))
    with pytest.raises(HeadwiseError, match=r"x\.html: Permission denied; give a path in a folder"):
        view.to_html(tmp_path / "x.html")


@pytest.mark.parametrize("kind", ["head", "model", "matrix"])
def test_144_heads_of_128_tokens_are_small(keep, make_trace, tmp_path, kind):
    view = keep(VIEWS[kind](make_trace(layers=12, heads=12, count=128)))
    assert view.to_html(tmp_path / "x.html").size < 3_500_000


def test_part_of_a_trace_shares_its_values(make_trace, subset, translation):
    trace = make_trace(layers=2, heads=3)
    assert part_of(trace) is trace
    part = part_of(trace, heads=[1, 2])
    np.testing.assert_array_equal(part.weights(1, 2), trace.weights(1, 2))
    np.testing.assert_array_equal(part.queries(0, 1), trace.queries(0, 1))
    with pytest.raises(OutOfRange, match="head 0 of layer 1 was not captured"):
        part.weights(1, 0)
    kept = {head for head in (Head(1, 2), Head(3, 1), Head(3, 7), Head(5, 11)) if head.head != 1}
    block = part_of(subset, heads=[2, 7, 11]).block()
    there = {Head(n, h) for n in range(6) for h in block.record(n).captured}
    assert there == kept
    np.testing.assert_array_equal(
        part_of(subset, layers=[3], heads=[7]).weights(3, 7), subset.weights(3, 7)
    )
    both = part_of(translation, layers=[5])
    assert [block.captured_layers for block in both.blocks.values()] == [(5,), (), ()]


def test_key_heads_bias_and_sinks_go_with_their_heads(make_trace):
    draw = np.random.default_rng(4)

    def floats(*shape):
        return draw.normal(size=shape).astype(np.float32)

    tokens = make_trace(count=5).tokens
    grouped = AttentionRecord(
        queries=floats(8, 5, 4),
        keys=floats(2, 5, 4),
        bias=floats(8, 5, 5),
        sinks=floats(8),
        softcap=5.0,
        causal=True,
    )
    whole = Trace([Block("decoder", (grouped,), tokens, tokens, causal=True)])
    part = part_of(whole, heads=[2, 5, 6])
    for head in (2, 5, 6):
        np.testing.assert_array_equal(part.weights(0, head), whole.weights(0, head))
        np.testing.assert_array_equal(part.keys(0, head), whole.keys(0, head))
    assert part.block().record(0).keys.shape == (2, 5, 4)
    assert part_of(whole, heads=[5, 6]).block().record(0).keys.shape == (1, 5, 4)
