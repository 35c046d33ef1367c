"""Readers of runs that grow, that are torn, and that two wrote."""

import json
import math
import sqlite3
from types import SimpleNamespace

import pytest
from tracking_files import START, framed, logged

import headwise as hw
from headwise import tracking
from headwise.tracking.readers.wandb import wandb_run

EVENTS = "events.out.tfevents.1700000000.host.{}.0"
SCHEMA = """
CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_id TEXT, timestamp TEXT, run_name TEXT,
    step INTEGER, metrics TEXT);
CREATE TABLE configs (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT, config TEXT);
"""


@pytest.fixture
def event():
    """Bytes of events with one number each, as records."""
    proto = pytest.importorskip("tensorboard.compat.proto.event_pb2", reason="headwise[track]")
    summary = pytest.importorskip("tensorboard.compat.proto.summary_pb2").Summary

    def data(step, value, tag="loss", time=1.0):
        given = summary(value=[summary.Value(tag=tag, simple_value=value)])
        return proto.Event(step=step, wall_time=time, summary=given).SerializeToString()

    def make(*given, **more):
        return framed(data(*given, **more))

    def many(count):
        return framed(*(data(step, step / 2) for step in range(count)))

    make.many = many
    return make


@pytest.fixture
def record():
    """Records of W&B."""
    proto = pytest.importorskip("wandb.proto.wandb_internal_pb2", reason="headwise[track]")

    def row(**values):
        items = [
            proto.HistoryItem(nested_key=name.split("__"), value_json=json.dumps(value))
            for name, value in values.items()
        ]
        return proto.Record(history=proto.HistoryRecord(item=items)).SerializeToString()

    def config(**values):
        items = [proto.ConfigItem(key=k, value_json=json.dumps(v)) for k, v in values.items()]
        return proto.Record(config=proto.ConfigRecord(update=items)).SerializeToString()

    def run(name):
        return proto.Record(
            run=proto.RunRecord(display_name=name, run_id="abc")
        ).SerializeToString()

    def end(code):
        return proto.Record(exit=proto.RunExitRecord(exit_code=code)).SerializeToString()

    return SimpleNamespace(row=row, config=config, run=run, end=end)


@pytest.fixture
def log_of(tmp_path):
    folder = tmp_path / "offline-run-1-abc"
    folder.mkdir()
    file = folder / "run-abc.wandb"

    def write(*records, torn=0):
        data = START + logged(records)
        file.write_bytes(data[: len(data) - torn])
        return file

    return write


def test_many_events_come_in_slices(tmp_path, event):
    count = 20_000
    (tmp_path / EVENTS.format(1)).write_bytes(event.many(count))
    (run,) = tracking.find_runs(tmp_path)
    assert run.metrics == []
    slices = [run.refresh(seconds=0)]
    assert slices[0].more
    assert 0 < slices[0].points < count / 5
    while slices[-1].more:
        slices.append(run.refresh(seconds=0))
    assert sum(each.points for each in slices) == count
    assert run["loss"].values.tolist() == [step / 2 for step in range(count)]
    assert run.refresh() == (0, 0, False)
    before = run["loss"].steps
    assert run["loss"].steps is before


def test_two_writers_of_events_are_one_run(tmp_path, event):
    (tmp_path / EVENTS.format(1)).write_bytes(event(1, 0.5, time=10) + event(2, 0.25, time=20))
    (tmp_path / EVENTS.format(2)).write_bytes(event(1, 7.0, tag="f1") + event(2, 9.0, time=15))
    (run,) = tracking.read_runs(tmp_path)
    assert run["loss"].values.tolist() == [0.5, 0.25]
    assert run["f1"].values.tolist() == [7.0]
    assert any("second time at the same step" in note for note in run.notes)


def test_a_torn_event_file_beside_a_whole_one(tmp_path, event):
    (tmp_path / EVENTS.format(1)).write_bytes(event(1, 0.5) + event(2, 0.25)[:-3])
    (tmp_path / EVENTS.format(2)).write_bytes(event(1, 7.0, tag="f1"))
    (run,) = tracking.read_runs(tmp_path)
    assert run["loss"].values.tolist() == [0.5]
    assert run["f1"].values.tolist() == [7.0]
    (note,) = run.notes
    assert EVENTS.format(1) in note
    assert "not whole" in note
    (tmp_path / EVENTS.format(1)).write_bytes(event(1, 0.5) + event(2, 0.25))
    assert run.refresh().points == 1
    assert run.notes == []


def test_runs_below_runs_have_names_of_their_own(tmp_path, event):
    for name in ("a", "a/b", "checkpoint-50", ".hidden"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / EVENTS.format(1)).write_bytes(event(1, 0.5))
    assert [run.name for run in tracking.find_runs(tmp_path)] == ["a", "a/b"]
    assert len(tracking.find_runs(tmp_path, tmp_path / "a")) == 2


def test_a_run_of_wandb_that_goes_on_and_fails(record, log_of):
    first = (record.run("mine"), record.config(lr=0.1, _wandb={}, deep={"a": 1}))
    rows = [record.row(**{"train/loss": 1.0, "train/global_step": 10, "_timestamp": 5.5})]
    run = wandb_run(log_of(*first, *rows))
    run.refresh()
    assert (run.name, run.state) == ("mine", "running")
    assert run.config == {"lr": 0.1, "deep": {"a": 1}}
    rows.append(record.row(**{"train/loss": math.nan, "train/global_step": 20}))
    log_of(*first, *rows, record.end(3))
    assert run.refresh().points == 1
    assert run.state == "failed"
    assert run["train/loss"].steps.tolist() == [10, 20]
    assert math.isnan(run["train/loss"].values[1])
    assert run["train/loss"].times[0] == 5.5


def test_a_torn_log_of_wandb_is_said(record, log_of):
    rows = [record.row(loss=value, _step=value) for value in range(3)]
    run = wandb_run(log_of(*rows, torn=4))
    run.refresh()
    assert run["loss"].steps.tolist() == [0, 1]
    assert "not whole" in run.notes[0]


def test_rows_without_a_training_step(record, log_of):
    run = wandb_run(
        log_of(
            record.row(a=1.0, _step=0),
            record.row(a=2.0, **{"_step": 1, "train/global_step": 50}),
            record.row(b=3.0, text="words", flag=True, _step=2),
            record.row(deep__inner=4.0, **{"_step": 3, "train/global_step": 60}),
        )
    )
    run.refresh()
    assert run["a"].steps.tolist() == [0, 50]
    assert run["b"].steps.tolist() == [50]
    assert run["deep.inner"].steps.tolist() == [60]
    assert run.metrics == ["a", "b", "deep.inner"]
    assert run.notes == ["1 row has no train/global_step: shown at the step of the row before"]


def test_media_of_wandb_stay_inside_of_the_run(record, log_of):
    page = {"_type": "html-file", "size": 3}
    run = wandb_run(
        log_of(
            record.row(good={**page, "path": "media/html/a.html"}, _step=0),
            record.row(bad={**page, "path": "../../../etc/passwd"}, _step=1),
            record.row(worse={**page, "path": "/etc/passwd"}, _step=2),
            record.row(bars={"_type": "histogram", "values": [1], "bins": [0, 1]}, _step=3),
        )
    )
    run.refresh()
    good, bad, worse, bars = run.media
    assert good.path == run.path / "files/media/html/a.html"
    assert bad.path is worse.path is bars.path is None
    assert json.loads(bars.read())["bins"] == [0, 1]
    with pytest.raises(FileNotFoundError):
        good.read()


def test_many_rows_of_wandb_come_in_slices(record, log_of):
    rows = [record.row(loss=step / 2, _step=step) for step in range(2000)]
    run = wandb_run(log_of(*rows))
    slices = [run.refresh(seconds=0)]
    while slices[-1].more:
        slices.append(run.refresh(seconds=0))
    assert len(slices) >= 20
    assert len(run["loss"].steps) == 2000


def test_runs_of_one_database_of_trackio(tmp_path):
    path = tmp_path / "project.db"
    base = sqlite3.connect(path)
    base.executescript(SCHEMA)
    stamp = "2026-01-02T03:04:05+00:00"
    rows = [
        ("i1", "same", 0, {"loss": 1.0, "train/global_step": 5}),
        ("i2", "same", 0, {"loss": 3.0}),
        ("i1", "same", 1, {"loss": "NaN", "train/global_step": 6}),
        ("i1", "same", 2, {"page": {"_type": "trackio.html", "file_path": "../../x"}}),
    ]
    add = "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?, ?)"
    for identity, name, step, values in rows:
        base.execute(add, (identity, stamp, name, step, json.dumps(values)))
    base.execute(
        "INSERT INTO configs VALUES (1, 'i1', 'same', ?)", ('{"lr": 1, "_Username": "x"}',)
    )
    base.commit()
    first, second = tracking.read_runs(tmp_path)
    assert first.key != second.key
    assert first.config == {"lr": 1}
    assert first["loss"].steps.tolist() == [5, 6]
    assert first["loss"].times[0] == 1767323045
    assert math.isnan(first["loss"].values[1])
    assert second["loss"].values.tolist() == [3.0]
    assert first.media[0].path is None
    base.execute(add, ("i2", stamp, "same", 7, '{"loss": 4}'))
    base.commit()
    assert second.refresh().points == 1
    assert second["loss"].steps.tolist() == [0, 7]
    assert first.refresh().points == 0
    base.close()
    path.write_bytes(b"no database")
    second.refresh()
    assert any("cannot be read" in note for note in second.notes)


def test_a_database_of_something_else_is_no_run(tmp_path):
    base = sqlite3.connect(tmp_path / "other.db")
    base.execute("CREATE TABLE x (y)")
    base.commit()
    base.close()
    with pytest.raises(hw.InputError, match="no run was found"):
        tracking.find_runs(tmp_path)


class OneRun:
    name, id, state = "r", "abc", "crashed"
    config = {"lr": 1, "_wandb": {}}  # noqa: RUF012 - as wandb has it

    def __init__(self):
        self.rows = [{"_step": 0, "loss": 1.0, "train/global_step": 3, "_timestamp": 1.0}]
        self.asked = []

    def scan_history(self, min_step, page_size):
        self.asked.append((min_step, page_size))
        return [row for row in self.rows if row["_step"] >= min_step]


def test_runs_of_the_api_are_read_behind_the_last_row():
    theirs = OneRun()
    (run,) = tracking.wandb_api_runs("a/b", api=SimpleNamespace(runs=lambda _: [theirs]))
    run.refresh()
    assert (run.state, run.config, run.path) == ("failed", {"lr": 1}, "wandb.ai/a/b/abc")
    theirs.rows.append({"_step": 1, "loss": 0.5, "train/global_step": 6})
    assert run.refresh().points == 1
    assert run["loss"].steps.tolist() == [3, 6]
    assert [first for first, _ in theirs.asked] == [0, 1]


def test_a_run_of_the_api_ends_when_it_has_ended():
    theirs = OneRun()
    theirs.state = "running"
    now = {"state": "running", "config": {"lr": 1}}
    loads = []

    def load_full_data(*, force):
        loads.append(force)
        theirs.state, theirs.config = now["state"], now["config"]

    theirs.load_full_data = load_full_data
    (run,) = tracking.wandb_api_runs("a/b", api=SimpleNamespace(runs=lambda _: [theirs]))
    run.refresh()
    assert (run.state, loads) == ("running", [])
    run.refresh()
    assert (run.state, loads) == ("running", [True])
    now |= {"state": "finished", "config": {"lr": 1, "late": 2}}
    theirs.rows.append({"_step": 1, "loss": 0.5, "train/global_step": 6})
    assert run.refresh().points == 1
    assert (run.state, run.config) == ("finished", {"lr": 1, "late": 2})
    run.refresh()
    assert loads == [True, True]


def test_the_api_needs_a_project_a_key_and_a_network(monkeypatch, tmp_path):
    with pytest.raises(hw.InputError, match="entity/project"):
        tracking.wandb_api_runs("project")

    def fails(_project):
        raise ConnectionError("key=0123456789")

    with pytest.raises(hw.HeadwiseError, match="does not hand out") as raised:
        tracking.wandb_api_runs("a/b", api=SimpleNamespace(runs=fails))
    assert "0123456789" not in str(raised.value)
    wandb = pytest.importorskip("wandb", reason="needs headwise[track]")
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    monkeypatch.setattr(wandb, "api", SimpleNamespace(api_key=None))
    with pytest.raises(hw.HeadwiseError, match="wandb login"):
        tracking.wandb_api_runs("a/b")
