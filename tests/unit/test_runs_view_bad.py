"""What a runs view makes of runs, paths and values that are not as they should be."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import load

import headwise as hw
from headwise.errors import BudgetError, HeadwiseError, InputError
from headwise.export.html import render
from headwise.widgets._run_set import RunSet
from plain_runs import write_run, write_runs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SCRIPT = "</script><img src=x onerror=alert(1)>"
LONG = "n" * 200


def logged(
    folder: Path, name: str, rows: Iterable[tuple[int, float]], metric: str = "train/loss"
) -> Path:
    """Write a plain run of one metric."""
    inside = folder / name.replace("/", "|") / "headwise"
    inside.mkdir(parents=True)
    facts = {"name": name, "config": {"note": name}, "state": "finished"}
    (inside / "run.json").write_text(json.dumps(facts))
    lines = [
        json.dumps({"step": step, "time": 1.7e9 + at, "values": {metric: value}})
        for at, (step, value) in enumerate(rows)
    ]
    (inside / "scalars-0.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return folder


def points(view: Any, metric: str = "train/loss") -> Any:
    """Steps and values of the first run as the page opens with them."""
    array = load(view.tensors_b)[
        json.dumps(["curve", metric, "step", 0.0, 0], separators=(",", ":"))
    ]
    return array[0] + array[1], array[4]


@pytest.mark.parametrize("path", [5, None, ["logs"], b"logs"])
def test_what_is_no_path_is_refused_in_words(path):
    with pytest.raises(InputError, match="a path is a string or a path object"):
        hw.runs_view(path)


def test_paths_without_runs_are_named(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(InputError, match="there is no folder or file"):
        hw.runs_view(tmp_path / "gone")
    for place in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(InputError, match="no run was found in"):
            hw.runs_view(place)
    with pytest.raises(InputError, match="no paths"):
        hw.runs_view()


@pytest.mark.parametrize("name", ["project", "a/b/c", "/b", "", 5])
def test_a_project_of_wandb_has_two_parts(name):
    with pytest.raises(InputError, match="'entity/project'"):
        hw.runs_view(wandb=name)


def test_a_run_without_a_metric_has_no_charts_and_no_step(tmp_path):
    view = hw.runs_view(logged(tmp_path, "empty", []))
    assert (view.step, view.metrics, view.has_attention) == (None, [], False)
    assert load(view.tensors_b).keys() == {'["points",600]'}
    assert view.to_html(tmp_path / "empty.html").path.exists()


def test_what_is_no_number_is_a_gap_and_never_the_best(tmp_path):
    rows = [(0, math.nan), (1, 2.0), (2, math.inf), (3, 1.0), (4, math.nan)]
    view = hw.runs_view(logged(tmp_path, "gaps", rows))
    steps, values = points(view)
    assert steps.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(values, [math.nan, 2, math.inf, 1, math.nan])
    best = load(view.tensors_b)['["best","train/loss","step"]']
    assert (best[0, 1], best[0, 5]) == (3, 1)
    nothing = hw.runs_view(logged(tmp_path / "b", "nan", [(0, math.nan), (1, math.nan)]))
    assert load(nothing.tensors_b)['["best","train/loss","step"]'].shape == (0, 6)


def test_one_point_is_a_curve(tmp_path):
    view = hw.runs_view(logged(tmp_path, "one", [(7, 2.5)]), smooth=0.9)
    assert view.step == 7
    array = load(view.tensors_b)['["curve","train/loss","step",0.9,0]']
    assert (array[0, 0], array[4, 0]) == (7, 2.5)


def test_steps_that_go_back_are_sorted_and_the_later_value_counts(tmp_path):
    rows = [(step, float(at)) for at, step in enumerate([1, 2, 3, 4, 5, 3, 4, 5, 6])]
    view = hw.runs_view(logged(tmp_path, "back", rows))
    steps, values = points(view)
    assert steps.tolist() == [1, 2, 3, 4, 5, 6]
    assert values.tolist() == [0, 1, 5, 6, 7, 8]
    assert "3 values were logged a second time" in view._runs["notes"][0]["words"]


def test_names_are_data_however_long_and_whatever_they_hold(tmp_path):
    for name in (LONG, SCRIPT):
        logged(tmp_path, name, [(0, 1.0), (1, 2.0)], metric=f"{name}/loss")
    view = hw.runs_view(tmp_path, parameters="table")
    assert set(view.run_names) == {LONG, SCRIPT}
    assert set(view.metrics) == {f"{LONG}/loss", f"{SCRIPT}/loss"}
    page = view.to_html(tmp_path / "names.html").path.read_text()
    assert SCRIPT not in page
    assert "onerror" in page, "the name is there, as data"


@pytest.mark.parametrize("step", ["3", 1.5, True, -1, [1], math.nan, 2**70])
def test_a_step_is_a_whole_number_wherever_it_is_given(tmp_path, step):
    folder = write_run(tmp_path, "run", {}, steps=100).path.parent
    with pytest.raises(InputError, match="step must be a whole number from 0"):
        hw.runs_view(folder, step=step)
    view = hw.runs_view(folder, step=np.int64(50))
    with pytest.raises(InputError, match="step must be a whole number from 0"):
        view.step = step
    with pytest.raises(InputError, match="step must be a whole number from 0"):
        view.attention(step=step)
    with pytest.raises(InputError, match="step_b must be a whole number from 0"):
        view.compare(0, step)
    assert (view.step, view._run["step"]) == (50, 50)


@pytest.mark.parametrize("probe", ["a", 1.5, True, -1])
def test_a_probe_is_a_whole_number(tmp_path, probe):
    folder = logged(tmp_path, "run", [(0, 1.0)])
    with pytest.raises(InputError, match="probe must be a whole number from 0"):
        hw.runs_view(folder, probe=probe)


def test_a_probe_text_that_was_not_kept_is_refused_and_then_said(tmp_path):
    write_run(tmp_path, "run", {}, steps=100)
    with pytest.raises(InputError, match="text"):
        hw.runs_view(tmp_path, probe=7)
    view = hw.runs_view(tmp_path)
    view.probe = 7
    assert "text" in view._run["failure"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("metrics", ["nope"]),
        ("metrics", "train/loss"),
        ("metrics", [5]),
        ("run", "nobody"),
        ("run", 5),
        ("selected_runs", ["nobody"]),
        ("selected_runs", 5),
        ("smooth", 1.0),
        ("smooth", "much"),
        ("smooth", math.nan),
        ("zoom", [3, 1]),
        ("zoom", [0, math.inf]),
        ("zoom", 5),
    ],
)
def test_keywords_say_what_they_take(tmp_path, name, value):
    with pytest.raises(InputError):
        hw.runs_view(logged(tmp_path, "run", [(0, 1.0)]), **{name: value})


def test_without_attention_there_are_no_heads_and_no_weights(tmp_path):
    folder = logged(tmp_path, "plain", [(0, 1.0), (1, 0.5)])
    for name, value in (("layer", 0), ("heads", [0])):
        with pytest.raises(InputError, match=f"run 'plain' has no traces.*{name}"):
            hw.runs_view(folder, **{name: value})
    view = hw.runs_view(folder)
    for read in (view.selected_weights, view.to_dataframe):
        with pytest.raises(HeadwiseError, match="there are no weights"):
            read()
    with pytest.raises(InputError, match="has no traces"):
        view.compare(0, 1)


def test_csv_of_what_does_not_exist_is_refused(tmp_path):
    view = hw.runs_view(logged(tmp_path, "run", [(0, 1.0)]))
    for name, value in (("metrics", ["nope"]), ("runs", ["nobody"]), ("runs", "run")):
        with pytest.raises(InputError):
            view.to_csv(tmp_path / "never.csv", **{name: value})
    with pytest.raises(HeadwiseError, match="cannot write"):
        view.to_csv(tmp_path / "gone" / "x.csv")
    assert not (tmp_path / "never.csv").exists()


def test_a_run_that_began_since_is_found_when_python_asks(tmp_path):
    write_runs(tmp_path, 1, traces=0)
    view = hw.runs_view(tmp_path)
    write_runs(tmp_path, 2, traces=0)
    assert view.refresh() is False
    assert view.run_names == ("lr 1.5e-3", "lr 1e-3")
    assert view.selected_runs == ["lr 1.5e-3", "lr 1e-3"]


def test_every_run_has_its_turn_however_short_the_time_is(tmp_path):
    write_runs(tmp_path, 3, traces=0, steps=100)
    runs = RunSet(lambda: hw.tracking.find_runs(tmp_path))
    while runs.more or len(runs.runs) < 3:
        runs.refresh(1.0)
    for run in runs.runs:
        lines = next((run.path / "headwise").glob("scalars-*.jsonl"))
        row = {"step": 999, "time": 1.8e9, "values": {"train/loss": 7.5}}
        with lines.open("a") as file:
            file.write(json.dumps(row) + "\n")
    for _ in range(3):
        runs.refresh(0.0)
    assert [run["train/loss"].values[-1] for run in runs.runs] == [7.5] * 3


@pytest.mark.parametrize("show", ["head", "model", "neuron"])
def test_a_budget_that_is_too_small_for_the_attention_says_one_that_holds_it(tmp_path, show):
    write_run(tmp_path, "run", {}, steps=100)
    view = hw.runs_view(tmp_path, show=show)
    with pytest.raises(BudgetError, match="give at least") as refused:
        render(view, budget=500)
    least = int(re.search(r"at least (\d+)", str(refused.value)).group(1))
    assert render(view, budget=least)
    name = {
        "head": f"w/decoder/{view.layer}",
        "model": "thumb/decoder/0/",
        "neuron": f"rows/key/decoder/{view.layer}/{view.head}/0",
    }
    blobs = view.archives_of(view.traces, view.state_for_page(), least)
    assert any(each.startswith(name[show]) for each in load(blobs["tensors"]))


def test_curves_alone_need_no_budget(tmp_path):
    write_run(tmp_path, "run", {}, steps=100)
    assert render(hw.runs_view(tmp_path, show="none"), budget=0)
    plain = hw.runs_view(logged(tmp_path / "plain", "plain", [(0, 1.0), (1, 0.5)]))
    assert render(plain, budget=4000)


def test_over_something_else_all_is_shown(tmp_path):
    view = hw.runs_view(logged(tmp_path, "run", [(0, 1.0), (9, 0.5)]), over="time", zoom=(0, 5))
    assert view.zoom == [0, 5]
    view.over = "step"
    assert view.zoom is None
    view.zoom = (2, 4)
    assert view.zoom == [2, 4]
