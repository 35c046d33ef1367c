"""The other examples' cells run as they stand, and what they say is what they print."""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from headwise.tracking import read_runs

pytestmark = pytest.mark.models

EXAMPLES = Path(__file__).parents[2] / "examples"
WIDGET = "application/vnd.jupyter.widget-view+json"
SEEDS = ["seed-0", "seed-1", "seed-2", "seed-3"]
SAID = re.compile(
    r"(seed-\d): head \((\d), (\d)\) formed, prefix matching ([\d.]+); "
    r"half risen at step (\d+), loss half fallen at step (\d+)"
)


def executed(name, folder, timeout, **settings):
    """Run a notebook with its files in `folder`; return its cells by id."""
    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        resources={"metadata": {"path": EXAMPLES}},
    )
    client.execute(env={**os.environ, "TMPDIR": str(folder), **settings})
    return {cell.id: cell for cell in notebook.cells}


def shown(cell):
    return "".join(
        output.text if output.output_type == "stream" else output.data["text/plain"]
        for output in cell.outputs
        if output.get("name") != "stderr"
    )


@pytest.fixture(scope="module")
def forming(tmp_path_factory):
    return executed(
        "heads_forming.ipynb", tmp_path_factory.mktemp("forming"), 120, FORMING_STEPS="4"
    )


def test_words_count_as_repeated_from_the_second_word_of_the_second_block(forming):
    line, said = shown(forming["words"]).splitlines()
    start, *words = line.removesuffix(" …").split()
    assert start == "<s>"
    length = words.index(words[0], 1)
    assert len(set(words[:length])) == length
    assert words[length : 2 * length] == words[:length]
    assert said == f"{100 - length - 1} of 100 words are repeated"


def test_the_model_has_attention_alone(forming):
    embeddings, layer, norms = 2 * 41 * 64, 4 * 64 * 64, 3 * 64
    assert shown(forming["model"]) == f"{embeddings + 2 * layer + norms:,} parameters\n"


def test_a_seed_that_forms_none_is_named_with_its_score(forming):
    lines = shown(forming["said"]).splitlines()
    assert [line.split(":")[0] for line in lines] == SEEDS
    for line in lines:
        assert "NO induction head formed in 4 steps" in line
        assert float(line.split()[-1]) < 0.1


def test_what_was_kept_is_read_back(forming):
    runs = read_runs(shown(forming["settings"]).split()[-1])
    assert [run.name for run in runs] == SEEDS
    for seed, run in enumerate(runs):
        assert run.config["seed"] == seed
        assert run.state == "finished"
        assert run.trace_steps == [0, 2, 4]
        assert [len(record.captured) for record in run.trace(4, 1).block().records] == [4, 4]
        mean = run["headwise/prefix_matching/layer_1"].values
        assert (run["best head/prefix_matching"].values >= mean).all()
        assert f"prefix matching {run['best head/prefix_matching'].values[-1]:.3f}" in shown(
            forming["said"]
        )


def test_each_view_is_a_widget(forming):
    for name in ("view", "compare", "previous"):
        assert WIDGET in forming[name].outputs[-1].data


@pytest.mark.slow
def test_a_head_forms_where_the_loss_falls(tmp_path):
    cells = executed("heads_forming.ipynb", tmp_path, 900)
    found = SAID.findall(shown(cells["said"]))
    assert found
    for _, layer, _, score, risen, fallen in found:
        assert layer == "1"
        assert float(score) > 0.5
        assert abs(int(risen) - int(fallen)) <= 60


@pytest.fixture(scope="module")
def reviews(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        patch.chdir(EXAMPLES)
        try:
            __import__("film_reviews").read_reviews()
        except FileNotFoundError as missing:
            pytest.skip(str(missing))
    for name in ("tensorboard", "wandb", "accelerate", "sklearn"):
        pytest.importorskip(name, reason="needs headwise[track] and scikit-learn")
    return executed("tracking.ipynb", tmp_path_factory.mktemp("tracking"), 300, TRACKING_STEPS="10")


def test_both_trackers_have_the_same_three_runs(reviews):
    lines = shown(reviews["read"]).splitlines()
    found = {}
    for line in lines:
        tracker, name = line[:12].strip(), line[12:32].strip()
        score, step = re.search(r"F1 ([\d.]+) at step (\d+)", line).groups()
        found.setdefault(tracker, {})[name] = (float(score), int(step))
    assert list(found) == ["tensorboard", "wandb"]
    assert len(found["wandb"]) == len(lines) // 2 == 3
    for name, (score, step) in found["tensorboard"].items():
        assert found["wandb"][name] == (pytest.approx(score, abs=2e-6), step)


def test_the_step_that_is_looked_at_was_evaluated(reviews):
    run, step = re.match(r"(\S+) (\d+) ", shown(reviews["step"])).groups()
    assert re.search(rf"{re.escape(run)} +{step} ", shown(reviews["table"]))


def test_each_view_of_the_runs_is_a_widget(reviews):
    for name in ("view", "compare"):
        assert WIDGET in reviews[name].outputs[-1].data
