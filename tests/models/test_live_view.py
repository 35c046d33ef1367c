"""Views with a model behind them, over tiny random models: what is set, asked and shown."""

import json
import threading

import numpy as np
import pytest
import torch
from live_models import left_behind, live_model, live_tokenizer

import headwise as hw

pytestmark = pytest.mark.models

TEXT = "The cat is very sad."
PAIR = "Because it could not find food to eat."
LONG = 60


@pytest.fixture
def model():
    return live_model("bert")


@pytest.fixture
def tokenizer():
    return live_tokenizer("bert")


@pytest.fixture
def live(model, tokenizer, keep):
    return lambda *texts, **settings: keep(
        hw.head_view(model, tokenizer, *(texts or (TEXT,)), **settings)
    )


def tile_of(view, **more):
    params = {"block": view.block, "layer": view.layer, "axis": "all", "start": 0, "dtype": "f32"}
    params |= {"stop": len(view.trace.tokens), **more}
    reply, _ = view.answer({"v": 1, "id": 7, "method": "tile", "params": params})
    return reply


def test_everything_is_set_at_the_start(live, model, tokenizer):
    asked = {
        "masked": [2],
        "blocked": [5],
        "ablated": [(1, 1)],
        "ablation": "mean",
        "replaced": {4: "not"},
        "saliency": "gradient",
    }
    view = live(**asked)
    assert {name: getattr(view, name) for name in asked} == asked
    direct = hw.ask(model, tokenizer, TEXT, **asked)
    assert view.trace.tokens == direct.trace.tokens
    assert view.predictions.equals(direct.table)
    assert view.changes.equals(direct.changes())
    np.testing.assert_array_equal(view.last_answer.saliency.shares, direct.saliency.shares)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", "The cat could eat food."),
        ("text_pair", PAIR),
        ("masked", [2, 4]),
        ("blocked", [2]),
        ("ablated", [(1, 1), (2, 0)]),
        ("replaced", {2: "food"}),
        ("saliency", "values"),
    ],
)
def test_what_is_set_is_asked_and_shown(live, model, tokenizer, name, value):
    view = live()
    setattr(view, name, value)
    view.wait(LONG)
    assert getattr(view, name) == value
    asked = {name: value} if name == "text" else {"text": TEXT, name: value}
    direct = hw.ask(model, tokenizer, asked.pop("text"), **asked)
    assert view.trace.tokens == direct.trace.tokens
    assert view.predictions.equals(direct.table)
    for layer in range(3):
        expected = direct.trace.weights(layer, 3)
        np.testing.assert_array_equal(view.trace.weights(layer, 3), expected)
    assert view.busy is False


def test_the_page_sets_what_python_reads(live, browser):
    view = live()
    page = browser(view)
    page.set(masked=[2], replaced=[[4, "not"]], ablated=[[1, 1]])
    view.wait(LONG)
    assert (view.masked, view.replaced, view.ablated) == ([2], {4: "not"}, [(1, 1)])
    assert view.trace.tokens.labels[2:5] == ("[MASK]", "is", "not")
    page.set(text="The food", text_pair=None)
    view.wait(LONG)
    # Token numbers are of the text that was; heads are of the model.
    assert (view.masked, view.replaced, view.ablated) == ([], {}, [(1, 1)])
    assert view.trace.tokens.labels == ("[CLS]", "the", "food", "[SEP]")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("busy", True),
        ("_said", {}),
        ("_run", {}),
        ("masked", "2"),
        ("masked", [-1]),
        ("ablated", [1]),
        ("replaced", [[1]]),
        ("texts", [3]),
        ("ablation", "most"),
        ("text", 3),
    ],
)
def test_the_page_cannot_set_what_is_wrong(live, browser, name, value):
    view = live()
    before = view.get_state(name)
    browser(view).set(**{name: value})
    assert view.get_state(name) == before
    assert view.live.busy is False


def test_the_same_value_asks_nothing(live, monkeypatch):
    view = live(masked=[2])
    asked = []
    monkeypatch.setattr(view.live, "ask", asked.append)
    view.masked = (2,)
    view.text = TEXT
    view.ablated = []
    assert asked == []
    view.masked = [2, 3]
    assert [question.masked for question in asked] == [(2, 3)]


def test_setting_returns_at_once_and_a_newer_question_replaces_a_waiting_one(live):
    view = live()
    with view.live.lock:
        view.masked = [1]
        for token in (2, 3, 4):
            view.masked = [token]
        assert view.busy
        assert view.live.busy
        assert view.last_answer.question.masked == ()
        with pytest.raises(hw.InputError, match="leave the `with` block"):
            view.wait(LONG)
    answer = view.wait(LONG)
    assert answer.question.masked == (4,)
    # The first one may have been taken by the worker before the lock was left.
    assert view._run["run"] <= 2
    assert view.busy is False
    with held(view.live.lock):
        view.masked = []
        with pytest.raises(TimeoutError):
            view.wait(0.01)
    assert view.wait(LONG).question.masked == ()


def test_an_observer_cannot_wait_for_what_comes_after_it(live):
    view = live()
    heard, layers = [], []

    def wait(change):
        try:
            view.wait(LONG)
        except hw.InputError as error:
            heard.append((change.name, str(error)))

    view.observe(wait, names=["masked", "_trace_b"])
    view.observe(lambda change: layers.append(change.new), names="busy")
    with held(view.live.lock):
        view.masked = [2]
    assert view.wait(LONG).question.masked == (2,)
    assert {name for name, _ in heard} == {"masked", "_trace_b"}
    assert all("this observer has returned" in words for _, words in heard)
    assert layers == [True, False]


class held:  # noqa: N801 - used as a word
    """Another thread holds a lock."""

    def __init__(self, lock):
        self.lock, self.go, self.there = lock, threading.Event(), threading.Event()

    def __enter__(self):
        def hold():
            with self.lock:
                self.there.set()
                assert self.go.wait(LONG)

        self.thread = threading.Thread(target=hold)
        self.thread.start()
        assert self.there.wait(LONG)

    def __exit__(self, *_):
        self.go.set()
        self.thread.join(LONG)


def test_texts_that_were_asked_are_a_list_to_go_back_to(live):
    view = live()
    view.text = "The food"
    view.wait(LONG)
    assert view.texts == [TEXT]
    view.text_pair = "to eat"
    view.wait(LONG)
    assert view.texts == ["The food", TEXT]
    with view.hold_trait_notifications():
        view.text, view.text_pair = TEXT, None
    view.wait(LONG)
    assert view.texts == [("The food", "to eat"), "The food"]
    assert json.loads(json.dumps(view.get_state("texts"))) == {
        "texts": [["The food", "to eat"], "The food"]
    }
    view.texts = ["a", ("b", "c"), "a"]
    assert view.texts == ["a", ("b", "c")]


def test_what_fails_is_said_and_the_last_good_picture_stays(live):
    view = live()
    trace, run = view.trace, view._run
    for name, value, kind, words in (
        ("text", "", "InputError", "leaves no token"),
        ("text", "cat " * 100, "InputError", "positions"),
        ("masked", [40], "OutOfRange", "token 40 does not exist"),
        ("ablated", [(9, 0)], "OutOfRange", "9"),
    ):
        setattr(view, name, value)
        view.wait(LONG)
        assert view._failure["kind"] == kind
        assert words in view._failure["message"]
        assert (view.trace, view._run, view.busy) == (trace, run, False)
        with view.hold_trait_notifications():
            view.text, view.masked, view.ablated = TEXT, [], []
        view.wait(LONG)
        assert view._failure == {}


def test_a_model_that_raises_is_said_and_can_be_asked_again(live, model):
    view = live()

    def refuse(*_):
        raise RuntimeError("no more memory")

    handle = model.register_forward_pre_hook(refuse)
    view.masked = [2]
    view.wait(LONG)
    assert "no more memory" in view._failure["message"]
    handle.remove()
    reply, _ = view.answer({"v": 1, "id": 1, "method": "asked", "params": {"again": True}})
    assert reply["ok"]
    assert view.wait(LONG).question.masked == (2,)
    assert view._failure == {}


def test_two_views_on_one_model_keep_their_own_answers(live):
    one, other = live(), live("The food", layer=2)
    one.masked, other.masked = [2], [1]
    one.wait(LONG), other.wait(LONG)
    assert one.trace.tokens.labels[2] == other.trace.tokens.labels[1] == "[MASK]"
    other.close()
    one.masked = []
    assert one.wait(LONG).question.masked == ()


def test_a_closed_view_asks_nothing(live):
    view = live()
    view.close()
    with pytest.raises(hw.InputError, match="closed"):
        view.masked = [2]


def test_a_run_and_its_weights_come_together(live):
    view = live(layer=1)
    sent = []
    view.observe(lambda change: sent.append((change.name, dict(view._run))), ["tensors", "_trace"])
    first = view.get_state(["tensors", "_run"])
    view.masked = [2]
    view.wait(LONG)
    state = view.get_state(["tensors", "_run"])
    assert state["_run"] == {"run": 1, "tensors": 1}
    assert state["tensors"] != first["tensors"]
    assert {name for name, _ in sent} == {"tensors", "_trace"}
    # Another run with the same weights, which do not travel again.
    view.saliency = "gradient"
    view.wait(LONG)
    assert view._run == {"run": 2, "tensors": 1}
    # What is kept for a saved notebook may be of another layer: no run, but other bytes.
    view.tensors = b""
    view.keep({})
    assert view._run == {"run": 2, "tensors": 3}


def test_a_request_for_an_older_run_is_a_named_error(live):
    view = live()
    assert tile_of(view, run=0)["ok"]
    view.masked = [2]
    view.wait(LONG)
    assert tile_of(view, run=0)["error"]["type"] == "AnswerReplaced"
    assert tile_of(view, run=view._run["run"])["ok"]
    assert tile_of(view, run=view._run["run"], plain=True)["ok"]
    view.masked = []
    view.wait(LONG)
    plain = tile_of(view, run=view._run["run"], plain=True)
    assert plain["error"]["type"] == "AnswerReplaced"


def test_a_lock_goes_where_its_token_went(live):
    view = live(layer=1, heads=[2])
    view.selection = hw.Selection(heads=[(1, 2)], query=5, key=1)
    view.replaced = {2: "could not"}
    view.wait(LONG)
    assert view.trace.tokens.labels[2:4] == ("could", "not")
    assert (view.selection.query, view.selection.key) == (6, 1)
    view.replaced = {}
    view.wait(LONG)
    assert (view.selection.query, view.selection.key) == (5, 1)
    # Of another text only what is the same token at the same place.
    view.text = "The food"
    view.wait(LONG)
    assert (view.selection.query, view.selection.key) == (None, 1)
    assert view.selected_heads == [(1, 2)]


def test_a_filter_of_sentences_ends_with_the_second_sentence(live):
    view = live(TEXT, PAIR, sentences="ab")
    view.text_pair = None
    view.wait(LONG)
    assert view.sentences == "all"


def test_what_is_said_of_an_answer_is_what_the_answer_holds(live):
    view = live(masked=[2], ablated=[(0, 1)])
    answer, said = view.last_answer, view._said
    rows = said["predictions"]["rows"]
    assert [label for label, _ in rows[2]] == list(answer.predictions.labels[2])
    np.testing.assert_allclose(
        [p for _, p in rows[2]], answer.predictions.probabilities[2], rtol=1e-6
    )
    label, before, now, kl = said["before"][2]
    changes = view.changes.iloc[2]
    assert label == changes["before"]
    np.testing.assert_allclose(
        [before, now, kl], changes[["before_p", "before_now", "kl"]].astype(float), rtol=1e-5
    )
    moved = answer.attention_change()
    block, layer, head, change = said["moved"][0]
    assert (block, layer, head) == ("encoder", *np.unravel_index(moved.argmax(), moved.shape))
    assert change == pytest.approx(moved.max(), rel=1e-6)
    assert (said["typed"][2], said["places"][2], said["ablated"]) == ("cat", [2], [[0, 1]])
    assert json.loads(json.dumps(said)) == said


def test_pages_and_figures_are_of_the_last_answer(live, tmp_path):
    view = live(layer=1)
    view.masked = [2]
    view.wait(LONG)
    assert "[MASK]" in view.to_svg()
    view.to_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "live view of bert" in page
    assert '"masked":[2]' in page.replace(": ", ":")
    data, _ = view._repr_mimebundle_()
    assert "image/png" in data


def test_token_text_is_data_in_a_page(tokenizer, model, keep, tmp_path):
    view = keep(hw.head_view(model, tokenizer, TEXT, replaced={2: "</script><b>"}))
    view.to_html(tmp_path / "page.html")
    assert "</script><b>" not in (tmp_path / "page.html").read_text()


def test_after_all_of_it_the_model_is_as_it_was(model, tokenizer, live):
    inputs = tokenizer(TEXT, return_tensors="pt")
    with torch.no_grad():
        before = model(**inputs).logits
    left = left_behind(model)
    view, other = live(), live("The food")
    for value in ([2], [2, 3], []):
        view.masked = value
        other.blocked = value[:1]
        view.wait(LONG), other.wait(LONG)
    view.ablated, view.saliency = [(0, 0), (2, 3)], "gradient"
    view.wait(LONG)
    view.ablation, view.replaced = "mean", {1: "food"}
    view.wait(LONG)
    view.text = ""
    view.wait(LONG)
    view.close(), other.close()
    assert left_behind(model) == left
    with torch.no_grad():
        assert torch.equal(model(**inputs).logits, before)
