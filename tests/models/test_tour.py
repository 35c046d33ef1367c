"""The tour's cells run as they stand, and what it says is what they print."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.models

TOUR = Path(__file__).parents[2] / "examples" / "tour.ipynb"


@pytest.fixture(scope="module")
def tour():
    notebook = nbformat.read(TOUR, as_version=4)
    nbformat.validate(notebook)
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": TOUR.parent}}
    )
    client.execute()
    return {cell.id: cell for cell in notebook.cells}


def shown(cell):
    return "".join(
        output.text if output.output_type == "stream" else output.data["text/plain"]
        for output in cell.outputs
        if output.get("name") != "stderr"
    )


def test_the_view_is_a_widget(tour):
    (output,) = tour["view"].outputs
    assert "application/vnd.jupyter.widget-view+json" in output.data


def test_the_head_given_is_the_head_that_comes_back(tour):
    assert shown(tour["selected"]) == "[(3, 1)]"


def test_head_0_2_attends_to_the_previous_token(tour):
    median, mean = map(float, re.findall(r"\d\.\d+", shown(tour["previous"])))
    assert median > 0.99
    assert mean > 0.97


def test_head_3_1_sends_it_to_cat(tour):
    text = shown(tour["it"])
    assert "from token 9 (it) to token 2 (cat)" in text
    assert float(text.rpartition(":")[2]) == pytest.approx(0.75, abs=0.01)


def test_observing_says_nothing_before_a_click(tour):
    assert shown(tour["seen"]) == "[]"


def test_each_view_is_a_widget(tour):
    for name in ("grid", "neuron", "explore"):
        assert "application/vnd.jupyter.widget-view+json" in tour[name].outputs[-1].data


def test_the_linked_grid_has_the_heads_of_the_first_view(tour):
    assert shown(tour["link"]) == "[(3, 1)]"


def test_it_and_cat_have_the_largest_product(tour):
    assert shown(tour["vectors"]) == "largest: cat, 30.7\ndivided by the root of 32: 5.42\n"
