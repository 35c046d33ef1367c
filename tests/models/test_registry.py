"""The attention registry under threads, nesting and other people's entries."""

import importlib
import sys
import threading

import numpy as np
import pytest
import torch
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS, AttentionInterface

import headwise as hw
from headwise.capture.registry import uncompiled, watching

pytestmark = pytest.mark.models

TEXT = "The cat is very sad."


class Calls:
    def __init__(self, model):
        self.modules = set(map(id, model.modules()))
        self.names = []

    def wants(self, module):
        return id(module) in self.modules

    def take(self, implementation, *_):
        self.names.append(implementation)


@pytest.fixture(autouse=True)
def registry_is_as_it_was():
    before = dict(ALL_ATTENTION_FUNCTIONS)
    yield
    assert dict(ALL_ATTENTION_FUNCTIONS) == before


def test_another_model_and_another_thread_are_not_recorded(make_model):
    mine, other = make_model("bert"), make_model("gpt2")
    ids = torch.tensor([[5, 6, 7]])
    calls = Calls(mine)
    with watching(["sdpa", "eager"], calls):
        other(ids)
        assert not calls.names
        elsewhere = threading.Thread(target=mine, args=(ids,))
        elsewhere.start()
        elsewhere.join()
        assert not calls.names
        mine(ids)
    assert calls.names == ["sdpa"] * 3
    mine(ids)
    assert len(calls.names) == 3


def test_captures_inside_each_other(make_model):
    outer_model, inner_model = make_model("bert"), make_model("gpt2")
    ids = torch.tensor([[5, 6, 7]])
    outer, inner = Calls(outer_model), Calls(inner_model)
    with watching(["sdpa"], outer):
        with watching(["sdpa"], inner):
            inner_model(ids)
        outer_model(ids)
    assert (len(outer.names), len(inner.names)) == (3, 3)


def test_two_threads_capture_two_models_at_once(make_model, tokenizers):
    jobs = [
        (make_model("bert"), tokenizers["wordpiece"]),
        (make_model("gpt2", implementation="eager"), tokenizers["byte"]),
    ]
    expected = [hw.trace(*job, TEXT).weights(1) for job in jobs]
    failures = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)

    def work(number):
        try:
            for _ in range(10):
                trace = hw.trace(*jobs[number], TEXT)
                np.testing.assert_array_equal(trace.weights(1), expected[number])
        except Exception as error:  # noqa: BLE001 - a thread must hand its failure over
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number % 2,)) for number in range(4)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not failures


def test_captures_at_once_leave_the_stance_of_the_compiler_as_it_was():
    compiler = importlib.import_module("torch._dynamo.eval_frame")
    before = compiler._stance
    one, other = uncompiled(), uncompiled()
    one.__enter__()
    other.__enter__()
    assert compiler._stance.stance == "force_eager"
    one.__exit__(None, None, None)
    assert compiler._stance.stance == "force_eager"
    with uncompiled():
        pass
    assert compiler._stance.stance == "force_eager"
    other.__exit__(None, None, None)
    assert compiler._stance is before
    assert before.stance == "default"


def test_a_local_entry_comes_back_and_a_global_one_stays_global(make_model):
    model = make_model("bert")
    shared = AttentionInterface()["sdpa"]

    def local(*arguments, **keywords):
        return shared(*arguments, **keywords)

    ALL_ATTENTION_FUNCTIONS["sdpa"] = local
    try:
        with watching(["sdpa"], Calls(model)):
            assert ALL_ATTENTION_FUNCTIONS["sdpa"] is not local
        assert ALL_ATTENTION_FUNCTIONS["sdpa"] is local
    finally:
        del ALL_ATTENTION_FUNCTIONS["sdpa"]
    with watching(["sdpa"], Calls(model)):
        pass
    with pytest.raises(KeyError):
        del ALL_ATTENTION_FUNCTIONS["sdpa"]


def test_an_entry_that_somebody_else_sets_meanwhile_stays(make_model):
    def theirs(*_, **__):
        raise AssertionError("never called")

    with watching(["eager"], Calls(make_model("bert"))):
        ALL_ATTENTION_FUNCTIONS["eager"] = theirs
    assert ALL_ATTENTION_FUNCTIONS["eager"] is theirs
    del ALL_ATTENTION_FUNCTIONS["eager"]


def test_a_subclass_finds_the_eager_function_of_its_parent(make_model):
    model = make_model("bert", implementation="eager")
    ids = torch.tensor([[5, 6, 7]])
    expected = model(ids).last_hidden_state
    for layer in model.encoder.layer:
        attention = layer.attention.self
        attention.__class__ = type("Mine", (type(attention),), {"__module__": __name__})
    calls = Calls(model)
    with watching(["eager"], calls):
        assert torch.equal(model(ids).last_hidden_state, expected)
    assert calls.names == ["eager"] * 3
