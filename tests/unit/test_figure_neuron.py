"""The figure of the neuron view."""

from __future__ import annotations

import numpy as np
import pytest
from test_figure import ATTACK, SVG, Figure
from test_figure_model import inside

import headwise as hw
from headwise.selection import Selection

WIDE = {"width": 1200}


@pytest.fixture
def figure(keep):
    def make(trace, drawing=None, **settings):
        view = keep(hw.neuron_view(trace, **settings))
        return Figure(view.to_svg(**(WIDE if drawing is None else drawing)))

    return make


def signed(value, decimals=2):
    text = f"{abs(value):.{decimals}f}"
    if float(text) == 0:
        return text
    sign = "\N{MINUS SIGN}" if value < 0 else "+"
    return sign + text


def rows_of(drawn, columns):
    """The texts of the rows, one list a row, the token first."""
    texts = [text for text in drawn.texts("rows") if text is not None]
    return [texts[at : at + columns] for at in range(0, len(texts), columns)]


def test_each_row_leads_from_q_and_k_to_the_weight(make_trace, figure):
    trace = make_trace(layers=2, heads=3, count=6)
    drawn = figure(trace, layer=1, head=2, query=4)
    query, keys = trace.queries(1, 2)[4], trace.keys(1, 2)
    dot, weights = keys @ query, trace.weights(1, 2)[4]
    assert rows_of(drawn, 4) == [
        [f"t{key}", signed(dot[key]), signed(dot[key]), f"{weights[key]:.3f}"] for key in range(6)
    ]
    assert drawn.texts("titles") == [
        "key",
        "key k",
        "q \N{MULTIPLICATION SIGN} k",
        "q · k",
        "score",
        "softmax",
    ]
    assert drawn.texts("pill") == ["t4"]
    assert drawn.texts("caption") == ["bert", "layer 1", "head", "2", "query", "t4", "4"]
    assert "weight = softmax(q · k)" in drawn.texts("legend")
    bold = {text.text for text in drawn.marks("rows", "text") if text.get("font-weight")}
    assert f"t{weights.argmax()}" in bold


def test_strips_show_q_k_and_their_products_by_sign(make_trace, figure):
    trace = make_trace(layers=1, heads=1, count=5)
    drawn = figure(trace, head=0, query=3, neurons="index")
    query, keys = trace.queries(0, 0)[3], trace.keys(0, 0)
    size = query.size
    strips = drawn.marks("strips", "rect")[: 2 * size * 5]
    products = np.concatenate([keys, keys * query], axis=1).ravel()

    def blue(mark):
        red, _, other = (int(mark.get("fill")[at : at + 2], 16) for at in (1, 3, 5))
        return other - red

    shades = np.array([blue(mark) for mark in strips])
    clear = np.abs(products) > 0.1
    assert (np.sign(shades[clear]) == np.sign(products[clear])).all()
    own = np.array([blue(mark) for mark in drawn.marks("query", "rect")])
    assert np.argsort(own).tolist() == np.argsort(query).tolist()
    lefts = [float(mark.get("x")) for mark in strips[: 2 * size]]
    assert lefts[:size] == [float(mark.get("x")) for mark in drawn.marks("query", "rect")]


def test_a_locked_key_is_marked_and_named(make_trace, figure):
    trace = make_trace(layers=1, heads=2, count=6)
    drawn = figure(trace, head=1, query=4, key=2, index_base=1)
    assert drawn.texts("caption") == [
        *["bert", "layer 1 (from 1)", "head", "2", "query", "t4", "5", "key", "t2", "3"]
    ]
    (pill,) = [mark for mark in drawn.marks("rows", "path") if mark.get("fill") == "#1b2025"]
    label = next(text for text in drawn.marks("rows", "text") if text.text == "t2")
    assert label.get("fill") == "#ffffff"
    assert "sorted by share in t4 · t2" in drawn.said("query")
    assert pill.get("d").startswith("M")


def test_steps_without_a_column_are_told_for_one_key(make_trace, figure):
    trace = make_trace(layers=1, heads=2, count=6)
    drawn = figure(trace, {"width": 760}, head=1, query=4, key=2)
    dot = trace.queries(0, 1)[4] @ trace.keys(0, 1)[2]
    assert drawn.texts("titles")[-2:] == ["q · k", "softmax"]
    assert drawn.said("steps") == f"t2: q · k {signed(dot)}, score {signed(dot)}, softmax <0.001"


def test_rows_that_scroll_show_the_locked_key(make_trace, figure):
    trace = make_trace(layers=1, heads=1, count=90)
    drawn = figure(trace, query=1, key=80)
    tokens = [row[0] for row in rows_of(drawn, 4)]
    assert "t80" in tokens
    assert len(tokens) < 30
    first, last = tokens[0][1:], tokens[-1][1:]
    assert f"{len(tokens)} of 90 keys in sight: {first}\N{EN DASH}{last}" in drawn.said("steps")
    whole = figure(trace, WIDE | {"all_rows": True}, query=1, key=80)
    assert [row[0] for row in rows_of(whole, 4)] == [f"t{key}" for key in range(90)]


def test_lines_are_those_of_the_head(make_trace, keep):
    trace = make_trace(count=8)
    selection = Selection(heads=[(2, 3)], query=5)
    lines = keep(hw.neuron_view(trace, layer=2, head=3, query=5, form="lines"))
    head = keep(hw.head_view(trace, layer=2, selection=selection, strongest=0.95))
    assert lines.to_svg() == head.to_svg()


def test_a_trace_of_weights_alone_says_what_is_missing(figure):
    weights = np.full((1, 2, 3, 3), 1 / 3, np.float32)
    drawn = figure(hw.from_attentions([weights], ["a", "b", "c"]))
    assert "No queries and keys in this trace" in drawn.texts()


def test_token_text_is_data(make_trace, figure):
    labels = [ATTACK, "a\x00b", "w" * 1000, "שלום"]
    drawn = figure(make_trace(layers=1, heads=1, count=4, labels=labels), query=0, key=2)
    assert "onerror" in drawn.said("caption")
    assert {node.tag for node in drawn.root.iter()} <= {
        f"{SVG}{name}" for name in ("svg", "path", "rect", "g", "text", "image")
    }


@pytest.mark.parametrize("width", [160, 320, 600, 760, 1200])
def test_nothing_is_left_of_the_figure_or_right_of_it(make_trace, figure, width):
    inside(figure(make_trace(layers=2), {"width": width}, layer=1, head=7, query=3, key=9), width)
