"""What sinks write is read back and equal; no secret is in any file of theirs."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import headwise as hw
from headwise import tracking
from headwise.tracking.layout import read_json
from headwise.tracking.readers.tensorboard import tensorboard_run
from headwise.tracking.sinks.found import event_folder, sinks_for
from headwise.tracking.sinks.named import as_trackers_name_it
from plain_runs import to_the_end

SECRETS = {
    "WANDB_API_KEY": "0123456789abcdef0123456789abcdef01234567",
    "HF_TOKEN": "hf_ThisIsNoTokenButLooksLikeOne",
    "HEADWISE_TEST_VALUE": "a-value-of-the-environment",
}
CONFIG = {"learning_rate": 1e-3, "seed": 7}
EVIL = "</script><img src=x onerror=alert(1)>"


@pytest.fixture
def snapshot(make_trace):
    """A snapshot of random attention: 2 layers of 3 heads, two texts."""

    def make(step, labels=None):
        traces = [make_trace(2, 3, 6, labels=labels), make_trace(2, 3, 5)]
        heads = np.array([(layer, head) for layer in range(2) for head in range(3)])
        draw = np.random.default_rng(step)
        values = {"entropy": draw.random(6), "previous": draw.random(6)}
        values["previous"][:3] = np.nan
        return tracking.Snapshot(step, traces, heads, values, ["model", "head"], ["a b", "c"], 0.5)

    return make


@pytest.fixture
def alone(monkeypatch, tmp_path):
    """A folder to work in, with secrets in the environment and no way out."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def log(sink, snapshot):
    sink.start(tracking.RunFacts("first", CONFIG))
    for step in (0, 50):
        sink.log(snapshot(step))
        sink.scalars(step, {"train/loss": 1 / (step + 3)})
    sink.close()


def check(run, snapshot, exact=True):
    for step in (0, 50):
        for name, value in snapshot(step).scalars.items():
            found = run[name]
            at = found.steps.tolist().index(step)
            assert found.values[at] == (value if exact else np.float32(value))
    assert run["train/loss"].steps.tolist() == [0, 50]
    assert np.isfinite(run["train/loss"].times).all()
    assert run.trace_steps == [0, 50]
    kept, given = run.trace(50, 1), snapshot(50).traces[1]
    np.testing.assert_array_equal(kept.weights(1), given.weights(1))
    assert run.notes == []
    with pytest.raises(hw.InputError, match="steps 0, 50"):
        run.trace(51)


def pages(run, name):
    return [each for each in run.media if each.kind == "page" and each.name.endswith(name)]


def leaks(folder):
    """Files below a folder, and what they hold, in which a value of a secret is."""
    found = []
    for path in Path(folder).rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            found += [(path, name) for name, value in SECRETS.items() if value.encode() in data]
    return found


def test_scalars_are_means_over_the_heads_of_a_layer(snapshot):
    one = snapshot(1)
    assert set(one.scalars) == {
        "headwise/entropy/layer_0",
        "headwise/entropy/layer_1",
        "headwise/previous/layer_1",
    }
    assert one.scalars["headwise/entropy/layer_1"] == pytest.approx(
        one.values["entropy"][3:].mean()
    )
    assert one.table.loc[(1, 2), "previous"] == one.values["previous"][5]


def test_a_folder_is_read_back(snapshot, alone):
    log(tracking.FolderSink("run"), snapshot)
    (run,) = tracking.read_runs("run")
    assert (run.name, run.tracker, run.state, run.config) == ("first", "folder", "finished", CONFIG)
    check(run, snapshot)
    table = next(each for each in run.media if each.kind == "table" and each.step == 50)
    rows = list(csv.DictReader(io.StringIO(table.read().decode())))
    assert [float(row["entropy"]) for row in rows] == snapshot(50).values["entropy"].tolist()
    assert [row["previous"] for row in rows[:3]] == ["", "", ""]
    images = [each for each in run.media if each.kind == "image" and each.step == 0]
    assert sorted(each.name for each in images) == ["entropy", "previous"]
    assert all(each.read().startswith(b"\x89PNG") for each in images)
    assert len(pages(run, "model")) == len(pages(run, "head")) == 2
    assert leaks(alone) == []


def test_tensorboard_is_read_back(snapshot, alone):
    pytest.importorskip("tensorboard", reason="needs headwise[track]")
    log(tracking.TensorBoardSink("logs/a"), snapshot)
    (run,) = tracking.read_runs("logs")
    assert (run.name, run.tracker) == ("a", "tensorboard")
    check(run, snapshot, exact=False)
    image = next(each for each in run.media if each.kind == "image" and each.step == 50)
    assert image.read() == snapshot(50).maps["entropy"].png
    histogram = next(each for each in run.media if each.kind == "histogram")
    buckets = json.loads(histogram.read())["buckets"]
    assert sum(count for _, _, count in buckets) == 6
    text = next(each for each in run.media if each.kind == "text")
    assert text.read().decode().startswith("| layer | head | entropy | previous |")
    # TensorBoard itself reads the same.
    loading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    whole = loading.EventAccumulator("logs/a").Reload()
    assert whole.Images("headwise/heads/entropy")[1].encoded_image_string == image.read()
    tags = whole.Tags()
    assert "headwise/entropy/layer_0" in tags["scalars"]
    assert "headwise/heads/entropy/histogram" in tags["tensors"]
    assert leaks(alone) == []


def test_wandb_is_read_back(snapshot, alone):
    pytest.importorskip("wandb", reason="needs headwise[track]")
    log(tracking.WandbSink(project="p", mode="offline", dir=str(alone)), snapshot)
    run = to_the_end(*tracking.read_runs("wandb"))
    assert (run.name, run.tracker, run.state) == ("first", "wandb", "finished")
    assert run.config == CONFIG
    check(run, snapshot)
    assert [each.step for each in pages(run, "model")] == [0, 50]
    assert pages(run, "model")[1].read().decode() == snapshot(50).pages["model"]
    table = next(each for each in run.media if each.kind == "table" and each.step == 50)
    found = json.loads(table.read())
    assert found["columns"] == ["layer", "head", "entropy", "previous"]
    assert [row[2] for row in found["data"]] == snapshot(50).values["entropy"].tolist()
    assert leaks(alone) == []


def inspected(*options):
    """What W&B's own inspect command prints of the run in `wandb/`."""
    file = next(Path("wandb").glob("offline-run-*/run-*.wandb"))
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-m", "wandb", "leet", "inspect", "--json", *options, str(file)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


def test_wandbs_own_inspect_command_reads_the_same(snapshot, alone):
    wandb = pytest.importorskip("wandb", reason="needs headwise[track]")
    if not list(Path(wandb.__file__).parent.glob("bin/wandb-core*")):
        pytest.skip("wandb was installed without its program wandb-core, which inspects runs")
    log(tracking.WandbSink(project="p", mode="offline", dir=str(alone)), snapshot)
    run = to_the_end(*tracking.read_runs("wandb"))
    records = [json.loads(line) for line in inspected().splitlines()]
    rows = [each["history"]["item"] for each in records if each["type"] == "history"]
    for name in (*snapshot(0).scalars, "train/loss"):
        found = {row["train/global_step"]: row[name] for row in rows if name in row}
        assert found == dict(zip(run[name].steps.tolist(), run[name].values.tolist(), strict=True))
    pages = {
        row["train/global_step"]: Path(run.path, "files", row["headwise/model.path"]).read_text()
        for row in rows
        if "headwise/model.path" in row
    }
    assert pages == {step: snapshot(step).pages["model"] for step in (0, 50)}
    whole = json.loads(inspected("--summary"))
    assert whole["config"] == CONFIG
    assert (whole["name"], whole["state"], whole["exit_code"]) == ("first", "finished", 0)
    for name, value in snapshot(50).scalars.items():
        assert whole["summary"][name] == value


def test_wandb_without_a_key_and_network_is_offline_and_says_so_once(alone):
    pytest.importorskip("wandb", reason="needs headwise[track]")
    code = (
        "import sys, warnings\n"
        "from headwise import tracking\n"
        "with warnings.catch_warnings(record=True) as said:\n"
        "    warnings.simplefilter('always')\n"
        "    sink = tracking.WandbSink(project='p')\n"
        "    sink.start(tracking.RunFacts('x', {}))\n"
        "    sink.scalars(1, {'train/loss': 1.0})\n"
        "    sink.scalars(2, {'train/loss': 0.5})\n"
        "    sink.close()\n"
        "ours = [str(each.message) for each in said if 'W&B' in str(each.message)]\n"
        "print(len(ours), ours)\n"
    )
    environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
    environment.pop("WANDB_MODE")
    environment |= {"HOME": str(alone), "NETRC": str(alone / "none"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(  # noqa: S603 - this interpreter, and the code above
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    said = done.stdout.strip().splitlines()[-1]
    assert said.startswith("1 ")
    assert "kept offline" in said
    run = to_the_end(*tracking.read_runs(alone / "wandb"))
    assert run["train/loss"].values.tolist() == [1.0, 0.5]


def test_trackio_is_read_back(snapshot, alone, monkeypatch, capsys):
    utils = pytest.importorskip("trackio.utils", reason="needs headwise[track]")
    pytest.importorskip("trackio")
    # Trackio reads its folder from the environment once, when it is imported.
    old = {"TRACKIO_DIR": utils.TRACKIO_DIR, "MEDIA_DIR": utils.MEDIA_DIR}
    new = {"TRACKIO_DIR": alone / "trackio", "MEDIA_DIR": alone / "trackio" / "media"}
    for module in [each for name, each in sys.modules.items() if name.startswith("trackio")]:
        for name, folder in old.items():
            if getattr(module, name, None) == folder:
                monkeypatch.setattr(module, name, new[name])
    log(tracking.TrackioSink(project="p", auto_log_cpu=False), snapshot)
    capsys.readouterr()
    (run,) = tracking.read_runs("trackio")
    assert (run.name, run.tracker, run.config) == ("first", "trackio", CONFIG)
    check(run, snapshot)
    assert pages(run, "model")[0].read().decode() == snapshot(0).pages["model"]
    assert leaks(alone) == []


def test_pages_hold_tokens_as_data_and_nothing_of_the_environment(snapshot, alone):
    one = snapshot(3, labels=[EVIL, *"bcdef"])
    for page in one.pages.values():
        assert EVIL not in page
        assert "\\u003cimg" in page
        assert not [value for value in SECRETS.values() if value in page]
        assert str(alone) not in page


@pytest.mark.usefixtures("alone")
def test_two_writers_in_one_folder(snapshot):
    first, second = tracking.FolderSink("run"), tracking.FolderSink("run")
    for sink in (first, second):
        sink.start(tracking.RunFacts("both", {}))
    first.scalars(1, {"a": 1.0, "b": 2.0})
    second.scalars(1, {"a": 9.0})
    second.scalars(2, {"a": 3.0})
    first.log(snapshot(5))
    second.log(snapshot(5))
    (run,) = tracking.read_runs("run")
    assert run["a"].steps.tolist() == [1, 2]
    assert run["a"].values.tolist() == [9.0, 3.0]
    assert run["b"].values.tolist() == [2.0]
    assert run.trace_steps == [5]
    assert any("second writer" in note for note in run.notes)
    assert run.state == "running"


def test_a_run_that_goes_on(snapshot, alone):
    sink = tracking.FolderSink("run")
    sink.start(tracking.RunFacts())
    sink.scalars(1, {"train/loss": 1.0})
    (run,) = tracking.find_runs("run")
    assert run.refresh() == (1, 0, False)
    assert run.refresh() == (0, 0, False)
    sink.log(snapshot(2))
    brought = run.refresh()
    assert brought.points == 3
    assert brought.media == 2 + 2 + 2 + 1
    assert run.state == "running"
    # The same step, written again: new files in place of the old ones.
    sink.log(snapshot(2))
    os.utime(alone / "run/headwise/step-00000002/step.json", (1, 1))
    run.refresh()
    assert len(run.media) == 7
    sink.close(failed=True)
    run.refresh()
    assert run.state == "failed"


def test_torn_lines_are_said(alone):
    sink = tracking.FolderSink("run")
    sink.start(tracking.RunFacts())
    sink.scalars(1, {"x": 1.0})
    (lines,) = (alone / "run/headwise").glob("scalars-*.jsonl")
    with lines.open("ab") as file:
        file.write(b'no json\n{"step": 2, "val')
    (run,) = tracking.read_runs("run")
    assert run["x"].values.tolist() == [1.0]
    assert any("last line is not whole (16 bytes)" in note for note in run.notes)
    assert any("1 line is no JSON" in note for note in run.notes)
    with lines.open("ab") as file:
        file.write(b'ues": {"x": 2.0}}\n')
    run.refresh()
    assert run["x"].values.tolist() == [1.0, 2.0]
    assert not any("not whole" in note for note in run.notes)


def test_a_step_without_its_list_is_not_whole(snapshot, alone):
    log(tracking.FolderSink("run"), snapshot)
    (alone / "run/headwise/step-00000050/step.json").unlink()
    (run,) = tracking.read_runs("run")
    assert run.trace_steps == [0]


def test_files_of_other_folders_are_none_of_a_step(snapshot, alone):
    log(tracking.FolderSink("run"), snapshot)
    (alone / "secret.html").write_text("secret")
    path = alone / "run/headwise/step-00000050/step.json"
    facts = read_json(path)
    facts["files"] = ["../../../secret.html", "/etc/passwd", ".hidden.html", 3, "model.html"]
    path.write_text(json.dumps(facts))
    (run,) = tracking.read_runs("run")
    assert [each.name for each in run.media if each.step == 50] == ["model"]


def test_a_tracker_that_is_not_installed(monkeypatch):
    for module, sink in (
        ("tensorboard.summary.writer.event_file_writer", lambda: tracking.TensorBoardSink("x")),
        ("wandb", tracking.WandbSink),
        ("trackio", tracking.TrackioSink),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(tracking.TrackerMissing, match=r"pip install 'headwise\[track\]'"):
            sink().start(tracking.RunFacts())
        with pytest.raises(tracking.TrackerMissing, match=module.partition(".")[0]):
            sink().start(tracking.RunFacts())


def test_sinks_follow_the_trackers_in_use(alone, monkeypatch):
    monkeypatch.delenv("TENSORBOARD_LOGGING_DIR", raising=False)
    kinds = [type(each).__name__ for each in sinks_for(["tensorboard", "mlflow", "wandb"], "out")]
    assert kinds == ["TensorBoardSink", "WandbSink"]
    (plain,) = sinks_for([], "out")
    assert plain.path == Path("out/headwise-run")
    own = alone / "out/runs/b"
    for folder, number in (("a", 1), ("b", os.getpid()), ("c", 2)):
        (alone / "out/runs" / folder).mkdir(parents=True)
        name = f"events.out.tfevents.1700000000.some.host.{number}.0"
        (alone / "out/runs" / folder / name).touch()
    assert event_folder(str(alone / "out")) == own
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", "~/logs")
    assert event_folder("out") == Path("~/logs").expanduser()


def test_logs_are_named_as_transformers_names_them():
    integrations = pytest.importorskip("transformers.integrations.integration_utils")
    logs = {"loss": 1.0, "eval_loss": 2.0, "eval_f1": 0.5, "test_acc": 1, "evaluate": 3.0}
    assert as_trackers_name_it({**logs, "text": "no", "flag": True}) == integrations.rewrite_logs(
        logs
    )


def test_paths_without_runs_are_refused(tmp_path):
    with pytest.raises(hw.InputError, match="no folder or file"):
        tracking.find_runs(tmp_path / "none")
    with pytest.raises(hw.InputError, match="no run was found"):
        tracking.find_runs(tmp_path)


def test_hparams_and_tensors_of_other_writers(tmp_path):
    writing = pytest.importorskip("tensorboard.summary.writer.event_file_writer")
    hparams = pytest.importorskip("tensorboard.plugins.hparams.summary_v2")
    scalars = pytest.importorskip("tensorboard.plugins.scalar.summary_v2")
    event = pytest.importorskip("tensorboard.compat.proto.event_pb2").Event
    writer = writing.EventFileWriter(str(tmp_path))
    writer.add_event(event(summary=hparams.hparams_pb({"lr": 0.5, "kind": "x", "bias": True})))
    writer.add_event(event(step=3, wall_time=9.0, summary=scalars.scalar_pb("loss", 0.25)))
    writer.close()
    run = tensorboard_run(tmp_path)
    run.refresh()
    assert run.config == {"lr": 0.5, "kind": "x", "bias": True}
    assert [each.tolist() for each in run["loss"]] == [[3], [0.25], [9.0]]
