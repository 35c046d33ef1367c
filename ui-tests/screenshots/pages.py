"""Write the saved pages that `make screenshots` takes pictures of: ``pages.py FOLDER VIEW``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures"))
sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

import numpy as np
import pandas as pd
from sample import sample_trace, translation_trace

import headwise as hw
from headwise.samples import load_minilm
from plain_runs import write_run, write_runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from headwise.widgets._base import BaseView

    Views = dict[str, BaseView]

CAT = ("The cat is very sad.", "Because it could not find food to eat.")
FERRY = (
    (
        "The old ferry left the harbour before dawn because its captain wanted to reach the "
        "northern islands."
    ),
    (
        "The passengers, who had slept badly, watched the lights of the town while it slowly "
        "disappeared behind them."
    ),
)
SCRIPTS = "Naïve café 東京 😀 שלום עולם </script><img src=x onerror=alert(1)> " + "honorific" * 5
TOPS = [(0, 2), (3, 1), (5, 11)]


def minilm(*texts: str) -> hw.Trace:
    """Trace a text with the model of the tour."""
    return hw.trace(*load_minilm(), *texts)


def head_views() -> Views:
    """Make the head views of the look's list."""
    cat, ferry, scripts = minilm(*CAT), minilm(*FERRY), minilm(SCRIPTS)
    story = minilm(" ".join(FERRY * 6))
    locked = hw.Selection(heads=[(3, 1), (3, 7), (3, 9)], query=9)
    wide = sample_trace(40, heads=32)
    return {
        "rest": hw.head_view(cat, layer=3, heads=[1, 7, 8]),
        "all-heads": hw.head_view(cat, layer=3),
        "locked": hw.head_view(cat, selection=locked, strongest=0.95),
        "locked-key": hw.head_view(cat, selection=hw.Selection(heads=[(3, 1)], key=2)),
        "contrast": hw.head_view(cat, selection=locked, strongest=0.95, theme="contrast"),
        "mean": hw.head_view(cat, layer=3, aggregate="mean"),
        "42-tokens": hw.head_view(ferry, layer=3, heads=[1, 7], strongest=0.7, hide_special=True),
        "long": hw.head_view(story, selection=hw.Selection(heads=[(3, 1)], query=9)),
        "words": hw.head_view(scripts, layer=2, heads=[8], merge_words=True),
        "one-token": hw.head_view(sample_trace(1), layer=0),
        "one-head": hw.head_view(sample_trace(8, heads=1), layer=0),
        "32-heads": hw.head_view(wide, layer=0, heads=[0, 4, 9, 15, 22, 27]),
        "no-head": hw.head_view(cat, layer=3, heads=[]),
    }


def model_views() -> Views:
    """Make model views: short, long, wide, opened, ordered, framed."""
    cat, story = minilm(*CAT), minilm(" ".join(FERRY * 6))
    return {
        "": hw.model_view(cat, heads=TOPS),
        "opened": hw.model_view(
            cat, opened=(3, 1), selection=hw.Selection(heads=TOPS, query=9), strongest=0.95
        ),
        "lines": hw.model_view(cat, glyph="lines"),
        "ordered": hw.model_view(cat, order="previous", frame="entropy"),
        "hidden": hw.model_view(cat, hide_special=True, sentences="ba"),
        "contrast": hw.model_view(cat, heads=TOPS, theme="contrast"),
        "8-tokens": hw.model_view(sample_trace(8)),
        "40-tokens-32-heads": hw.model_view(sample_trace(40, heads=32, layers=8)),
        "400-tokens": hw.model_view(story, heads=TOPS),
        "one-token": hw.model_view(sample_trace(1)),
        "cross": hw.model_view(translation_trace(), block="cross"),
        "rank": hw.model_view(cat, rank=hw.rank_heads(cat, query="it", key="cat"), heads=[(3, 1)]),
        "some": hw.model_view(cat, include_layers=[0, 3], include_heads=[1, 2, 7]),
    }


def heads_views() -> Views:
    """Make heads views: as a table and as a map, of few heads and of many, with heads missing."""
    texts = ("The", "cat", "is", "very", "sad"), ("A", "storm", "before", "dawn"), ("it",)
    traces = [minilm(*CAT), minilm(*FERRY), *(minilm(" ".join(words)) for words in texts)]
    table = hw.head_metrics(traces, progress=False)
    distances = hw.head_distances(traces[:2], progress=False)
    first = hw.Selection(heads=table.nlargest(3, "previous").index)
    missing = random_table(30, 9)
    missing.iloc[[14, 120, 121], 0] = np.nan
    return {
        "": hw.heads_view(table, metric="previous", selection=first),
        "map": hw.heads_view(table, metric="previous", distances=distances, form="map"),
        "clusters": hw.heads_view(
            table, distances=distances, form="map", color="cluster", selection=first
        ),
        "contrast": hw.heads_view(table, metric="entropy", theme="contrast", selection=first),
        "signed": hw.heads_view(random_table(12, 12), metric="change"),
        "missing": hw.heads_view(missing),
        "many": hw.heads_view(random_table(48, 64)),
        "one-head": hw.heads_view(random_table(1, 1)),
    }


def random_table(layers: int, heads: int) -> pd.DataFrame:
    """Make a table of random numbers for layers x heads."""
    random = np.random.default_rng(7)
    pairs = [(layer, head) for layer in range(layers) for head in range(heads)]
    index = pd.MultiIndex.from_tuples(pairs, names=["layer", "head"])
    score, change = random.beta(0.6, 3, len(pairs)), random.normal(0, 0.2, len(pairs))
    return pd.DataFrame({"score": score, "score_se": score / 20, "change": change}, index=index)


def neuron_views() -> Views:
    """Make neuron views: short, long, from weights alone, as lines, of a causal block."""
    cat, story = minilm(*CAT), minilm(" ".join(FERRY * 6))
    bare = hw.from_attentions(
        [cat.weights(layer)[None] for layer in range(cat.layers)], cat.tokens.labels
    )
    return {
        "": hw.neuron_view(cat, layer=3, head=1, query=9),
        "key": hw.neuron_view(cat, layer=3, head=1, query=9, key=2),
        "index": hw.neuron_view(cat, layer=3, head=1, query=9, neurons="index"),
        "lines": hw.neuron_view(cat, layer=3, head=1, query=9, form="lines"),
        "contrast": hw.neuron_view(cat, layer=3, head=1, query=9, theme="contrast"),
        "hidden": hw.neuron_view(cat, layer=3, head=1, query=9, hide_special=True),
        "8-tokens": hw.neuron_view(sample_trace(8), layer=0, head=0),
        "40-tokens-32-heads": hw.neuron_view(sample_trace(40, heads=32), layer=1, head=31),
        "400-tokens": hw.neuron_view(story, layer=3, head=1, query=200),
        "causal": hw.neuron_view(translation_trace(), block="decoder", layer=1, head=3, query=2),
        "weights-only": hw.neuron_view(bare, form="lines"),
        "one-token": hw.neuron_view(sample_trace(1)),
    }


def matrix_views() -> Views:
    """Make matrix views: short, long, brushed, of several heads."""
    cat, story = minilm(*CAT), minilm(" ".join(FERRY * 6))
    return {
        "": hw.matrix_view(story, layer=3, head=1),
        "short": hw.matrix_view(cat, layer=3, head=1),
        "heads": hw.matrix_view(cat, layers=[1, 2], heads=[0, 3], aggregate="max"),
        "8-tokens": hw.matrix_view(sample_trace(8), layer=0, head=0),
        "one-token": hw.matrix_view(sample_trace(1)),
        "causal": hw.matrix_view(translation_trace(), block="decoder", layer=1, head=3),
        "cross": hw.matrix_view(translation_trace(), block="cross", layer=1, head=3),
    }


def explore_views() -> Views:
    """Make explore: short, and of the size of SmolLM2."""
    cat = minilm(*CAT)
    locked = hw.Selection(heads=[(3, 1)], query=9)
    return {
        "": hw.explore(cat, selection=locked, strongest=0.95),
        "40-tokens": hw.explore(sample_trace(40, layers=30, heads=9), layer=4, heads=[7]),
        "400-tokens": hw.explore(minilm(" ".join(FERRY * 6)), layer=3, heads=[1]),
        "32-heads": hw.explore(sample_trace(8, layers=4, heads=32), layer=1, heads=[30]),
    }


def compare_views() -> Views:
    """Make comparisons: the same text twice, another model, another text."""
    cat, other = minilm(*CAT), minilm("The dog is very sad.", CAT[1])
    locked = hw.Selection(heads=[(3, 1)], query=9)
    return {
        "": hw.compare(cat, other, names=("cat", "dog"), selection=locked),
        "40-tokens": hw.compare(
            sample_trace(40), sample_trace(40, layers=4, heads=9), layer=1, heads=[3]
        ),
        "8-tokens": hw.compare(sample_trace(8), sample_trace(9), layer=1, heads=[3, 11]),
        "nothing": hw.compare(minilm("yes"), sample_trace(5, layers=6), layer=0, heads=[0]),
    }


def runs_views() -> Views:
    """Make runs views: one run, three, twenty, without attention, without a number."""
    top = Path(KEPT.name)
    three, twenty = write_runs(top / "three"), write_runs(top / "twenty", 20, every=2, traces=0)
    odd, nothing = top / "odd", top / "nothing"
    write_run(top / "one", "first", {}, middle=250)
    write_run(odd, "n" * 200, {"note": SCRIPTS}, traces=300)
    write_run(odd, SCRIPTS, {"note": "n" * 200}, middle=400, traces=0, finished=False)
    write_run(nothing, "nothing yet", {}, steps=-1, finished=False)
    at = {"step": 350, "run": "lr 1e-3", "layer": 1, "heads": [3]}
    return {
        "": hw.runs_view(three, smooth=0.3, **at),
        "lines": hw.runs_view(three, parameters="lines", show="none", **at),
        "table": hw.runs_view(three, parameters="table", over="time", scale="log", **at),
        "contrast": hw.runs_view(three, theme="contrast", show="none", **at),
        "model": hw.runs_view(three, show="model", zoom=(200, 500), **at),
        "one": hw.runs_view(top / "one", over="epoch"),
        "twenty": hw.runs_view(twenty, parameters="lines", step=350),
        "odd": hw.runs_view(odd, parameters="table"),
        "nothing": hw.runs_view(nothing),
    }


def live_views() -> Views:
    """Make live views of a bare encoder: as it is, with a token masked, with heads off."""
    asked = (*load_minilm(), *CAT)
    return {
        "": hw.head_view(*asked, layer=3, heads=[1], masked=[2], strongest=0.95),
        "rest": hw.head_view(*asked, layer=3, heads=[1, 7, 8]),
        "off": hw.head_view(*asked, layer=4, heads=[7], ablated=[(3, 1), (3, 7)]),
        "explore": hw.explore(*asked, layer=3, heads=[1], masked=[2]),
    }


KEPT = tempfile.TemporaryDirectory(prefix="headwise-")
"""Runs that views read from as long as this program runs."""

VIEWS: dict[str, Callable[[], Views]] = {
    "head": head_views,
    "heads": heads_views,
    "model": model_views,
    "neuron": neuron_views,
    "matrix": matrix_views,
    "explore": explore_views,
    "compare": compare_views,
    "runs": runs_views,
    "live": live_views,
}


PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
FIGURES = {"head": ("locked", "head-figure.png"), "matrix": ("short", "matrix-figure.png")}
"""Of a view, the case whose figure goes into the documentation."""


def main(folder: Path, view: str) -> None:
    """Write one page for each case of a view, and the figure of one."""
    in_docs, picture = FIGURES.get(view, (None, ""))
    for case, widget in VIEWS[view]().items():
        if case == in_docs:
            widget.to_png(PICTURES / picture)
        widget.to_html(folder / f"{'-'.join(filter(None, (view, case)))}.html")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
