"""Models whose weights accelerate loads for each run."""

import numpy as np
import pytest
import torch
from live_models import live_model, live_tokenizer

import headwise as hw
from headwise.intervene import Live

pytestmark = pytest.mark.models

TEXT = "The cat is very sad."


def in_memory(accelerate, model, _folder):
    return accelerate.cpu_offload(model, torch.device("cpu"))


def on_disk_but_its_head(accelerate, model, folder):
    places = {"bert": "disk", "cls": "cpu"}
    return accelerate.dispatch_model(model, places, main_device="cpu", offload_dir=folder)


@pytest.fixture
def accelerate():
    return pytest.importorskip("accelerate", reason="accelerate is not installed")


@pytest.fixture(params=[in_memory, on_disk_but_its_head])
def offloaded(request, accelerate, tmp_path):
    model = request.param(accelerate, live_model("bert"), tmp_path)
    assert "meta" in {weight.device.type for weight in model.parameters()}
    return model


@pytest.mark.parametrize("saliency", ["gradient", "values"])
def test_an_offloaded_model_answers_as_it_did_before(offloaded, saliency):
    tokenizer = live_tokenizer("bert")
    asked = {"masked": [2], "ablated": [(1, 1)], "blocked": [4], "saliency": saliency}
    wanted = hw.ask(live_model("bert"), tokenizer, TEXT, **asked)
    for _ in range(2):
        found = hw.ask(offloaded, tokenizer, TEXT, **asked)
        assert found.predictions.labels == wanted.predictions.labels
        np.testing.assert_allclose(
            found.predictions.probabilities, wanted.predictions.probabilities, atol=1e-6
        )
        np.testing.assert_allclose(found.attention_change(), wanted.attention_change(), atol=1e-6)
        np.testing.assert_allclose(found.saliency.shares, wanted.saliency.shares, atol=1e-5)


def test_what_an_offloaded_model_raises_is_said_as_it_is(offloaded):
    def refuse(*_):
        raise RuntimeError("no more memory")

    # Above the projection the weights of what ran are away again, its own are not.
    query = offloaded.bert.encoder.layer[1].attention.self.query
    forward, query._old_forward = query._old_forward, refuse
    with pytest.raises(RuntimeError, match="no more memory"):
        hw.ask(offloaded, live_tokenizer("bert"), TEXT)
    query._old_forward = forward
    assert hw.ask(offloaded, live_tokenizer("bert"), TEXT).predictions.kind == "masked"


def test_heads_of_an_offloaded_model_are_scored(offloaded):
    asked = (live_tokenizer("bert"), [TEXT])
    wanted = hw.ablation_scores(live_model("bert"), *asked)
    found = hw.ablation_scores(offloaded, *asked)
    np.testing.assert_allclose(found.sort_index().loss, wanted.sort_index().loss, atol=1e-5)


def test_weights_that_nothing_loads_are_still_refused():
    model = live_model("bert")
    model.bert.encoder.layer[1].to("meta")
    with pytest.raises(hw.ModelChanged, match="on no device"):
        hw.ask(model, live_tokenizer("bert"), TEXT)


def test_a_model_that_is_offloaded_between_questions_is_run_anew(accelerate):
    model = live_model("bert")
    live, runs = Live(model, live_tokenizer("bert")), []
    model.register_forward_pre_hook(lambda *_: runs.append(1))

    def ask():
        live.ask(hw.Question(TEXT))
        live.wait(60)
        assert live.failure is None
        return len(runs)

    assert [ask(), ask()] == [1, 1]
    accelerate.cpu_offload(model, torch.device("cpu"))
    assert [ask(), ask()] == [2, 2]
