"""The runs view from Python: values checked against the runs themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import load
from traitlets import TraitError

import headwise as hw
from headwise.errors import InputError
from headwise.tracking import smooth
from headwise.widgets._run_set import RunSet
from headwise.wire.runs import curve_array, in_range, nearest, read_curves, read_strip, read_values
from plain_runs import write_run, write_runs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STEPS = list(range(0, 901, 50))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_runs(tmp_path_factory.mktemp("runs"), 3)


@pytest.fixture
def view(folder: Path) -> Iterator[Any]:
    made = hw.runs_view(folder)
    yield made
    made.close()


def asked(view: Any, method: str, **params: object) -> dict[tuple[object, ...], Any]:
    reply, buffers = view.answer({"v": 1, "id": "x", "method": method, "params": params})
    assert reply.get("error") is None, reply
    found: dict[tuple[object, ...], Any] = {}
    for name, array in load(buffers[0]).items():
        found[tuple(json.loads(name)) if name.startswith("[") else (name,)] = array
    return found


def refused(view: Any, method: str, **params: object) -> str:
    reply, _ = view.answer({"v": 1, "id": "x", "method": method, "params": params})
    return reply["error"]["message"]


def curves(view: Any, **changes: object) -> dict[tuple[object, ...], Any]:
    params: dict[str, object] = {
        "metric": "eval/loss",
        "runs": [0, 1, 2],
        "over": "step",
        "smooth": 0.0,
        "start": None,
        "stop": None,
        "points": 400,
    }
    return asked(view, "curves", **(params | changes))


def test_it_opens_at_the_last_saved_step_with_the_head_that_changed_most(view):
    assert view.run_names == ("lr 1.5e-3", "lr 1e-3", "lr 6e-4")
    assert view.selected_runs == list(view.run_names)
    assert (view.step, view.run, view.show) == (900, "lr 1.5e-3", "head")
    assert (view.layer, view.heads) == (1, [3])
    assert view.metrics == [
        "eval/loss",
        "train/loss",
        "eval/accuracy",
        "headwise/prefix_matching/layer_1",
    ]
    assert "3 of 3 runs" in repr(view)


def test_a_curve_is_what_was_logged(view):
    found = curves(view)
    for number, run in enumerate(view.runs):
        step, step_rest, x, x_rest, value = found["curve", "eval/loss", "step", 0.0, number]
        np.testing.assert_array_equal(step + step_rest, run["eval/loss"].steps)
        np.testing.assert_array_equal(x + x_rest, run["eval/loss"].steps)
        np.testing.assert_allclose(value, run["eval/loss"].values, rtol=1e-6)


def test_a_curve_is_smoothed_before_it_is_thinned(view):
    found = curves(view, smooth=0.8, points=20)
    whole = view.runs[1]["eval/loss"]
    step, rest, _, _, value = found["curve", "eval/loss", "step", 0.8, 1]
    assert 4 <= len(step) <= 20
    places = np.searchsorted(whole.steps, (step + rest).astype(int))
    np.testing.assert_allclose(value, smooth(whole.values, 0.8)[places], rtol=1e-6)


def test_time_and_epochs_are_those_of_the_run(view):
    time = curves(view, over="time")["curve", "eval/loss", "time", 0.0, 0]
    np.testing.assert_allclose(time[2] + time[3], 2.5 * (time[0] + time[1]))
    epoch = curves(view, over="epoch")["curve", "eval/loss", "epoch", 0.0, 0]
    np.testing.assert_allclose(epoch[2] + epoch[3], (epoch[0] + epoch[1]) / 300, atol=1e-6)


def test_a_run_without_epochs_has_no_curve_over_epochs(tmp_path):
    write_run(tmp_path, "plain", {}, traces=0)
    lines = next((tmp_path / "plain" / "headwise").glob("*.jsonl"))
    lines.write_text(lines.read_text().replace("train/epoch", "train/other"))
    view = hw.runs_view(tmp_path, show="none")
    assert list(curves(view, over="epoch", runs=[0])) == [("best", "eval/loss", "epoch")]


def test_a_stretch_comes_with_a_point_at_either_side(view):
    found = curves(view, start=101.0, stop=149.0)["curve", "eval/loss", "step", 0.0, 0]
    np.testing.assert_array_equal(found[0], [100, 110, 120, 130, 140, 150])


def test_the_best_value_is_of_all_points_as_they_were_logged(view):
    for metric, least in (("eval/loss", np.argmin), ("eval/accuracy", np.argmax)):
        found = curves(view, metric=metric, smooth=0.9, points=8, start=0.0, stop=50.0)
        for row in found["best", metric, "step"]:
            series = view.runs[int(row[0])][metric]
            place = int(least(series.values))
            assert row[1] + row[2] == series.steps[place]
            assert row[5] == pytest.approx(series.values[place], rel=1e-6)


def test_steps_beyond_float32_are_exact():
    steps = np.array([2**24 + 1, 2**31 + 7, 2**40 + 1])
    packed = curve_array(steps, steps.astype(float), np.zeros(3))
    assert (packed[0].astype(float) + packed[1]).tolist() == steps.tolist()


def test_values_at_a_step_are_those_of_the_nearest_point(view):
    found = asked(view, "at", metrics=["eval/loss"], runs=[2], smooth=0.5, step=333)["at",]
    series = view.runs[2]["eval/loss"]
    assert found[0, 0, 0] == pytest.approx(smooth(series.values, 0.5)[33], rel=1e-6)
    assert found[0, 0, 1] + found[0, 0, 2] == 330
    none = asked(view, "at", metrics=["nothing"], runs=[0], smooth=0, step=1)["at",]
    assert np.isnan(none[0, 0, 0])


def test_the_step_moves_the_attention_to_the_nearest_saved_one(view):
    view.step = 340
    assert view._run["step"] == 350
    expected = view.runs[0].trace(350).weights(1, 3)
    np.testing.assert_array_equal(view.trace.weights(1, 3), expected)
    name = "w/decoder/1"
    np.testing.assert_allclose(load(view.tensors)[name][3], expected, atol=1e-6)
    assert view.step == 340


def test_what_is_selected_stays_when_the_step_moves(view):
    view.selection = hw.Selection(heads=[(1, 2), (1, 3)], query=20, key=9)
    before = view.selection
    view.step = 0
    view.run = "lr 6e-4"
    assert view.selection == before
    expected = view.runs[2].trace(0).weights(1, 2)
    np.testing.assert_array_equal(view.trace.weights(1, 2), expected)


def test_a_request_for_an_older_trace_is_refused_by_name(view):
    old = view._run["run"]
    view.step = 100
    params = {"block": "decoder", "layer": 0, "axis": "row", "start": 0, "stop": 4}
    reply, _ = view.answer(
        {"v": 1, "id": "x", "method": "tile", "params": {**params, "dtype": "f32", "run": old}}
    )
    assert reply["error"]["type"] == "AnswerReplaced"


def test_attention_and_compare_take_the_nearest_saved_steps(view):
    trace = view.attention(step=260)
    np.testing.assert_array_equal(trace.weights(1, 3), view.runs[0].trace(250).weights(1, 3))
    both = view.compare(0, 890, run_b="lr 1e-3")
    np.testing.assert_array_equal(both.trace.weights(0, 2), view.runs[0].trace(0).weights(0, 2))
    assert list(both.names) == ["lr 1.5e-3, step 0", "lr 1e-3, step 900"]
    assert list(view.compare(0, 100).names) == ["step 0", "step 100"]
    with pytest.raises(InputError, match="no run is called 'nobody'"):
        view.attention("nobody")


def test_the_strip_has_a_map_a_saved_step(view):
    found = asked(view, "strip", run=0, block="decoder", layer=1, head=3, probe=0, steps=STEPS)
    assert [name[-1] for name in found] == STEPS or {name[-1] for name in found} == set(STEPS)
    codes = found["strip", 0, 0, "decoder", 1, 3, 900]
    weights = view.runs[0].trace(900).weights(1, 3)
    assert codes.shape == weights.shape
    seen = np.tril_indices(24)
    expected = 1 + np.rint(254 * np.sqrt(weights[seen]))
    np.testing.assert_allclose(codes[seen], expected, atol=1)
    assert (codes[np.triu_indices(24, 1)] == 0).all()
    part = asked(view, "strip", run=0, block="decoder", layer=1, head=3, probe=0, steps=[7, 50])
    assert [name[-1] for name in part] == [50]


def test_a_page_opens_with_all_that_is_in_sight(view):
    opened = {tuple(json.loads(name)) for name in load(view.tensors_b)}
    for metric in view.metrics:
        for number in range(3):
            assert ("curve", metric, "step", 0.0, number) in opened
    assert ("strip", 0, 0, "decoder", 1, 3, 900) in opened
    assert ("points", 600) in opened


def test_only_what_differs_is_told_and_no_secret(tmp_path):
    for seed in (1, 2):
        config = {"seed": seed, "lr": 0.1, "api_key": f"k3y-of-{seed}"}
        write_run(tmp_path, f"run {seed}", config, traces=0)
    view = hw.runs_view(tmp_path)
    assert view._runs["parameters"] == {"seed": [1, 2]}
    assert "k3y-of" not in json.dumps(view.get_state(), default=str)


def test_values_that_cannot_be_are_refused(view):
    for name, value in (
        ("step", -1),
        ("step", 1.5),
        ("smooth", 1.0),
        ("smooth", True),
        ("zoom", [5, 5]),
        ("zoom", [0]),
        ("over", "hour"),
        ("run", "nobody"),
        ("selected_runs", ["nobody"]),
        ("metrics", ["nothing"]),
        ("selected_runs", "lr 1e-3"),
    ):
        with pytest.raises((InputError, TraitError)):
            setattr(view, name, value)
    view.step = np.int64(120)
    assert (view.step, type(view.step)) == (120, int)
    view.zoom = (0, 10)
    assert view.zoom == [0.0, 10.0]


def test_bad_requests_are_answered_in_words(view):
    assert "over" in refused(view, "curves", metric="eval/loss", runs=[0])
    good: dict[str, object] = {"metric": "m", "runs": [0], "over": "step", "smooth": 0, "points": 9}
    for change in ({"points": 3}, {"points": 5000}, {"runs": [-1]}, {"start": float("nan")}):
        with pytest.raises(InputError):
            read_curves(good | change)
    assert read_curves(good)["start"] is None
    with pytest.raises(InputError, match="run 9 does not exist"):
        view._set.run(9)
    assert "run 9" in refused(view, "csv", metrics=[], runs=[9])
    strip = {"run": 0, "block": "b", "layer": 0, "head": 0, "probe": 0}
    with pytest.raises(InputError, match="200"):
        read_strip({**strip, "steps": list(range(201))})
    with pytest.raises(InputError):
        read_values({"metrics": [1], "runs": [], "smooth": 0, "step": 0})


def test_nearest_and_in_range():
    assert [nearest([0, 50, 100], step) for step in (0, 25, 26, 99, 500)] == [0, 0, 1, 2, 2]
    with pytest.raises(InputError):
        nearest([], 3)
    x = np.arange(10.0)
    assert x[in_range(x, 3.5, 5.5)].tolist() == [3, 4, 5, 6]
    assert x[in_range(x, None, None)].tolist() == x.tolist()


def test_csv_has_what_was_logged(view, tmp_path):
    view.smooth = 0.9
    view.selected_runs = ["lr 6e-4"]
    rows = view.to_csv(tmp_path / "a.csv", metrics=["eval/loss"]).read_text().splitlines()
    assert rows[0] == "run,metric,step,value,time"
    name, metric, step, value, time = rows[2].split(",")
    series = view.runs[2]["eval/loss"]
    assert (name, metric, int(step), float(value)) == ("lr 6e-4", "eval/loss", 10, series.values[1])
    assert float(time) == series.times[1]
    assert len(rows) == 1 + len(series.steps)
    sent = asked(view, "csv", metrics=["eval/loss"], runs=[2])["csv",]
    assert sent.tobytes().decode() == (tmp_path / "a.csv").read_text()


def test_a_run_that_goes_on_is_read_on_and_the_last_step_followed(tmp_path):
    write_run(tmp_path, "going", {}, steps=200, finished=False)
    view = hw.runs_view(tmp_path)
    assert (view.step, view._runs["live"]) == (200, True)
    version, number = view._runs["version"], view._run["run"]
    assert asked(view, "refresh") == {}
    assert view._runs["version"] == version
    # The same folder is written again, further.
    write_run(tmp_path, "going", {}, steps=400)
    asked(view, "refresh")
    assert view.step == 400
    assert view._run["run"] > number
    assert view._runs["version"] > version
    assert view._runs["live"] is False


def test_who_looks_at_an_earlier_step_stays_there(tmp_path):
    write_run(tmp_path, "going", {}, steps=200, finished=False)
    view = hw.runs_view(tmp_path, step=100)
    write_run(tmp_path, "going", {}, steps=400)
    view.refresh()
    assert view.step == 100


@pytest.mark.parametrize(("step", "then"), [(3, 3), (10, 20)])
def test_without_traces_the_last_step_is_followed_and_an_earlier_one_stays(tmp_path, step, then):
    write_run(tmp_path, "going", {}, steps=10, traces=0, finished=False)
    view = hw.runs_view(tmp_path)
    view.step = step
    write_run(tmp_path, "going", {}, steps=20, traces=0, finished=False)
    view.refresh()
    assert view.step == then


def test_attention_that_comes_later_is_shown_when_it_comes(tmp_path):
    write_run(tmp_path, "going", {}, steps=100, traces=0, finished=False)
    view = hw.runs_view(tmp_path)
    assert not view.has_attention
    assert load(view.tensors) == {}
    with pytest.raises(InputError, match="has no traces"):
        view.attention()
    write_run(tmp_path, "going", {}, steps=150)
    view.refresh()
    assert view.has_attention
    assert (view.block, view.step) == ("decoder", 150)
    assert "w/decoder/0" in load(view.tensors)


def test_new_runs_are_found_and_are_on(tmp_path):
    write_run(tmp_path, "first", {}, traces=0, finished=False)
    view = hw.runs_view(tmp_path)
    write_run(tmp_path, "second", {}, traces=0)
    view._set._looked -= 60  # as if the last look was a minute ago
    view.refresh()
    assert view.selected_runs == ["first", "second"]


def test_a_torn_line_is_a_note_and_a_cut_trace_keeps_the_last_picture(tmp_path):
    write_run(tmp_path, "torn", {}, steps=200)
    lines = next((tmp_path / "torn" / "headwise").glob("*.jsonl"))
    lines.write_text(lines.read_text()[:-20])
    file = tmp_path / "torn" / "headwise" / "step-00000100" / "trace-0.safetensors"
    file.write_bytes(file.read_bytes()[:200])
    view = hw.runs_view(tmp_path)
    assert any("not whole" in note["words"] for note in view._runs["notes"])
    before = view.trace
    view.step = 100
    assert view.trace is before
    assert view._run["failure"]
    view.step = 50
    assert view._run["failure"] == ""
    found = asked(view, "strip", run=0, block="decoder", layer=0, head=0, probe=0, steps=[50, 100])
    assert [name[-1] for name in found] == [50]


def test_two_runs_of_one_name_have_two_names(tmp_path):
    for place in ("a", "b"):
        write_run(tmp_path / place, "same", {}, traces=0)
    view = hw.runs_view(tmp_path)
    assert view.run_names == ("same", "same (2)")


def test_reading_stops_in_time_and_goes_on(tmp_path):
    write_runs(tmp_path, 3, traces=0)
    runs = RunSet(lambda: hw.tracking.find_runs(tmp_path))
    runs.refresh(0.0)
    assert len(runs.runs) == 1
    assert runs.more
    while runs.more:
        runs.refresh(0.5)
    assert len(runs.runs) == 3
    assert runs.points == sum(len(run[m].steps) for run in runs.runs for m in run.metrics)


def test_a_view_of_no_runs_says_so(tmp_path):
    with pytest.raises(InputError, match="no run was found"):
        hw.runs_view(tmp_path)
    with pytest.raises(TypeError, match="did you mean 'smooth'"):
        hw.runs_view(tmp_path, smoth=1)


def test_a_page_holds_no_path_and_no_environment(view, tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "a-key-of-somebody")
    page = view.to_html(tmp_path / "runs.html").path.read_text()
    assert "a-key-of-somebody" not in page
    assert str(tmp_path.parent) not in page
    assert '"_view":"runs"' in page


def test_a_closed_view_lets_go(folder):
    view = hw.runs_view(folder)
    view.close()
    assert view.tensors_b == b""
    assert view.closed
