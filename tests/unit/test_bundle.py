"""The built front end stays small and asks the network for nothing."""

from __future__ import annotations

import re

import pytest

from headwise.assets import read_asset


def test_the_bundle_stays_small():
    assert len(read_asset("widget.js").encode()) < 150_000


@pytest.mark.parametrize("name", ["widget.js", "widget.css", "static.js"])
def test_no_address_but_xml_namespaces_is_in_it(name):
    addresses = set(re.findall(r"https?://[\w./-]+", read_asset(name)))
    assert {address for address in addresses if "w3.org" not in address} == set()
