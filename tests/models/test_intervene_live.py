"""The worker behind live views: one line for each view, the latest question, named failures."""

import gc
import itertools
import sys
import threading
import weakref

import numpy as np
import pytest
import torch
from live_models import left_behind, live_model, live_tokenizer

import headwise as hw
from headwise.intervene import Live, Question

pytestmark = pytest.mark.models

TEXT = "The cat is very sad."
LONG = 60


class Gate:
    """Holds a model's forward pass until it is opened."""

    def __init__(self, model):
        self.entered, self.opened = threading.Event(), threading.Event()
        self.handle = model.register_forward_pre_hook(self._wait)

    def _wait(self, *_):
        self.entered.set()
        assert self.opened.wait(LONG)


@pytest.fixture
def model():
    return live_model("bert")


@pytest.fixture
def tokenizer():
    return live_tokenizer("bert")


def test_an_answer_comes_from_the_worker_and_is_the_same(model, tokenizer):
    threads = []
    live = Live(model, tokenizer, on_answer=lambda _: threads.append(threading.current_thread()))
    assert live.answer is None
    question = Question(TEXT, masked=(2,), ablated=((1, 1),))
    live.ask(question)
    answer = live.wait(LONG)
    assert answer.question == question
    assert not live.busy
    assert live.failure is None
    assert [thread.name for thread in threads] == ["headwise-live"]
    direct = hw.ask(model, tokenizer, question)
    np.testing.assert_array_equal(
        answer.predictions.probabilities, direct.predictions.probabilities
    )
    np.testing.assert_array_equal(answer.attention_change(), direct.attention_change())


def test_a_newer_question_takes_the_place_of_one_that_waits(model, tokenizer):
    gate, answers, busy = Gate(model), [], []
    live = Live(model, tokenizer, on_answer=answers.append, on_busy=busy.append)
    live.ask(Question(TEXT))
    assert gate.entered.wait(LONG)
    for place in (1, 2, 3):
        live.ask(Question(TEXT, masked=(place,)))
    assert live.busy
    gate.opened.set()
    assert live.wait(LONG).question.masked == (3,)
    assert [answer.question.masked for answer in answers] == [(), (3,)]
    finished = threading.Event()
    live.ask(Question(TEXT))
    live.wait(LONG)
    threading.Thread(target=finished.set).start()
    assert finished.wait(LONG)
    assert busy[0] is True
    assert all(one is not other for one, other in itertools.pairwise(busy))


def test_two_views_share_the_worker_and_keep_their_own_places(model, tokenizer):
    gate, before = Gate(model), set(threading.enumerate())
    one, other = Live(model, tokenizer), Live(model, tokenizer)
    one.ask(Question(TEXT))
    assert gate.entered.wait(LONG)
    other.ask(Question(TEXT, masked=(1,)))
    one.ask(Question(TEXT, masked=(2,)))
    started = set(threading.enumerate()) - before
    gate.opened.set()
    assert one.wait(LONG).question.masked == (2,)
    assert other.wait(LONG).question.masked == (1,)
    assert [thread.name for thread in started] == ["headwise-live"]


def test_a_failure_is_said_and_the_last_good_answer_stays(model, tokenizer):
    failures = []
    live = Live(model, tokenizer, on_failure=failures.append)
    live.ask(Question(TEXT))
    good = live.wait(LONG)

    def refuse(*_):
        raise RuntimeError("no memory\nis left")

    handle = model.register_forward_pre_hook(refuse)
    live.ask(Question(TEXT, masked=(1,)))
    assert live.wait(LONG) is good
    assert live.failure.words == "the model raised RuntimeError: no memory is left"
    assert live.failure.question.masked == (1,)
    live.ask(Question(""))
    live.wait(LONG)
    assert live.failure.words.startswith("text leaves no token")
    assert isinstance(live.failure.error, hw.InputError)
    handle.remove()
    live.ask(Question(TEXT, masked=(2,)))
    assert live.wait(LONG).question.masked == (2,)
    assert live.failure is None
    assert len(failures) == 2


def test_a_view_waits_while_user_code_holds_the_model(model, tokenizer):
    live = Live(model, tokenizer)
    assert not live.lock.held
    with hw.model_lock(model):
        assert live.lock.held
        live.ask(Question(TEXT))
        with pytest.raises(hw.InputError, match="leave the `with`"):
            live.wait(LONG)
        assert live.answer is None
        assert live.busy
        model.train()
        with hw.model_lock(model):  # the same thread may enter again
            pass
        assert live.lock.held
        model.eval()
    assert live.wait(LONG).question == Question(TEXT)
    assert not live.lock.held
    with hw.model_lock(model):
        hw.ask(model, tokenizer, TEXT)


def test_a_training_step_between_questions_makes_the_plain_run_new(model, tokenizer):
    live = Live(model, tokenizer)
    live.ask(Question(TEXT, masked=(2,)))
    before = live.wait(LONG)
    with hw.model_lock(model):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        inputs = tokenizer(TEXT, return_tensors="pt")
        model(**inputs, labels=inputs["input_ids"]).loss.backward()
        optimizer.step()
    live.ask(Question(TEXT, masked=(2,)))
    after = live.wait(LONG)
    fresh = hw.ask(model, tokenizer, TEXT, masked=[2])
    np.testing.assert_array_equal(after.difference.kl, fresh.difference.kl)
    assert np.abs(after.difference.kl - before.difference.kl).max() > 1e-3


def test_a_view_that_asks_in_the_middle_of_training_leaves_the_training_alone(model, tokenizer):
    """Without the lock: the answer says what happened, gradients and weights are untouched."""
    live = Live(model, tokenizer)
    trained, alone = model, live_model("bert")
    inputs = tokenizer(TEXT, return_tensors="pt")
    for one in (alone, trained):
        optimizer = torch.optim.SGD(one.parameters(), lr=0.1)
        for _ in range(6):
            if one is trained:
                live.ask(Question(TEXT, masked=(2,), ablated=((0, 1),), saliency="gradient"))
            optimizer.zero_grad()
            one(**inputs, labels=inputs["input_ids"]).loss.backward()
            optimizer.step()
    live.wait(LONG)
    assert live.failure is None or isinstance(live.failure.error, hw.ModelChanged)
    for one, other in zip(alone.parameters(), trained.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_weights_that_change_during_a_run_are_an_error(model, tokenizer):
    def train(*_):
        with torch.no_grad():
            model.bert.encoder.layer[1].output.dense.weight.mul_(1.5)

    handle = model.bert.encoder.layer[0].register_forward_hook(train)
    with pytest.raises(hw.ModelChanged, match="model_lock"):
        hw.ask(model, tokenizer, TEXT)
    handle.remove()
    assert hw.ask(model, tokenizer, TEXT).trace.layers == 3


def test_a_model_in_training_mode_is_named(model, tokenizer):
    live = Live(model, tokenizer)
    model.train()
    live.ask(Question(TEXT))
    live.wait(LONG)
    assert isinstance(live.failure.error, hw.TrainingModeError)
    assert model.training


def test_a_model_on_no_device_or_on_two_is_named(model, tokenizer):
    live = Live(model, tokenizer)
    live.ask(Question(TEXT))
    good = live.wait(LONG)
    model.bert.encoder.layer[1].to("meta")
    live.ask(Question(TEXT))
    assert live.wait(LONG) is good
    assert isinstance(live.failure.error, hw.ModelChanged)
    assert "on no device" in live.failure.words


def test_a_model_moved_as_a_whole_goes_on(model, tokenizer):
    live = Live(model, tokenizer)
    live.ask(Question(TEXT, masked=(2,)))
    before = live.wait(LONG)
    model.double()
    live.ask(Question(TEXT, masked=(2,)))
    after = live.wait(LONG)
    assert live.failure is None
    np.testing.assert_allclose(
        after.predictions.probabilities, before.predictions.probabilities, rtol=1e-3
    )
    assert after.plain is not before.plain


def test_a_deleted_model_is_named_and_was_not_kept(tokenizer):
    model = live_model("bert")
    live = Live(model, tokenizer)
    live.ask(Question(TEXT, masked=(1,), saliency="values"))
    good = live.wait(LONG)
    there = weakref.ref(model)
    del model
    gc.collect()
    assert there() is None
    assert not live._engine._plain
    live.ask(Question(TEXT))
    assert live.wait(LONG) is good
    assert isinstance(live.failure.error, hw.ModelGone)
    assert "keep the model in a variable" in live.failure.words


def test_a_failure_does_not_keep_the_model(tokenizer):
    model = live_model("bert")
    live = Live(model, tokenizer)
    model.register_forward_pre_hook(lambda *_: sys.intern(3))
    live.ask(Question(TEXT))
    live.wait(LONG)
    assert "TypeError" in live.failure.words
    there = weakref.ref(model)
    del model
    gc.collect()
    assert there() is None


def test_a_view_that_is_gone_takes_its_question_along(model, tokenizer):
    gate, answers = Gate(model), []
    one, other = Live(model, tokenizer), Live(model, tokenizer, on_answer=answers.append)
    one.ask(Question(TEXT))
    assert gate.entered.wait(LONG)
    other.ask(Question(TEXT, masked=(1,)))
    del other
    gc.collect()
    gate.opened.set()
    one.wait(LONG)
    assert answers == []
    one.close()
    with pytest.raises(hw.InputError, match="closed"):
        one.ask(Question(TEXT))


def test_a_listener_that_raises_does_not_end_the_worker(model, tokenizer):
    live = Live(model, tokenizer, on_answer=lambda answer: answer.nothing)
    live.ask(Question(TEXT))
    live.wait(LONG)
    assert "nothing" in live.failure.words
    live.ask(Question(TEXT, masked=(1,)))
    assert live.wait(LONG).question.masked == (1,)


def test_a_listener_of_the_end_that_raises_does_not_end_the_worker(model, tokenizer, caplog):
    def tell(busy):
        if not busy:
            raise ValueError("nobody listens")

    live, other = Live(model, tokenizer, on_busy=tell), Live(model, tokenizer)
    for place in (1, 2):
        live.ask(Question(TEXT, masked=(place,)))
        assert live.wait(LONG).question.masked == (place,)
    other.ask(Question(TEXT))
    assert other.wait(LONG).question == Question(TEXT)
    assert "nobody listens" in caplog.text


def test_runs_are_kept_until_they_are_forgotten(model, tokenizer):
    runs = []
    model.register_forward_pre_hook(lambda *_: runs.append(1))
    live = Live(model, tokenizer)

    def asked(place):
        live.ask(Question(TEXT, masked=(place,)))
        live.wait(LONG)
        return len(runs)

    assert [asked(1), asked(2)] == [2, 3]
    live.forget()
    assert [asked(1), asked(2)] == [5, 6]


def test_a_closed_line_keeps_no_runs(model, tokenizer):
    live, gate = Live(model, tokenizer), Gate(model)
    live.ask(Question(TEXT))
    assert gate.entered.wait(LONG)
    live.close()
    gate.opened.set()
    live.wait(LONG)
    assert not live._engine._plain
    gate.handle.remove()
    other = Live(model, tokenizer)
    other.ask(Question(TEXT))
    other.wait(LONG)
    assert len(other._engine._plain) == 1
    other.close()
    assert not other._engine._plain


def test_a_listener_may_ask_again(model, tokenizer):
    asked = []

    def again(answer):
        if not asked:
            asked.append(answer.question)
            live.ask(Question(TEXT, masked=(1,)))

    live = Live(model, tokenizer, on_answer=again)
    live.ask(Question(TEXT))
    assert live.wait(LONG).question.masked == (1,)


def test_many_questions_leave_the_model_as_it_was(model, tokenizer):
    inputs = tokenizer(TEXT, return_tensors="pt")
    with torch.no_grad():
        outputs = model(**inputs).logits
    before = left_behind(model)
    lives = [Live(model, tokenizer) for _ in range(3)]
    for number in range(12):
        lives[number % 3].ask(
            Question(TEXT, masked=(number % 6 + 1,), ablated=((number % 3, number % 4),))
        )
    for live in lives:
        live.wait(LONG)
        assert live.failure is None
    assert left_behind(model) == before
    with torch.no_grad():
        assert torch.equal(model(**inputs).logits, outputs)


def test_a_lock_is_of_one_model(model):
    assert hw.model_lock(model) is hw.model_lock(model)
    assert hw.model_lock(model) is not hw.model_lock(live_model("bert"))
    with pytest.raises(hw.InputError, match="not str"):
        hw.model_lock("bert")
