"""What a live view shows while another answer comes, and when it asks anew."""

from contextlib import suppress

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
def view(model, keep):
    return keep(hw.head_view(model, live_tokenizer("bert"), TEXT, masked=[2], layer=1))


def test_asking_again_sees_a_hook_that_came_meanwhile(view, model):
    def flatten(_module, _inputs, outputs):
        outputs.logits = outputs.logits / 4

    before = view.last_answer
    model.register_forward_hook(flatten)
    view.ask_again()
    after = view.wait(LONG)
    direct = hw.ask(model, live_tokenizer("bert"), TEXT, masked=[2])
    for found, wanted, old in (
        (after.predictions, direct.predictions, before.predictions),
        (after.plain.predictions, direct.plain.predictions, before.plain.predictions),
    ):
        np.testing.assert_array_equal(found.probabilities, wanted.probabilities)
        assert np.abs(found.probabilities - old.probabilities).max() > 0.01
    np.testing.assert_array_equal(after.difference.kl, direct.difference.kl)


def test_a_request_during_a_change_of_runs_is_not_answered_with_the_next_one(view):
    replies = []

    def ask(_change):
        where = {"block": "encoder", "layer": 1, "axis": "all", "start": 0, "stop": 8}
        params = {**where, "dtype": "f32", "run": 0}
        replies.append(view.answer({"v": 1, "id": 7, "method": "tile", "params": params})[0])

    view.observe(ask, "_trace")
    view.masked = []
    view.wait(LONG)
    assert [reply.get("error", {}).get("type") for reply in replies] == ["AnswerReplaced"]


def test_what_a_notebook_keeps_is_of_the_answer_that_is_shown(view, monkeypatch):
    made, asked = view.first_blobs, []

    def first_blobs():
        blobs = made()
        if not asked:
            asked.append(1)
            view.masked = []
            with suppress(hw.InputError):  # what is shown cannot change before it is kept
                view.wait(LONG)
        return blobs

    monkeypatch.setattr(view, "first_blobs", first_blobs)
    before = view.tensors
    view.keep({})
    assert view.wait(LONG).question.masked == ()
    assert view.tensors == made()["tensors"]
    assert view.tensors != before
