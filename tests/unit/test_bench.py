import importlib
from types import SimpleNamespace

import pytest


@pytest.fixture
def bench(monkeypatch):
    # The package sets these for its own processes when it is imported.
    for library in ("OMP", "OPENBLAS", "MKL"):
        monkeypatch.setenv(f"{library}_NUM_THREADS", "1")
    names = ("bench", "cells", "head_report", "lab_cells", "model_report", "tables", "targets")
    modules = {name: importlib.import_module(f"benchmarks.{name}") for name in names}
    return SimpleNamespace(**modules)


def step(script, task):
    return {"script": script, "task": task}


def run(first=1.0, *, bytes_sent=1000, hover=(), again=(), messages=0, layer_seconds=0.6, **more):
    seconds = {"rendererSeconds": first, "browserSeconds": 2 * first}
    rest = {"rendererSeconds": first + 0.5, "browserSeconds": 2 * first + 0.5}
    stage = {"rendererSeconds": layer_seconds, "browserSeconds": layer_seconds, "pythonSeconds": 0}
    return {
        "load": {"laps": {"first": seconds}, "restBytes": 100 << 20, "pythonSeconds": 0.3, **rest},
        "bytes": bytes_sent,
        "loadedBytes": bytes_sent + 500,
        "firstPythonSeconds": 0.2,
        "hover": {**stage, "count": 3, "messages": 2},
        "again": {**stage, "count": 3, "messages": messages},
        "layer": {**stage, "count": 6, "messages": 6},
        "open": {**stage, "count": 6, "messages": 6},
        "steps": {"hover": list(hover), "again": list(again), "layer": [step(1, 2)] * 6},
        "peakBytes": 200 << 20,
        "version": "1",
        **more,
    }


def head_report(bench, ours, peers=()):
    empty = bench.cells.Cell("empty", 0, runs=[run(0.0)])
    return bench.head_report.HeadReport([ours], [[peer] for peer in peers], [], empty, [])


def line(text, start):
    found = [row for row in text.split("\n") if row.startswith("|") and start in row]
    assert len(found) == 1, found
    return [cell.strip() for cell in found[0].strip("|").split("|")]


def test_percentiles_go_by_nearest_rank_over_the_steps_of_all_runs(bench):
    runs = [
        run(hover=[step(value, 2 * value) for value in values])
        for values in (range(1, 11), range(11, 21))
    ]
    cell = bench.cells.Cell("headwise", 64, runs=runs)
    assert cell.percentile("hover", "script", 0.5) == 10
    assert cell.percentile("hover", "script", 0.95) == 19
    assert cell.percentile("hover", "task", 0.95) == 38
    assert cell.percentile("open", "task", 0.95) is None
    assert cell.count("hover") == 20


def test_steps_before_a_stop_count_and_the_stop_is_said(bench):
    stopped = run(stopped={"stage": "layer", "reason": "over 60 s"})
    del stopped["layer"]
    cell = bench.cells.Cell("BertViz", 128, runs=[stopped])
    assert cell.percentile("layer", "task", 0.5) == 2
    assert cell.each("layer", "rendererSeconds") is None
    assert cell.why("layer") == "stopped: over 60 s"
    assert cell.was_stopped()
    assert cell.troubles() == []


def test_a_stage_that_fails_is_no_limit_and_is_listed_once(bench):
    failed = run(failed={"hover": "only 1 tokens to point at"})
    del failed["hover"]
    cell = bench.cells.Cell("attnview", 16, runs=[failed, failed])
    assert cell.why("hover") == "failed"
    assert not cell.was_stopped()
    assert cell.troubles() == ["attnview, N = 16: hover: only 1 tokens to point at"]
    ours = bench.cells.Cell("headwise", 16, runs=[run()])
    report = head_report(bench, ours, [cell])
    assert not report.broken()
    assert "* attnview, N = 16: hover: only 1 tokens to point at" in report.markdown()


def test_a_run_that_measures_its_own_floor_is_shown_less_it(bench):
    floor = {"laps": {"first": {"rendererSeconds": 0.25}}, "rendererSeconds": 0.375}
    cell = bench.cells.Cell("headwise", 64, runs=[run(1.0, floor=floor)])
    assert cell.first_picture("rendererSeconds") == 0.75
    assert cell.load("rendererSeconds") == 1.125


@pytest.mark.parametrize(
    ("theirs", "measured", "verdict"),
    [
        (10.0, "10.0 x (10.0 / 1.00; until at rest 10.0 x)", "**met**"),
        (9.0, "9.00 x (9.00 / 1.00; until at rest 9.00 x)", "**missed**"),
    ],
)
def test_ratio_targets_are_judged_at_the_first_picture(bench, theirs, measured, verdict):
    ours = bench.cells.Cell("headwise", 64, runs=[run(1.0)])
    peer = bench.cells.Cell("BertViz", 64, runs=[run(theirs)])
    text = head_report(bench, ours, [peer]).markdown()
    found = line(text, "CPU to the first picture, N = 64")
    assert found[1:] == [measured, "at least 10 x", verdict]


def test_a_missing_figure_says_why(bench):
    ours = bench.cells.Cell("headwise", 64, runs=[run()])
    peer = bench.cells.Cell("BertViz", 64, stopped="stopped: Python took over 60 s")
    text = head_report(bench, ours, [peer]).markdown()
    found = line(text, "CPU of a layer change, N = 64")
    assert found[3] == "no figure: BertViz stopped: Python took over 60 s"
    assert line(text, "CPU of a layer change, N = 128")[3] == "no figure: not part of this run"


@pytest.mark.parametrize(
    ("slowest", "messages", "verdict"),
    [(15.9, 0, "**met**"), (16.0, 0, "**missed**"), (1.0, 1, "**missed**")],
)
def test_a_hover_is_under_a_frame_and_silent_the_second_time(bench, slowest, messages, verdict):
    runs = [run(hover=[step(slowest, 20)], again=[step(1.0, 2)], messages=messages)]
    text = head_report(bench, bench.cells.Cell("headwise", 8192, runs=runs)).markdown()
    assert line(text, "script of a hover, p95, N = 8192")[3] == verdict


def test_the_long_model_view_counts_python_that_builds_and_answers(bench):
    ours = bench.cells.Cell("headwise", 2048, build_seconds=0.5, runs=[run(2.0)])
    peer = bench.cells.Cell("BertViz", 2048, stopped=bench.cells.NOT_TRIED)
    empty = bench.cells.Cell("empty", 0, runs=[run(0.5)])
    causal = bench.cells.Cell("headwise, causal", 2048, build_seconds=2.0, runs=[run(2.0)])
    text = bench.model_report.ModelReport([ours], [peer], causal, empty, []).markdown()
    name = "CPU to open it, renderer and Python, N = 2048"
    assert line(text, f"{name} |")[1:] == ["2.20 s (0.70 s of it Python)", "under 3 s", "**met**"]
    assert line(text, f"{name}, causal")[1:] == [
        "3.70 s (2.20 s of it Python)",
        "under 3 s",
        "**missed**",
    ]


def test_a_driver_that_ends_badly_leaves_a_cell_that_says_so(bench):
    cell = bench.cells.Cell("headwise", 16)
    bench.bench.drive("no-such-script.mjs", cell, {}, bench.bench.Limits(1, 1, 1))
    assert cell.failed == "no-such-script.mjs ended with code 1"
    assert cell.runs == []
    assert cell.why("hover") == "failed"
    assert head_report(bench, cell).broken()


def test_the_cells_of_a_notebook_are_python(bench):
    for source in bench.lab_cells.sources("headwise", "head_view", 64):
        compile(source, "cell", "exec")
