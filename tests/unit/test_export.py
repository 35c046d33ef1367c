from __future__ import annotations

import base64
import json
import re
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest
from safetensors.numpy import load

from headwise.assets import read_asset
from headwise.errors import HeadwiseError
from headwise.export import html
from headwise.selection import Selection
from headwise.wire.codec import quantize

ATTACK = "</script><img src=x onerror=alert(1)>"
NASTY = [ATTACK, "<!--", "<script>", "]]>", "\u2028", "\ud83d", "{state}", r"\1", "</style>", '"']
NASTY += ["\x00\x07\x1b[31m", "\r\n\t", "\u202e\u2066", "a" * 10_000]


class Page(HTMLParser):
    """Tags in order and the text of scripts, as a parser that knows of script and style sees it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if not data.strip():
            return
        tag, attributes = self.tags[-1]
        key = attributes.get("id") or tag
        self.texts[key] = self.texts.get(key, "") + data

    def meta(self, name: str) -> str | None:
        for tag, attributes in self.tags:
            if tag == "meta" and name in (attributes.get("name"), attributes.get("http-equiv")):
                return attributes["content"]
        return None


def state_of(text):
    return json.loads(Page(text).texts["headwise-state"])


def tensors_of(text):
    return load(zlib.decompress(base64.b64decode(state_of(text)["tensors"])))


def test_a_page_holds_the_state_of_the_view(make_trace, opened, tmp_path):
    trace = make_trace()
    view = opened(trace, layer=3, heads=[1], theme="dark", index_base=1)
    view.selection = Selection(heads=[(5, 2)], query=9)
    written = view.to_html(tmp_path / "page.html")
    assert written.path == tmp_path / "page.html"
    assert written.size == written.path.stat().st_size
    state = state_of(written.path.read_text("utf-8"))
    assert set(state["traits"]) == {
        "_view",
        "_trace",
        "_links",
        "_link_notes",
        "block",
        "layer",
        "aggregate",
        "strongest",
        "sentences",
        "hide_special",
        "merge_words",
        "index_base",
        "theme",
        "height",
        "selection",
    }
    assert state["traits"] == {name: view.get_state()[name] for name in state["traits"]}
    assert state["traits"]["selection"]["heads"] == [[5, 2]]
    tensors = tensors_of(written.path.read_text("utf-8"))
    assert set(tensors) == {f"w/encoder/{layer}" for layer in range(6)}
    np.testing.assert_array_equal(tensors["w/encoder/5"], trace.weights(5))


def test_token_text_is_data(make_trace, opened):
    view = opened(make_trace(layers=1, heads=2, count=len(NASTY), labels=NASTY))
    text = html.render(view)
    text.encode("utf-8")
    page = Page(text)
    assert [tag for tag, _ in page.tags] == [
        *["html", "head", "meta", "meta", "meta", "meta", "title", "style", "body"],
        *["div", "p", "script", "script"],
    ]
    assert "onerror" in page.texts["headwise-state"]
    labels = state_of(text)["traits"]["_trace"]["tokens"]["0"]["labels"]
    assert labels == view.get_state("_trace")["_trace"]["tokens"]["0"]["labels"]
    assert (labels[0], labels[-1]) == (ATTACK, "a" * 10_000)
    assert ATTACK not in text
    assert "<" not in page.texts["headwise-state"]


def test_the_page_asks_for_nothing(make_trace, opened):
    page = Page(html.render(opened(make_trace(layers=1), theme="light")))
    assert page.meta("Content-Security-Policy") == (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
        "img-src data: blob:; connect-src 'none'"
    )
    assert page.meta("color-scheme") == "light"
    assert page.tags[0] == ("html", {"lang": "en"})
    assert page.texts["title"] == "headwise: head view of bert"
    assert not [attributes for _, attributes in page.tags if {"src", "href"} & attributes.keys()]
    order = [attributes.get("charset") for tag, attributes in page.tags if tag == "meta"]
    assert order[0] == "utf-8"


def test_a_bundle_with_end_tags_stays_in_its_element(make_trace, opened, monkeypatch):
    view = opened(make_trace(layers=1))
    files = {
        "head-page.js": 'const a = "</SCRIPT><!--<script>"; go(/<\\/b/, `</p>`, "\\\\1 {styles}");',
        "headwise.css": '.hw::after { content: "</StYle><img>" }',
    }
    monkeypatch.setattr(html, "read_asset", files.__getitem__)
    page = Page(html.render(view))
    assert "img" not in {tag for tag, _ in page.tags}
    program = page.texts["script"].strip()
    assert re.sub(r"\\x3c", "<", program) == files["head-page.js"]
    assert page.texts["style"].strip() == files["headwise.css"].replace("</StYle", r"\3c /StYle")


def test_the_built_bundle_is_in_the_page(make_trace, opened):
    page = Page(html.render(opened(make_trace(layers=1))))
    program = page.texts["script"].replace("\\x3c", "<").strip()
    assert program == read_asset("head-page.js").replace("\\x3c", "<").strip()


def test_weights_over_the_budget_travel_on_256_levels(make_trace, opened):
    trace = make_trace(layers=2, heads=2, count=16)
    view = opened(trace, layer=1)
    rough = tensors_of(html.render(view, budget=2000))
    assert set(rough) == {"w/encoder/0", "w/encoder/1"}
    np.testing.assert_array_equal(rough["w/encoder/1"], quantize(trace.weights(1)))
    assert set(tensors_of(html.render(view, budget=1000))) == {"w/encoder/1"}


@pytest.mark.parametrize("name", ["missing/page.html", "."])
def test_a_path_that_cannot_be_written_is_named(make_trace, opened, tmp_path, name):
    target = tmp_path / name
    with pytest.raises(HeadwiseError, match=re.escape(str(target))):
        opened(make_trace(layers=1)).to_html(target)


def test_a_closed_view_has_nothing_to_write(make_trace, opened, tmp_path):
    view = opened(make_trace(layers=1))
    view.close()
    with pytest.raises(HeadwiseError, match="closed"):
        view.to_html(tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []
