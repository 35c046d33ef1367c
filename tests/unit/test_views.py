"""What holds for every view: keywords are traits, wrong values are refused, pages are whole."""

from __future__ import annotations

import base64
import inspect
import json
import zlib

import numpy as np
import pytest
import traitlets
from safetensors.numpy import load

import headwise as hw
from headwise.errors import HeadwiseError, InputError, OutOfRange, SelectionError
from headwise.export.html import EXPORT_BUDGET, render
from headwise.record import AttentionRecord
from headwise.tokens import Tokens
from headwise.trace import Block, Trace
from headwise.wire.protocol import TENSOR_BUDGET

FILTERS = {"sentences": "ab", "hide_special": True, "strongest": 0.25}
COMMON = {"block": "encoder", "index_base": 1, "theme": "contrast", "height": 300}
GRID = {"glyph": "lines", "pooling": "mean", "order": "entropy", "frame": "special"}
LAYER = {"layer": 3, "aggregate": "mean", "merge_words": True}
VECTORS = {"form": "lines", "neurons": "index"}
BUNDLE = {"_esm", "_css", "_anywidget_id"}
PRIVATE = {"_view", "_trace", "_links", "_link_notes", "tensors"}

VIEWS = {
    "model": (
        hw.model_view,
        {**COMMON, **FILTERS, **GRID, "include_layers": [1, 3], "include_heads": [0, 7]},
        {"opened": (3, 7)},
        {"rank"},
    ),
    "neuron": (hw.neuron_view, {**COMMON, **FILTERS, **VECTORS, "layer": 3, "head": 7}, {}, set()),
    "explore": (
        hw.explore,
        {**COMMON, **FILTERS, **GRID, **LAYER, **VECTORS, "head": 7},
        {},
        set(),
    ),
    "compare": (
        lambda trace, **settings: hw.compare(trace, trace, **settings),
        {**COMMON, **FILTERS, **LAYER},
        {"names": ["before", "after"]},
        {"_trace_b", "_pairs", "tensors_b"},
    ),
}
SELECTING = {
    "model": {"heads", "rank"},
    "neuron": {"query", "key"},
    "explore": {"heads"},
    "compare": {"heads"},
}
# What a view with a model behind it takes as well; tests/models/test_live_view.py has it.
OF_A_MODEL = {"tokenizer", "text", "text_pair", "target", "masked", "blocked", "ablated"}
OF_A_MODEL |= {"ablation", "replaced", "saliency"}


@pytest.fixture(params=list(VIEWS))
def kind(request):
    return request.param


@pytest.fixture
def make(kind, keep):
    return lambda trace, **settings: keep(VIEWS[kind][0](trace, **settings))


def test_every_control_is_a_keyword_a_trait_and_state(make_trace, kind, make, browser):
    _, settings, more, private = VIEWS[kind]
    wanted = settings | more
    trace = make_trace(pair=True)
    view = make(trace, **wanted)
    assert {name: getattr(view, name) for name in wanted} == wanted
    later = make(trace)
    for name, value in wanted.items():
        setattr(later, name, value)
    assert later.get_state(wanted) == view.get_state(wanted) == wanted
    moved = make(trace)
    browser(moved).set(**settings)
    assert moved.get_state(settings) == settings
    assert view.own_synced() - BUNDLE == {*wanted, *PRIVATE, *private, "selection"}


def test_keywords_are_those_that_are_promised(kind):
    function = getattr(hw, kind, None) or getattr(hw, f"{kind}_view")
    parameters = inspect.signature(function).parameters
    keywords = set(parameters) - {"trace", "trace_a", "trace_b"}
    if "tokenizer" in parameters:
        keywords -= OF_A_MODEL
    _, settings, more, _ = VIEWS[kind]
    assert keywords == {*settings, *more, *SELECTING[kind], "selection"}


def test_the_first_message_names_the_view_and_stays_small(make_trace, kind, make):
    view = make(make_trace(layers=12, count=64))
    state = view.get_state()
    assert state["_view"] == kind
    assert (state["_links"], state["_link_notes"]) == ([], [])
    blobs = [value for value in state.values() if isinstance(value, bytes)]
    assert 0 < sum(map(len, blobs)) <= TENSOR_BUDGET
    assert json.dumps({k: v for k, v in state.items() if not isinstance(v, bytes)})


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"block": "cross"}, OutOfRange, "block 'cross' does not exist: this trace has 'encoder'"),
        ({"selection": {"heads": [[6, 0]]}}, SelectionError, "layer 6 does not exist"),
        ({"selection": {"heads": [[0, 12]]}}, SelectionError, "head 12 does not exist"),
        ({"selection": {"key": 12}}, SelectionError, "key 12 does not exist.*0 to 11"),
        ({"selection": 3}, SelectionError, "must be a dict or a Selection"),
        ({"selection": {"block": "a"}, "block": "encoder"}, InputError, "leave one of them out"),
        ({"sentences": "ab"}, InputError, "'ab' needs two sentences"),
        ({"strongest": float("nan")}, traitlets.TraitError, "strongest"),
        ({"height": 20}, traitlets.TraitError, "height"),
        ({"theme": "pink"}, traitlets.TraitError, "theme"),
        ({"hide_specials": 3}, TypeError, "'hide_specials': did you mean 'hide_special'"),
    ],
)
def test_a_wrong_keyword_is_refused_in_words(make_trace, kind, settings, error, said):
    with pytest.raises(error, match=said):
        VIEWS[kind][0](make_trace(), **settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("block", "cross"),
        ("selection", {"heads": [[3, 12]]}),
        ("sentences", "ab"),
        ("strongest", 7),
        ("hide_special", "yes"),
    ],
)
def test_a_wrong_value_from_the_browser_is_corrected_there(make_trace, make, browser, name, value):
    view = make(make_trace())
    page = browser(view)
    before = view.get_state()
    page.set(**{name: value, "theme": "dark"})
    assert view.get_state() == before | {"theme": "dark"}
    assert page.updates() == [{name: before[name]}]


def test_the_browser_cannot_set_what_python_owns(make_trace, kind, make, browser):
    view = make(make_trace())
    before = view.get_state()
    page = browser(view)
    for name in {*PRIVATE, *VIEWS[kind][3], *({"names"} & set(view.traits()))}:
        page.set(**{name: type(before[name])()})
    assert view.get_state() == before
    assert page.received == []


def test_a_page_has_all_but_bytes_and_no_link(make_trace, kind, make):
    view = make(make_trace(layers=2))
    view.tell_link("id", [{"fact": "f", "sentence": "s"}])
    assert (view._links, view._link_notes) == (["id"], [{"fact": "f", "sentence": "s"}])
    text = render(view)
    start = text.index('id="headwise-state">') + len('id="headwise-state">')
    state = json.loads(text[start : text.index("</script>", start)])
    blobs = set(state) - {"traits"}
    assert blobs == {"tensors"} | ({"tensors_b"} & VIEWS[kind][3])
    assert set(state["traits"]) == view.own_synced() - BUNDLE - blobs
    assert (state["traits"]["_links"], state["traits"]["_link_notes"]) == ([], [])
    for blob in blobs:
        found = load(zlib.decompress(base64.b64decode(state[blob])))
        np.testing.assert_array_equal(found["w/encoder/1"], view.trace.weights(1))
    assert f"<title>headwise: {kind} view of bert</title>" in text


def test_archives_keep_to_their_budget(make_trace, make):
    view = make(make_trace(layers=6, count=96))
    for budget in (40_000, 400_000):
        blobs = view.archives(budget)
        assert 0 < sum(map(len, blobs.values())) <= budget


def test_a_closed_view_says_so_and_is_small(make_trace, kind):
    view = VIEWS[kind][0](make_trace())
    assert not view.closed
    view.close()
    assert view.closed
    assert [value for value in view.get_state().values() if isinstance(value, bytes)] in (
        [b""],
        [b"", b""],
    )
    for call in (view.selected_weights, lambda: view.archive(EXPORT_BUDGET)):
        with pytest.raises(HeadwiseError, match="closed"):
            call()


def test_one_token_is_enough(make_trace, make):
    view = make(make_trace(layers=2, heads=1, count=1))
    assert view.archive(EXPORT_BUDGET)


def test_five_thousand_tokens_open(make, kind):
    draw = np.random.default_rng(0)
    count = 5000
    tokens = Tokens.from_labels([f"w{number}" for number in range(count)])
    records = tuple(
        AttentionRecord(
            queries=draw.normal(size=(2, count, 16)).astype(np.float32),
            keys=draw.normal(size=(2, count, 16)).astype(np.float32),
            scale=0.25,
        )
        for _ in range(2)
    )
    view = make(Trace([Block("encoder", records, tokens, tokens, causal=False)]))
    assert len(view.tensors) <= TENSOR_BUDGET
    if kind in ("neuron", "explore"):
        assert any(name.startswith("rows/query/encoder/0/") for name in load(view.tensors))
