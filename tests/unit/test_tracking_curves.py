"""Pure functions of tracking, by values worked out by hand."""

import csv
import io
import json
import math
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

import headwise as hw
from headwise.tracking import best_step, better, differing, not_default, smooth, thinned, to_csv
from headwise.tracking.parameters import is_secret, kept_config, training_defaults
from headwise.tracking.readers.run import Run


def test_smoothing_is_debiased():
    # last: 0.5, 1.25, 2.625; debias: 0.5, 0.75, 0.875.
    np.testing.assert_allclose(smooth([1, 2, 4], 0.5), [1, 5 / 3, 3], rtol=1e-15)
    # last: 0.4, 1.04, -0.16 (w = 0.6); debias: 0.4, 0.64, 0.784.
    np.testing.assert_allclose(smooth([1, 2, -1.96], 0.6), [1, 1.625, -0.16 / 0.784], rtol=1e-12)


def test_smoothing_leaves_constants_gaps_and_no_weight_alone():
    assert smooth([0.1] * 5, 0.999).tolist() == [0.1] * 5
    assert smooth([3, 1], 0).tolist() == [3, 1]
    assert smooth([], 0.5).tolist() == []
    found = smooth([1, math.nan, math.inf, 2], 0.5)
    assert found[0] == 1
    assert math.isnan(found[1])
    assert found[2] == math.inf
    # NaN does not count: last 1.25, debias 0.75.
    assert found[3] == pytest.approx(5 / 3)


@pytest.mark.parametrize("weight", [-0.1, 1, math.nan])
def test_smoothing_refuses_other_weights(weight):
    with pytest.raises(hw.InputError, match=r"0 to 0\.999"):
        smooth([1, 2], weight)


def test_thinned_curves_keep_ends_and_peaks():
    values = np.zeros(10_000)
    values[[1234, 8000]] = 5, -3
    kept = thinned(values, 100)
    assert len(kept) <= 100
    assert {0, 1234, 8000, 9999} <= set(kept.tolist())
    assert (np.diff(kept) > 0).all()
    assert thinned([1, 2, 3], 4).tolist() == [0, 1, 2]


def test_thinned_curves_keep_gaps():
    values = np.arange(1000.0)
    values[300:700] = math.nan
    kept = thinned(values, 22)
    assert np.isnan(values[kept]).any()
    assert not np.isnan(values[kept]).all()
    with pytest.raises(hw.InputError, match="at least 4"):
        thinned(values, 3)


def test_the_best_step_is_the_first_of_the_best():
    values = [3, 1, math.nan, 1, -math.inf]
    assert best_step([0, 10, 20, 30, 40], values, "min") == 10
    assert best_step([0, 10, 20, 30, 40], values, "max") == 0
    assert best_step([5], [math.nan], "min") is None
    assert [better(name) for name in ("eval/loss", "eval/f1", "perplexity")] == [
        "min",
        "max",
        "min",
    ]


def test_parameters_that_differ():
    first = {"learning_rate": 1e-3, "seed": 1, "output_dir": "a", "deep": {"rate": 1}, "b": 8}
    second = {"learning_rate": 5e-5, "seed": 1.0, "output_dir": "b", "deep": {"rate": 2}}
    assert differing([first, second]) == {"deep.rate": [1, 2], "learning_rate": [1e-3, 5e-5]}
    known = {"b": 4}
    assert differing([first, second], known)["b"] == [8, 4]
    assert differing([first]) == {}
    assert differing([]) == {}
    assert differing([{"a": True}, {"a": 1}]) == {"a": [True, 1]}
    assert differing([{"a": None}, {"a": 0}]) == {"a": [None, 0]}


def test_what_nobody_set_is_left_out():
    defaults = {"learning_rate": 5e-5, "seed": 42, "bf16": False}
    given = {"learning_rate": 1e-3, "seed": 42, "bf16": False, "vocab_size": 400}
    assert not_default(given, defaults) == {"learning_rate": 1e-3}


def test_defaults_of_the_trainer_are_read_from_its_source():
    transformers = pytest.importorskip("transformers")
    found = training_defaults()
    arguments = transformers.TrainingArguments
    for name in ("learning_rate", "seed", "per_device_train_batch_size", "weight_decay"):
        assert found[name] == arguments.__dataclass_fields__[name].default


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("wandb_api_key", True),
        ("hub_token", True),
        ("password", True),
        ("client_secret", True),
        ("pad_token_id", False),
        ("max_tokens", False),
        ("include_num_input_tokens_seen", False),
        ("tokenizer_class", False),
        ("author", False),
        ("learning_rate", False),
    ],
)
def test_names_of_secrets(name, secret):
    assert is_secret(name) is secret


def test_a_kept_config_is_plain_and_has_no_secrets():
    given = {"lr": 1e-3, "hub_token": "x", "deep": {"api_key": "y", "n": 1}, "dtype": np.float16}
    assert kept_config({**given, "list": (1, "a")}) == {
        "lr": 1e-3,
        "deep": {"n": 1},
        "dtype": str(np.float16),
        "list": [1, "a"],
    }
    assert "hub_token" not in differing([{"hub_token": 1}, {"hub_token": 2}])


@dataclass
class Account:
    user: str
    auth_token: str


class Opaque:
    def __repr__(self):
        return "Opaque(hf_SECRET)"


def test_secrets_are_found_however_deep_they_are():
    given = {
        "datasets": [{"name": "x", "token": "hf_SECRET"}, ({"password": "hf_SECRET", "n": 1},)],
        "args": Namespace(hub_token="hf_SECRET", lr=0.1, inner=Account("me", "hf_SECRET")),
        "tokenizer": MappingProxyType({"api_key": "hf_SECRET", "fast": True}),
        "client": Opaque(),
        "id2label": {0: "neg", 1: "pos"},
        "rate": np.longdouble(0.5),
        "seed": np.int64(3),
        "data": Path("data"),
        "none": [None],
    }
    found = kept_config(given)
    assert found == {
        "datasets": [{"name": "x"}, [{"n": 1}]],
        "args": {"lr": 0.1, "inner": {"user": "me"}},
        "tokenizer": {"fast": True},
        "client": "Opaque",
        "id2label": {"0": "neg", "1": "pos"},
        "rate": 0.5,
        "seed": 3,
        "data": "data",
        "none": [None],
    }
    assert json.loads(json.dumps(found)) == found


def test_a_config_that_holds_itself_has_an_end():
    given = Namespace(lr=0.1)
    given.whole = given
    assert kept_config({"args": given}) == {"args": {"lr": 0.1, "whole": "Namespace"}}


def test_what_differs_holds_no_secret_of_a_list_or_a_tokenizer():
    def config(name, secret):
        return {
            "datasets": [{"name": name, "token": secret}],
            "tokenizer": {"api_key": secret},
            "tokenizer.api_key": secret,
            0: name,
        }

    found = differing([config("a", "s1"), config("b", "s2")])
    assert found == {"0": ["a", "b"], "datasets": [[{"name": "a"}], [{"name": "b"}]]}
    assert differing([config("a", "s1"), config("a", "s2")]) == {}
    assert not_default({"hub_token": "s1", "seed": 1}, {"hub_token": None, "seed": 42}) == {
        "seed": 1
    }


class Nothing:
    def read(self, _run, _deadline):
        return False

    def notes(self):
        return []


def test_csv_has_every_point_and_no_formula():
    run = Run("=cmd()", "here", "folder", Nothing())
    run.add("loss", 10, 0.1, 1.5)
    run.add("loss", 20, math.nan)
    run.add("f1", 10, 1 / 3)
    rows = list(csv.reader(io.StringIO(to_csv([run]))))
    assert rows[0] == ["run", "metric", "step", "value", "time"]
    assert rows[1:] == [
        ["'=cmd()", "f1", "10", repr(1 / 3), ""],
        ["'=cmd()", "loss", "10", "0.1", "1.500"],
        ["'=cmd()", "loss", "20", "nan", ""],
    ]
    assert len(to_csv([run], ["f1"]).splitlines()) == 2


def test_points_come_sorted_once_a_step():
    run = Run("a", "here", "folder", Nothing())
    for step, value, time in ((10, 1, 100), (20, 2, 200), (10, 3, 300), (20, 2, 150)):
        run.add("x", step, value, time)
    assert run["x"].steps.tolist() == [10, 20]
    assert run["x"].values.tolist() == [3, 2]
    assert run["x"].times.tolist() == [300, 200]
    assert any("1 values were logged a second time" in note for note in run.notes)
