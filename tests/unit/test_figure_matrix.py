"""The figure of the matrix view."""

from __future__ import annotations

import base64
import struct
import zlib
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from headwise.selection import Selection
from headwise.widgets.matrix import matrix_view

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def draw(keep):
    def make(trace, drawing=None, **settings):
        return ET.fromstring(keep(matrix_view(trace, **settings)).to_svg(**(drawing or {})))  # noqa: S314

    return make


def texts(root, name):
    return [
        text.text
        for group in root.iter(f"{SVG}g")
        if group.get("class") == f"hw-{name}"
        for text in group.iter(f"{SVG}text")
    ]


def span(what, first, last):
    return f"{what} {first}\N{EN DASH}{last}"


def pixels(image):
    """Red of each pixel of a PNG as the figure writes it: RGBA, no filter."""
    png = base64.b64decode(image.get("href").partition(",")[2])
    width, height = struct.unpack(">II", png[16:24])
    start = png.index(b"IDAT")
    (length,) = struct.unpack(">I", png[start - 4 : start])
    rows = np.frombuffer(zlib.decompress(png[start + 4 : start + 4 + length]), np.uint8)
    return rows.reshape(height, 1 + 4 * width)[:, 1::4]


def test_cells_hold_the_weights(make_trace, draw):
    trace = make_trace(layers=2, heads=3, count=6)
    root = draw(trace, layers=[1], heads=[2])
    weights = trace.weights(1, 2)
    numbers = [f"{weight:.2f}" for weight in weights.ravel() if weight >= 0.005]
    assert [text for text in texts(root, "map") if text[:2] in {"0.", "1."}] == numbers
    assert texts(root, "caption") == ["bert", "layer 1, head 2"]
    assert "exact weights" in texts(root, "legend")


def test_the_picture_is_as_dark_as_the_weights(make_trace, draw):
    trace = make_trace(layers=1, heads=1, count=40)
    root = draw(trace, layers=[0], heads=[0])
    image = max(root.iter(f"{SVG}image"), key=lambda node: float(node.get("height")))
    red = pixels(image)
    step = red.shape[0] // 40
    assert red.shape == (40 * step, 40 * step)
    assert (red == np.repeat(np.repeat(red[::step, ::step], step, 0), step, 1)).all()
    order = np.argsort(trace.weights(0, 0).ravel(), kind="stable")
    assert (np.diff(red[::step, ::step].ravel()[order].astype(int)) <= 0).all()


def test_what_is_locked_framed_and_left_out_is_said(make_trace, draw):
    trace = make_trace(layers=2, heads=4, count=60)
    heads = [(0, 1), (1, 1), (1, 3)]
    chosen = Selection(heads=heads, query=12, key=15, query_range=(11, 16), key_range=(10, 20))
    settings = {"selection": chosen, "index_base": 1, "hide_special": True}
    root = draw(trace, region=(10, 30, 10, 30), **settings)
    assert texts(root, "caption") == [
        *["bert", "mean of 3 heads (from 1)", "layer 1: head 2; layer 2: heads 2, 4"],
        *[span("queries", 11, 30) + ", " + span("keys", 11, 30), "special tokens hidden"],
    ]
    weight = np.mean([trace.weights(layer, head)[12, 15] for layer, head in heads])
    assert texts(root, "held") == [
        f"t12 → t15 {weight:.3f}, query 13, key 16",
        f"framed: {span('queries', 12, 16)}, {span('keys', 11, 20)}",
    ]


def test_all_rows_show_the_whole_map(make_trace, draw):
    trace = make_trace(layers=1, heads=1, count=30)
    part = draw(trace, region=(5, 25, 5, 25), layers=[0], heads=[0])
    whole = draw(trace, {"all_rows": True}, region=(5, 25, 5, 25), layers=[0], heads=[0])
    assert span("queries", 5, 24) + ", " + span("keys", 5, 24) in texts(part, "caption")
    assert texts(whole, "caption") == ["bert", "layer 0, head 0"]
