"""The built front end stays small and asks the network for nothing."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from headwise.assets import read_asset

STATIC = files("headwise").joinpath("static")
SCRIPTS = sorted(file.name for file in STATIC.iterdir() if file.name.endswith(".js"))
LIMIT = 150_000
LIMITS = {"explore": 210_000}
"""Explore is the head, the model and the neuron view in one."""


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_bundle_of_a_view_stays_small(name):
    view = name.removesuffix(".js").removesuffix("-page")
    assert len(read_asset(name).encode()) < LIMITS.get(view, LIMIT)


def test_each_view_has_a_widget_and_a_page():
    views = {name.removesuffix("-page.js").removesuffix(".js") for name in SCRIPTS}
    assert views >= {"head", "model", "neuron", "matrix", "explore", "compare"}
    assert {f"{view}{end}" for view in views for end in (".js", "-page.js")} == set(SCRIPTS)


@pytest.mark.parametrize("name", [*SCRIPTS, "headwise.css"])
def test_no_address_but_xml_namespaces_is_in_it(name):
    addresses = set(re.findall(r"https?://[\w./-]+", read_asset(name)))
    assert {address for address in addresses if "w3.org" not in address} == set()
