"""Ranked heads in the model view."""

from __future__ import annotations

import pandas as pd
import pytest

import headwise as hw
from headwise.errors import InputError, OutOfRange


@pytest.fixture
def model(keep):
    return lambda trace, **settings: keep(hw.model_view(trace, **settings))


def test_ranked_heads_travel_in_their_order(model, make_trace):
    trace = make_trace()
    ranked = hw.rank_heads(trace, query=3, key=7)
    view = model(trace, rank=ranked)
    told = view.get_state("rank")["rank"]
    assert (told["name"], told["block"], told["of"]) == ("weight", "encoder", 72)
    assert [tuple(row[:2]) for row in told["rows"]] == ranked.index.tolist()
    assert [row[2] for row in told["rows"]] == ranked["weight"].tolist()
    layer, head, value = told["rows"][0]
    assert value == pytest.approx(trace.weights(layer, head)[3, 7])
    pd.testing.assert_frame_equal(view.rank, ranked[["weight"]])
    view.rank = None
    assert view.get_state("rank") == {"rank": None}


def test_only_the_first_travel_and_none_without_a_value(model, make_trace):
    trace = make_trace(layers=20, heads=12)
    table = hw.head_metrics(trace)[["entropy"]].sort_values("entropy")
    table.iloc[1] = float("nan")
    told = model(trace, rank=table).get_state("rank")["rank"]
    assert (told["name"], len(told["rows"]), told["of"]) == ("entropy", 200, 239)
    assert tuple(told["rows"][1][:2]) == table.index[2]


def test_a_rank_is_of_its_block(model, translation):
    ranked = hw.rank_heads(translation, query=1, key=2, block="cross")
    told = model(translation, rank=ranked["weight"]).get_state("rank")["rank"]
    assert (told["block"], told["of"]) == ("cross", 12)


def test_the_browser_does_not_set_it(model, make_trace, browser):
    trace = make_trace()
    view = model(trace, rank=hw.rank_heads(trace, query=3, key=7))
    browser(view).set(rank=None)
    assert len(view.rank) == 72


def test_what_is_no_rank_is_said(model, make_trace, subset):
    trace = make_trace()
    ranked = hw.rank_heads(trace, query=3, key=7)
    wrong = [[(3, 1)], ranked.reset_index(), ranked[["weight"]].astype(str)]
    for value in wrong:
        with pytest.raises(InputError, match="rank"):
            model(trace, rank=value)
    with pytest.raises(OutOfRange, match="captured"):
        model(subset, rank=ranked)
    view = model(trace)
    with pytest.raises(OutOfRange, match="head 99"):
        view.rank = pd.DataFrame(
            {"weight": [0.5]}, index=pd.MultiIndex.from_tuples([(0, 99)], names=["layer", "head"])
        )
