"""The figure of the head view: SVG and PNG, drawn without a browser."""

from __future__ import annotations

import re
import struct
from threading import Thread
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from headwise.errors import HeadwiseError, InputError
from headwise.export import engine
from headwise.export.figure import LEAST_WIDTH, THEMES
from headwise.export.fonts import face
from headwise.selection import Selection

SVG = "{http://www.w3.org/2000/svg}"
ATTACK = "</script><img src=x onerror=alert(1)>"


class Figure:
    """A figure as a reader of SVG sees it: its groups by name, texts and marks in order."""

    def __init__(self, svg):
        self.root = ET.fromstring(svg)  # noqa: S314 - made here, not by a stranger
        self.groups = {node.get("class"): node for node in self.root.iter(f"{SVG}g")}

    def texts(self, name=None):
        node = self.root if name is None else self.groups[f"hw-{name}"]
        return [text.text for text in node.iter(f"{SVG}text")]

    def marks(self, name, kind):
        return list(self.groups[f"hw-{name}"].iter(f"{SVG}{kind}"))

    def said(self, name):
        return " ".join(self.texts(name))


def numbers(weights):
    return [f"{weight:.3f}" if weight >= 0.0005 else "·" for weight in weights]


@pytest.fixture
def figure(opened):
    def make(trace, drawing=None, **settings):
        return Figure(opened(trace, **settings).to_svg(**(drawing or {})))

    return make


def test_labels_stand_in_order_on_both_sides(make_trace, figure):
    drawn = figure(make_trace(count=9), layer=2)
    assert drawn.texts("query") == [f"t{number}" for number in range(9)]
    assert drawn.texts("key") == drawn.texts("query")
    heights = [float(text.get("y")) for text in drawn.marks("query", "text")]
    assert np.diff(heights) == pytest.approx([22] * 8)
    assert {text.get("text-anchor") for text in drawn.marks("query", "text")} == {"end"}
    assert drawn.texts("titles") == ["query", "key"]


def test_every_weight_over_the_floor_is_a_line_where_all_are_asked_for(make_trace, figure):
    trace = make_trace(heads=3, count=6)
    drawn = figure(trace, layer=1, heads=[0, 2], strongest=1.0)
    weights = trace.weights(1)[[0, 2]]
    assert len(drawn.marks("lines", "path")) == (weights >= 0.004).sum()
    colors = {path.get("stroke") for path in drawn.marks("lines", "path")}
    assert colors == {"#1452c3", "#6d6701"}


def test_the_share_decides_how_many_lines_there_are(make_trace, figure):
    trace = make_trace(heads=1, count=8)
    drawn = figure(trace, strongest=0.6)
    rows = np.sort(trace.weights(0)[0], axis=1)[:, ::-1].cumsum(axis=1)
    assert len(drawn.marks("lines", "path")) == ((rows < 0.6).sum(axis=1) + 1).sum()
    assert "strongest 60 %" in drawn.texts("caption")


def test_a_locked_query_shows_its_weights_as_numbers(make_trace, figure):
    trace = make_trace(count=8)
    drawn = figure(trace, selection=Selection(heads=[(3, 4)], query=5))
    row = trace.weights(3, 4)[5]
    assert drawn.texts("held-lines") == numbers(row)
    assert drawn.texts("titles") == ["query", "key", "4"]
    strongest = int(row.argmax())
    bold = [
        text.text
        for text in drawn.marks("key", "text") + drawn.marks("query", "text")
        if text.get("font-weight")
    ]
    assert bold == [f"t{strongest}", "t5"]
    (pill,) = drawn.marks("query", "path")
    assert pill.get("fill") == "#1b2025"
    said = drawn.said("held").replace("\u00a0", " ")
    assert said.startswith("t5 (query 5) attends to 4 ")
    assert f"t{strongest} {row.max():.3f}" in said


def test_a_locked_key_shows_what_reaches_it(make_trace, figure):
    trace = make_trace(count=7)
    drawn = figure(trace, selection=Selection(heads=[(0, 2)], key=3))
    column = trace.weights(0, 2)[:, 3]
    assert drawn.texts("held-lines") == numbers(column)
    assert "t3 (key 3) is attended to by" in drawn.said("held")


def test_the_caption_names_model_place_heads_and_filters(make_trace, figure, translation):
    settings = {"heads": [1, 4], "hide_special": True, "sentences": "ab", "aggregate": "mean"}
    drawn = figure(make_trace(pair=True), layer=2, index_base=1, **settings)
    assert drawn.texts("caption") == [
        *["bert", "layer 3 (from 1)", "heads", "2", "5", "drawn: mean over heads"],
        *["strongest 80 %", "sentences: A → B", "special tokens hidden"],
    ]
    assert "lines: mean over 2 heads" in drawn.texts("legend")
    assert re.search(r"hidden \d+ %: .*other sentence \d+ %", drawn.said("legend"))
    cross = figure(translation, block="cross", heads=[])
    assert "cross, layer 0" in cross.texts("caption")
    assert "no head is on" in cross.texts("caption")
    assert cross.texts("titles") == ["decoder query", "encoder key"]


def test_what_the_view_lacks_is_asked_of_it(make_trace, opened):
    trace = make_trace(layers=2, count=160)
    view = opened(trace, layer=1, selection=Selection(heads=[(1, 3)], query=120))
    drawn = Figure(view.to_svg())
    row = trace.weights(1, 3)[120]
    labels = drawn.texts("key")
    assert "t120" in labels
    assert len(labels) < 40
    first = int(labels[0].removeprefix("t"))
    assert drawn.texts("held-lines") == numbers(row)[first : first + len(labels)]
    assert any(text.startswith("▲") for text in drawn.texts("titles"))
    assert any(text.startswith("▼") for text in drawn.texts("edge"))
    assert drawn.texts("minimap") == ["0", "159"]


def test_all_rows_show_every_token(make_trace, figure):
    drawn = figure(make_trace(layers=1, heads=2, count=100), {"all_rows": True})
    assert drawn.texts("key") == [f"t{number}" for number in range(100)]
    assert "hw-minimap" not in drawn.groups


def test_token_text_is_data(make_trace, figure):
    labels = [ATTACK, "a\x00b\x1b\ud83d", "w" * 10_000, " two  spaces", 'q"&', "é\u0301", "שלום"]
    drawn = figure(
        make_trace(layers=1, heads=2, count=7, labels=labels), selection=Selection(query=0)
    )
    shown = drawn.texts("query")
    assert "onerror" in "".join(drawn.texts())
    assert {node.tag for node in drawn.root.iter()} <= {
        f"{SVG}{name}" for name in ("svg", "defs", "clipPath", "path", "rect", "g", "text")
    }
    assert shown[1] == "a␀b␛\ufffd"
    assert shown[2].startswith("www")
    assert shown[2].endswith("…")
    assert shown[3:] == labels[3:]
    assert face(bold=True).measure(shown[2]) * 13 <= 120


def test_the_ground_follows_theme_and_background(make_trace, opened):
    view = opened(make_trace(layers=1))
    grounds = {
        theme: Figure(view.to_svg(theme=theme)).root.find(f"{SVG}rect").get("fill")
        for theme in THEMES
    }
    assert grounds == {
        "light": "#ffffff",
        "dark": "#111111",
        "contrast": "#111111",
        "contrast-light": "#ffffff",
    }
    assert Figure(view.to_svg(background=False)).root.find(f"{SVG}rect") is None


@pytest.mark.parametrize("width", [LEAST_WIDTH, 320, 400, 760, 1200])
def test_nothing_is_left_of_the_figure_or_right_of_it(make_trace, figure, width):
    settings = {"selection": Selection(heads=[(1, 2), (1, 5)], query=3), "layer": 1}
    drawn = figure(make_trace(), {"width": width}, **settings)
    assert drawn.root.get("width") == str(width)
    for text in drawn.root.iter(f"{SVG}text"):
        bold = text.get("font-weight") == "bold"
        wide = float(text.get("font-size")) * face(bold=bold).measure(text.text)
        share = {"end": 1.0, "middle": 0.5, None: 0.0}[text.get("text-anchor")]
        left = float(text.get("x")) - share * wide
        assert left >= -0.5, text.text
        assert left + wide <= width + 0.5, text.text
        assert 0 < float(text.get("y")) < float(drawn.root.get("height"))


def test_a_png_has_the_size_asked_for(make_trace, opened, tmp_path):
    view = opened(make_trace(layers=1, heads=2, count=4))
    height = float(Figure(view.to_svg(width=300)).root.get("height"))
    png = view.to_png(tmp_path / "figure.png", scale=1.5, width=300)
    assert png == (tmp_path / "figure.png").read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == pytest.approx((450, height * 1.5), abs=1)


def test_the_file_is_what_is_returned(make_trace, opened, tmp_path):
    view = opened(make_trace(layers=1, heads=2, count=4))
    svg = view.to_svg(tmp_path / "figure.svg")
    assert (tmp_path / "figure.svg").read_text("utf-8") == svg
    assert svg == view.to_svg()


def test_a_figure_is_drawn_on_any_thread(make_trace, opened):
    view = opened(make_trace(layers=1, heads=2, count=4))
    drawn = []
    thread = Thread(target=lambda: drawn.append(view.to_svg()))
    thread.start()
    thread.join()
    assert drawn == [view.to_svg()]


@pytest.mark.parametrize("name", ["missing/figure.svg", "."])
def test_a_path_that_cannot_be_written_is_named(make_trace, opened, tmp_path, name):
    target = tmp_path / name
    with pytest.raises(HeadwiseError, match=re.escape(str(target))):
        opened(make_trace(layers=1, heads=1, count=2)).to_svg(target)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"theme": "auto"}, "unknown theme 'auto': one of light, dark"),
        ({"width": 159}, "from 160 to 10000, not 159"),
        ({"width": 300.5}, "whole number"),
        ({"scale": 0}, "positive number, not 0"),
        ({"scale": 100}, "million pixels"),
    ],
)
def test_values_that_make_no_picture_are_refused(make_trace, opened, keywords, message):
    with pytest.raises(InputError, match=re.escape(message)):
        opened(make_trace(layers=1, heads=1, count=2)).to_png(**keywords)


def test_a_closed_view_has_no_figure(make_trace, opened):
    view = opened(make_trace(layers=1))
    view.close()
    with pytest.raises(HeadwiseError, match="closed"):
        view.to_svg()


def test_a_failure_names_the_view_and_the_reason(make_trace, opened, monkeypatch):
    view = opened(make_trace(layers=1, count=6))
    error = {"type": "HeadwiseError", "message": "the disk is gone"}
    monkeypatch.setattr(
        type(view), "answer", lambda _view, _message: ({"ok": False, "error": error}, [])
    )
    reason = "the figure of this head view cannot be drawn: the disk is gone"
    with pytest.raises(HeadwiseError, match=reason):
        view.to_svg()


def test_views_without_a_figure_say_so(make_trace, opened):
    view = opened(make_trace(layers=1, count=3))
    order = {"traits": {"_view": "nothing"}}
    with pytest.raises(InputError, match=r"a nothing view has no figure yet: views of .*head"):
        engine.draw(view, order)
