"""A runs view that is read, asked and changed by several threads at once."""

from __future__ import annotations

import threading
from typing import Any

import headwise as hw
from headwise.tracking.sinks.keep import keep_step
from headwise.widgets._synced import CHANGES
from plain_runs import forming_trace, snapshot, write_run, write_runs


def test_a_request_during_a_change_of_steps_is_not_answered_with_the_next_one(tmp_path):
    write_run(tmp_path, "a", {}, steps=50, every=50)
    other = snapshot(0, 0.1)
    other.traces = (forming_trace(0.1, seed=1),)
    keep_step(tmp_path / "a", other, traces_only=True)
    view: Any = hw.runs_view(tmp_path)
    old, replies = view._run["run"], []

    def ask(_change: object) -> None:
        where = {"block": view.block, "layer": 0, "axis": "all", "start": 0, "stop": 2}
        params = {**where, "dtype": "f32", "run": old}
        replies.append(view.answer({"v": 1, "id": 7, "method": "tile", "params": params})[0])

    view.observe(ask, "_trace")
    view.step = 0
    view.close()
    assert [reply.get("error", {}).get("type") for reply in replies] == ["AnswerReplaced"]


def test_reading_on_does_not_wait_for_a_change_of_the_view(tmp_path):
    view: Any = hw.runs_view(write_runs(tmp_path, 1))
    reader = threading.Thread(target=view._described)
    with CHANGES:
        reader.start()
        reader.join(10)
        waits = reader.is_alive()
    reader.join()
    view.close()
    assert not waits


def test_a_run_without_traces_that_was_chosen_stays(tmp_path):
    write_run(tmp_path, "curves", {}, steps=100, traces=0, finished=False)
    write_run(tmp_path, "heads", {}, steps=100)
    view = hw.runs_view(tmp_path, run="curves")
    assert not view.has_attention
    write_run(tmp_path, "curves", {}, steps=150, traces=0, finished=False)
    view.refresh()
    assert (view.run, view.has_attention) == ("curves", False)
