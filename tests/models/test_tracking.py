"""The callback in real trainings of a tiny BERT."""

import hashlib
import json
import random
import warnings

import numpy as np
import pytest
import torch

import headwise as hw
from headwise import tracking
from headwise.tracking.measure import DEFAULT_METRICS, make_probe, snapshot_of
from plain_runs import to_the_end

pytestmark = pytest.mark.models
transformers = pytest.importorskip("transformers")
pytest.importorskip("accelerate", reason="the Trainer needs accelerate: headwise[track]")
pytest.importorskip("tensorboard", reason="needs headwise[track]")

TEXTS = ["The cat is very sad.", "Because it could not find food to eat."]
STEPS = 8


class Rows(torch.utils.data.Dataset):
    def __init__(self, count=16):
        draw = np.random.default_rng(0)
        self.ids = draw.integers(5, 300, size=(count, 10))
        self.labels = draw.integers(0, 2, size=count)

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, place):
        return {"input_ids": self.ids[place].tolist(), "labels": int(self.labels[place])}


@pytest.fixture
def train(tmp_path, configs, monkeypatch):
    """Train a tiny BERT with dropout for 8 steps; returns the Trainer."""
    monkeypatch.delenv("TENSORBOARD_LOGGING_DIR", raising=False)

    def run(*callbacks, **arguments):
        transformers.set_seed(3)
        config = configs["bert"]()
        assert config.hidden_dropout_prob > 0
        model = transformers.BertForSequenceClassification(config)
        given = {
            "output_dir": str(tmp_path / "out"),
            "max_steps": STEPS,
            "per_device_train_batch_size": 4,
            "eval_strategy": "steps",
            "eval_steps": 4,
            "logging_steps": 2,
            "save_strategy": "no",
            "report_to": [],
            "use_cpu": True,
            "disable_tqdm": True,
            **arguments,
        }
        trainer = transformers.Trainer(
            model,
            transformers.TrainingArguments(**given),
            train_dataset=Rows(),
            eval_dataset=Rows(8),
            callbacks=list(callbacks),
        )
        trainer.train()
        return trainer

    return run


def digest(model):
    found = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        found.update(name.encode() + value.numpy().tobytes())
    return found.hexdigest()


def only_warning(record):
    (found,) = [each for each in record if each.category is hw.HeadwiseWarning]
    return str(found.message)


def test_final_weights_are_the_same_to_the_bit(train, tokenizers, tmp_path):
    callback = tracking.AttentionCallback(
        TEXTS,
        tokenizers["wordpiece"],
        every=2,
        metrics=[*DEFAULT_METRICS, "variability"],
        sinks=tracking.FolderSink(tmp_path / "run"),
    )
    without = digest(train().model)
    assert digest(train(callback).model) == without
    (run,) = tracking.read_runs(tmp_path / "run")
    assert run.trace_steps == [0, 2, 4, 6, 8]


def test_states_of_the_generators_and_the_modes_stand_where_they_stood(make_model, tokenizers):
    model = make_model("bert").train()
    model.encoder.layer[1].eval()
    modes = [module.training for module in model.modules()]
    transformers.set_seed(1)
    expected = (random.random(), np.random.rand(), torch.rand(1).item())  # noqa: S311, NPY002

    def drawing(_model, traces):
        random.random()  # noqa: S311
        np.random.rand()  # noqa: NPY002
        torch.rand(1)
        return hw.head_metrics(traces, progress=False)["self"]

    probe = make_probe(TEXTS, tokenizers["wordpiece"], {"drawn": drawing}, "model", None)
    transformers.set_seed(1)
    snapshot_of(model, probe, 0)
    assert (random.random(), np.random.rand(), torch.rand(1).item()) == expected  # noqa: S311, NPY002
    assert [module.training for module in model.modules()] == modes
    assert all(each.grad is None and each.requires_grad for each in model.parameters())


def test_tensorboard_gets_ours_beside_the_trainers_own(train, tokenizers, tmp_path):
    callback = tracking.AttentionCallback(TEXTS, tokenizers["wordpiece"])
    trainer = train(callback, report_to=["tensorboard"], learning_rate=3e-4)
    (run,) = tracking.read_runs(tmp_path / "out")
    assert run.tracker == "tensorboard"
    assert run.notes == []
    assert run.config["learning_rate"] == 3e-4
    assert run["eval/loss"].steps.tolist() == [4, 8]
    logged = {
        row["step"]: row["eval_loss"] for row in trainer.state.log_history if "eval_loss" in row
    }
    np.testing.assert_allclose(run["eval/loss"].values, list(logged.values()), rtol=1e-6)
    assert run["headwise/entropy/layer_2"].steps.tolist() == [0, 4, 8]
    assert run.epochs.steps.tolist() == [2, 4, 6, 8]
    assert run.trace_steps == [0, 4, 8]
    expected = hw.head_metrics([run.trace(8, text) for text in (0, 1)], progress=False)["entropy"]
    assert run["headwise/entropy/layer_2"].values[-1] == pytest.approx(expected[2].mean(), rel=1e-6)
    # TensorBoard's own reader finds the same.
    loading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    whole = loading.EventAccumulator(str(run.path), size_guidance={"scalars": 0}).Reload()
    theirs = whole.Scalars("headwise/entropy/layer_2")
    assert [each.step for each in theirs] == [0, 4, 8]
    assert [each.value for each in theirs] == run["headwise/entropy/layer_2"].values.tolist()


def test_the_attention_that_is_kept_is_that_of_the_model(train, tokenizers, tmp_path):
    callback = tracking.AttentionCallback(TEXTS, tokenizers["wordpiece"])
    model = train(callback).model
    (run,) = tracking.read_runs(tmp_path / "out")
    assert (run.tracker, run.state) == ("folder", "finished")
    kept, now = run.trace(STEPS), hw.trace(model.eval(), tokenizers["wordpiece"], TEXTS[0])
    assert kept.tokens == now.tokens
    np.testing.assert_allclose(kept.weights(2), now.weights(2), atol=2e-3)
    assert kept.block().records[0].queries.dtype == np.float16
    first = run.trace(0)
    assert np.abs(first.weights(2) - kept.weights(2)).max() > 1e-6
    assert run["train/loss"].steps.tolist() == [2, 4, 6, 8]


def test_a_callback_that_fails_warns_once_and_training_goes_on(train, tokenizers):
    class Broken(tracking.Sink):
        calls = 0

        def log(self, snapshot):  # noqa: ARG002 - as a sink is called
            self.calls += 1
            raise OSError(28, "No space left on device")

    class Kept(tracking.Sink):
        def __init__(self):
            self.steps = []

        def log(self, snapshot):
            self.steps.append(snapshot.step)

    broken, kept = Broken(), Kept()
    callback = tracking.AttentionCallback(TEXTS, tokenizers["wordpiece"], sinks=[broken, kept])
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        trainer = train(callback)
    said = only_warning(record)
    assert "Broken failed" in said
    assert "No space left on device" in said
    assert trainer.state.global_step == STEPS
    assert broken.calls == 3
    assert kept.steps == [0, 4, 8]


def test_a_probe_text_longer_than_the_model_is_named(train, tokenizers):
    texts = [TEXTS[0], "food " * 100]
    seen = []
    sink = type("Seen", (tracking.Sink,), {"log": lambda _, snapshot: seen.append(snapshot)})()
    callback = tracking.AttentionCallback(texts, tokenizers["wordpiece"], sinks=sink)
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        trainer = train(callback)
    said = only_warning(record)
    assert "probe text 1" in said
    assert "64 positions" in said
    assert trainer.state.global_step == STEPS
    assert seen == []


def test_wandb_and_tensorboard_together_agree(train, tokenizers, tmp_path, monkeypatch):
    wandb = pytest.importorskip("wandb", reason="needs headwise[track]")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    callback = tracking.AttentionCallback(TEXTS, tokenizers["wordpiece"], metrics=["entropy"])
    train(callback, report_to=["tensorboard", "wandb"], run_name="both", learning_rate=1e-3)
    wandb.finish()
    runs = {run.tracker: run for run in tracking.read_runs(tmp_path)}
    assert set(runs) == {"tensorboard", "wandb"}
    to_the_end(runs["wandb"])
    ours, theirs = runs["wandb"], runs["tensorboard"]
    assert (ours.name, ours.state) == ("both", "finished")
    assert ours.notes == theirs.notes == []
    assert ours.config["learning_rate"] == theirs.config["learning_rate"] == 1e-3
    for metric in ("train/loss", "eval/loss", "headwise/entropy/layer_1"):
        assert ours[metric].steps.tolist() == theirs[metric].steps.tolist()
        np.testing.assert_allclose(ours[metric].values, theirs[metric].values, rtol=1e-6)
    assert ours.trace_steps == theirs.trace_steps == [0, 4, 8]
    np.testing.assert_array_equal(ours.trace(4).weights(1), theirs.trace(4).weights(1))
    pages = [each for each in ours.media if each.kind == "page"]
    assert [each.step for each in pages] == [0, 4, 8]
    assert b'id="headwise-state"' in pages[1].read()
    table = next(each for each in ours.media if each.kind == "table" and each.step == 4)
    assert len(json.loads(table.read())["data"]) == 12


def test_a_metric_that_fails_leaves_the_others(train, tokenizers, tmp_path):
    callback = tracking.AttentionCallback(
        TEXTS, tokenizers["wordpiece"], metrics=["prefix_matching", "self"]
    )
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        train(callback)
    assert "metric 'prefix_matching' failed" in only_warning(record)
    (run,) = tracking.read_runs(tmp_path / "out")
    assert run["headwise/self/layer_0"].steps.tolist() == [0, 4, 8]
    assert not [name for name in run.metrics if "prefix_matching" in name]


def test_a_callback_that_is_used_again_has_a_run_for_each_training(train, tokenizers, tmp_path):
    callback = tracking.AttentionCallback(TEXTS, tokenizers["wordpiece"], metrics=["entropy"])
    for steps, rate in ((4, 1e-3), (8, 1e-4)):
        train(callback, output_dir=str(tmp_path / str(steps)), learning_rate=rate, max_steps=steps)
    for steps, rate in ((4, 1e-3), (8, 1e-4)):
        (run,) = tracking.read_runs(tmp_path / str(steps))
        assert (run.state, run.config["learning_rate"]) == ("finished", rate)
        assert run.trace_steps == list(range(0, steps + 1, 4))
        assert run["train/loss"].steps.tolist() == list(range(2, steps + 1, 2))
        assert run.notes == []


def test_a_training_that_broke_off_has_failed_when_the_next_one_begins(train, tokenizers, tmp_path):
    class Stop(transformers.TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):  # noqa: ARG002 - as it is called
            raise KeyboardInterrupt

    callback = tracking.AttentionCallback(TEXTS, tokenizers["wordpiece"], metrics=["entropy"])
    with pytest.raises(KeyboardInterrupt):
        train(callback, Stop(), output_dir=str(tmp_path / "first"))
    train(callback, output_dir=str(tmp_path / "second"), max_steps=2)
    states = [tracking.read_runs(tmp_path / name)[0].state for name in ("first", "second")]
    assert states == ["failed", "finished"]


@pytest.mark.parametrize("every", ["eval", 4])
def test_an_evaluation_after_the_training_ends_what_it_begins(train, tokenizers, tmp_path, every):
    class Heard(tracking.Sink):
        def __init__(self):
            self.calls = []

        def start(self, facts):  # noqa: ARG002 - as a sink is called
            self.calls.append("start")

        def log(self, snapshot):
            self.calls.append(snapshot.step)

        def scalars(self, step, values):  # noqa: ARG002 - the same
            self.calls.append(next(iter(values)))

        def close(self, *, failed=False):
            self.calls.append("failed" if failed else "close")

    heard, folder = Heard(), tracking.FolderSink(tmp_path / "run")
    callback = tracking.AttentionCallback(
        TEXTS, tokenizers["wordpiece"], sinks=[heard, folder], metrics=["entropy"], every=every
    )
    trainer = train(callback)
    assert (heard.calls.count("start"), heard.calls[-1]) == (1, "close")
    del heard.calls[:]
    trainer.evaluate()
    heads = [STEPS] if every == "eval" else []
    assert heard.calls == ["start", "eval/loss", *heads, "close"]
    del heard.calls[:]
    trainer.predict(Rows(4))
    assert heard.calls == []
    trainer.log({"by_hand": 1.0})
    assert heard.calls == ["start", "train/by_hand", "close"]
    (run,) = tracking.read_runs(tmp_path / "run")
    assert run.state == "finished"
    assert run["train/by_hand"].steps.tolist() == [STEPS]


def test_event_files_of_our_own_have_no_logs_of_the_trainer(train, tokenizers, tmp_path):
    sink = tracking.TensorBoardSink(tmp_path / "logs")
    callback = tracking.AttentionCallback(
        TEXTS, tokenizers["wordpiece"], sinks=sink, metrics=["entropy"]
    )
    train(callback, max_steps=4)
    train(callback, max_steps=STEPS)
    (run,) = tracking.read_runs(tmp_path / "logs")
    assert run["train/loss"].steps.tolist() == [2, 4, 6, 8]
    assert run["eval/loss"].steps.tolist() == [4, 8]


@pytest.mark.parametrize("every", [0, -1, True, "epoch", 1.5])
def test_every_is_eval_or_a_number_of_steps(every, tokenizers):
    with pytest.raises(hw.InputError, match="every must be"):
        tracking.AttentionCallback(TEXTS, tokenizers["wordpiece"], every=every)
