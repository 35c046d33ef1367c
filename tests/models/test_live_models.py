"""Which models a live view takes, and what it says of those that it does not."""

import gc
import inspect

import numpy as np
import pytest
from live_models import live_model, live_tokenizer

import headwise as hw

pytestmark = pytest.mark.models

TEXT = "The cat is very sad."
LONG = 60


@pytest.fixture
def model():
    return live_model("bert")


@pytest.fixture
def tokenizer():
    return live_tokenizer("bert")


@pytest.mark.parametrize("function", [hw.head_view, hw.explore])
def test_a_model_makes_a_live_view_and_a_trace_a_recorded_one(model, tokenizer, keep, function):
    recorded = keep(function(hw.trace(model, tokenizer, TEXT), layer=1))
    view = keep(function(model, tokenizer, TEXT, layer=1, heads=[2]))
    assert recorded.live is None
    assert type(view).__name__ == {"head_view": "LiveHeadView"}.get(
        function.__name__, "LiveExploreView"
    )
    assert (view.live.busy, view.live.failure) == (False, None)
    assert view.live.lock is hw.model_lock(model)
    assert (view.text, view.layer, view.heads) == (TEXT, 1, [2])
    np.testing.assert_array_equal(view.trace.weights(1, 2), recorded.trace.weights(1, 2))


def test_its_keywords_are_those_of_both(model, tokenizer):
    names = set(inspect.signature(hw.head_view).parameters)
    assert {"masked", "blocked", "ablated", "ablation", "replaced", "saliency", "layer"} <= names
    with pytest.raises(TypeError, match="did you mean 'masked'"):
        hw.head_view(model, tokenizer, TEXT, maskd=[1])


@pytest.mark.parametrize("function", [hw.head_view, hw.explore])
def test_arrays_and_generators_are_numbers_too(model, tokenizer, keep, function):
    heads = np.array([[0, 1], [2, 3]])
    view = keep(function(model, tokenizer, TEXT, masked=np.array([2, 1]), ablated=heads))
    assert (view.masked, view.ablated) == ([1, 2], [(0, 1), (2, 3)])
    given = {"blocked": (number for number in (4, 3)), "replaced": iter([(2, "food")])}
    view = keep(function(model, tokenizer, TEXT, **given))
    assert (view.blocked, view.replaced) == ([3, 4], {2: "food"})
    view.masked = np.array([3])
    assert view.wait(LONG).question.masked == (3,)


def test_nothing_asked_in_any_form_is_nothing(model, tokenizer, keep):
    trace = hw.trace(model, tokenizer, TEXT)
    nothing = {"masked": [], "blocked": np.array([], int), "ablated": iter(()), "replaced": {}}
    assert keep(hw.head_view(trace, **nothing)).live is None
    for given in ({"masked": np.array([1])}, {"replaced": {1: "food"}}, {"text": "zero"}):
        with pytest.raises(hw.InputError, match=f"{next(iter(given))} is for a view with a model"):
            hw.head_view(trace, **given)


def test_what_only_a_model_can_be_asked_is_no_keyword_of_a_trace(model, tokenizer):
    trace = hw.trace(model, tokenizer, TEXT)
    with pytest.raises(hw.InputError, match="masked is for a view with a model behind it"):
        hw.head_view(trace, masked=[1])
    with pytest.raises(hw.InputError, match="takes the model, its tokenizer and a text"):
        hw.explore(model, tokenizer)
    with pytest.raises(hw.InputError, match="a view shows a Trace"):
        hw.head_view(model)


@pytest.mark.parametrize("text", ["", " \n "])
def test_a_first_question_that_fails_is_an_error(model, tokenizer, text):
    with pytest.raises(hw.InputError, match="leaves no token"):
        hw.head_view(model, tokenizer, text)


def test_a_deleted_model_is_said(tokenizer, keep):
    model = live_model("bert")
    view = keep(hw.head_view(model, tokenizer, TEXT))
    del model
    gc.collect()
    view.masked = [2]
    view.wait(LONG)
    assert view._failure["kind"] == "ModelGone"
    assert view.trace.tokens.labels[2] == "cat"


@pytest.mark.parametrize("name", ["gpt2", "t5", "tags", "classes"])
def test_every_kind_of_head_has_a_view(name, keep):
    model, tokenizer = live_model(name), live_tokenizer(name)
    target = TEXT if name == "t5" else None
    view = keep(hw.head_view(model, tokenizer, TEXT, target=target))
    view.ablated = [(0, 1)]
    view.wait(LONG)
    said = view._said
    assert said["predictions"]["kind"] == said["abilities"]["predicts"]
    lists = view._trace["tokens"]
    count = {"classes": 1}.get(name) or len(lists[said["predictions"]["tokens"]]["labels"])
    assert len(said["predictions"]["rows"]) == count
    assert lists[said["source"]]["labels"] == said["typed"]
    if name == "gpt2":
        assert "block attention to the token instead" in said["abilities"]["no_masking"]
        view.blocked = [1]
        view.wait(LONG)
        assert not view.trace.weights(1, 1)[2:, 1].any()


def test_a_bare_encoder_says_that_it_has_no_head(make_model, tokenizer, keep):
    bare = make_model("bert")
    view = keep(hw.head_view(bare, tokenizer, TEXT))
    assert view._said["predictions"] is None
    assert "has no head that predicts" in view._said["abilities"]["no_predictions"]
    with pytest.raises(hw.NoPredictionHead):
        _ = view.predictions
    view.masked = [2]
    view.wait(LONG)
    assert view.trace.tokens.labels[2] == "[MASK]"
