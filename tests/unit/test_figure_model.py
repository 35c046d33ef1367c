"""The figure of the model view."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
import pytest
from test_figure import ATTACK, SVG, Figure

import headwise as hw
from headwise.export.fonts import face
from headwise.record import AttentionRecord
from headwise.selection import Selection
from headwise.trace import Block, Trace
from plain_traces import plain_tokens, random_record


@pytest.fixture
def figure(keep):
    def make(trace, drawing=None, **settings):
        view = keep(hw.model_view(trace, **settings))
        return Figure(view.to_svg(**(drawing or {})))

    return make


def pixels(image):
    """Red, green, blue and alpha of each pixel of an embedded PNG."""
    png = base64.b64decode(image.get("href").removeprefix("data:image/png;base64,"))
    width, height = struct.unpack(">II", png[16:24])
    start = png.index(b"IDAT")
    (size,) = struct.unpack(">I", png[start - 4 : start])
    rows = zlib.decompress(png[start + 4 : start + 4 + size])
    return (
        np.frombuffer(rows, np.uint8)
        .reshape(height, 4 * width + 1)[:, 1:]
        .reshape(height, width, 4)
    )


def cells(image, count):
    """The middle pixel of each of `count` rows of `count` cells."""
    found = pixels(image)
    at = [np.linspace(0, size, 2 * count + 1)[1::2].astype(int) for size in found.shape[:2]]
    return found[np.ix_(*at)].astype(int)


def place(mark):
    return tuple(float(mark.get(name)) for name in ("x", "y", "width", "height"))


def inside(drawn, width):
    for text in drawn.root.iter(f"{SVG}text"):
        bold = text.get("font-weight") == "bold"
        wide = float(text.get("font-size")) * face(bold=bold).measure(text.text)
        share = {"end": 1.0, "middle": 0.5, None: 0.0}[text.get("text-anchor")]
        left = float(text.get("x")) - share * wide
        assert left >= -0.5, text.text
        assert left + wide <= width + 0.5, text.text
        assert 0 < float(text.get("y")) < float(drawn.root.get("height"))
    for image in drawn.root.iter(f"{SVG}image"):
        x, y, size, high = place(image)
        assert x >= 0
        assert x + size <= width
        assert 0 <= y < y + high <= float(drawn.root.get("height"))


def test_each_head_is_a_picture_of_its_weights(make_trace, figure):
    trace = make_trace(layers=3, heads=4, count=10)
    thumbs = figure(trace).marks("thumbs", "image")
    assert len(thumbs) == 12
    for at, image in enumerate(thumbs):
        weights = trace.weights(at // 4, at % 4)
        darkness = -cells(image, 10)[..., :3].sum(axis=2)
        order = np.argsort(weights, axis=None)
        # One colour may stand for two weights that are close.
        assert (np.diff(darkness.ravel()[order]) >= 0).all()
        assert np.unique(darkness).size > 50


def test_thumbnails_stand_where_the_layout_puts_them(make_trace, figure):
    drawn = figure(make_trace(), index_base=1)
    boxes = [place(image) for image in drawn.marks("thumbs", "image")]
    # (760 - 52 for labels - 8 at the edge - 11 gaps of 6 px) / 12, whole pixels.
    assert {box[2:] for box in boxes} == {(52, 52)}
    assert [box[0] for box in boxes[:12]] == [52 + 58 * column for column in range(12)]
    assert np.diff([box[1] for box in boxes[::12]]) == pytest.approx([58] * 5)
    assert drawn.texts("heads") == ["head", *[str(number) for number in range(1, 13)]]
    centres = [float(text.get("x")) for text in drawn.marks("heads", "text")[1:]]
    assert centres == [78 + 58 * column for column in range(12)]
    assert drawn.texts("labels") == ["layer 1", "2", "3", "4", "5", "6"]
    assert {text.get("x") for text in drawn.marks("labels", "text")} == {"44"}


def test_the_caption_names_what_is_shown_and_selected(make_trace, figure, translation):
    trace = make_trace()
    heads = [(0, 2), (5, 11)]
    drawn = figure(trace, heads=heads, index_base=1)
    assert drawn.texts("caption") == [
        *["bert", "6 layers \N{MULTIPLICATION SIGN} 12 heads", "2 heads selected", "1·3", "6·12"]
    ]
    strokes = [mark.get("stroke") for mark in drawn.marks("thumbs", "path")]
    assert strokes.count("#6d6701") == 1
    assert strokes.count("#733e05") == 1
    assert "layers and heads counted from 1" in drawn.texts("legend")
    some = figure(trace, include_layers=[1, 2, 4], include_heads=[3], hide_special=True)
    assert some.texts("caption")[1] == "layers 1 to 2, 4 of 6, head 3 of 12"
    assert some.texts("heads") == ["head", "3"]
    assert "special tokens hidden" in some.texts("legend")
    assert "cross, 3 layers \N{MULTIPLICATION SIGN} 4 heads" in figure(
        translation, block="cross"
    ).texts("caption")


def test_facts_of_the_last_selected_head_are_told(make_trace, figure):
    trace = make_trace(count=8)
    weights = trace.weights(3, 1)
    entropy = -(weights * np.log(weights)).sum(axis=1).mean()
    for width in (500, 760, 1200):
        drawn = figure(trace, {"width": width}, heads=[(0, 0), (3, 1)])
        said = drawn.said("facts")
        assert said.startswith("layer 3, head 1 ")
        assert f"{entropy:.2f}" in said
    assert "hw-facts" not in figure(trace).groups


def test_an_open_head_is_drawn_under_its_row(make_trace, figure):
    trace = make_trace(count=8)
    selection = Selection(heads=[(2, 5)], query=4)
    drawn = figure(trace, opened=(2, 5), selection=selection)
    weights = trace.weights(2, 5)[4]
    strongest = int(weights.argmax())
    assert f"t{strongest} {weights.max():.3f}" in drawn.said("opened").replace("\u00a0", " ")
    assert drawn.texts("query") == [f"t{number}" for number in range(8)]
    tops = [float(image.get("y")) for image in drawn.marks("thumbs", "image")][::12]
    (panel,) = [
        rect
        for rect in drawn.marks("grid", "rect")
        if rect.get("fill") == "#f5f7f9" and rect.get("width") == "760"
    ]
    top, height = float(panel.get("y")), float(panel.get("height"))
    assert tops[2] + 52 + 8 == top
    assert tops[3] == top + height + 8
    assert np.diff(tops)[[0, 1, 3, 4]] == pytest.approx([58] * 4)


def test_heads_in_an_order_carry_their_names(make_trace, figure):
    trace = make_trace(layers=2, heads=5, count=9)
    drawn = figure(trace, {"width": 400}, order="entropy", frame="entropy")
    weights = np.stack([trace.weights(layer) for layer in range(2)])
    entropy = -(weights * np.log(weights)).sum(axis=-1).mean(axis=-1)
    best = np.argsort(entropy, axis=None)
    names = [text for text in drawn.texts("labels") if "·" in text]
    assert names == [f"{at // 5}·{at % 5}" for at in best]
    assert "hw-heads" not in drawn.groups
    assert "ordered by entropy, sharp to flat" in drawn.texts("legend")
    assert "frame: entropy" in drawn.texts("legend")


def test_pairs_that_a_mask_hides_are_left_blank(figure):
    plain = random_record(2, 5)
    record = AttentionRecord(queries=plain.queries, keys=plain.keys, scale=1.0, causal=True)
    tokens = plain_tokens(5)
    drawn = figure(Trace([Block("decoder", (record,), tokens, tokens, causal=True)]))
    clear = cells(drawn.marks("thumbs", "image")[0], 5)[..., 3] == 0
    assert (clear == np.triu(np.ones((5, 5), bool), 1)).all()
    assert "masked pairs are left blank" in drawn.texts("legend")
    assert "5 \N{MULTIPLICATION SIGN} 5, not pooled" in drawn.texts("legend")


def test_long_texts_are_pooled_and_say_so(make_trace, figure):
    trace = make_trace(layers=1, heads=2, count=150)
    drawn = figure(trace)
    assert (
        "pooled by max: 150 \N{MULTIPLICATION SIGN} 150 drawn as 50 \N{MULTIPLICATION SIGN} 50"
        in drawn.texts("legend")
    )
    darkness = -cells(drawn.marks("thumbs", "image")[1], 50)[..., :3].sum(axis=2)
    pooled = trace.weights(0, 1).reshape(50, 3, 50, 3).max(axis=(1, 3))
    order = np.argsort(pooled, axis=None)
    assert (np.diff(darkness.ravel()[order]) >= 0).all()


def test_lines_are_lines(make_trace, figure):
    drawn = figure(make_trace(layers=1, heads=2, count=6), glyph="lines", strongest=0.3)
    curves = [mark for mark in drawn.marks("thumbs", "path") if "C" in mark.get("d")]
    assert drawn.marks("thumbs", "image") == []
    assert 12 <= len(curves) <= 72
    assert "the strongest 30 % of each row" in drawn.texts("legend")


def test_a_grid_that_scrolls_shows_whole_rows_and_says_how_many(make_trace, figure):
    trace = make_trace(layers=30, heads=12, count=4)
    drawn = figure(trace)
    images = drawn.marks("thumbs", "image")
    rows = len(images) // 12
    assert 5 < rows < 30
    assert f"rows 0 to {rows - 1} of 30 in sight" in drawn.texts("caption")
    assert len(drawn.texts("labels")) == rows
    whole = figure(trace, {"all_rows": True})
    assert len(whole.marks("thumbs", "image")) == 360
    assert "in sight" not in whole.said("caption")


def test_columns_without_room_are_left_out_and_counted(make_trace, figure):
    drawn = figure(make_trace(layers=2, heads=40, count=4), {"width": 400})
    columns = len(drawn.marks("thumbs", "image")) // 2
    assert 8 < columns < 40
    assert f"the first {columns} of 40 columns in sight" in drawn.texts("caption")
    assert len(drawn.texts("heads")) == columns + 1
    inside(drawn, 400)


@pytest.mark.parametrize("width", [160, 400, 760, 1200])
def test_nothing_is_left_of_the_figure_or_right_of_it(make_trace, figure, width):
    inside(figure(make_trace(), {"width": width}, heads=[(1, 2), (4, 0)]), width)


def test_token_text_is_data(make_trace, figure):
    labels = [ATTACK] * 3
    drawn = figure(make_trace(layers=1, heads=1, count=3, labels=labels), heads=[(0, 0)])
    assert "onerror" in drawn.said("facts")
    assert {node.tag for node in drawn.root.iter()} <= {
        f"{SVG}{name}" for name in ("svg", "path", "rect", "g", "text", "image")
    }


def test_heads_that_were_not_captured_leave_their_places_empty(subset, figure):
    drawn = figure(subset)
    assert len(drawn.marks("thumbs", "image")) == 4
    assert drawn.texts("labels") == ["layer 1", "3", "5"]
    assert drawn.texts("heads") == ["head", "1", "2", "7", "11"]
    lefts = [float(image.get("x")) for image in drawn.marks("thumbs", "image")]
    assert np.diff(lefts) == pytest.approx(np.array([-1, 2, 1]) * (lefts[0] - lefts[1]))
