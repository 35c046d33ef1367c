"""The built front end stays small and asks the network for nothing."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from headwise.assets import read_asset

STATIC = files("headwise").joinpath("static")
FIGURES = "figures.js"
SCRIPTS = sorted(file.name for file in STATIC.iterdir() if file.name.endswith(".js"))
LIMIT = 150_000
LIMITS = {"explore": 210_000, "liveexplore": 240_000, "runs": 300_000, "figures": 200_000}
"""Explore is the head, the model and the neuron view in one; the runs view is these three, each by
itself, with curves (uPlot); the figures are those of all views, and stay in Python."""


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_bundle_of_a_view_stays_small(name):
    view = name.removesuffix(".js").removesuffix("-page")
    assert len(read_asset(name).encode()) < LIMITS.get(view, LIMIT)


def test_each_view_has_a_widget_and_a_page():
    views = {name.removesuffix("-page.js").removesuffix(".js") for name in SCRIPTS}
    views.remove("figures")
    assert views >= {
        "head",
        "heads",
        "model",
        "neuron",
        "matrix",
        "explore",
        "runs",
        "compare",
        "live",
        "liveexplore",
    }
    assert {f"{view}{end}" for view in views for end in (".js", "-page.js")} | {FIGURES} == set(
        SCRIPTS
    )


def test_figures_are_drawn_without_a_page():
    program = read_asset(FIGURES)
    assert set(re.findall(r"\b(?:document|window|preact)\.\w+", program)) == set()


@pytest.mark.parametrize("name", [*SCRIPTS, "headwise.css"])
def test_no_address_but_xml_namespaces_is_in_it(name):
    addresses = set(re.findall(r"https?://[\w./-]+", read_asset(name)))
    assert {address for address in addresses if "w3.org" not in address} == set()
