"""The figures of views that are made of others: compare and explore."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from test_figure import SVG, Figure
from test_figure_model import cells, inside

import headwise as hw
from headwise.selection import Selection


@pytest.fixture
def compare(keep):
    def make(a, b, drawing=None, **settings):
        return Figure(keep(hw.compare(a, b, **settings)).to_svg(**(drawing or {})))

    return make


@pytest.fixture
def explore(keep):
    def make(trace, drawing=None, **settings):
        return Figure(keep(hw.explore(trace, **settings)).to_svg(**(drawing or {})))

    return make


@pytest.fixture
def other(make_trace):
    """Like `make_trace`, with the layers in reverse."""
    block = next(iter(make_trace(layers=4, heads=3, count=8).blocks.values()))
    return hw.Trace([dataclasses.replace(block, records=block.records[::-1])])


def left_of(drawn, name):
    (group,) = [node for node in drawn.root.iter(f"{SVG}g") if node.get("class") == f"hw-{name}"]
    return min(float(text.get("x")) for text in group.iter(f"{SVG}text"))


def top_of(drawn, name):
    group = drawn.groups[f"hw-{name}"]
    return min(float(text.get("y")) for text in group.iter(f"{SVG}text"))


def test_both_sides_and_their_difference_are_drawn(make_trace, other, compare):
    trace = make_trace(layers=4, heads=3, count=8)
    selection = Selection(heads=[(1, 2)], query=4, key=6)
    drawn = compare(trace, other, names=["A", "B"], layer=1, selection=selection)
    a, b = trace.weights(1, 2), other.weights(1, 2)
    for side, weights in (("side-a", a), ("side-b", b)):
        said = drawn.said(side).replace("\u00a0", " ")
        assert f"{weights[4].max():.3f}" in said
        assert "4 layers \N{MULTIPLICATION SIGN} 3 heads" in said
    assert drawn.texts("difference")[:2] == ["Difference", "B \N{MINUS SIGN} A · head 2"]
    change = b - a
    sign = "\N{MINUS SIGN}" if change[4, 6] < 0 else "+"
    words = f"t4 → t6: {b[4, 6]:.3f} \N{MINUS SIGN} {a[4, 6]:.3f} = {sign}{abs(change[4, 6]):.3f}"
    assert words in drawn.texts("difference")
    (image,) = drawn.marks("map", "image")
    found = cells(image, 8)
    blueness = found[..., 2] - found[..., 0]
    clear = np.abs(change) > 0.05 * np.abs(change).max()
    assert (np.sign(blueness[clear]) == np.sign(change[clear])).all()


def test_the_largest_differences_are_listed(make_trace, other, compare):
    trace = make_trace(layers=4, heads=3, count=8)
    drawn = compare(trace, other, {"width": 1200}, names=["A", "B"], layer=1, heads=[2])
    a, b = trace.weights(1, 2), other.weights(1, 2)
    order = np.argsort(-np.abs(b - a), axis=None)[:8]
    texts = drawn.texts("largest")
    assert texts[:5] == ["largest differences", "query → key", "A", "B", "difference"]
    listed = [texts[at : at + 4] for at in range(5, len(texts), 4)]
    for (name, first, second, change), at in zip(listed, order, strict=True):
        row, column = divmod(int(at), 8)
        assert name == f"t{row} → t{column}"
        assert (first, second) == (f"{a[row, column]:.3f}", f"{b[row, column]:.3f}")
        assert float(change.replace("\N{MINUS SIGN}", "-")) == pytest.approx(
            (b - a)[row, column], abs=6e-4
        )


def test_sides_stand_beside_each_other_where_there_is_room(make_trace, other, compare):
    trace = make_trace(layers=4, heads=3, count=8)
    wide = compare(trace, other, {"width": 1000}, layer=1)
    assert left_of(wide, "side-b") > 500
    assert top_of(wide, "side-a") == top_of(wide, "side-b")
    stacked = compare(trace, other, {"width": 760}, layer=1)
    assert left_of(stacked, "side-b") == left_of(stacked, "side-a")
    assert top_of(stacked, "side-b") > top_of(stacked, "side-a") + 200
    inside(wide, 1000)
    inside(stacked, 760)


def test_what_does_not_differ_is_said_in_place_of_the_map(make_trace, compare):
    trace = make_trace(layers=2, heads=3, count=6)
    drawn = compare(trace, trace, layer=1, heads=[1])
    assert "No difference in this head" in drawn.texts("difference")
    assert "hw-map" not in drawn.groups


def test_tokens_of_one_side_alone_are_counted_and_noted(make_trace, compare):
    a = make_trace(layers=1, heads=2, count=5)
    b = make_trace(layers=2, heads=2, count=5, labels=["t0", "t1", "x", "t3", "t4"])
    block = b.blocks["encoder"]
    b = hw.Trace([dataclasses.replace(block, records=block.records[1:])])
    drawn = compare(a, b, names=["A", "B"], selection=Selection(heads=[(0, 0)], query=2))
    assert "Token 2 “t2” is only in “A”" in drawn.texts()
    assert "without a match: 1 token of “A”, 1 token of “B”" in drawn.texts("difference")
    assert drawn.texts("axes") == 2 * ["t0", "t1", "t3", "t4"]


def test_explore_draws_its_three_parts(make_trace, explore):
    trace = make_trace(layers=3, heads=4, count=7)
    selection = Selection(heads=[(2, 0), (2, 3)], query=5)
    drawn = explore(trace, {"width": 1200}, layer=2, selection=selection)
    assert drawn.texts("caption")[0] != ""
    assert len(drawn.marks("thumbs", "image")) == 12
    weights = trace.weights(2, 3)[5]
    assert f"t{weights.argmax()}" in drawn.said("held")
    texts = drawn.texts("part-neuron")
    assert "score" in texts
    assert f"{weights.max():.3f}" in texts
    assert drawn.texts().count("bert") == 1
    said = drawn.root.get("aria-label")
    assert said.count("Attention of bert") == 2
    assert "Queries and keys of bert" in said
    inside(drawn, 1200)


def test_the_grid_stands_beside_the_head_where_there_is_room(make_trace, explore):
    trace = make_trace(layers=3, heads=4, count=7)
    wide = explore(trace, {"width": 1000})
    assert left_of(wide, "part-grid") < 404 < left_of(wide, "part-head")
    assert top_of(wide, "part-neuron") > top_of(wide, "part-head") + 150
    narrow = explore(trace, {"width": 700})
    assert left_of(narrow, "part-head") < 100
    assert top_of(narrow, "part-head") > top_of(narrow, "part-grid") + 100
    inside(narrow, 700)
