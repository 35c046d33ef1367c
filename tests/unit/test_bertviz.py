import inspect
import json
import sys
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

import headwise as hw
import headwise.bertviz
from headwise.bertviz import head_view, model_view
from headwise.bertviz.neuron_view import show

ATTACK = "</script><img/src=x/onerror=alert(1)>"
NONE = inspect.Parameter.empty

# bertviz 1.4.1, head_view.py:10, model_view.py:10 and neuron_view.py:37
SIGNATURES = {
    head_view: {
        "attention": None,
        "tokens": None,
        "sentence_b_start": None,
        "prettify_tokens": True,
        "layer": None,
        "heads": None,
        "encoder_attention": None,
        "decoder_attention": None,
        "cross_attention": None,
        "encoder_tokens": None,
        "decoder_tokens": None,
        "include_layers": None,
        "html_action": "view",
    },
    model_view: {
        "attention": None,
        "tokens": None,
        "sentence_b_start": None,
        "prettify_tokens": True,
        "display_mode": "dark",
        "encoder_attention": None,
        "decoder_attention": None,
        "cross_attention": None,
        "encoder_tokens": None,
        "decoder_tokens": None,
        "include_layers": None,
        "include_heads": None,
        "html_action": "view",
    },
    show: {
        "model": NONE,
        "model_type": NONE,
        "tokenizer": NONE,
        "sentence_a": NONE,
        "sentence_b": None,
        "display_mode": "dark",
        "layer": None,
        "head": None,
        "html_action": "view",
    },
}


def weights(layers=3, heads=4, count=3, keys=None):
    rows = np.random.default_rng(0).random((layers, 1, heads, count, keys or count))
    return list((rows / rows.sum(axis=-1, keepdims=True)).astype(np.float32))


LABELS = ["[CLS]", ATTACK, "c"]
PARTS = {
    "encoder_attention": weights(3),
    "decoder_attention": weights(2, 2, 2),
    "cross_attention": weights(2, 2, 2, 3),
    "encoder_tokens": LABELS,
    "decoder_tokens": ["x", "y"],
}


class Frame(HTMLParser):
    """The attributes of the frames of a page, and the text of its scripts by id."""

    def __init__(self, text):
        super().__init__()
        self.frames, self.scripts, self.images, self.at = [], {}, 0, None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.at = dict(attrs).get("id") if tag == "script" else None
        self.images += tag == "img"
        if tag == "iframe":
            self.frames.append(dict(attrs))

    def handle_data(self, data):
        if self.at:
            self.scripts[self.at] = self.scripts.get(self.at, "") + data


def traits_of(page):
    (frame,) = Frame(page.data).frames
    inner = Frame(frame["srcdoc"])
    assert not inner.images
    return json.loads(inner.scripts["headwise-state"])["traits"]


def returned(*args, **options):
    return traits_of(head_view(*args, **options, html_action="return"))


@pytest.mark.parametrize("function", SIGNATURES, ids=["head", "model", "show"])
def test_parameters_are_bertvizs_in_order_and_default(function):
    found = inspect.signature(function).parameters
    expected = SIGNATURES[function]
    assert list(found) == list(expected)
    assert {name: one.default for name, one in found.items()} == expected
    assert {one.kind for one in found.values()} == {inspect.Parameter.POSITIONAL_OR_KEYWORD}


def test_the_view_is_shown_and_nothing_returned(shown):
    given = weights()
    assert head_view(given, LABELS, 2, True, 1, [0, 3]) is None
    (view,) = shown
    assert isinstance(view, hw.HeadView)
    assert view.selected_heads == [(1, 0), (1, 3)]
    assert view.trace.tokens.segments == (0, 0, 1)
    np.testing.assert_array_equal(view.trace.weights(2), given[2][0])


def test_returned_pages_are_whole_and_hold_tokens_as_data():
    page = head_view(weights(), LABELS, html_action="return")
    assert ATTACK not in page.data
    (frame,) = Frame(page.data).frames
    assert frame["sandbox"] == "allow-scripts"
    assert frame["srcdoc"].startswith("<!DOCTYPE html>")
    assert "cdnjs" not in page.data
    traits = traits_of(page)
    assert traits["_trace"]["tokens"]["0"]["labels"] == LABELS
    assert page._repr_html_() == page.data


def test_tokens_are_made_readable_or_left():
    given = weights()
    pieces = ["<s>", "ĠcafÃ©", "▁x"]
    pretty = returned(given, [*pieces[:2], "!"])["_trace"]["tokens"]["0"]
    assert pretty["labels"] == ["<s>", "␣café", "!"]
    assert pretty["special"] == [True, False, False]
    raw = returned(given, pieces, prettify_tokens=False)["_trace"]["tokens"]["0"]
    assert raw["labels"] == pieces


def test_encoder_and_decoder_may_have_other_layer_and_head_counts():
    blocks = returned(**PARTS)["_trace"]["blocks"]
    assert [block["name"] for block in blocks] == ["encoder", "decoder", "cross"]
    assert [block["heads"] for block in blocks] == [[4, 4, 4], [2, 2], [2, 2]]
    swapped = {**PARTS, "encoder_attention": weights(2), "decoder_attention": weights(3, 2, 2)}
    assert [block["layers"] for block in returned(**swapped)["_trace"]["blocks"]] == [2, 3, 2]


def test_pruned_layers_are_shown():
    pruned = [weights(1, heads)[0] for heads in (4, 2, 3)]
    assert returned(pruned, LABELS, layer=1)["_trace"]["blocks"][0]["heads"] == [4, 2, 3]


def test_included_layers_keep_the_models_numbers(shown):
    given = weights()
    head_view(given, LABELS, include_layers=[2, 1])
    (view,) = shown
    assert (view.layer, view.trace.layers) == (1, 3)
    np.testing.assert_array_equal(view.trace.weights(2), given[2][0])
    with pytest.raises(hw.OutOfRange, match="layer 0 of block 'encoder' was not captured"):
        view.trace.weights(0)
    head_view(given, LABELS, include_layers=[])
    assert view.trace.layers == shown[1].trace.layers == 3
    assert shown[1].layer == 0
    head_view(**PARTS, include_layers=[0, 2])
    assert shown[2].trace.block("encoder").captured_layers == (0, 2)
    assert shown[2].trace.block("cross").captured_layers == (0,)


def test_excluded_layers_are_not_in_the_page():
    page = head_view(weights(), LABELS, include_layers=[1], html_action="return")
    whole = head_view(weights(), LABELS, html_action="return")
    assert len(page.data) < len(whole.data)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, hw.EmptyAttentions, "no attentions were given, or they are None.*eager"),
        ({"attention": weights()}, hw.InputError, "'tokens' is required"),
        ({"attention": (), "tokens": LABELS}, hw.EmptyAttentions, r"outputs\[-1\]"),
        ({"tokens": LABELS}, hw.EmptyAttentions, "they are None"),
        (
            {"attention": weights(), "tokens": LABELS, "decoder_tokens": LABELS},
            hw.InputError,
            "'decoder_tokens' for an encoder-decoder",
        ),
        ({"encoder_attention": weights()}, hw.InputError, "'encoder_tokens' is required with"),
        (
            {"cross_attention": weights(), "encoder_tokens": LABELS},
            hw.InputError,
            "'decoder_tokens' is required with 'cross_attention'",
        ),
        ({"attention": weights(), "tokens": LABELS[:2]}, hw.InputError, "there are 2 tokens"),
        (
            {"attention": [np.repeat(layer, 2, 0) for layer in weights()], "tokens": LABELS},
            hw.InputError,
            r"layer 0 of attentions holds 2 texts.*layer\[i\]",
        ),
        ({"attention": np.zeros((3, 1, 3, 8)), "tokens": LABELS}, hw.InputError, "3 queries and 8"),
        (
            {"attention": weights(), "tokens": LABELS, "layer": 3},
            hw.OutOfRange,
            "layer 3.* has 0, 1",
        ),
        (
            {"attention": weights(), "tokens": LABELS, "layer": 0, "include_layers": [1]},
            hw.OutOfRange,
            "layer 0 .* has 1",
        ),
        ({"attention": weights(), "tokens": LABELS, "heads": [4]}, hw.OutOfRange, "heads 0 to 3"),
        (
            {"attention": weights(), "tokens": LABELS, "include_layers": [3]},
            hw.OutOfRange,
            "names layer 3: there are layers 0 to 2",
        ),
        ({**PARTS, "include_layers": [2]}, hw.OutOfRange, "leaves nothing of block 'decoder'"),
        (
            {"attention": weights(), "tokens": LABELS, "include_layers": 1},
            hw.InputError,
            "include_layers must be a list",
        ),
        (
            {"attention": weights(), "tokens": LABELS, "html_action": "save"},
            hw.InputError,
            "html_action must be 'view' or 'return'",
        ),
        (
            {"attention": weights(), "tokens": LABELS, "sentence_b_start": 3},
            hw.InputError,
            "sentence_b_start is 3",
        ),
    ],
)
def test_calls_that_cannot_be_right(arguments, error, message):
    for function in (head_view, model_view):
        if function is model_view and {"layer", "heads"} & arguments.keys():
            continue
        with pytest.raises(error, match=message):
            function(**arguments)


def test_a_sentence_pair_of_an_encoder_decoder_is_left_out_as_bertviz_does():
    with pytest.warns(hw.HeadwiseWarning, match="sentence_b_start is left out") as caught:
        head_view(**PARTS, sentence_b_start=1, html_action="return")
    assert caught[0].filename == __file__


def test_the_model_view_is_shown_dark_and_nothing_returned(shown):
    given = weights()
    assert model_view(given, LABELS, 2) is None
    assert model_view(given, LABELS, display_mode="light", include_heads=[3, 1, 3]) is None
    dark, light = shown
    assert isinstance(dark, hw.ModelView)
    assert (dark.theme, dark.include_layers, dark.include_heads) == ("dark", None, None)
    assert dark.trace.tokens.segments == (0, 0, 1)
    assert (light.theme, light.include_layers, light.include_heads) == ("light", None, [1, 3])
    np.testing.assert_array_equal(light.trace.weights(2, 3), given[2][0, 3])


def test_the_model_view_keeps_the_models_numbers(shown):
    given = weights()
    model_view(given, LABELS, include_layers=[2, 1], include_heads=[])
    model_view(**PARTS, include_layers=[0, 2], include_heads=[1])
    one, parts = shown
    assert (one.include_layers, one.include_heads) == ([1, 2], None)
    np.testing.assert_array_equal(one.trace.weights(2), given[2][0])
    with pytest.raises(hw.OutOfRange, match="was not captured"):
        one.opened = (0, 0)
    parts.opened = (2, 1)
    parts.block = "cross"
    assert (parts.include_layers, parts.opened) == ([0, 2], None)
    parts.opened = (0, 1)


def test_the_model_view_as_a_page():
    page = model_view(weights(), LABELS, html_action="return")
    traits = traits_of(page)
    assert (traits["_view"], traits["theme"]) == ("model", "dark")
    (frame,) = Frame(page.data).frames
    assert "height: 880px" in frame["style"]
    cut = model_view(weights(), LABELS, include_layers=[1], html_action="return")
    assert len(cut.data) < len(page.data)
    assert traits_of(cut)["include_layers"] == [1]


def test_the_model_view_checks_its_arguments():
    given = {"attention": weights(), "tokens": LABELS}
    with pytest.raises(hw.OutOfRange, match="heads 0 to 3"):
        model_view(**given, include_heads=[4])
    with pytest.raises(hw.InputError, match="display_mode must be 'dark' or 'light'"):
        model_view(**given, display_mode="blue")


class Model:
    class config:  # noqa: N801 - as a model has it
        model_type = "llama"
        num_hidden_layers = 2
        num_attention_heads = 4


class Tokenizer:
    def __call__(self, text):
        return text

    def convert_ids_to_tokens(self, ids):
        return ids


ARGUMENTS = {
    "model": Model(),
    "model_type": "bert",
    "tokenizer": Tokenizer(),
    "sentence_a": "a",
}


@pytest.fixture
def traced(monkeypatch, make_trace):
    """What `show` hands to `headwise.trace`, which needs torch and is not run."""
    calls = []

    def trace(*arguments):
        calls.append(arguments)
        return make_trace(layers=2, heads=4, count=3)

    monkeypatch.setitem(sys.modules, "headwise.capture", SimpleNamespace(trace=trace))
    return calls


@pytest.mark.parametrize(
    ("changes", "pair", "place"),
    [
        ({}, None, (0, 0)),
        ({"model_type": "llama", "layer": 1, "head": 3}, None, (1, 3)),
        ({"sentence_b": "b", "model_type": "xlnet", "head": 2}, "b", (0, 2)),
        ({"sentence_b": ""}, None, (0, 0)),
    ],
)
def test_the_neuron_view_traces_and_shows(traced, shown, changes, pair, place):
    arguments = {**ARGUMENTS, **changes}
    assert show(**arguments) is None
    assert traced == [(arguments["model"], arguments["tokenizer"], "a", pair)]
    (view,) = shown
    assert isinstance(view, hw.NeuronView)
    assert (view.layer, view.head, view.theme, view.form) == (*place, "dark", "columns")
    page = show(**arguments, display_mode="light", html_action="return")
    assert (traits_of(page)["_view"], traits_of(page)["theme"]) == ("neuron", "light")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"model_type": "brt"}, hw.InputError, "'bert' or 'gpt2' or .* 'llama', not 'brt'"),
        ({"model": None}, hw.InputError, "model must be a transformers model, not NoneType"),
        ({"tokenizer": "x"}, hw.InputError, "tokenizer must be"),
        ({"sentence_a": ""}, hw.InputError, "sentence_a is required"),
        ({"sentence_b": "b", "model_type": "gpt2"}, hw.InputError, "no sentence pair"),
        ({"layer": 2}, hw.OutOfRange, "layer 2 .* 0 to 1"),
        ({"head": 4}, hw.OutOfRange, "head 4 .* 0 to 3"),
        ({"head": "x"}, hw.InputError, "head must be a whole number"),
        ({"display_mode": "x"}, hw.InputError, "display_mode"),
        ({"html_action": "x"}, hw.InputError, "html_action"),
    ],
)
def test_the_neuron_view_checks_its_arguments(traced, changes, error, message):
    with pytest.raises(error, match=message) as caught:
        show(**{**ARGUMENTS, **changes})
    assert type(caught.value) is error
    assert traced == []


def test_names_of_the_package():
    assert headwise.bertviz.__all__ == ["head_view", "model_view"]
    assert callable(headwise.bertviz.head_view)
